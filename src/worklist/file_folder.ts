/**
 * The folder of a worklist in a file system, on Deno, Node and Bun.
 *
 * @module
 */

import { open, readdir, stat } from "node:fs/promises";
import { LimitError } from "../errors.ts";
import type { ListedFile, WorklistFiles } from "./worklist_folder.ts";

const ITEM = /^[^.].*\.(wl|dcm|json)$/i;

/** Deepest folder below that of the worklist: wlmscpfs has one for each called AE title. */
const DEEPEST = 4;

/** A file that changed within this time, in milliseconds, may change again without a new modification time. */
const UNSETTLED = 100;

/** The folder at `path`, which need not be there yet. */
export function openFileFolder(path: string): WorklistFiles {
  return new FileFolder(path);
}

class FileFolder implements WorklistFiles {
  readonly #path: string;
  /** Paths of this folder and those in it, as they were listed last. */
  #folders: readonly string[] = [""];

  constructor(path: string) {
    this.#path = path;
  }

  async fingerprint(): Promise<string> {
    const now = Date.now();
    const times = await Promise.all(this.#folders.map(async (folder) => {
      const { mtimeMs } = await stat(`${this.#path}${folder}`);
      return stampOf(mtimeMs, now);
    }));
    return `${this.#folders.join("\n")} ${times.join(" ")}`;
  }

  async *list(): AsyncGenerator<ListedFile> {
    const folders: string[] = [];
    yield* this.#listFolder("", 0, folders);
    this.#folders = folders;
  }

  async read(name: string, maximum: number): Promise<Uint8Array> {
    const file = await open(`${this.#path}/${name}`);
    try {
      const { size } = await file.stat();
      if (size > maximum) {
        throw new LimitError(`it has ${size} bytes, expected at most ${maximum}`, { limit: "maxBytes", maximum });
      }
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  }

  async *#listFolder(folder: string, depth: number, folders: string[]): AsyncGenerator<ListedFile> {
    folders.push(folder);
    const entries = await readdir(`${this.#path}${folder}`, { withFileTypes: true });
    for (const entry of entries.sort((one, other) => one.name < other.name ? -1 : 1)) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory() && depth < DEEPEST) yield* this.#listFolder(name, depth + 1, folders);
      else if (ITEM.test(entry.name)) {
        const found = await stat(`${this.#path}${name}`).catch(goneMeanwhile);
        if (found?.isFile()) {
          yield { name: name.slice(1), stamp: `${found.size} ${stampOf(found.mtimeMs, Date.now())}` };
        }
      }
    }
  }
}

let unsettled = 0;

/** The time of a change; one of this moment is like no other: there may be further changes in it. */
function stampOf(mtimeMs: number, now: number): string {
  return now - mtimeMs < UNSETTLED ? `${mtimeMs} ${unsettled++}` : String(mtimeMs);
}

function goneMeanwhile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
