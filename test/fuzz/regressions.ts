/**
 * Inputs that failed once, kept as files of hexadecimal digits with what went wrong in a comment on top.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { hex } from "../dicom/encoding/elements.ts";
import type { Failure } from "./fuzzing.ts";

const FOLDER = fileURLToPath(new URL("./regressions/", import.meta.url));

/** An input that failed once. */
export interface Regression {
  readonly file: string;
  /** Name of what it was found by. */
  readonly fuzzing: string;
  readonly input: Uint8Array;
}

/** All that are kept. */
export function readRegressions(): Regression[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".hex")).sort().map(
    (file) => ({
      file,
      fuzzing: file.slice(0, file.lastIndexOf("-")),
      input: hex(Deno.readTextFileSync(FOLDER + file)),
    }),
  );
}

/** Keeps a failure; returns the file's path. */
export function keepRegression({ fuzzing, input, error }: Failure): string {
  const digits = Array.from(input, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const path = `${FOLDER}${fuzzing}-${nameOf(input)}.hex`;
  const why = String(error instanceof Error && error.cause ? error.cause : error).split("\n", 1)[0];
  Deno.writeTextFileSync(path, `# ${why}\n${digits.replace(/.{1,96}/g, "$&\n")}`);
  return path;
}

/** Short, and the same for the same bytes (FNV-1a). */
function nameOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
