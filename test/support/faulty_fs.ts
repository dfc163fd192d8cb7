/**
 * Stands in for `node:fs` in the archive of a gateway whose disk has faults, as long as the file that
 * `GANTRY_TEST_FAULTS` names says which: a code such as `ENOSPC` for each kind of call.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import { setImmediate } from "node:timers";

export * from "node:fs";

/** `write`: more bytes. `change`: new files, folders and names. `flush`: what makes either durable. */
export type Faults = Partial<Record<"write" | "change" | "flush", string>>;

/** The error of a kind of call, if it fails at the moment. */
function fault(kind: keyof Faults): Error | undefined {
  const path = process.env.GANTRY_TEST_FAULTS!;
  if (!fs.existsSync(path)) return undefined;
  const code = (JSON.parse(fs.readFileSync(path, "utf8")) as Faults)[kind];
  return code === undefined ? undefined : Object.assign(new Error(`${code}: as the test wants it`), { code });
}

function failIf(kind: keyof Faults): void {
  const error = fault(kind);
  if (error !== undefined) throw error;
}

export function openSync(path: string, flags: string): number {
  if (flags !== "r" && flags !== "r+") failIf("change");
  return fs.openSync(path, flags);
}

export function mkdirSync(path: string, options: { recursive: true }): string | undefined {
  failIf("change");
  return fs.mkdirSync(path, options);
}

export function renameSync(from: string, to: string): void {
  failIf("change");
  fs.renameSync(from, to);
}

export function writeSync(
  descriptor: number,
  bytes: Uint8Array,
  start: number,
  length: number,
  position: number | null,
): number {
  failIf("write");
  return fs.writeSync(descriptor, bytes, start, length, position);
}

export function fsyncSync(descriptor: number): void {
  failIf("flush");
  fs.fsyncSync(descriptor);
}

export function fdatasyncSync(descriptor: number): void {
  failIf("flush");
  fs.fdatasyncSync(descriptor);
}

type Done = (error: Error | null) => void;

export function fsync(descriptor: number, done: Done): void {
  const error = fault("flush");
  if (error === undefined) fs.fsync(descriptor, done);
  else setImmediate(() => done(error));
}

export function fdatasync(descriptor: number, done: Done): void {
  const error = fault("flush");
  if (error === undefined) fs.fdatasync(descriptor, done);
  else setImmediate(() => done(error));
}
