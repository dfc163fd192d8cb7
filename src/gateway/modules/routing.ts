/**
 * Sends instances to destinations.
 *
 * @module
 */

import type { Archive } from "../../archive/archive.ts";
import type { HealthCheck } from "../../http/health_format.ts";
import type { JobFile } from "../../http/job_file.ts";
import { routingPart, type RoutingSource } from "../../http/routing.ts";
import type { InstanceIndex } from "../../index/instance_index.ts";
import type { ObjectStore } from "../../objects/object_store.ts";
import type { PixelDataError, PixelDataReason } from "../../pixel_data/pixel_data_error.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import type { Acknowledgements } from "../../routing/acknowledgements.ts";
import { openArchived } from "../../routing/archived_instance.ts";
import { OUTCOME_CLASSES } from "../../routing/destinations/outcomes.ts";
import { openChanged } from "../../routing/recipes/changed_instance.ts";
import { LaneStatistics } from "../../routing/lanes/lane_statistics.ts";
import { type LaneReport, Lanes } from "../../routing/lanes/lanes.ts";
import { type EditedDocument, EditedRecipes } from "../../routing/recipes/edited_recipes.ts";
import type { RoutingRules } from "../../routing/rules/rule.ts";
import type { RouteRecipes } from "../../routing/recipes/recipes.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { configuredDestinations, type HostDestinations } from "../destinations.ts";
import { keptJobs, localCopies } from "../local_copies.ts";
import type { GatewayContext, GatewayModule, HealthChecks } from "../module.ts";
import { shownRules } from "../shown_rules.ts";
import type { GatewayUnits } from "./units.ts";
import { routingMetrics } from "./routing_metrics.ts";

/** What routing works on. The host closes all of it. */
export interface RoutingOptions extends HostDestinations {
  /** Keeps the bytes. */
  readonly store: ObjectStore;
  /** Knows the instances. */
  readonly index: InstanceIndex;
  /** Keeps the instances. */
  readonly archive: Pick<Archive, "delete">;
  /** Keeps the jobs that are to be sent. */
  readonly queue: JobQueue;
  /** Makes senders wait for deliveries; the lanes report to it. */
  readonly acknowledgements: Acknowledgements | undefined;
  /** Series and studies that routes send as one; undefined without such routes. */
  readonly units: GatewayUnits | undefined;
  /** The rules that hold now. */
  readonly rules: () => RoutingRules;
  /** The recipes that change instances on their way. */
  readonly recipes: RouteRecipes;
}

/** Problems with pixel data that a later attempt may not meet again. */
const PASSING: ReadonlySet<PixelDataReason> = new Set(["deadline", "crashed", "unavailable"]);

function isPassing(error: unknown): boolean {
  return error instanceof Error && error.name === "PixelDataError" && PASSING.has((error as PixelDataError).reason);
}

const DAY = 24 * 60 * 60 * 1000;

/** How old metrics may get, in milliseconds. */
const REFRESHED_EVERY = 5_000;

/** How long a destination may fail before its lane counts as a concern, in milliseconds. */
const OPEN_FOR_LONG = 5 * 60 * 1000;

/** Sends the jobs of the queue, over a lane for each destination. */
export function routingModule(context: GatewayContext, options: RoutingOptions): GatewayModule {
  const { config, notify, onError } = context;
  const { queue, units, acknowledgements } = options;
  const documents = context.documents.collection<EditedDocument>("routing-recipes");
  const recipes = new EditedRecipes({ ofRoutes: options.recipes, documents, queue });
  const statistics = new LaneStatistics();
  const retention = localCopies(config, { ...options, onError });
  const lanes = new Lanes({
    queue,
    destinations: configuredDestinations(context, options),
    open: openChanged(
      openArchived({ ...options, ...(units !== undefined && { unitOf: (job) => units.stoodForBy(job) }) }),
      {
        find: (id) => recipes.find(id),
        transcode: options.transcoding && ((dataSet, syntaxes) => options.transcoding!.transcode(dataSet, syntaxes)),
        isPassing,
      },
    ),
    keep: config.queue.keepDays * DAY,
    keepJobs: keptJobs(config),
    onEvent(event) {
      statistics.observe(event);
      retention?.observe?.(event);
      acknowledgements?.observe(event);
      notify(event);
    },
    onError,
  });
  if (units !== undefined) units.onStoodFor = (studyInstanceUid) => retention?.review?.(studyInstanceUid);
  if (acknowledgements !== undefined) acknowledgements.confirm = (job, signal) => lanes.confirm(job, signal);
  let reports: readonly LaneReport[] = [];
  const refresh = async () => reports = await lanes.report();
  let refreshing: ReturnType<typeof setInterval> | undefined;
  return {
    ...routingPart({
      routes: () => shownRules(options.rules()),
      lanes,
      recipes,
      queue: toldOfChanges(queue, () => acknowledgements?.changed()),
      classes: OUTCOME_CLASSES,
      file: (id) => fileOf(id, options),
    }),
    name: "routing",
    health: async () => healthOf(await refresh(), await queue.check(), onError),
    metrics: () => routingMetrics(reports, statistics.report(), acknowledgements?.count ?? 0, Date.now()),
    start: async () => {
      recipes.forget(onError);
      await lanes.start();
      await refresh();
      refreshing = setInterval(() => void refresh().catch(onError), REFRESHED_EVERY);
      retention?.start();
    },
    drained: () => acknowledgements?.[Symbol.dispose](),
    async stop() {
      clearInterval(refreshing);
      acknowledgements?.[Symbol.dispose]();
      await lanes[Symbol.asyncDispose]();
      await retention?.[Symbol.asyncDispose]();
      await recipes[Symbol.asyncDispose]();
    },
  };
}

/** The file of a job's instance, as it is in the archive. */
async function fileOf(id: number, { queue, index, store }: RoutingOptions): Promise<JobFile | undefined> {
  const [job] = await queue.jobs({ ids: [id] }, { limit: 1 });
  const instance = job === undefined ? undefined : await index.find(job.sopInstanceUid);
  const found = instance === undefined ? undefined : await store.get(instance.name);
  return found && { size: found.size, stream: () => streamOf(found.read()) };
}

/** The queue for operators; `changed` is called after each of their changes. */
function toldOfChanges(queue: JobQueue, changed: () => void): RoutingSource["queue"] {
  return {
    jobs: (...call) => queue.jobs(...call),
    deliveries: (...call) => queue.deliveries(...call),
    async change(...call) {
      const slice = await queue.change(...call);
      changed();
      return slice;
    },
  };
}

/** Health tells the names of lanes but no reasons: it needs no token. */
function healthOf(
  reports: readonly LaneReport[],
  { usable, problem }: { readonly usable: boolean; readonly problem?: string },
  onError: (error: unknown) => void,
): HealthChecks {
  if (reports.length === 0) return {};
  if (problem !== undefined) onError(new Error(`Cannot use the queue: ${problem}`));
  const queueCheck: HealthCheck = {
    componentType: "datastore",
    observedValue: usable,
    status: usable ? "pass" : "fail",
    ...(!usable && { output: "The queue cannot be used; the log says why" }),
  };
  return { "routing:queue": [queueCheck], "routing:lanes": reports.map(laneCheck) };
}

function laneCheck({ name, open, activity, counts: { dead, held } }: LaneReport): HealthCheck {
  const concerns = [
    ...open !== undefined && Date.now() - open.since >= OPEN_FOR_LONG ? ["The destination has failed for long"] : [],
    ...activity === "holding" ? ["Instances that no route matches are held"] : [],
    ...activity === "unknown" ? ["Its jobs lead to no destination that is configured"] : [],
    ...held > 0 && activity !== "holding" ? ["Some instances are held until an operator corrects or resumes them"] : [],
    ...dead > 0 ? ["The gateway has given up delivering some instances"] : [],
  ];
  return {
    componentId: name,
    componentType: "component",
    observedValue: activity,
    status: concerns.length === 0 ? "pass" : "warn",
    ...(concerns.length > 0 && { output: concerns.join("; ") }),
  };
}
