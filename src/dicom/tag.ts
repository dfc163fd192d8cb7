/**
 * Data element tags as numbers: 0xGGGGEEEE, group and element (PS3.5 3.10).
 *
 * @module
 */

/** The group of a tag. */
export function groupOf(tag: number): number {
  return tag >>> 16;
}

/** The element number of a tag within its group. */
export function elementOf(tag: number): number {
  return tag & 0xffff;
}

/** Whether the tag is in a group with an odd number (PS3.5 7.8). */
export function isPrivateTag(tag: number): boolean {
  return (tag & 0x00010000) !== 0;
}

/** Whether the tag is a Private Creator, which reserves a block of its group (PS3.5 7.8.1). */
export function isPrivateCreatorTag(tag: number): boolean {
  const element = tag & 0xffff;
  return isPrivateTag(tag) && element >= 0x10 && element <= 0xff;
}

/** The tag of the Private Creator of a private attribute's block (PS3.5 7.8.1). */
export function privateCreatorTagOf(tag: number): number {
  return ((tag & 0xffff0000) | ((tag & 0xff00) >>> 8)) >>> 0;
}

/** A tag as the standard writes it: `(0008,0018)`. */
export function formatTag(tag: number): string {
  const digits = tagDigits(tag);
  return `(${digits.slice(0, 4)},${digits.slice(4)})`;
}

/** A tag as eight hexadecimal digits, as in the DICOM JSON model: `00080018` (PS3.18 F.2.2). */
export function tagDigits(tag: number): string {
  const known = digitsOf.get(tag);
  if (known !== undefined) return known;
  const digits = tag.toString(16).toUpperCase().padStart(8, "0");
  if (digitsOf.size < MAXIMUM_DIGITS) digitsOf.set(tag, digits);
  return digits;
}

/** Digits of the tags that were met first: nearly always the same few. */
const digitsOf = new Map<number, string>();
const MAXIMUM_DIGITS = 4096;
