/**
 * A modality worklist: items that programs put and files of a folder, with the progress of their steps.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { fromJson } from "../dicom/models/from_json.ts";
import { toJson } from "../dicom/models/to_json.ts";
import type { DocumentCollection, DocumentStore, DocumentValue } from "../documents/document_store.ts";
import { LimitError } from "../errors.ts";
import { sliceOfTime } from "../scheduling/time_slices.ts";
import { InOrder } from "./in_order.ts";
import { type PerformedStep, StepProgress } from "./step_progress.ts";
import { type WorklistFiles, WorklistFolder } from "./worklist_folder.ts";
import { type OfferedStep, statusOfStep, stepsOf, withIdentifiers } from "./worklist_item.ts";

/** How a worklist is kept. */
export interface WorklistOptions {
  /** Where items are kept that programs put, and how far steps are. */
  readonly documents: DocumentStore;
  /** A folder whose files are items too. Default: none. */
  readonly files?: WorklistFiles | undefined;
  /** Most items that programs put. Default: 100,000. */
  readonly maxItems?: number;
  /** Days after its start date that a step is offered, and its item kept; 0 for ever. Default: 30. */
  readonly keepDays?: number;
  /** Days that an item is kept whose steps have all ended; 0 for as long as `keepDays` says. Default: 7. */
  readonly keepEndedDays?: number;
  /** Called for files that can't be used, and for items that can't be read. Default: they go unreported. */
  readonly onProblem?: (error: Error) => void;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** An item of a worklist. */
export interface WorklistEntry {
  /** Unique in the worklist: of a file `file:` and its path below the folder. */
  readonly key: string;
  /** Whether a program has put it, or it is a file. */
  readonly source: "http" | "folder";
  /** When it was put or read last, in milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** The item as stored or read, with generated identifiers where it lacked them. Read-only. */
  readonly item: DataSet;
  /** Its steps, with their status. */
  readonly steps: readonly OfferedStep[];
}

/** An item that was put, as it is kept. */
type ItemDocument = { readonly modifiedAt: number; readonly item: DocumentValue };

const DAY = 24 * 60 * 60 * 1000;
const FILE = "file:";
const ENDED: ReadonlySet<string> = new Set(["COMPLETED", "DISCONTINUED"]);

/** A worklist. It reads its stored items when it is first asked. */
export class Worklist {
  readonly #options: Required<Omit<WorklistOptions, "files">>;
  readonly #documents: DocumentCollection<ItemDocument>;
  readonly #progress: StepProgress;
  readonly #folder: WorklistFolder | undefined;
  readonly #entries = new Map<string, WorklistEntry>();
  /** Keys of items by Study Instance UID. */
  readonly #byStudy = new Map<string, Set<string>>();
  readonly #byKey = new InOrder<WorklistEntry>(({ key }) => key);
  readonly #byStart = new InOrder<OfferedStep>(({ start }) => start);
  #put = 0;
  #loaded: Promise<void> | undefined;

  /** Reads nothing yet. */
  constructor(options: WorklistOptions) {
    const { files, ...given } = options;
    this.#options = {
      ...{ maxItems: 100_000, keepDays: 30, keepEndedDays: 7, onProblem: () => {}, now: Date.now },
      ...given,
    };
    const { documents, now, onProblem } = this.#options;
    this.#documents = documents.collection("worklist-items");
    this.#progress = new StepProgress(documents, now);
    this.#folder = files && new WorklistFolder({
      ...{ files, now, onProblem },
      onItem: (name, item) => this.#set(`${FILE}${name}`, "folder", item, now()),
      onGone: (name) => this.#remove(`${FILE}${name}`),
    });
  }

  /** How many items there are, by where they come from. */
  get counts(): { readonly http: number; readonly folder: number } {
    return { http: this.#put, folder: this.#entries.size - this.#put };
  }

  /** Why the folder could not be read; undefined without a folder, too. */
  get folderProblem(): string | undefined {
    return this.#folder?.problem;
  }

  /** The item of a key. */
  async get(key: string): Promise<WorklistEntry | undefined> {
    await this.refresh();
    return this.#entries.get(key);
  }

  /** Items in the order of their keys, those after `after` alone. Yields to other work in between. */
  async *list(after = ""): AsyncGenerator<WorklistEntry, void, void> {
    await this.refresh();
    const pause = sliceOfTime();
    for (const entry of await this.#byKey.values()) {
      if (entry.key > after) yield entry;
      await pause();
    }
  }

  /**
   * Puts an item, in the place of the one with its key. Study Instance UID and IDs that it lacks are made; those that were
   * made for the key before are kept. Resolves when it is durable. Throws LimitError when there are too many items.
   */
  async put(key: string, item: DataSet): Promise<{ readonly entry: WorklistEntry; readonly created: boolean }> {
    await this.#load();
    const { now, maxItems } = this.#options;
    let created = false;
    let complete = item;
    const modifiedAt = now();
    await this.#documents.update(key, (before) => {
      created = before === undefined;
      if (created && this.#put >= maxItems) {
        throw new LimitError(`Cannot put the item: the worklist has ${this.#put}, expected fewer than ${maxItems}`, {
          limit: "maxItems",
          maximum: maxItems,
        });
      }
      complete = withIdentifiers(item, this.#entries.get(key)?.item);
      return { modifiedAt, item: toJson(complete) as unknown as DocumentValue };
    });
    return { entry: this.#set(key, "http", complete, modifiedAt), created };
  }

  /** Deletes an item that a program has put; tells whether there was one. */
  async delete(key: string): Promise<boolean> {
    await this.#load();
    const deleted = await this.#documents.delete(key);
    if (deleted) this.#remove(key);
    return deleted;
  }

  /** Takes over what a performed step says of scheduled ones; resolves when that is durable. May be told the same again. */
  async note(performed: PerformedStep): Promise<void> {
    await this.#load();
    await this.#progress.note(performed);
    const pause = sliceOfTime();
    for (const uid of new Set(performed.scheduledSteps.map(({ studyInstanceUid }) => studyInstanceUid))) {
      for (const key of [...this.#byStudy.get(uid) ?? []]) {
        const entry = this.#entries.get(key);
        if (entry !== undefined) this.#set(key, entry.source, entry.item, entry.modifiedAt);
        await pause();
      }
    }
  }

  /** The steps that are not too old, in the order of their start. */
  async steps(): Promise<readonly OfferedStep[]> {
    await this.refresh();
    const steps = await this.#byStart.values();
    const { keepDays } = this.#options;
    if (keepDays === 0) return steps;
    const oldest = this.#dayBefore(keepDays);
    return steps.filter(({ date }) => date === "" || date >= oldest);
  }

  /** Looks for changes of the folder. */
  async refresh(): Promise<void> {
    await this.#load();
    await this.#folder?.refresh();
  }

  /** Deletes items that are old enough, of those that programs have put, and forgets the progress of steps of that age. */
  async tidy(): Promise<void> {
    await this.#load();
    const { keepDays, keepEndedDays, now } = this.#options;
    const oldest = keepDays === 0 ? "" : this.#dayBefore(keepDays);
    const endedBefore = keepEndedDays === 0 ? -Infinity : now() - keepEndedDays * DAY;
    const pause = sliceOfTime();
    const isOver = ({ source, steps }: WorklistEntry): boolean => {
      if (source !== "http") return false;
      const isOld = steps.every(({ date }) => date !== "" && date < oldest);
      const hasEnded = steps.every((step) =>
        ENDED.has(statusOfStep(step)) && (this.#progress.modifiedAt(step) ?? Infinity) < endedBefore
      );
      return isOld || hasEnded;
    };
    for (const key of [...this.#entries.keys()]) {
      const entry = this.#entries.get(key);
      if (entry !== undefined && isOver(entry)) await this.#deleteAsItIs(entry);
      await pause();
    }
    // Items of files are not offered longer than this either.
    if (keepDays > 0) await this.#progress.forget(now() - 2 * keepDays * DAY);
  }

  /** Deletes an item, unless another one has come in its place. */
  async #deleteAsItIs({ key, modifiedAt }: WorklistEntry): Promise<void> {
    const left = await this.#documents.update(
      key,
      (document) => document?.modifiedAt === modifiedAt ? undefined : document,
    );
    if (left === undefined) this.#remove(key);
  }

  #load(): Promise<void> {
    return this.#loaded ??= this.#read();
  }

  async #read(): Promise<void> {
    await this.#progress.load();
    const pause = sliceOfTime();
    for await (const { key, document: { item, modifiedAt } } of this.#documents.list()) {
      try {
        this.#set(key, "http", fromJson(item), modifiedAt);
      } catch (error) {
        this.#options.onProblem(new Error(`Cannot read the worklist item ${JSON.stringify(key)}`, { cause: error }));
      }
      await pause();
    }
  }

  #set(key: string, source: WorklistEntry["source"], item: DataSet, modifiedAt: number): WorklistEntry {
    this.#remove(key);
    const steps = stepsOf(item, (step) => this.#progress.statusOf(step));
    const entry = { key, source, modifiedAt, item, steps };
    this.#entries.set(key, entry);
    this.#byKey.add(entry);
    if (source === "http") this.#put++;
    for (const step of steps) {
      const { studyInstanceUid } = step;
      this.#byStart.add(step);
      const keys = this.#byStudy.get(studyInstanceUid) ?? new Set();
      this.#byStudy.set(studyInstanceUid, keys.add(key));
    }
    return entry;
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#byKey.remove(entry);
    if (entry.source === "http") this.#put--;
    for (const step of entry.steps) {
      const { studyInstanceUid } = step;
      this.#byStart.remove(step);
      const keys = this.#byStudy.get(studyInstanceUid);
      keys?.delete(key);
      if (keys?.size === 0) this.#byStudy.delete(studyInstanceUid);
    }
  }

  /** The day so many days ago at this place, YYYYMMDD. */
  #dayBefore(days: number): string {
    const day = new Date(this.#options.now());
    day.setDate(day.getDate() - days);
    const digits = (value: number, length: number) => String(value).padStart(length, "0");
    return `${digits(day.getFullYear(), 4)}${digits(day.getMonth() + 1, 2)}${digits(day.getDate(), 2)}`;
  }
}

/** Whether a step has ended, as its status says. */
export function hasEnded(step: OfferedStep): boolean {
  return ENDED.has(statusOfStep(step));
}
