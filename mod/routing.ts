/**
 * Where instances go: destinations of one's own, what attempts come to, and the queue behind one interface.
 *
 * @module
 */

export type { ArchiveRouting, InstanceOrigin, JobsFor, RoutedInstance } from "../src/archive/routing.ts";
export type { MakeFolderDestination } from "../src/gateway/destinations.ts";
export {
  type Delivery,
  type Job,
  JOB_PRIORITIES,
  JOB_STATES,
  type JobPriority,
  type JobState,
  type JobSubject,
  type LastOutcome,
  type NewJob,
} from "../src/queue/job.ts";
export type {
  AddOptions,
  Attempt,
  ChangedJobs,
  ClaimOptions,
  DeliveryFilter,
  JobChange,
  JobCounts,
  JobFilter,
  JobQueue,
  QueuedLane,
  QueuePage,
  Settlement,
} from "../src/queue/job_queue.ts";
export { createMemoryQueue, type MemoryQueueOptions } from "../src/queue/memory_queue.ts";
export type { Delivered, Destination, OutgoingInstance } from "../src/routing/destination.ts";
export type { AttemptOutcome, LaneEvent } from "../src/routing/lane_events.ts";
export {
  type Consequence,
  DeliveryError,
  OUTCOME_CLASSES,
  type OutcomeClass,
  OUTCOMES,
} from "../src/routing/outcomes.ts";
export { type Route, type RouteCondition, routeFor } from "../src/routing/routes.ts";
export { WebhookDestination, type WebhookOptions } from "../src/routing/webhook_destination.ts";
