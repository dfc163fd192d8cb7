/**
 * What the store keeps of an instance until the index has it.
 *
 * @module
 */

import type { IndexedInstance, NewTask } from "../index/instance_index.ts";

/** All that the transaction of one instance records. */
export interface Recorded {
  readonly instance: IndexedInstance;
  readonly tasks: readonly NewTask[];
}

/** As a note for the store. */
export function encodeNote(recorded: Recorded): string {
  return JSON.stringify(recorded);
}

/** Undefined for a note that isn't one of ours, such as the empty one of an earlier version. */
export function decodeNote(note: string): Recorded | undefined {
  if (note === "") return undefined;
  try {
    const recorded: Recorded = JSON.parse(note);
    return typeof recorded.instance?.sopInstanceUid === "string" ? recorded : undefined;
  } catch {
    return undefined;
  }
}
