/**
 * `/routes`, `/lanes`, `/jobs` and `/deliveries`: where instances go, what is still to be sent, and what was sent.
 *
 * @module
 */

import type { Context } from "hono";
import {
  type JobAction,
  type JobEditAction,
  type JobPriorityName,
  type JobSelection,
  type JobStateName,
  parseJobChange,
  type RecipeEditRequest,
} from "./job_request.ts";
import { type FindJobFile, jobFilePart } from "./job_file.ts";
import {
  deliveryFilters,
  type JobFilters,
  jobFilters,
  readJobQuery,
  type UnknownFilter,
  unknownFilter,
  unknownIn,
} from "./job_filters.ts";
import { readJson } from "./json_body.ts";
import { refuseParameters } from "./list_query.ts";
import type { HttpPart } from "./part.ts";
import { problem } from "./problem.ts";
import { unknownName } from "./unknown_name.ts";
import { type RoutesEntry, shownRoutesPart } from "./shown_routes.ts";
import { ROUTING_SCHEMAS, routingPaths } from "./routing_schemas.ts";

/** A lane; times in milliseconds since the epoch. */
export interface LaneEntry {
  readonly name: string;
  readonly activity: string;
  readonly paused: boolean;
  readonly counts: Readonly<Record<JobStateName, number>>;
  readonly oldest: number | undefined;
  readonly open: { readonly since: number; readonly why: string; readonly probeAt: number } | undefined;
  readonly rate: number;
  readonly forecast: number | undefined;
}

/** How an attempt ended. */
interface OutcomeEntry {
  readonly class: string;
  readonly status: string;
  readonly error: string;
}

/** A job; times in milliseconds since the epoch, and 0 is at once. */
export interface JobEntry {
  readonly id: number;
  readonly lane: string;
  readonly route: string;
  readonly recipe: string;
  readonly unit: string;
  readonly priority: JobPriorityName;
  readonly state: JobStateName;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly size: number;
  readonly attempts: number;
  readonly addedAt: number;
  readonly due: number;
  readonly awaits: string;
  readonly last: OutcomeEntry;
  readonly choice: readonly string[];
  readonly refusedBy: readonly string[];
}

/** An attempt. */
export interface DeliveryEntry extends OutcomeEntry {
  readonly id: number;
  readonly job: number;
  readonly lane: string;
  readonly route: string;
  readonly recipe: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly attempt: number;
  readonly at: number;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly sentAs?: { readonly sopInstanceUid: string; readonly studyInstanceUid: string } | undefined;
}

/** A part of a list. */
interface Page {
  readonly after?: number | undefined;
  readonly limit: number;
}

/** A change that the queue makes to jobs. */
export type JobChangeAction =
  | Exclude<JobAction, JobEditAction>
  | (Pick<JobEditAction, "action" | "lane" | "priority" | "route"> & { readonly recipe?: string });

/** What the routes need. */
export interface RoutingSource {
  /** The routes that hold now. */
  readonly routes: () => RoutesEntry;
  readonly recipes: {
    /** The problem with an edit; undefined for a valid one. */
    problemOf(edit: RecipeEditRequest): string | undefined;
    /** The name of a recipe after an edit, or the problem with that recipe. */
    edit(recipe: string, edit: RecipeEditRequest): Promise<string | { readonly problem: string }>;
  };
  readonly lanes: {
    report(): Promise<readonly LaneEntry[]>;
    has(name: string): boolean;
    pause(name: string, paused: boolean): Promise<void>;
  };
  readonly queue: {
    jobs(selection: JobSelection, page: Page): Promise<readonly JobEntry[]>;
    change(
      selection: JobSelection & { readonly recipe?: string },
      change: JobChangeAction,
      page: Page & { readonly now: number },
    ): Promise<{ readonly changed: number; readonly next: number | undefined }>;
    deliveries(selection: JobSelection, page: Page): Promise<readonly DeliveryEntry[]>;
  };
  /** All outcomes of attempts, such as `transient`. */
  readonly classes: readonly string[];
  /** Finds the file of a job. */
  readonly file: FindJobFile;
}

/** Longest body, in bytes. */
const LONGEST_BODY = 256 * 1024;

/** Most jobs that change at a time; other work runs in between. */
const CHANGED_AT_ONCE = 500;

/** The routes of lanes, jobs and deliveries. */
export function routingPart(source: RoutingSource): HttpPart {
  const { lanes, queue } = source;
  const files = jobFilePart(source.file);
  const shown = shownRoutesPart(source.routes);
  return {
    routes(app) {
      files.routes?.(app);
      shown.routes?.(app);
      app.get(
        "/lanes",
        async (c) => refuseParameters(c) ?? c.json({ lanes: (await lanes.report()).map(shownLane) }),
      );
      app.post("/lanes/:name/pause", (c) => pause(c, source, true));
      app.post("/lanes/:name/resume", (c) => pause(c, source, false));
      app.get(
        "/jobs",
        (c) =>
          list(c, source, { name: "jobs", rules: jobFilters(source.classes) }, async (selection, page) => {
            return (await queue.jobs(selection, page)).map(shownJob);
          }),
      );
      app.get("/jobs/:id", (c) => show(c, source));
      app.post("/jobs/change", (c) => change(c, source));
      app.get(
        "/deliveries",
        (c) =>
          list(c, source, { name: "deliveries", rules: deliveryFilters(source.classes) }, async (selection, page) => {
            return (await queue.deliveries(selection, page)).map(shownDelivery);
          }),
      );
    },
    paths: (options) => ({
      ...routingPaths(options, source.classes),
      ...files.paths?.(options),
      ...shown.paths?.(options),
    }),
    ...(files.scopes !== undefined && { scopes: files.scopes }),
    schemas: { ...ROUTING_SCHEMAS, ...shown.schemas },
    links: [
      { path: "/routes", about: "Where instances go" },
      { path: "/lanes", about: "Destinations, and how much waits for each" },
      { path: "/jobs", about: "Jobs that are still to be sent, and jobs that were" },
      { path: "/deliveries", about: "Attempts to deliver instances" },
    ],
  };
}

async function pause(c: Context, { lanes }: RoutingSource, paused: boolean): Promise<Response> {
  const name = c.req.param("name") ?? "";
  if (!lanes.has(name)) return await unknownLane(c, lanes, name);
  await lanes.pause(name, paused);
  return c.body(null, 204);
}

/** The answer to a name that no destination has. */
async function unknownLane(c: Context, lanes: RoutingSource["lanes"], name: string): Promise<Response> {
  const known = (await lanes.report()).map((lane) => lane.name).filter((known) => lanes.has(known));
  return problem(c, "UnknownLane", unknownName("destination that instances are sent to", name, known));
}

async function list(
  c: Context,
  { lanes }: RoutingSource,
  { name, rules }: { readonly name: string; readonly rules: Partial<JobFilters> },
  find: (selection: JobSelection, page: Page) => Promise<readonly { readonly id: number }[]>,
): Promise<Response> {
  const query = readJobQuery(c, rules);
  if (query instanceof Response) return query;
  const { selection, after, limit } = query;
  const found = await find(selection, { after, limit: limit + 1 });
  const unknown = found.length > 0 ? undefined : await unknownTo(lanes, selection);
  if (unknown !== undefined) return unknownFilter(c, unknown);
  const shown = found.slice(0, limit);
  return c.json({ [name]: shown, ...(found.length > limit && { next: shown.at(-1)?.id }) });
}

/** The unknown name in a selection that has found nothing, if any. */
async function unknownTo(lanes: RoutingSource["lanes"], selection: JobSelection): Promise<UnknownFilter | undefined> {
  if (selection.lane === undefined && selection.status === undefined) return undefined;
  return unknownIn(selection, (await lanes.report()).map(({ name }) => name));
}

async function show(c: Context, { queue }: RoutingSource): Promise<Response> {
  const refused = refuseParameters(c);
  if (refused !== undefined) return refused;
  const id = Number(c.req.param("id"));
  const [job] = Number.isSafeInteger(id) ? await queue.jobs({ ids: [id] }, { limit: 1 }) : [];
  return job === undefined ? problem(c, "UnknownJob", "No job has this id") : c.json(shownJob(job));
}

async function change(c: Context, source: RoutingSource): Promise<Response> {
  const { lanes } = source;
  const body = await readJson(c, LONGEST_BODY);
  if (body instanceof Response) return body;
  const request = parseJobChange(body.value, source.classes);
  if (typeof request === "string") return problem(c, "InvalidJobRequest", request);
  const { selection, change } = request;
  if (change.action === "edit" && change.lane !== undefined && !lanes.has(change.lane)) {
    return await unknownLane(c, lanes, change.lane);
  }
  if (change.action !== "edit") {
    return await toldChanges(c, source, selection, await changeAll(source, selection, change));
  }
  const { action, lane, priority, route, set, remove } = change;
  const recipeEdit = { route, set, remove };
  const wrong = source.recipes.problemOf(recipeEdit);
  if (wrong !== undefined) return problem(c, "InvalidJobRequest", wrong);
  const ofQueue = { action, lane, priority, route };
  if (route === undefined && set === undefined && remove === undefined) {
    return await toldChanges(c, source, selection, await changeAll(source, selection, ofQueue));
  }
  const { changed, problem: why } = await editAll(source, selection, ofQueue, recipeEdit);
  if (why === undefined) return await toldChanges(c, source, selection, changed);
  return problem(c, "InvalidJobRequest", `${why}; ${changed} jobs of the request are changed`);
}

/** How many jobs changed; if none did, and a condition has an unknown name, the answer says that instead. */
async function toldChanges(
  c: Context,
  { lanes }: RoutingSource,
  selection: JobSelection,
  changed: number,
): Promise<Response> {
  const unknown = changed > 0 ? undefined : await unknownTo(lanes, selection);
  if (unknown === undefined) return c.json({ changed });
  const { pointer, found, expected } = unknown;
  return problem(c, "InvalidJobRequest", `\`${pointer}\`: found ${found}, expected ${expected}`);
}

/** Changes all jobs of a selection, in slices with other work in between. Resolves with their number. */
async function changeAll(
  { queue }: RoutingSource,
  selection: Parameters<RoutingSource["queue"]["change"]>[0],
  change: JobChangeAction,
): Promise<number> {
  let changed = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const slice: Awaited<ReturnType<typeof queue.change>> = await queue.change(selection, change, {
      ...{ after, limit: CHANGED_AT_ONCE, now: Date.now() },
    });
    changed += slice.changed;
    after = slice.next;
    if (after !== undefined) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return changed;
}

/** As `changeAll`, for changes to instances: makes new recipes from the jobs' own. Ends at the first that cannot be made. */
async function editAll(
  source: RoutingSource,
  selection: JobSelection,
  change: Exclude<JobChangeAction, { action: "retry" | "hold" | "resume" | "drop" }>,
  edit: RecipeEditRequest,
): Promise<{ readonly changed: number; readonly problem?: string }> {
  let changed = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const jobs: readonly JobEntry[] = await source.queue.jobs(selection, { after, limit: CHANGED_AT_ONCE });
    for (const recipe of new Set(jobs.map((job) => job.recipe))) {
      const edited = await source.recipes.edit(recipe, edit);
      if (typeof edited !== "string") return { changed, problem: edited.problem };
      const ids = jobs.filter((job) => job.recipe === recipe).map(({ id }) => id);
      // A job that another client has changed meanwhile has another recipe by now, and keeps it.
      changed += await changeAll(source, { ...selection, ids, recipe }, { ...change, recipe: edited });
    }
    after = jobs.length < CHANGED_AT_ONCE ? undefined : jobs.at(-1)?.id;
  }
  return { changed };
}

function shownLane({ name, activity, paused, counts, oldest, open, rate, forecast }: LaneEntry): object {
  return {
    ...{ name, state: activity, paused, jobs: counts, instancesPerSecond: Math.round(100 * rate) / 100 },
    ...(oldest !== undefined && {
      oldestAt: time(oldest),
      oldestAgeSeconds: Math.max(0, Math.round((Date.now() - oldest) / 1_000)),
    }),
    ...(open !== undefined && { open: { since: time(open.since), why: open.why, nextProbeAt: time(open.probeAt) } }),
    ...(forecast !== undefined && { drainedInSeconds: Math.round(forecast) }),
  };
}

function shownJob(job: JobEntry) {
  const { id, lane, route, recipe, unit, priority, state, sopInstanceUid, studyInstanceUid, size, attempts } = job;
  return {
    ...{ id, lane, route, recipe, unit, priority, state, sopInstanceUid, studyInstanceUid, bytes: size, attempts },
    addedAt: time(job.addedAt),
    ...(job.due > 0 && { dueAt: time(job.due) }),
    ...(job.choice.length > 0 && { choice: job.choice }),
    ...(job.refusedBy.length > 0 && { refusedBy: job.refusedBy }),
    ...(job.awaits !== "" && { awaits: job.awaits }),
    ...(job.last.class !== "" && { last: shownOutcome(job.last) }),
  };
}

function shownDelivery(delivery: DeliveryEntry) {
  const { id, job, lane, route, recipe, sopInstanceUid, studyInstanceUid, attempt, milliseconds, bytes } = delivery;
  const about = { id, job, lane, route, recipe, sopInstanceUid, studyInstanceUid, attempt, milliseconds, bytes };
  const { sentAs } = delivery;
  return { ...about, ...(sentAs && { sentAs }), at: time(delivery.at), ...shownOutcome(delivery) };
}

function shownOutcome({ class: outcome, status, error }: OutcomeEntry): object {
  return { class: outcome, ...(status !== "" && { status }), ...(error !== "" && { error }) };
}

function time(moment: number): string {
  return new Date(Math.min(moment, LAST_MOMENT)).toISOString();
}

/** The latest moment that a `Date` can be, in milliseconds. */
const LAST_MOMENT = 8.64e15;
