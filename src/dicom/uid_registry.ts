/**
 * The registry of UIDs of PS3.6 Annex A, with the names that people know them by.
 *
 * @module
 */

import { UIDS } from "./generated/uids_data.ts";
import { registerUidNames } from "./names.ts";

/** A UID as PS3.6 registers it. */
export interface UidDefinition {
  /** The UID itself. */
  readonly uid: string;
  /** Empty where PS3.6 gives none. */
  readonly keyword: string;
  /** As PS3.6 Table A-1 calls it: `SOP Class`, `Transfer Syntax`, … */
  readonly type: string;
  /** For people, such as `CT Image Storage`. */
  readonly name: string;
  /** Whether the standard has retired it. */
  readonly retired: boolean;
}

let registry: ReadonlyMap<string, UidDefinition> | undefined;

/** The registration of a UID in PS3.6, or undefined. */
export function findUid(uid: string): UidDefinition | undefined {
  return (registry ??= parseRegistry()).get(uid);
}

/** Everything that PS3.6 registers. */
export function registeredUids(): Iterable<UidDefinition> {
  return (registry ??= parseRegistry()).values();
}

/** Every SOP Class of PS3.6, with meta SOP classes and retired ones. */
export function sopClasses(): readonly UidDefinition[] {
  return [...(registry ??= parseRegistry()).values()].filter(({ type }) => /^(Meta )?SOP Class$/.test(type));
}

/** The registered name of a UID for people; the UID itself when it has none. */
export function uidName(uid: string): string {
  return findUid(uid)?.name || uid;
}

registerUidNames((uid) => findUid(uid)?.name || undefined);

function parseRegistry(): ReadonlyMap<string, UidDefinition> {
  const definitions = UIDS.split("\n").map((line) => {
    const [uid = "", keyword = "", type = "", name = "", flags = ""] = line.split("\t");
    return Object.freeze({ uid, keyword, type, name, retired: flags === "R" });
  });
  return new Map(definitions.map((definition) => [definition.uid, definition]));
}
