/**
 * Standard input, output and error as the commands use them on Deno, by Node's API.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import { isatty, type ReadStream } from "node:tty";
import { translating } from "./errors.ts";

const STDIN = 0;

/** Milliseconds until a stream that has nothing for now, or takes nothing, is tried again. */
const PAUSE = 5;

function isInterrupted(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EAGAIN";
}

function outputOf(descriptor: 1 | 2, stream: () => { readonly columns?: number }) {
  return {
    isTerminal: () => isatty(descriptor),
    columns: () => stream().columns,
    writeSync: (bytes: Uint8Array): number => translating(() => fs.writeSync(descriptor, bytes)),
    write: (bytes: Uint8Array): Promise<number> => Promise.resolve(translating(() => fs.writeSync(descriptor, bytes))),
  };
}

/** Standard output. */
export const stdout = outputOf(1, () => process.stdout);

/** Standard error. */
export const stderr = outputOf(2, () => process.stderr);

/** Standard input. */
export const stdin = {
  isTerminal: () => isatty(STDIN),
  /** Raw keys, so that a passcode is not shown. */
  setRaw: (raw: boolean): void => void (process.stdin as ReadStream).setRawMode?.(raw),
  /** Reads on, and waits; null at the end. */
  readSync(into: Uint8Array): number | null {
    for (;;) {
      try {
        return fs.readSync(STDIN, into) || null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EOF") return null;
        if (!isInterrupted(error)) {
          return translating(() => {
            throw error;
          });
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
      }
    }
  },
  read: (into: Uint8Array): Promise<number | null> => Promise.resolve(stdin.readSync(into)),
};
