/**
 * Whether store and index say the same.
 *
 * @module
 */

import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import { describeIfReadable } from "./describe_object.ts";

/** One object, or one entry of the index, about which store and index differ. */
export interface Difference {
  /**
   * `not-in-index`: an instance that the index doesn't know. `duplicate`: one whose SOP Instance UID is in the index under
   * another name. `no-instance`: an object that is no DICOM instance, or can't be read. `not-in-store`: an entry without an
   * object. `wrong-length`: an object that is longer or shorter than the index says.
   */
  readonly kind: "not-in-index" | "duplicate" | "no-instance" | "not-in-store" | "wrong-length";
  /** Of the object. */
  readonly name: string;
  /** Of the instance, where it is known. */
  readonly sopInstanceUid?: string;
  /** Found and expected, or what is wrong, in words. */
  readonly detail?: string;
}

/** How a comparison goes. */
export interface AuditProgress {
  /** Objects that were looked for in the index so far. */
  objects: number;
  /** Entries of the index whose objects were looked for so far. */
  entries: number;
  /** What was told so far. */
  differences: number;
}

/** How to compare. */
export interface AuditOptions {
  /** Told each difference as it is found. */
  readonly onDifference: (difference: Difference) => void;
  /** Told after each object and entry; what it is given goes on changing. */
  readonly onProgress?: (progress: Readonly<AuditProgress>) => void;
}

/**
 * Compares a store with its index and reports each difference. Neither may change meanwhile, and the function changes
 * neither.
 */
export async function auditIndex(
  store: ObjectStore,
  index: InstanceIndex,
  { onDifference, onProgress = () => {} }: AuditOptions,
): Promise<AuditProgress> {
  const progress: AuditProgress = { objects: 0, entries: 0, differences: 0 };
  const tell = (difference: Difference | undefined) => {
    if (difference === undefined) return;
    progress.differences++;
    onDifference(difference);
  };
  for await (const object of store.list()) {
    tell(await findDifference(store, index, object));
    progress.objects++;
    onProgress(progress);
  }
  for await (const { name, sopInstanceUid } of index.list()) {
    if (await store.get(name) === undefined) tell({ kind: "not-in-store", name, sopInstanceUid });
    progress.entries++;
    onProgress(progress);
  }
  return progress;
}

async function findDifference(
  store: ObjectStore,
  index: InstanceIndex,
  object: { readonly name: string; readonly size: number; readonly writtenAt: number },
): Promise<Difference | undefined> {
  const { name, size } = object;
  // Mostly the name identifies the instance, and the object needn't be opened.
  const named = await index.find(name.slice(name.lastIndexOf("/") + 1).replace(/\.dcm$/, ""));
  if (named?.name === name) return lengthDifference(named, size);
  const described = await describeIfReadable(store, object);
  if (described === undefined) return undefined;
  if ("problem" in described) return { kind: "no-instance", name, detail: described.problem };
  const { sopInstanceUid } = described.instance;
  const entry = await index.find(sopInstanceUid);
  if (entry === undefined) return { kind: "not-in-index", name, sopInstanceUid };
  if (entry.name === name) return lengthDifference(entry, size);
  return { kind: "duplicate", name, sopInstanceUid, detail: `the index has it as ${entry.name}` };
}

function lengthDifference(
  { name, sopInstanceUid, size }: { name: string; sopInstanceUid: string; size: number },
  found: number,
): Difference | undefined {
  if (found === size) return undefined;
  return { kind: "wrong-length", name, sopInstanceUid, detail: `it has ${found} bytes, expected ${size}` };
}
