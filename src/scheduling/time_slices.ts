/**
 * Work that may be much more than its bytes tell, in slices of time: others have their turn in between.
 *
 * @module
 */

/** How long a slice of work lasts, in milliseconds. */
const LONGEST_SLICE = 10;

/** Milliseconds that others have between two slices, whoever's they are, and that lie between two of the same work. */
const BREAK = 1;
const OWN_BREAK = 2;

/** When a slice ended last. No queue: on workerd, one who waits may be gone before it is his turn. */
let sliceEnded = -Infinity;

/** Has `work` take `bytes` in pieces of `pieceLength`, as many in a row as fit into a slice of time. */
export async function inTimeSlices(
  bytes: Uint8Array,
  pieceLength: number,
  work: (piece: Uint8Array) => void,
): Promise<void> {
  for (let rest = oneSlice(bytes, pieceLength, work); rest.length > 0; rest = oneSlice(rest, pieceLength, work)) {
    await pause(OWN_BREAK);
    while (performance.now() - sliceEnded < BREAK) await pause(BREAK);
  }
}

/**
 * For work that goes step by step: what this gives is called at each step, and is to be waited for where it gives a promise,
 * which it does when a slice of time has passed.
 */
export function sliceOfTime(): () => Promise<void> | undefined {
  let end = performance.now() + LONGEST_SLICE;
  return () => {
    if (performance.now() < end) return undefined;
    return pause(OWN_BREAK).then(() => {
      end = performance.now() + LONGEST_SLICE;
    });
  };
}

/** Works for one slice of time. Returns what is left. */
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

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
