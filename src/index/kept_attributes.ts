/**
 * The attributes that an index keeps of each instance, by their level of the Query/Retrieve hierarchy: the index matches
 * queries with them, and returns them.
 *
 * @module
 */

import { isPrivateTag, privateCreatorTagOf } from "../dicom/tag.ts";
import { keysOf, levelOfAttribute } from "../query/keys.ts";
import { QUERY_LEVELS, type QueryLevel } from "../query/levels.ts";

/**
 * The kept attributes of one instance: for each level a data set in Explicit VR Little Endian, each with the
 * Specific Character Set and Timezone Offset From UTC of the instance. The UIDs of `IndexedInstance` are not repeated.
 */
export type KeptAttributes = Readonly<Record<QueryLevel, Uint8Array>>;

const NOTHING = new Uint8Array(0);

/** The kept attributes of an instance whose attributes are unknown. */
export const NO_ATTRIBUTES: KeptAttributes = { PATIENT: NOTHING, STUDY: NOTHING, SERIES: NOTHING, IMAGE: NOTHING };

/** Attributes that every level has: they say how to read the others. */
export const OF_EVERY_LEVEL: ReadonlySet<number> = new Set([
  0x0008_0005, // Specific Character Set
  0x0008_0201, // Timezone Offset From UTC
]);

/** Fields of `IndexedInstance` that hold UIDs. */
export type UidField = "sopClassUid" | "sopInstanceUid" | "seriesInstanceUid" | "studyInstanceUid";

/** Where `IndexedInstance` has the UIDs. */
export const UID_FIELDS: ReadonlyMap<number, UidField> = new Map([
  [0x0008_0016, "sopClassUid"],
  [0x0008_0018, "sopInstanceUid"],
  [0x0020_000d, "studyInstanceUid"],
  [0x0020_000e, "seriesInstanceUid"],
]);

/** An attribute that the index itself adds: the transfer syntax in which it keeps the instance. */
export const AVAILABLE_TRANSFER_SYNTAX_UID = 0x0008_3002;

/**
 * The attributes that are kept, and their levels: the keys of PS3.4 C.6 and of the modules of each entity, and `more`. A
 * private one is kept with its creator, in whatever block this has reserved.
 */
export function keptLevels(more: readonly number[] = []): ReadonlyMap<number, QueryLevel> {
  const levels = new Map<number, QueryLevel>();
  for (const level of QUERY_LEVELS) {
    for (const { tag, computed } of keysOf(level)) if (!computed && !UID_FIELDS.has(tag)) levels.set(tag, level);
  }
  for (const tag of more) {
    if (isPrivateTag(tag)) addBlocks(levels, tag);
    else if (!UID_FIELDS.has(tag) && !OF_EVERY_LEVEL.has(tag)) levels.set(tag, levelOfAttribute(tag) ?? "IMAGE");
  }
  return levels;
}

const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xff;

/** An attribute in all blocks that its creator may have, and the creators. */
function addBlocks(levels: Map<number, QueryLevel>, tag: number): void {
  const group = (tag & 0xffff_0000) >>> 0;
  for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
    const inBlock = group + block * 0x100 + (tag & 0xff);
    levels.set(privateCreatorTagOf(inBlock), "IMAGE");
    levels.set(inBlock, "IMAGE");
  }
}
