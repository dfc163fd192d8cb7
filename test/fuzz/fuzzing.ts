/**
 * Runs inputs through a check until one fails, or enough of them have passed, or the time is up.
 *
 * @module
 */

import { idle } from "../support/playback.ts";
import { Random } from "../support/random.ts";

/** What is fuzzed. */
export interface Fuzzing {
  /** Also what the files of its regressions begin with. */
  readonly name: string;
  /** Any input; the same for the same chance. */
  input(random: Random): Uint8Array;
  /** Throws when something does not hold. */
  check(bytes: Uint8Array): Promise<void> | void;
}

/** How long to go on. */
export interface FuzzOptions {
  readonly seed: number;
  /** Inputs at most. */
  readonly inputs: number;
  /** Milliseconds at most; default any. */
  readonly milliseconds?: number;
  /** Told now and then how many inputs have passed. */
  readonly onProgress?: (passed: number) => void;
}

/** An input that failed. */
export interface Failure {
  readonly fuzzing: string;
  readonly input: Uint8Array;
  readonly error: unknown;
}

/** What came of it. */
export interface FuzzResult {
  /** Inputs that were tried. */
  readonly inputs: number;
  readonly failures: readonly Failure[];
  /** Largest heap that was seen, in bytes. */
  readonly heap: number;
}

/** Inputs that are tried at the same time, so that those that wait cost nothing. */
const TOGETHER = 64;

/** Longest that inputs of one round may take, in milliseconds. */
const DEADLINE = 30_000;

/** Failures after which it is enough. */
const ENOUGH = 20;

/** Fuzzes. The inputs are the same for the same seed, however far it gets. */
export async function fuzz(fuzzing: Fuzzing, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, milliseconds = Infinity, onProgress = () => {} } = options;
  const random = new Random(seed);
  const failures: Failure[] = [];
  const begun = performance.now();
  let [inputs, heap] = [0, 0];
  using rejections = watchRejections();
  while (inputs < options.inputs && performance.now() - begun < milliseconds && failures.length < ENOUGH) {
    const round = Array.from({ length: Math.min(TOGETHER, options.inputs - inputs) }, () => fuzzing.input(random));
    const outcomes = await Promise.all(round.map((input) => attempt(fuzzing, input)));
    failures.push(...outcomes.filter((outcome) => outcome !== undefined));
    await idle(); // Rejections that nobody handles are told then.
    for (const error of rejections.take()) {
      failures.push({ fuzzing: fuzzing.name, input: await findRejecting(fuzzing, round, rejections), error });
    }
    inputs += round.length;
    heap = Math.max(heap, Deno.memoryUsage().heapUsed);
    onProgress(inputs);
  }
  return { inputs, failures, heap };
}

/** Tries one input. */
export async function attempt(fuzzing: Fuzzing, input: Uint8Array): Promise<Failure | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Cannot go on: no end after ${DEADLINE} ms`)), DEADLINE);
  });
  try {
    await Promise.race([fuzzing.check(input), late]);
    return undefined;
  } catch (error) {
    return { fuzzing: fuzzing.name, input, error };
  } finally {
    clearTimeout(timer);
  }
}

/** Which of them leaves a promise to be rejected with nobody looking. */
async function findRejecting(
  fuzzing: Fuzzing,
  inputs: readonly Uint8Array[],
  rejections: Rejections,
): Promise<Uint8Array> {
  for (const input of inputs) {
    await attempt(fuzzing, input);
    await idle();
    if (rejections.take().length > 0) return input;
  }
  return new Uint8Array(0);
}

interface Rejections extends Disposable {
  /** Those that were seen since it was called last. */
  take(): unknown[];
}

/** Keeps rejections that nobody handles from ending the process. */
function watchRejections(): Rejections {
  let seen: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    seen.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  return {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", onRejection),
  };
}
