/**
 * A disk that remembers what was done to it, and can tell what the loss of power may have left.
 *
 * Nothing has to survive but what was flushed: of a file its bytes, page by page, and of a folder its entries, in their
 * order. What wasn't flushed may survive all the same.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Random } from "../../support/random.ts";

/** A file, whatever its name is at the moment. */
type File = number;

type EntryOperation =
  | { readonly do: "create"; readonly path: string; readonly file: File }
  | { readonly do: "make folder"; readonly path: string }
  | { readonly do: "rename"; readonly from: string; readonly path: string; readonly file: File }
  | { readonly do: "remove"; readonly path: string };

type Operation =
  | EntryOperation
  | { readonly do: "write"; readonly file: File; readonly position: number; readonly bytes: Uint8Array }
  /** `since`: how many operations there were when it began; what came later need not be flushed. */
  | { readonly do: "flush"; readonly file: File; readonly since: number }
  | { readonly do: "flush folder"; readonly path: string; readonly since: number };

/** What survives of what was not flushed. */
export type Survival = "nothing" | "anything" | "everything";

/** What a page of a disk has, in bytes: it is written as a whole or not at all. */
const PAGE = 4096;

/** A disk below a folder; paths are those of the real one. */
export class SimulatedDisk {
  readonly #operations: Operation[] = [];
  /** What was there at the beginning, and is durable. */
  readonly #folders = new Set<string>();
  readonly #contents = new Map<File, Uint8Array>();
  readonly #before: ReadonlyMap<string, File>;
  /** Which file each name has now. */
  readonly #entries = new Map<string, File>();
  #files = 0;

  /** Begins with all that is below `root`. */
  constructor(root: string) {
    this.#discover(root);
    this.#before = new Map(this.#entries);
  }

  /** How many operations there were. */
  get length(): number {
    return this.#operations.length;
  }

  /** How often something was flushed. */
  get flushes(): number {
    return this.#operations.filter((operation) => operation.do === "flush" || operation.do === "flush folder").length;
  }

  fileAt(path: string): File | undefined {
    return this.#entries.get(path);
  }

  create(path: string): File {
    const file = ++this.#files;
    this.#entries.set(path, file);
    this.#operations.push({ do: "create", path, file });
    return file;
  }

  makeFolder(path: string): void {
    this.#operations.push({ do: "make folder", path });
  }

  rename(from: string, path: string): void {
    const file = this.#entries.get(from)!;
    this.#entries.delete(from);
    this.#entries.set(path, file);
    this.#operations.push({ do: "rename", from, path, file });
  }

  remove(path: string): void {
    this.#entries.delete(path);
    this.#operations.push({ do: "remove", path });
  }

  write(file: File, position: number, bytes: Uint8Array): void {
    this.#operations.push({ do: "write", file, position, bytes: bytes.slice() });
  }

  flush(file: File, since: number): void {
    this.#operations.push({ do: "flush", file, since });
  }

  flushFolder(path: string, since: number): void {
    this.#operations.push({ do: "flush folder", path, since });
  }

  /** What is there, by path, when power was lost after so many operations: bytes of files, and folders. */
  afterPowerLoss(length: number, survival: Survival, random: Random): Map<string, Uint8Array | "folder"> {
    const operations = this.#operations.slice(0, length);
    const flushed = new Map<File | string, number>();
    for (const operation of operations) {
      if (operation.do !== "flush" && operation.do !== "flush folder") continue;
      const place = operation.do === "flush" ? operation.file : operation.path;
      // One that began earlier may end later.
      flushed.set(place, Math.max(operation.since, flushed.get(place) ?? 0));
    }
    const there = (operation: Operation, index: number) => index < (flushed.get(placeOf(operation)) ?? 0);
    const [folders, entries] = this.#survivingEntries(operations, there, survival, random);
    const contents = this.#survivingContents(operations, there, survival, random);
    const found = new Map<string, Uint8Array | "folder">();
    const isReachable = (path: string): boolean =>
      this.#folders.has(path) || (folders.has(path) && isReachable(dirname(path)));
    for (const path of [...this.#folders, ...folders].sort()) if (isReachable(path)) found.set(path, "folder");
    for (const [path, file] of entries) {
      if (isReachable(dirname(path))) found.set(path, contents.get(file) ?? new Uint8Array(0));
    }
    return found;
  }

  #discover(folder: string): void {
    this.#folders.add(folder);
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) this.#discover(path);
      else {
        this.#contents.set(++this.#files, Deno.readFileSync(path));
        this.#entries.set(path, this.#files);
      }
    }
  }

  /** Of each folder all changes that were flushed, and then some, in their order. */
  #survivingEntries(
    operations: readonly Operation[],
    there: (operation: Operation, index: number) => boolean,
    survival: Survival,
    random: Random,
  ): [folders: Set<string>, entries: Map<string, File>] {
    const unsure = new Map<string, number>();
    operations.forEach((operation, index) => {
      if (!("path" in operation) || operation.do === "flush folder" || there(operation, index)) return;
      const folder = dirname(operation.path);
      unsure.set(folder, (unsure.get(folder) ?? 0) + 1);
    });
    for (const [folder, count] of unsure) unsure.set(folder, chosen(count, survival, random));
    const folders = new Set<string>();
    const entries = new Map(this.#before);
    operations.forEach((operation, index) => {
      if (!("path" in operation) || operation.do === "flush folder") return;
      const folder = dirname(operation.path);
      if (!there(operation, index)) {
        const left = unsure.get(folder)!;
        if (left === 0) return;
        unsure.set(folder, left - 1);
      }
      if (operation.do === "make folder") folders.add(operation.path);
      else if (operation.do === "remove") entries.delete(operation.path);
      else entries.set(operation.path, operation.file);
      if (operation.do === "rename") entries.delete(operation.from);
    });
    return [folders, entries];
  }

  /** Of each file all pages that were flushed, and some of the others. */
  #survivingContents(
    operations: readonly Operation[],
    there: (operation: Operation, index: number) => boolean,
    survival: Survival,
    random: Random,
  ): Map<File, Uint8Array> {
    const contents = new Map<File, Content>();
    for (const [file, bytes] of this.#contents) contents.set(file, new Content(bytes));
    operations.forEach((operation, index) => {
      if (operation.do !== "write") return;
      const { file, position, bytes } = operation;
      const content = contents.get(file) ?? new Content();
      contents.set(file, content);
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + PAGE - (position + at) % PAGE);
        if (there(operation, index) || chosen(1, survival, random) === 1) {
          content.put(position + at, bytes.subarray(at, end));
        }
        at = end;
      }
    });
    return new Map([...contents].map(([file, content]) => [file, content.bytes]));
  }
}

/** What has to be flushed for an operation to be durable. */
function placeOf(operation: Operation): File | string {
  return operation.do === "write" || operation.do === "flush" ? operation.file : dirname(operation.path);
}

/** How many of so many survive. */
function chosen(count: number, survival: Survival, random: Random): number {
  return survival === "nothing" ? 0 : survival === "everything" ? count : random.below(count + 1);
}

/** Bytes of a file that grows. */
class Content {
  #bytes: Uint8Array;
  #length: number;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = bytes.slice();
    this.#length = bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  put(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, position);
    this.#length = Math.max(this.#length, end);
  }
}
