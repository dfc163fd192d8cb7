/**
 * Finishes complete units: remembers them, reports them, and releases their jobs.
 *
 * @module
 */

import type { JobQueue } from "../../queue/job_queue.ts";
import { type ClosedUnits, documentKey, keyOf, type ReleaseDocument } from "./closed_units.ts";
import type { CompleteUnit, CompleteUnitEvent } from "./unit_events.ts";

/** What releasing jobs needs. */
export interface UnitReleaseOptions {
  /** Has the jobs. */
  readonly queue: JobQueue;
  /** Remembers units. */
  readonly closed: ClosedUnits;
  /** When the jobs of a route may be sent, in milliseconds since the epoch. */
  readonly dueOf: (route: string) => number;
  /** Lanes that hear of units once, by their last job. */
  readonly standInLanes: () => readonly string[];
  /** Called with each unit that is complete. */
  readonly onEvent: (event: CompleteUnitEvent) => void;
  /** Called with the study of a unit when one of its jobs stands for others, which count as delivered. */
  readonly onStoodFor: (studyInstanceUid: string) => void;
  /** Called with each error. */
  readonly onError: (error: unknown) => void;
  /** Called with the key of a unit whose jobs could not all be released: some still await it. */
  readonly onFailed: (key: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Jobs that are released in one transaction, so that other work gets its turn in between. */
const RELEASED_AT_ONCE = 200;

/** Releases the jobs of units, one unit after the other. */
export class UnitRelease {
  readonly #options: UnitReleaseOptions;
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: UnitReleaseOptions) {
    this.#options = options;
  }

  /** A unit is complete, with all jobs that await it now; those that come later belong to the next generation. */
  begin(unit: Omit<CompleteUnit, "generation">): void {
    const { queue, standInLanes } = this.#options;
    const key = keyOf({ ...unit, generation: 0 });
    const last = queue.lastAwaiting(key);
    const ofLanes = Promise.all(
      standInLanes().map(async (lane) => [lane, await queue.lastAwaiting(key, lane)] as const),
    );
    this.#enqueue(key, async () => {
      const [through, standIns] = [await last, await ofLanes];
      // An instance that came again, or whose jobs were sent meanwhile, makes no generation.
      if (through === undefined) return;
      await this.#release(key, {
        unit: { ...unit, generation: await this.#nextGeneration(unit) },
        through,
        standIns: Object.fromEntries(standIns.flatMap(([lane, job]) => job === undefined ? [] : [[lane, job]])),
      });
    }, [last, ofLanes]);
  }

  /** Goes on with releases that an earlier process began. */
  async resume(): Promise<void> {
    for await (const { key, document } of this.#options.closed.releasing.list()) {
      this.#enqueue(key, () => this.#release(key, document), []);
    }
    await this.#working;
  }

  /** Resolves once all releases that have begun are done. */
  get settled(): Promise<void> {
    return this.#working;
  }

  /** Releases nothing more; the next process goes on with it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  #enqueue(key: string, work: () => Promise<void>, needed: readonly Promise<unknown>[]): void {
    // A failure is reported once, when its turn comes.
    for (const promise of needed) promise.catch(() => {});
    this.#working = this.#working.then(() => this.#stopped ? undefined : work()).catch((error) => {
      this.#options.onError(error);
      if (!this.#stopped) this.#options.onFailed(key);
    });
  }

  #nextGeneration({ studyInstanceUid, ...unit }: Omit<CompleteUnit, "generation">): Promise<number> {
    const key = keyOf({ ...unit, studyInstanceUid, generation: 0 });
    return this.#options.closed.nextGeneration(documentKey(studyInstanceUid, key));
  }

  async #release(key: string, document: ReleaseDocument): Promise<void> {
    const { queue, closed, dueOf, onEvent, onStoodFor, now } = this.#options;
    const { unit, through, standIns } = document;
    await closed.releasing.put(key, document);
    await closed.remember(document);
    onEvent({ type: "unit-closed", unit });
    for (let after: number | undefined = 0; after !== undefined;) {
      if (this.#stopped) return;
      const slice: { readonly next: number | undefined } = await queue.change(
        { awaits: key, through },
        { action: "release", due: dueOf(unit.route), standIns },
        { after, limit: RELEASED_AT_ONCE, now: now() },
      );
      after = slice.next;
      if (after !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await queue.sync();
    await closed.releasing.delete(key);
    if (Object.keys(standIns).length > 0) onStoodFor(unit.studyInstanceUid);
  }
}
