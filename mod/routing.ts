/**
 * Where instances go: destinations of one's own, what attempts come to, and the queue behind one interface.
 *
 * @module
 */

export type {
  ArchiveRouting,
  InstanceOrigin,
  InstanceRouting,
  JobsFor,
  RouteAcknowledgement,
  RoutedInstance,
  RoutedJob,
} from "../src/archive/routing.ts";
export type { MakeFolderDestination } from "../src/gateway/destination_plans.ts";
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
  type SentAs,
} from "../src/queue/job.ts";
export type {
  AddOptions,
  Attempt,
  ChangedJobs,
  ChoiceGroup,
  ClaimOptions,
  DeliveryFilter,
  JobChange,
  JobCounts,
  JobEdit,
  JobFilter,
  JobQueue,
  QueuedLane,
  QueuePage,
  Release as JobRelease,
  Settlement,
} from "../src/queue/job_queue.ts";
export { DataSet } from "../src/dicom/data_set/data_set.ts";
export { createMemoryQueue, type MemoryQueueOptions } from "../src/queue/memory_queue.ts";
export type {
  BatchBounds,
  Delivered,
  Destination,
  OutgoingInstance,
  StoodForUnit,
} from "../src/routing/destinations/destination.ts";
export type { AttemptOutcome, LaneEvent, SettledState } from "../src/routing/lanes/lane_events.ts";
export {
  type Consequence,
  DeliveryError,
  OUTCOME_CLASSES,
  type OutcomeClass,
  OUTCOMES,
} from "../src/routing/destinations/outcomes.ts";
export { routeBy } from "../src/routing/routes.ts";
export type { DecidingPredicate } from "../src/routing/rules/condition.ts";
export { compileRules } from "../src/routing/rules/compiled_rules.ts";
export type {
  CompiledRules,
  ExplainedDecision,
  ExplainedRule,
  RoutingDecision,
} from "../src/routing/rules/compiled_rules.ts";
export type {
  Acknowledge,
  Condition as RoutingCondition,
  Demand as RoutingDemand,
  Fact as RoutingFact,
  FirstOf,
  Otherwise,
  Plain as RoutingValue,
  Predicates as RoutingPredicates,
  RoutingRule,
  RoutingRules,
  RoutingUnit,
  RuleMatch,
  RulePriority,
  Schedule as RoutingSchedule,
  UnitTimes as RoutingUnitTimes,
  ValueRange as RoutingRange,
  Way as RoutingWay,
  Weekday,
} from "../src/routing/rules/rule.ts";
export { RoutingRulesError, type RuleProblem } from "../src/routing/rules/rule_problem.ts";
export type { RoutingSubject } from "../src/routing/rules/subject_values.ts";
export { WebhookDestination } from "../src/routing/destinations/webhook_destination.ts";
export type { WebhookOptions } from "../src/routing/destinations/signed_webhook.ts";
export {
  type ClosedBy,
  type ClosedUnit,
  type ComingUnit,
  EVIDENCE_KINDS,
  type EvidenceKind,
  type UnitEvidence,
} from "../src/routing/units/open_unit.ts";
export { type UnitEvent, UnitMachine, type UnitOptions } from "../src/routing/units/unit_machine.ts";
export { type WatchedUnits, watchUnits, type WatchUnitsOptions } from "../src/routing/units/units.ts";
export type { CompleteUnit, CompleteUnitEvent } from "../src/routing/units/unit_events.ts";
export type { UnitLevel } from "../src/routing/units/unit_key.ts";
