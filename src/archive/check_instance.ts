/**
 * Whether an archive has an instance that a peer wants to rely on.
 *
 * @module
 */

import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import { type IntegrityOptions, isWhole } from "./integrity.ts";

/**
 * Result of the check. `whole`: the instance is intact; `unknown`: the index doesn't have it; `other-class`: it has
 * another SOP class; `missing`: the store has no object for it; `damaged`: the object differs from the received
 * instance.
 */
export type InstanceCheck = "whole" | "unknown" | "other-class" | "missing" | "damaged";

/** Which instance. */
export interface InstanceReference {
  /** SOP Class UID. */
  readonly sopClassUid: string;
  /** SOP Instance UID. */
  readonly sopInstanceUid: string;
}

/**
 * Looks an instance up, reads its object through, and makes it as durable as a commit does. Throws what store and index
 * throw, such as the error of a disk that can't be read.
 */
export async function checkInstance(
  { store, index }: { readonly store: ObjectStore; readonly index: InstanceIndex },
  { sopClassUid, sopInstanceUid }: InstanceReference,
  options: IntegrityOptions = {},
): Promise<InstanceCheck> {
  for (;;) {
    const instance = await index.find(sopInstanceUid);
    if (instance === undefined) return "unknown";
    if (instance.sopClassUid !== sopClassUid) return "other-class";
    let whole = false;
    let failure: unknown;
    try {
      whole = await isWhole(store, instance, options);
      if (whole) await store.persist(instance.name);
    } catch (error) {
      options.signal?.throwIfAborted();
      failure = error;
    }
    // What takes its place meanwhile is looked at in its turn.
    if ((await index.find(sopInstanceUid))?.serial !== instance.serial) continue;
    if (failure !== undefined) throw failure;
    if (whole) return "whole";
    return await store.get(instance.name) === undefined ? "missing" : "damaged";
  }
}
