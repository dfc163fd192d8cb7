/**
 * Which of the UIDs of PS3.6 are SOP Classes that a C-STORE can carry.
 *
 * @module
 */

import { REGISTERED_UIDS } from "./generated/uid_kinds.ts";

/** Every UID of PS3.6, and whether it is a storage SOP Class. */
let registered: ReadonlyMap<string, boolean> | undefined;

/** Whether a C-STORE can carry instances of this SOP Class of PS3.6, retired ones included. */
export function isStorageSopClass(uid: string): boolean {
  return (registered ??= parseTable()).get(uid) ?? false;
}

/** Every SOP Class of PS3.6 whose instances a C-STORE can carry, retired ones included. */
export function storageSopClasses(): readonly string[] {
  return [...(registered ??= parseTable())].filter(([, isStorage]) => isStorage).map(([uid]) => uid);
}

/** Whether PS3.6 registers the UID, as whatever it may be. */
export function isRegisteredUid(uid: string): boolean {
  return (registered ??= parseTable()).has(uid);
}

function parseTable(): ReadonlyMap<string, boolean> {
  const uids = new Map<string, boolean>();
  let components: string[] = [];
  for (const [, shared = "", others = "", kind] of REGISTERED_UIDS.matchAll(/(\w)([\d.]*)([S,])/g)) {
    components = [...components.slice(0, parseInt(shared, 36)), ...others.split(".")];
    uids.set(components.join("."), kind === "S");
  }
  return uids;
}
