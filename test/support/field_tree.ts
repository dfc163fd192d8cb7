/**
 * A stream of PDUs as a tree of fields, each length field beside what it counts. Written for tests alone and without the
 * codec under test, so that a tree can be made wrong in ways that the codec never writes.
 *
 * @module
 */

/** Bytes without a structure of their own. */
export interface Leaf {
  kind: "bytes";
  bytes: Uint8Array;
}

/** Something with a length field: a PDU, an item, a sub-item, a PDV, a counted string, a command element. */
export interface Sized {
  kind: "sized";
  /** What stands in front of the length field, such as an item's type and reserved byte. */
  head: Uint8Array;
  length: LengthForm;
  /** What stands in the length field instead of the number of bytes that follow it. */
  claims?: number;
  children: Field[];
}

/** A field of a PDU. */
export type Field = Leaf | Sized;

/** How a length is written: big endian in two or four bytes, or little endian in four (command elements). */
export type LengthForm = "16" | "32" | "32-little";

const PDU_WITH_ITEMS = [0x01, 0x02];
const P_DATA = 0x04;
const FIXED_FIELDS_LENGTH = 68;
const CONTEXTS = [0x20, 0x21];
const USER_INFORMATION = 0x50;
/**
 * Counted strings that sub-items begin with, after so many bytes: role selection, extended negotiations, identity. The last
 * one of a common extended negotiation is a list of such strings.
 */
const COUNTED_STRINGS: Readonly<Record<number, CountedStrings>> = {
  0x54: { skip: 0, count: 1 },
  0x56: { skip: 0, count: 1 },
  0x57: { skip: 0, count: 3, list: true },
  0x58: { skip: 2, count: 2 },
  0x59: { skip: 0, count: 1 },
};

interface CountedStrings {
  readonly skip: number;
  readonly count: number;
  readonly list?: true;
}

/** Reads legal PDUs. */
export function parseStream(bytes: Uint8Array): Field[] {
  return repeat(bytes, (rest) => {
    const { field, content, end } = sized(rest, 2, "32");
    const type = rest[0] ?? 0;
    if (PDU_WITH_ITEMS.includes(type)) {
      field.children = [
        leaf(content.subarray(0, FIXED_FIELDS_LENGTH)),
        ...items(content.subarray(FIXED_FIELDS_LENGTH)),
      ];
    } else if (type === P_DATA) field.children = repeat(content, pdv);
    return { field, end };
  });
}

/** The bytes that a tree says. */
export function serialize(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + sizeOf(field), 0));
  let at = 0;
  for (const field of fields) at = write(field, bytes, at);
  return bytes;
}

/** A leaf of these bytes. */
export function leaf(bytes: Uint8Array): Leaf {
  return { kind: "bytes", bytes };
}

/** A tree that shares nothing with `fields` but the bytes of leaves, which nobody changes in place. */
export function copy(fields: readonly Field[]): Field[] {
  return fields.map((field) => field.kind === "bytes" ? { ...field } : { ...field, children: copy(field.children) });
}

function items(bytes: Uint8Array): Field[] {
  return repeat(bytes, (rest) => {
    const { field, content, end } = sized(rest, 2, "16");
    const type = rest[0] ?? 0;
    if (CONTEXTS.includes(type)) field.children = [leaf(content.subarray(0, 4)), ...items(content.subarray(4))];
    else if (type === USER_INFORMATION) field.children = items(content);
    else if (type in COUNTED_STRINGS) field.children = countedStrings(content, COUNTED_STRINGS[type]!);
    return { field, end };
  });
}

function countedStrings(content: Uint8Array, { skip, count, list }: CountedStrings): Field[] {
  const fields: Field[] = skip > 0 ? [leaf(content.subarray(0, skip))] : [];
  let at = skip;
  for (let index = 0; index < count; index++) {
    const { field, content: text, end } = sized(content.subarray(at), 0, "16");
    if (list && index === count - 1) field.children = repeat(text, (rest) => sized(rest, 0, "16"));
    fields.push(field);
    at += end;
  }
  if (at < content.length) fields.push(leaf(content.subarray(at)));
  return fields;
}

function pdv(rest: Uint8Array): { field: Field; end: number } {
  const { field, content, end } = sized(rest, 0, "32");
  const isCommand = ((content[1] ?? 0) & 1) === 1;
  const data = content.subarray(2);
  field.children = [leaf(content.subarray(0, 2)), ...(isCommand ? parseElements(data) : [leaf(data)])];
  return { field, end };
}

/** Reads command elements; gives the bytes as they are when they aren't whole elements. */
export function parseElements(bytes: Uint8Array): Field[] {
  try {
    return repeat(bytes, (rest) => sized(rest, 4, "32-little"));
  } catch {
    return [leaf(bytes)];
  }
}

function repeat(bytes: Uint8Array, next: (rest: Uint8Array) => { field: Field; end: number }): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const { field, end } = next(bytes.subarray(at));
    fields.push(field);
    at += end;
  }
  return fields;
}

function sized(
  bytes: Uint8Array,
  head: number,
  length: LengthForm,
): { field: Sized; content: Uint8Array; end: number } {
  const start = head + widthOf(length);
  if (bytes.length < start) throw new SyntaxError("Cannot read a field: its length is missing");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const size = length === "16" ? view.getUint16(head) : view.getUint32(head, length === "32-little");
  if (bytes.length < start + size) throw new SyntaxError("Cannot read a field: it ends early");
  const content = bytes.subarray(start, start + size);
  const field: Sized = { kind: "sized", head: bytes.subarray(0, head), length, children: [leaf(content)] };
  return { field, content, end: start + size };
}

function widthOf(length: LengthForm): number {
  return length === "16" ? 2 : 4;
}

/** Bytes of the content, as it is. */
export function contentSize({ children }: Sized): number {
  return children.reduce((sum, child) => sum + sizeOf(child), 0);
}

function sizeOf(field: Field): number {
  if (field.kind === "bytes") return field.bytes.length;
  return field.head.length + widthOf(field.length) + contentSize(field);
}

function write(field: Field, bytes: Uint8Array, at: number): number {
  if (field.kind === "bytes") {
    bytes.set(field.bytes, at);
    return at + field.bytes.length;
  }
  bytes.set(field.head, at);
  at += field.head.length;
  const view = new DataView(bytes.buffer);
  const claimed = field.claims ?? contentSize(field);
  if (field.length === "16") view.setUint16(at, claimed);
  else view.setUint32(at, claimed, field.length === "32-little");
  at += widthOf(field.length);
  for (const child of field.children) at = write(child, bytes, at);
  return at;
}
