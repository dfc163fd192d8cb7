/**
 * Divides work that may take much longer than its number of bytes suggests into slices of time, with breaks for other
 * work.
 *
 * @module
 */

/** How long a slice of work lasts, in milliseconds. */
const LONGEST_SLICE = 10;

/** Milliseconds for other work: between any two slices, and between two slices of the same task. */
const BREAK = 1;
const OWN_BREAK = 2;

/** When a slice ended last. No queue: on workerd, the request that waits may end before its turn. */
let sliceEnded = -Infinity;

/** Calls `work` with `bytes` in pieces of `pieceLength`, with a break after each slice of time. */
export async function inTimeSlices(
  bytes: Uint8Array,
  pieceLength: number,
  work: (piece: Uint8Array) => void,
): Promise<void> {
  for (let rest = oneSlice(bytes, pieceLength, work); rest.length > 0; rest = oneSlice(rest, pieceLength, work)) {
    await breath();
  }
}

/** Gives other work a turn, also while several tasks run in slices at the same time. */
async function breath(): Promise<void> {
  await wait(OWN_BREAK);
  while (isWithin(performance.now() - sliceEnded, BREAK)) await wait(BREAK);
}

/** The clock of a test may have been set back. */
function isWithin(passed: number, time: number): boolean {
  return passed >= 0 && passed < time;
}

/** To be called at each step of work, and waited for where it gives a promise: it does when a slice of time has passed. */
export type Pause = () => Promise<void> | undefined;

/** For work that goes step by step, each much shorter than a slice of time. */
export function sliceOfTime(): Pause {
  let end = performance.now() + LONGEST_SLICE;
  return () => {
    if (performance.now() < end) return undefined;
    sliceEnded = performance.now();
    return breath().then(() => {
      end = performance.now() + LONGEST_SLICE;
    });
  };
}

/** Has `work` take what is counted from 0 up to `count`, `length` at a time, with pauses in between. */
export async function inPieces(
  count: number,
  length: number,
  pause: Pause,
  work: (start: number, end: number) => void,
): Promise<void> {
  for (let start = 0; start < count; start += length) {
    work(start, Math.min(count, start + length));
    await pause();
  }
}

/** Works for one slice of time. Returns the rest. */
function oneSlice(bytes: Uint8Array, pieceLength: number, work: (piece: Uint8Array) => void): Uint8Array {
  const end = performance.now() + LONGEST_SLICE;
  let start = 0;
  do {
    work(bytes.subarray(start, start + pieceLength));
    start += pieceLength;
  } while (start < bytes.length && performance.now() < end);
  sliceEnded = performance.now();
  return bytes.subarray(start);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
