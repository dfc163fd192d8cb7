/**
 * A folder of worklist items: files in the form of DICOM, with or without meta information, and DICOM JSON files.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { readFile } from "../dicom/data_set/reading/read_file.ts";
import { fromJson } from "../dicom/models/from_json.ts";
import { nameTag } from "../dicom/names.ts";
import { DataSetError, LimitError } from "../errors.ts";
import { findMissing, SCHEDULED_STEPS } from "./worklist_item.ts";

/** A file as its folder lists it. */
export interface ListedFile {
  /** Path below the folder, with forward slashes. */
  readonly name: string;
  /** A text that is another one when the file may have been written since. */
  readonly stamp: string;
}

/** A folder that a host looks into. */
export interface WorklistFiles {
  /**
   * A text that changes when a file was added, removed or renamed; cheap. It may stay the same when a file was
   * overwritten.
   */
  fingerprint(): Promise<string>;
  /** The files in it and in folders in it whose names end in `.wl`, `.dcm` or `.json`. Throws when it can't be read. */
  list(): AsyncIterable<ListedFile>;
  /** Reads a file. Throws LimitError when it is longer than `maximum` bytes. */
  read(name: string, maximum: number): Promise<Uint8Array>;
}

/** The callbacks of a folder. */
export interface WorklistFolderOptions {
  /** Where the files are. */
  readonly files: WorklistFiles;
  /** Receives each problem once: of a file, with its name. */
  readonly onProblem: (error: Error) => void;
  /** A file is an item, in the place of what it was before. */
  readonly onItem: (name: string, item: DataSet) => void;
  /** An item has gone. */
  readonly onGone: (name: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Longest file, in bytes. */
const LONGEST_FILE = 1024 * 1024;

/** How long the result of a look is good, in milliseconds; and how long files are not looked at one by one. */
const GOOD_FOR = 500;
const FILES_GOOD_FOR = 10_000;

/** Follows a folder. It looks for changes when a caller asks for items. */
export class WorklistFolder {
  readonly #options: WorklistFolderOptions;
  /** By name: how each file was when it was read. */
  readonly #seen = new Map<string, string>();
  readonly #items = new Set<string>();
  /** By name: the last report of each file. */
  readonly #told = new Map<string, string>();
  #looking: Promise<void> | undefined;
  #looked = -Infinity;
  #lookedAtFiles = -Infinity;
  #fingerprint: string | undefined;
  #problem: string | undefined;

  /** Looks at nothing yet. */
  constructor(options: WorklistFolderOptions) {
    this.#options = options;
  }

  /** Why the folder could not be read last time; undefined if it could. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Looks for changes, unless a call has done so just now. Never throws: a folder that can't be read stays as it was. */
  refresh(): Promise<void> {
    if (this.#looking !== undefined) return this.#looking;
    if (this.#options.now() - this.#looked < GOOD_FOR) return Promise.resolve();
    return this.#looking = this.#look().finally(() => this.#looking = undefined);
  }

  async #look(): Promise<void> {
    const { files, now, onProblem } = this.#options;
    const begun = now();
    try {
      const fingerprint = await files.fingerprint();
      const isSame = fingerprint === this.#fingerprint && begun - this.#lookedAtFiles < FILES_GOOD_FOR;
      if (!isSame) {
        await this.#readChanged();
        this.#fingerprint = fingerprint;
        this.#lookedAtFiles = begun;
      }
      this.#problem = undefined;
    } catch (error) {
      const problem = `Cannot read the folder of the worklist: ${messageOf(error)}`;
      if (problem !== this.#problem) onProblem(new Error(problem, { cause: error }));
      this.#problem = problem;
    }
    this.#looked = now();
  }

  async #readChanged(): Promise<void> {
    const gone = new Set(this.#seen.keys());
    for await (const { name, stamp } of this.#options.files.list()) {
      gone.delete(name);
      if (this.#seen.get(name) === stamp) continue;
      await this.#read(name);
      this.#seen.set(name, stamp);
    }
    for (const name of gone) {
      this.#seen.delete(name);
      this.#told.delete(name);
      this.#drop(name);
    }
  }

  async #read(name: string): Promise<void> {
    const { files, onItem } = this.#options;
    try {
      const item = readItem(name, await files.read(name, LONGEST_FILE));
      const missing = findMissing(item);
      if (missing.some(({ path: [first] }) => first === SCHEDULED_STEPS)) {
        throw new DataSetError("it has no Scheduled Procedure Step Sequence with an item");
      }
      const names = missing.map(({ path }) => nameTag(path.at(-1) as number)).join(", ");
      if (names === "") this.#told.delete(name);
      else this.#tell(name, `The worklist file ${JSON.stringify(name)} is offered without a value of ${names}`);
      onItem(name, item);
      this.#items.add(name);
    } catch (error) {
      this.#drop(name);
      this.#tell(name, `Cannot use the worklist file ${JSON.stringify(name)}: ${messageOf(error)}`, error);
    }
  }

  /** Tells of a file, unless that was told of it before. */
  #tell(name: string, message: string, cause?: unknown): void {
    if (this.#told.get(name) === message) return;
    this.#told.set(name, message);
    this.#options.onProblem(new Error(message, cause === undefined ? {} : { cause }));
  }

  #drop(name: string): void {
    if (this.#items.delete(name)) this.#options.onGone(name);
  }
}

/** The data set of a file. Throws DataSetError and LimitError. */
function readItem(name: string, bytes: Uint8Array): DataSet {
  if (!name.toLowerCase().endsWith(".json")) return readFile(bytes).dataSet;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new DataSetError("it is no JSON in UTF-8");
  }
  return fromJson(Array.isArray(json) && json.length === 1 ? json[0] : json);
}

/** Words of ours, or of the system: what stands in the file is not repeated, as errors of JSON would. */
function messageOf(error: unknown): string {
  if (error instanceof DataSetError && error.path !== undefined && error.expected !== undefined) {
    const where = TAGS.test(error.path) ? `at ${error.path}` : "as DICOM JSON";
    return `cannot read it ${where}: expected ${error.expected}`;
  }
  if (error instanceof DataSetError || error instanceof LimitError) return error.message.replace(/^Cannot /, "cannot ");
  return error instanceof Error ? error.message : String(error);
}

/** A path of tags: what is none may be anything. */
const TAGS = /^[0-9A-Fa-f.[\]]{1,200}$/;
