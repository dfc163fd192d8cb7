/**
 * A file that no other code knows, until it gets its final path.
 *
 * @module
 */

import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { inFolder } from "./file_system.ts";

/** Open for writing and reading; ends with `moveTo` or `discard`. */
export class TemporaryFile {
  readonly descriptor: number;
  /** Its name in its folder. */
  readonly name: string;
  readonly #path: string;
  #ended = false;

  /** Makes the file, and its folder when it isn't there. */
  constructor(folder: string, name: string) {
    this.name = name;
    this.#path = `${folder}/${name}`;
    this.descriptor = inFolder(this.#path, () => openSync(this.#path, "wx+"));
  }

  /**
   * Gives the file its final path at once, in the place of what stands there; makes the folder, and calls
   * `whenFolderMade`, when it isn't there.
   */
  moveTo(path: string, whenFolderMade: () => void): void {
    inFolder(path, () => renameSync(this.#path, path), whenFolderMade);
    this.#ended = true;
    closeSync(this.descriptor);
  }

  /** Removes the file. Never throws; does nothing after `moveTo`. */
  discard(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      closeSync(this.descriptor);
      rmSync(this.#path, { force: true });
    } catch {
      // Start-up removes it.
    }
  }
}
