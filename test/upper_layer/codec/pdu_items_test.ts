import assert from "node:assert/strict";
import { PduError } from "../../../src/errors.ts";
import { encodePdu } from "../../../src/upper_layer/codec/pdu_encode.ts";
import { contentSize, copy, type Field, leaf, parseStream, serialize, type Sized } from "../../support/field_tree.ts";
import { decodeHostile } from "./decode_hostile.ts";
import { PDU_VECTORS } from "../../vectors/pdus.ts";

/** Every PDU, item, sub-item, PDV and counted string of a PDU, with all that is inside of it. */
function fieldsWithin(fields: readonly Field[]): Sized[] {
  return fields.flatMap((field) => field.kind === "bytes" ? [] : [field, ...fieldsWithin(field.children)]);
}

/** The item types of PS3.8 and PS3.7 that the vectors hold. */
const EVERY_ITEM = [0x10, 0x20, 0x21, 0x30, 0x40, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59];

Deno.test("The vectors hold every item and sub-item of PS3.8 9.3 and Annex D and PS3.7 Annex D.3", () => {
  const associate = PDU_VECTORS.filter(({ pdu }) => pdu.type.startsWith("A-ASSOCIATE"));
  const items = associate.flatMap(({ bytes }) => fieldsWithin(parseStream(bytes)))
    .filter(({ head, length }) => head.length === 2 && length === "16");
  assert.deepEqual([...new Set(items.map(({ head }) => head[0]))].sort(), EVERY_ITEM);
});

for (const { name, bytes } of PDU_VECTORS) {
  Deno.test(`decodePdu() takes each field of ${name} for no more than it is when it is cut short`, () => {
    const count = fieldsWithin(parseStream(bytes)).length;
    let refused = 0;
    for (let index = 0; index < count; index++) {
      const size = contentSize(fieldsWithin(parseStream(bytes))[index]!);
      for (let end = 0; end < size; end++) {
        const stream = parseStream(bytes);
        const field = fieldsWithin(stream)[index]!;
        field.children = [leaf(serialize(field.children).subarray(0, end))];
        const cut = serialize(stream);
        const pdu = decodeHostile(cut);
        if (pdu instanceof PduError) refused++;
        // All lengths are right, so whatever is read without an error stands there. What is empty may not be written.
        else if (end > 0 && !isRejection(field)) assert.deepEqual(encodePdu(pdu), cut);
      }
    }
    assert.ok(refused > 0);
  });

  Deno.test(`decodePdu() reads or refuses ${name} when a field is missing, twice or unknown`, () => {
    const count = fieldsWithin(parseStream(bytes)).length;
    for (let index = 0; index < count; index++) {
      for (const change of CHANGES) {
        const stream = parseStream(bytes);
        replace(stream, fieldsWithin(stream)[index]!, change);
        decodeHostile(serialize(stream));
      }
    }
  });
}

/** Whether a field is a presentation context that was not accepted, which is read without its transfer syntax as well. */
function isRejection({ head, children: [content] }: Sized): boolean {
  return head[0] === 0x21 && content?.kind === "bytes" && content.bytes[2] !== 0;
}

const CHANGES: readonly ((field: Sized) => Field[])[] = [
  () => [],
  (field) => copy([field, field]),
  (field) => [{ ...field, head: Uint8Array.from(field.head, (byte, at) => at === 0 ? 0xee : byte) }],
];

function replace(fields: Field[], old: Sized, change: (field: Sized) => Field[]): void {
  fields.forEach((field, at) => {
    if (field === old) fields.splice(at, 1, ...change(old));
    else if (field.kind === "sized") replace(field.children, old, change);
  });
}
