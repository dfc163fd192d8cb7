/** Programs in examples/, as their readers run them. */

import { fileURLToPath } from "node:url";
import { acceptsConnections, type Exit, freePort, Process, run } from "../support/process.ts";

const FOLDER = new URL("../../examples/", import.meta.url);

function args(name: string, operands: readonly string[]): string[] {
  return ["run", "--quiet", "-A", fileURLToPath(new URL(name, FOLDER)), ...operands];
}

/** Starts an example that listens for DICOM on the port that is its first argument; resolves when it accepts connections. */
export async function startExample(
  name: string,
  ...operands: readonly string[]
): Promise<{ readonly port: number; readonly process: Process; [Symbol.asyncDispose](): Promise<void> }> {
  const port = freePort();
  const process = new Process(Deno.execPath(), args(name, [String(port), ...operands]), { env: { NO_COLOR: "1" } });
  try {
    await acceptsConnections(process, port);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
  return { port, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

/** Runs an example to its end. */
export function runExample(name: string, ...operands: readonly string[]): Promise<Exit> {
  return run(Deno.execPath(), args(name, operands), { env: { NO_COLOR: "1" } });
}

/** Runs an example to its end, with more in its environment. */
export function runExampleWith(
  env: Record<string, string>,
  name: string,
  ...operands: readonly string[]
): Promise<Exit> {
  return run(Deno.execPath(), args(name, operands), { env: { NO_COLOR: "1", ...env } });
}
