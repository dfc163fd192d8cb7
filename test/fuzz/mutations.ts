/**
 * Changes that make a legal stream of PDUs wrong, or differently right: lengths, types, order, contexts, values.
 *
 * @module
 */

import { contentSize, copy, type Field, type Leaf, leaf, serialize, type Sized } from "../support/field_tree.ts";
import type { Random } from "../support/random.ts";

/** A stream that differs from one of `seeds` in one to eight ways. */
export function mutate(seeds: readonly (readonly Field[])[], random: Random): Uint8Array<ArrayBuffer> {
  const stream = copy(random.pick(seeds));
  for (let changes = 1 + random.below(random.oneIn(4) ? 8 : 2); changes > 0; changes--) {
    const place = pickPlace(stream, random);
    if (place === undefined) break;
    const possible = place.field.kind === "bytes" ? CHANGES : CHANGES_OF_SIZED;
    random.pick(possible)({ ...place, stream, seeds, random });
  }
  return mutateBytes(serialize(stream), random);
}

/** Bytes that one change may add at most. */
const LONGEST_REPETITION = 4096;

/** A field, and where it stands. */
interface Place {
  readonly siblings: Field[];
  readonly index: number;
  readonly field: Field;
}

interface Change extends Place {
  readonly stream: Field[];
  readonly seeds: readonly (readonly Field[])[];
  readonly random: Random;
}

/** What can be done to any field. */
const CHANGES: readonly ((change: Change) => void)[] = [
  otherValue,
  otherValue,
  remove,
  repeat,
  swap,
  moveElsewhere,
  insertFromElsewhere,
];

/** What can be done to a field with a length. */
const CHANGES_OF_SIZED = [...CHANGES, wrongLength, wrongLength, wrongLength, otherHead, otherHead, splitUp];

function wrongLength({ field, random }: Change): void {
  if (field.kind === "bytes") return;
  const right = contentSize(field);
  const maximum = field.length === "16" ? 0xffff : 0xffff_ffff;
  const wrong = random.pick([right - 1, right + 1, 0, maximum, maximum - 1, 2 * right, right >> 1, 1, 0x8000_0000]);
  field.claims = Math.min(Math.max(wrong, 0), maximum);
}

/** Another type of PDU or item, another reserved byte, another tag of a command element. */
function otherHead({ field, random }: Change): void {
  if (field.kind === "bytes" || field.head.length === 0) return;
  const head = field.head.slice();
  const at = random.below(head.length);
  head[at] = random.pick([
    (head[at] ?? 0) + random.pick([-1, 1, 0x10]),
    random.pick([0x01, 0x04, 0x05, 0x06, 0x07]),
    random.pick([0x20, 0x21, 0x30, 0x40, 0x50, 0x54, 0x57, 0x58, 0x59]),
    random.below(256),
  ]);
  field.head = head;
}

const TEXT = new TextEncoder();

/** Values that stand for trouble. */
const VALUES: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(1),
  new Uint8Array(64),
  Uint8Array.of(0xff, 0xff),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(1, 3),
  Uint8Array.of(1, 2),
  TEXT.encode(" ".repeat(16)),
  TEXT.encode("../../../../etc/passwd"),
  TEXT.encode("1.2.840.10008.1.1"),
  TEXT.encode("1.2.840.10008.5.1.4.1.1.2"),
  TEXT.encode("1.2.840.10008.1.2.1.99"),
  TEXT.encode(`1.${"9".repeat(70)}`),
  TEXT.encode('"}\r\nwarn forged=1 \x1b[2J'),
];

function otherValue({ siblings, index, field, random }: Change): void {
  const target = field.kind === "bytes" ? field : field.children.find((child): child is Leaf => child.kind === "bytes");
  if (target === undefined) {
    siblings[index] = leaf(random.pick(VALUES));
    return;
  }
  const { bytes } = target;
  switch (random.below(5)) {
    case 0:
      target.bytes = random.pick(VALUES);
      break;
    case 1:
      target.bytes = bytes.subarray(0, random.below(bytes.length + 1));
      break;
    case 2:
      target.bytes = new Uint8Array([...bytes, ...random.bytes(1 + random.below(16))]);
      break;
    default: {
      const changed = bytes.slice();
      if (changed.length > 0) changed[random.below(changed.length)] = random.below(random.oneIn(2) ? 8 : 256);
      target.bytes = changed;
    }
  }
}

function remove({ siblings, index }: Change): void {
  siblings.splice(index, 1);
}

function repeat({ siblings, index, field, random }: Change): void {
  const size = serialize([field]).length;
  const times = random.oneIn(20) ? Math.floor(LONGEST_REPETITION / (size + 1)) : 1 + random.below(3);
  siblings.splice(index, 0, ...Array.from({ length: times }, () => copy([field])).flat());
}

function swap({ siblings, index, field, random }: Change): void {
  const other = random.below(siblings.length);
  siblings[index] = siblings[other]!;
  siblings[other] = field;
}

function moveElsewhere(change: Change): void {
  const place = pickPlace(change.stream, change.random);
  if (place === undefined) return;
  change.siblings.splice(change.index, 1);
  place.siblings.splice(place.index, 0, ...copy([change.field]));
}

function insertFromElsewhere({ siblings, index, seeds, random }: Change): void {
  const place = pickPlace(random.pick(seeds), random);
  if (place !== undefined) siblings.splice(index, 0, ...copy([place.field]));
}

/** A field's content in two of its kind, as PDVs and PDUs may be split. */
function splitUp({ siblings, index, field, random }: Change): void {
  if (field.kind === "bytes") return;
  const at = random.below(field.children.length + 1);
  const second: Sized = { ...field, children: field.children.splice(at) };
  siblings.splice(index + 1, 0, second);
}

/** Any field at any depth; each level is as likely as the one above it, whatever its number of fields. */
function pickPlace(fields: readonly Field[], random: Random): Place | undefined {
  let siblings = fields as Field[];
  for (;;) {
    if (siblings.length === 0) return undefined;
    const index = random.below(siblings.length);
    const field = siblings[index]!;
    if (field.kind === "bytes" || field.children.length === 0 || random.oneIn(3)) return { siblings, index, field };
    siblings = field.children;
  }
}

/** Now and then something that knows nothing of structure. */
function mutateBytes(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0 || !random.oneIn(8)) return bytes;
  switch (random.below(3)) {
    case 0:
      return bytes.slice(0, random.below(bytes.length));
    case 1:
      bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    default: {
      const at = random.below(bytes.length);
      return new Uint8Array([...bytes.subarray(0, at), ...random.bytes(random.below(12)), ...bytes.subarray(at)]);
    }
  }
}
