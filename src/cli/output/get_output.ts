/**
 * What is retrieved, as `gantry get` shows it: what fails as it happens, and a summary.
 *
 * @module
 */

import type { HeldInstance } from "../../query/instance_source.ts";
import { errorText, escapeJson, escapeText } from "../../safe_text.ts";
import { ProgressBar } from "./progress.ts";
import { styled, type Terminal } from "./terminal.ts";
import { count, formatBytes, formatDuration } from "./units.ts";

/** Shows how it goes, and counts. Dispose of it when retrieving has ended: the progress bar goes away. */
export class GetOutput implements Disposable {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  readonly #bar: ProgressBar;
  readonly #begun = performance.now();
  #total = 0;
  #retrieved = 0;
  #failed = 0;
  #bytes = 0;

  constructor(terminal: Terminal, { json }: { readonly json: boolean }) {
    this.#terminal = terminal;
    this.#json = json;
    this.#bar = new ProgressBar(terminal.err, "Retrieving");
  }

  /** Whether nothing has failed. */
  get succeeded(): boolean {
    return this.#failed === 0;
  }

  /** So many instances are to come. */
  found(instances: number): void {
    this.#total = instances;
  }

  /** So many bytes more were written. */
  progress(bytes: number): void {
    this.#bytes += bytes;
    this.#update();
  }

  /** An instance is in the file at `path`. */
  retrieved({ sopInstanceUid, sopClassUid, transferSyntax }: HeldInstance, path: string): void {
    this.#retrieved++;
    this.#print({ type: "instance", path, sopInstanceUid, sopClassUid, transferSyntax });
    this.#update();
  }

  /** An instance could not be had, or not be written. */
  failed({ sopInstanceUid, sopClassUid }: HeldInstance, error: unknown): void {
    const { err } = this.#terminal;
    this.#failed++;
    this.#bar.clear();
    err.write(`${styled(err, "red", "gantry:")} ${escapeText(sopInstanceUid)}: ${errorText(error)}\n`);
    this.#print({ type: "instance", sopInstanceUid, sopClassUid, problem: errorText(error) });
    this.#update();
  }

  [Symbol.dispose](): void {
    this.#bar.clear();
  }

  /** Shows how it went in all. */
  summarize(): void {
    const [retrieved, failed, bytes] = [this.#retrieved, this.#failed, this.#bytes];
    const milliseconds = performance.now() - this.#begun;
    this.#print({ type: "summary", retrieved, failed, bytes, milliseconds: Math.round(milliseconds) });
    if (this.#json) return;
    const lost = failed > 0 ? `, ${failed} failed` : "";
    const amount = `${formatBytes(bytes)} in ${formatDuration(milliseconds)}`;
    this.#terminal.out.write(`${count(retrieved, "instance")} retrieved${lost}; ${amount}\n`);
  }

  /** For programs only. */
  #print(line: object): void {
    if (this.#json) this.#terminal.out.write(`${escapeJson(line)}\n`);
  }

  #update(): void {
    const items = this.#retrieved + this.#failed;
    this.#bar.update({ items, totalItems: this.#total, bytes: this.#bytes, totalBytes: 0 });
  }
}
