/**
 * Units of routes, from the first instance until their jobs are released.
 *
 * @module
 */

import type { RoutedInstance } from "../../archive/routing.ts";
import type { NewJob } from "../../queue/job.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import type { RoutingRules } from "../rules/rule.ts";
import { dueAt } from "../rules/schedule.ts";
import { unitTimes } from "../rules/unit_times.ts";
import type { ClosedUnits } from "./closed_units.ts";
import type { ClosedUnit, ComingUnit, UnitEvidence } from "./open_unit.ts";
import { formerSource, sourceOf } from "./source_name.ts";
import { type AskCount, UnitCounting } from "./unit_counting.ts";
import type { CompleteUnitEvent } from "./unit_events.ts";
import { readUnitKey, unitKey, type UnitLevel } from "./unit_key.ts";
import { UnitRelease } from "./unit_release.ts";
import { type WatchedUnits, watchUnits } from "./units.ts";

/** What a collector of units needs. */
export interface UnitCollectorOptions {
  /** The queue with the jobs. The caller closes it. */
  readonly queue: JobQueue;
  /** Remembers units that were closed. */
  readonly closed: ClosedUnits;
  /** The rules that hold now. */
  readonly rules: () => RoutingRules;
  /** Lanes that hear of a unit once, by its last job. Default: none. */
  readonly standInLanes?: () => readonly string[];
  /** Called with the study of a unit when one of its jobs stands for others, which count as delivered. Default: no call. */
  readonly onStoodFor?: (studyInstanceUid: string) => void;
  /** Asks a peer how many instances a series or a study has; undefined where it doesn't say. Default: no peer is asked. */
  readonly askCount?: AskCount;
  /** Name of the sender of an instance that an earlier process took; empty for an unknown one. Default: all are unknown. */
  readonly senderOf?: (sopInstanceUid: string) => Promise<string> | string;
  /** Called with each unit that is complete. */
  readonly onEvent: (event: CompleteUnitEvent) => void;
  /** Called with each error. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds by a clock that never goes back. Default: `performance.now`. */
  readonly monotonic?: () => number;
}

/** Which series or study a unit is. */
export interface UnitUids {
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Series Instance UID; empty for a study. */
  readonly seriesInstanceUid: string;
}

/** A unit that is coming. */
export interface OpenRoutingUnit extends UnitUids {
  /** The key that its jobs await. */
  readonly key: string;
  /** Name of the route. */
  readonly route: string;
  /** What it is. */
  readonly level: UnitLevel;
  /** When its first instance came, in milliseconds since the epoch. */
  readonly since: number;
  /** How many instances have come. */
  readonly instances: number;
  /** How many of the listed instances have not come. */
  readonly missing: number;
}

/** Jobs that are read at a time, so that other work gets its turn in between. */
const READ_AT_ONCE = 500;

/** Feeds the machine with events, and releases jobs when it says that a unit is complete. */
export class UnitCollector implements AsyncDisposable {
  readonly #options: UnitCollectorOptions;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #units: WatchedUnits;
  readonly #uids = new Map<string, UnitUids>();
  readonly #release: UnitRelease;
  readonly #counting: UnitCounting | undefined;

  constructor(options: UnitCollectorOptions) {
    const { now = Date.now, monotonic = () => performance.now(), rules, queue, closed, onEvent, onError } = options;
    this.#options = options;
    this.#now = now;
    this.#monotonic = monotonic;
    this.#units = watchUnits({
      ...unitTimes(rules()),
      now: monotonic,
      onClosed: (unit) => this.#close(unit),
    });
    this.#release = new UnitRelease({
      ...{ queue, closed, onEvent, onError, now },
      standInLanes: options.standInLanes ?? (() => []),
      // The unit's quiet time begins anew, and its release is tried again.
      onFailed: (key) => void this.#takeUp(key).catch(onError),
      onStoodFor: options.onStoodFor ?? (() => {}),
      dueOf: (route) => dueAt(rules().routes.find(({ name }) => name === route)?.schedule, now()),
    });
    this.#counting = options.askCount && new UnitCounting({
      ask: options.askCount,
      pause: () => unitTimes(rules()).quiet / 4,
      peerFor: (key) => rules().routes.find(({ name }) => name === readUnitKey(key)?.route)?.countedBy,
      find: (key) => {
        const uids = this.#uids.get(key);
        return uids && this.#units.has(key) ? { ...uids, level: readUnitKey(key)!.level } : undefined;
      },
      onCount: (key, count) => this.#units.evidence(key, { kind: "count", count }),
      onError,
    });
  }

  /**
   * Takes up the units that were open when an earlier process ended. Their quiet time begins anew, and stands still while a
   * sender of that name has an association open, from whatever address.
   */
  async start(): Promise<void> {
    const { queue } = this.#options;
    await this.#release.resume();
    let after: string | undefined;
    for (;;) {
      const keys = await queue.awaited({ after, limit: READ_AT_ONCE });
      for (const key of keys) await this.#takeUp(key);
      after = keys.at(-1);
      if (keys.length < READ_AT_ONCE) return;
    }
  }

  /** Call it when jobs were added for an instance; `again` says that the instance was kept before. Never throws. */
  queued({ instance, origin }: RoutedInstance, jobs: readonly NewJob[], again: boolean): void {
    for (const key of new Set(jobs.map(({ awaits = "" }) => awaits))) {
      const name = readUnitKey(key);
      if (name === undefined) continue;
      const { studyInstanceUid, sopInstanceUid } = instance;
      const uids = { studyInstanceUid, seriesInstanceUid: name.level === "study" ? "" : instance.seriesInstanceUid };
      const take = () => this.#take(key, uids, sopInstanceUid, sourceOf(instance, origin));
      // An instance of a complete unit that comes again, and has been sent already, begins no new generation.
      if (!again || this.#units.has(key)) take();
      else {void this.#options.queue.lastAwaiting(key).then((last) =>
          last !== undefined && take(), this.#options.onError);}
    }
  }

  /** A source of this name has opened an association or begun a request. Call the result at its end. */
  opened(source: string, name: string): () => void {
    const sources = [source, formerSource(name)];
    const ends = sources.map((each) => this.#guarded(() => this.#units.opened(each)));
    return () =>
      void this.#guarded(() => {
        for (const ended of ends) ended?.();
        if (!this.#options.rules().routes.some(({ countedBy }) => countedBy !== undefined)) return;
        const waiting = new Set(sources.flatMap((each) => this.#units.waitingFor(each)));
        for (const key of waiting) this.#counting?.ended(key);
      });
  }

  /** Takes evidence of a series or a study: for units that may yet come as well or, with `open`, for those that are open. */
  evidence(level: UnitLevel, uid: string, evidence: UnitEvidence, { open = false } = {}): void {
    for (const { name: route, unit } of this.#options.rules().routes) {
      const key = unitKey({ route, level, uid });
      if (unit !== level || uid === "" || (open && !this.#units.has(key))) continue;
      this.#guarded(() => this.#units.evidence(key, evidence));
    }
  }

  /** Call it when the rules have changed. */
  adjust(): void {
    this.#guarded(() => this.#units.adjust(unitTimes(this.#options.rules())));
  }

  /** Units that are coming, the oldest first. */
  *open(): Generator<OpenRoutingUnit> {
    for (const unit of this.#units.coming()) {
      const shown = this.#shown(unit);
      if (shown !== undefined) yield shown;
    }
  }

  /** Resolves once the jobs of all units that were complete are released. */
  get settled(): Promise<void> {
    return this.#release.settled;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#units[Symbol.dispose]();
    await this.#counting?.[Symbol.asyncDispose]();
    await this.#release.stop();
  }

  #shown({ unit: key, since, instances, missing }: ComingUnit): OpenRoutingUnit | undefined {
    const [name, uids] = [readUnitKey(key), this.#uids.get(key)];
    if (name === undefined || uids === undefined) return undefined;
    const { route, level } = name;
    const began = this.#now() - (this.#monotonic() - since);
    return { key, route, level, ...uids, since: Math.round(began), instances, missing };
  }

  async #takeUp(key: string): Promise<void> {
    const { queue, senderOf = () => "" } = this.#options;
    const name = readUnitKey(key);
    if (name === undefined) return;
    for (let after: number | undefined = 0; after !== undefined;) {
      const jobs = await queue.jobs({ awaits: key }, { after, limit: READ_AT_ONCE });
      for (const { sopInstanceUid, studyInstanceUid } of jobs) {
        const seriesInstanceUid = name.level === "study" ? "" : name.uid;
        this.#take(
          key,
          { studyInstanceUid, seriesInstanceUid },
          sopInstanceUid,
          formerSource(await senderOf(sopInstanceUid)),
        );
      }
      after = jobs.length < READ_AT_ONCE ? undefined : jobs.at(-1)!.id;
      if (after !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #take(key: string, uids: UnitUids, sopInstanceUid: string, source: string): void {
    this.#guarded(() => {
      this.#uids.set(key, uids);
      this.#units.instance(key, source, sopInstanceUid);
    });
  }

  #close({ unit: key, closedBy, at, instances }: ClosedUnit): void {
    const [name, uids] = [readUnitKey(key), this.#uids.get(key)];
    this.#uids.delete(key);
    if (name === undefined || uids === undefined) return;
    const { route, level } = name;
    const closedAt = Math.round(this.#now() - (this.#monotonic() - at));
    this.#guarded(() => this.#release.begin({ route, level, ...uids, closedBy, at: closedAt, instances }));
  }

  /** An error here must not reach the caller that reports an event: jobs are sent when they are due at the latest. */
  #guarded<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}
