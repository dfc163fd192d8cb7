/**
 * A source that is far away, with a memory: instances that were retrieved lately are at hand, any part of them at any time,
 * and what several callers want at the same time is retrieved once.
 *
 * @module
 */

import {
  type AskOptions,
  type HeldInstance,
  type InstanceSource,
  listInstances,
  type Match,
} from "../query/instance_source.ts";
import type { MatchingOptions } from "../query/dialect.ts";
import { UNIQUE_KEYS } from "../query/levels.ts";
import type { Query } from "../query/query.ts";
import { setUidKey } from "../query/uid_key.ts";
import type { RetrievedFiles } from "./retrieved_files.ts";
import { type Retrieved, SharedRetrieval } from "./shared_retrieval.ts";

/** The source, and the files that hold its instances. */
export interface RetrievedSourceOptions {
  /** The source to retrieve from. */
  readonly source: InstanceSource;
  /** Holds its instances, perhaps along with those of others. */
  readonly files: RetrievedFiles;
  /** Distinguishes its files from those of other sources, such as the name of a peer. */
  readonly name: string;
}

/** An entity by the unique keys of all levels except the patient's. */
interface EntityPath {
  readonly study: string;
  readonly series?: string | undefined;
  readonly instance?: string | undefined;
}

/** A path to a series. */
type SeriesPath = EntityPath & { readonly series: string };

/** A request to the source, and the instances that must come of it. */
interface Wanted {
  readonly path: SeriesPath;
  /** The whole series. */
  readonly series: Query;
  /** SOP Instance UIDs; empty when the source is to say which instances exist. */
  readonly uids: readonly string[];
  /** Whether these are all of the series. */
  readonly isAll: boolean;
}

/** The source, and the instances that were retrieved from it. */
export class RetrievedSource implements InstanceSource, AsyncDisposable {
  /** Instances are given as they arrive. */
  readonly arriving = true;
  /** As the source has it. */
  readonly unheeded: readonly (keyof MatchingOptions)[];
  readonly #source: InstanceSource;
  readonly #files: RetrievedFiles;
  readonly #name: string;
  readonly #running = new Map<string, SharedRetrieval>();
  /** Whether the source sends single instances, as far as is known. */
  #givesInstances = true;
  /** Number of retrievals that were begun. */
  #begun = 0;

  /** Sends no request yet. */
  constructor({ source, files, name }: RetrievedSourceOptions) {
    this.#source = source;
    this.#files = files;
    this.#name = name;
    this.unheeded = source.unheeded ?? [];
  }

  /** Number of retrievals that were begun. Instances at hand need none. */
  get retrievals(): number {
    return this.#begun;
  }

  /** Asks the source. */
  find(query: Query, options?: AskOptions): AsyncIterable<Match> {
    return this.#source.find(query, options);
  }

  /** Asks the source. */
  list(selection: Query, options?: AskOptions): AsyncIterable<string> {
    return listInstances(this.#source, selection, options);
  }

  /**
   * The instances of a study, of a series, or a single one; of a series those at hand come first. The source decides which
   * instances exist, but a single one at hand is given without asking it. The source itself answers other selections.
   */
  async *retrieve(selection: Query, { signal }: AskOptions = {}): AsyncGenerator<HeldInstance> {
    const path = pathOf(selection);
    if (path === undefined) return yield* this.#source.retrieve(selection, { signal });
    if (path.series === undefined) {
      for (const series of await this.#seriesOf(selection, { signal })) {
        yield* this.#series({ ...path, series }, seriesSelection(selection, series), signal);
      }
    } else if (path.instance === undefined) yield* this.#series({ ...path, series: path.series }, selection, signal);
    else yield* this.#instance({ ...path, series: path.series }, path.instance, selection, signal);
  }

  /** Tells the source that an instance may be different now. */
  forget(study: string, series: string, instance: string): void {
    this.#files.forget(this.#keyOf({ study, series }, instance));
  }

  /** Ends all retrievals. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running.values()];
    for (const retrieval of running) retrieval.abort(new DOMException("The gateway ends", "AbortError"));
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #seriesOf(selection: Query, options: AskOptions): Promise<readonly string[]> {
    const keys = selection.keys.copy().set("SeriesInstanceUID", null);
    const found = new Set<string>();
    for await (const { attributes } of this.#source.find({ ...selection, level: "SERIES", keys }, options)) {
      const uid = attributes.getText("SeriesInstanceUID") ?? "";
      if (uid !== "") found.add(uid);
    }
    return [...found];
  }

  #series(path: SeriesPath, selection: Query, signal: AbortSignal | undefined): AsyncGenerator<HeldInstance> {
    return this.#shared(`${path.study} ${path.series}`, async (give, ending) => {
      const uids: string[] = [];
      for await (const uid of listInstances(this.#source, selection, { signal: ending })) uids.push(uid);
      const missing: string[] = [];
      for (const uid of uids) {
        const file = this.#files.pin(this.#keyOf(path, uid));
        if (file === undefined) missing.push(uid);
        else give(file);
      }
      if (missing.length === 0) return;
      const isAll = missing.length === uids.length;
      await this.#bring({ path, series: selection, uids: missing, isAll }, give, ending);
    }).read(signal);
  }

  async *#instance(
    path: SeriesPath,
    instance: string,
    selection: Query,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HeldInstance> {
    const atHand = this.#files.pin(this.#keyOf(path, instance));
    if (atHand !== undefined) {
      try {
        return yield atHand.held;
      } finally {
        this.#files.unpin(atHand);
      }
    }
    // An instance that comes with its series need not come twice.
    const ofSeries = this.#running.get(`${path.study} ${path.series}`);
    if (ofSeries?.isOpen) {
      for await (const held of ofSeries.read(signal)) if (held.sopInstanceUid === instance) return yield held;
    }
    yield* this.#shared(`${path.study} ${path.series} ${instance}`, (give, ending) => {
      const series = seriesSelection(selection, path.series);
      return this.#bring({ path, series, uids: [instance], isAll: false }, give, ending);
    }).read(signal);
  }

  /** The retrieval that runs under a key, or else a new one. */
  #shared(key: string, bring: ConstructorParameters<typeof SharedRetrieval>[0]): SharedRetrieval {
    const running = this.#running.get(key);
    if (running?.isOpen) return running;
    const retrieval: SharedRetrieval = new SharedRetrieval(async (give, signal) => {
      try {
        await bring(give, signal);
      } finally {
        if (this.#running.get(key) === retrieval) this.#running.delete(key);
      }
    }, this.#files);
    this.#running.set(key, retrieval);
    return retrieval;
  }

  /** Retrieves instances of a series: single ones if few are wanted and the source sends such, else the whole series. */
  async #bring(wanted: Wanted, give: (retrieved: Retrieved) => void, signal: AbortSignal): Promise<void> {
    const { path, series, uids, isAll } = wanted;
    const alone = !isAll && this.#givesInstances && uids.length <= MOST_BY_THEMSELVES;
    if (alone) {
      const failed = await this.#retrieve(instanceSelection(series, uids), path, new Set(uids), give, signal);
      if (failed.length < uids.length) return failed.forEach((one) => give({ failed: one }));
      // No instance came: not every peer takes a list of instances.
    }
    const failed = await this.#retrieve(series, path, new Set(uids), give, signal);
    if (alone && failed.length < uids.length) this.#givesInstances = false;
    for (const one of failed) give({ failed: one });
  }

  /** Holds all instances that come, gives those that are wanted, and resolves with wanted ones that could not be held. */
  async #retrieve(
    selection: Query,
    path: SeriesPath,
    wanted: ReadonlySet<string>,
    give: (retrieved: Retrieved) => void,
    signal: AbortSignal,
  ): Promise<readonly HeldInstance[]> {
    this.#begun++;
    const failed: HeldInstance[] = [];
    for await (const held of this.#source.retrieve(selection, { signal, whole: true })) {
      const isWanted = wanted.has(held.sopInstanceUid);
      const key = this.#keyOf(path, held.sopInstanceUid);
      try {
        const atHand = isWanted ? undefined : this.#files.pin(key);
        const file = atHand ?? await this.#files.keep(key, held, signal);
        if (isWanted) give(file);
        else this.#files.unpin(file);
      } catch (error) {
        signal.throwIfAborted();
        if (isWanted) failed.push(unreadable(held, error));
      }
    }
    signal.throwIfAborted();
    return failed;
  }

  #keyOf({ study, series }: EntityPath, instance: string): string {
    return JSON.stringify([this.#name, study, series, instance]);
  }
}

/** Most instances of a series that are retrieved by their UIDs. Retrieving the series costs less for more. */
const MOST_BY_THEMSELVES = 100;

const LEVELS: readonly string[] = ["STUDY", "SERIES", "IMAGE"];

/** A single value of a unique key. */
const SINGLE = /^[^\\*?]{1,128}$/;

/** The entity that a selection names; undefined where it selects in another way. */
function pathOf({ level, keys }: Query): EntityPath | undefined {
  const depth = LEVELS.indexOf(level);
  const tags = [UNIQUE_KEYS.STUDY, UNIQUE_KEYS.SERIES, UNIQUE_KEYS.IMAGE].slice(0, depth + 1);
  const uids = tags.map((tag) => keys.getTexts(tag));
  if (depth < 0 || keys.size !== tags.length || uids.some((values) => values.length !== 1)) return undefined;
  const [study = "", series, instance] = uids.flat();
  return [study, series, instance].every((uid) => uid === undefined || SINGLE.test(uid))
    ? { study, series, instance }
    : undefined;
}

/** A series of the study that a selection names. */
function seriesSelection(selection: Query, series: string): Query {
  const keys = selection.keys.copy();
  setUidKey(keys, UNIQUE_KEYS.SERIES, [series]);
  keys.delete(UNIQUE_KEYS.IMAGE);
  return { ...selection, level: "SERIES", keys };
}

function instanceSelection(series: Query, uids: readonly string[]): Query {
  const keys = series.keys.copy();
  setUidKey(keys, UNIQUE_KEYS.IMAGE, uids);
  return { ...series, level: "IMAGE", keys };
}

/** An instance that did not arrive as a whole. */
function unreadable({ sopClassUid, sopInstanceUid, transferSyntax }: HeldInstance, error: unknown): HeldInstance {
  return {
    ...{ sopClassUid, sopInstanceUid, transferSyntax },
    check: () => Promise.reject(error),
    stream: () => new ReadableStream({ start: (controller) => controller.error(error) }),
  };
}
