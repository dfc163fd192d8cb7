import "../../src/dicom/dictionary.ts"; // Errors name tags by their keywords where it is loaded.
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { asciiText } from "../../src/dicom/ascii.ts";
import { AttributeReader } from "../../src/dicom/attribute_reader.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { DataSetError } from "../../src/errors.ts";
import { BIG_ENDIAN, bytesOf, element, EXPLICIT, IMPLICIT, item, sequence, type Syntax } from "./encoding/elements.ts";
import { pieces } from "./encoding/scanning.ts";

const TAGS = new Set([0x0008_0018, 0x0010_0020, 0x0020_000d, 0x0028_0010]);

function dataSet(syntax: Syntax): Uint8Array<ArrayBuffer> {
  const nested = element(syntax, 0x0020_000d, "UI", "9.9.9\0");
  return bytesOf(
    element(syntax, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(syntax, 0x0008_1115, [item(syntax, nested, "undefined")], "undefined"),
    element(syntax, 0x0010_0020, "LO", ""),
    element(syntax, 0x0020_000d, "UI", "1.2.4\0"),
    element(syntax, 0x0028_0010, "US", syntax.little ? [0, 2] : [2, 0]),
    element(syntax, 0x7fe0_0010, "OW", new Uint8Array(1000)),
  );
}

function read(chunks: Iterable<Uint8Array>, options: Partial<ConstructorParameters<typeof AttributeReader>[0]>) {
  const reader = new AttributeReader({ tags: TAGS, ...options });
  for (const chunk of chunks) {
    const buffer = chunk.slice();
    reader.push(buffer);
    buffer.fill(0xee);
  }
  reader.end();
  return Object.fromEntries([...reader.attributes].map(([tag, { bytes }]) => [tag.toString(16), asciiText(bytes)]));
}

Deno.test("AttributeReader reads attributes of the top level in every syntax, whatever the chunks", () => {
  const cases: [string, Uint8Array, string][] = [
    [UID.ImplicitVRLittleEndian, dataSet(IMPLICIT), "\0\x02"],
    [UID.ExplicitVRLittleEndian, dataSet(EXPLICIT), "\0\x02"],
    [UID.ExplicitVRBigEndian, dataSet(BIG_ENDIAN), "\x02"],
    [UID.DeflatedExplicitVRLittleEndian, new Uint8Array(deflateRawSync(dataSet(EXPLICIT))), "\0\x02"],
  ];
  for (const [transferSyntax, bytes, rows] of cases) {
    for (const size of [1, 13, 5000]) {
      assert.deepEqual(read(pieces(bytes, size), { transferSyntax }), {
        "80018": "1.2.3",
        "100020": "",
        "20000d": "1.2.4",
        "280010": rows,
      });
    }
  }
});

Deno.test("AttributeReader tells VR and byte order", () => {
  const reader = new AttributeReader({ transferSyntax: UID.ExplicitVRBigEndian, tags: TAGS });
  reader.push(dataSet(BIG_ENDIAN));
  reader.end();
  assert.deepEqual(reader.attributes.get(0x0028_0010), {
    tag: 0x0028_0010,
    vr: "US",
    littleEndian: false,
    bytes: Uint8Array.of(2, 0),
  });
});

Deno.test("AttributeReader stops before the first tag that is not below `stopAt`", () => {
  for (const stopAt of [0x0010_0020, 0x0009_0000]) {
    const reader = new AttributeReader({ tags: TAGS, stopAt });
    const bytes = dataSet(EXPLICIT);
    reader.push(bytes.subarray(0, 20));
    assert.equal(reader.stopped, false);
    reader.push(bytes.subarray(20, 100));
    assert.equal(reader.stopped, true);
    reader.push(Uint8Array.of(0xff, 0xff));
    reader.end();
    assert.deepEqual([...reader.attributes.keys()], [0x0008_0018]);
  }
});

Deno.test("AttributeReader leaves out a value that is too long, with a warning", () => {
  const warnings: string[] = [];
  const bytes = bytesOf(
    element(EXPLICIT, 0x0008_0018, "UI", "1".repeat(300)),
    element(EXPLICIT, 0x0010_0020, "LO", "ID"),
  );
  const found = read([bytes], { maxValueLength: 256, onWarning: ({ message }) => warnings.push(message) });
  assert.deepEqual(found, { "100020": "ID" });
  assert.deepEqual(warnings, ["Cannot read SOPInstanceUID (0008,0018): it has 300 bytes, expected at most 256 bytes"]);
});

Deno.test("AttributeReader refuses a data set that ends early", () => {
  const bytes = dataSet(EXPLICIT);
  assert.throws(() => read([bytes.subarray(0, -1)], {}), DataSetError);
  const deflated = new Uint8Array(deflateRawSync(bytes));
  assert.throws(
    () => read([deflated.subarray(0, -3)], { transferSyntax: UID.DeflatedExplicitVRLittleEndian }),
    DataSetError,
  );
});

Deno.test("AttributeReader takes the first of two elements with the same tag, as a data set does", () => {
  const twice = bytesOf(element(EXPLICIT, 0x0008_0018, "UI", "1.2\0"), element(EXPLICIT, 0x0008_0018, "UI", "1.3\0"));
  assert.deepEqual(read([twice], {}), { "80018": "1.2" });
});
