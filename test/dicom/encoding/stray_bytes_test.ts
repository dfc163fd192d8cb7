import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { AttributeReader } from "../../../src/dicom/attribute_reader.ts";
import { strayBytesOf } from "../../../src/dicom/data_set/as_read.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { readFile, readFileFrom } from "../../../src/dicom/data_set/reading/read_file.ts";
import { streamDataSet, writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import { streamFile, writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import { ElementScanner } from "../../../src/dicom/encoding/element_scanner.ts";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { DataSetError } from "../../../src/errors.ts";
import { BIG_ENDIAN, bytesOf, element, EXPLICIT, header, hex, IMPLICIT, sequence, type Syntax } from "./elements.ts";
import { pieces, record } from "./scanning.ts";

const SYNTAXES: readonly (readonly [Syntax, string])[] = [
  [IMPLICIT, UID.ImplicitVRLittleEndian],
  [EXPLICIT, UID.ExplicitVRLittleEndian],
  [BIG_ENDIAN, UID.ExplicitVRBigEndian],
];

const STRAY: readonly (readonly [Uint8Array, number, string])[] = [
  [hex("00"), 1, ""],
  [hex("0a"), 0, "0a"],
  [hex("1a 1a"), 0, "1a1a"],
  [hex("08 00 18 00 55 49 02"), 0, "08001800554902"],
  [hex("ff ff ff ff ff ff ff"), 0, "ffffffffffffff"],
  [hex("fe ff 0d e0"), 0, "feff0de0"],
  [new Uint8Array(7), 7, ""],
  [new Uint8Array(8), 8, ""],
  [new Uint8Array(9), 9, ""],
  [new Uint8Array(5000), 5000, ""],
  [new Uint8Array(0x2_0001), 0x2_0001, ""],
  [bytesOf(new Uint8Array(16), "abc"), 16, "616263"],
  [bytesOf(new Uint8Array(13), [1, 0, 0, 0, 0, 0, 0]), 13, "01000000000000"],
];

function dataSet(syntax: Syntax): Uint8Array {
  return bytesOf(
    element(syntax, 0x0008_0016, "UI", `${UID.CTImageStorage}\0`),
    element(syntax, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(syntax, 0x0040_a730, [], "defined"),
    element(syntax, 0x7fe0_0010, "OW", [1, 2, 3, 4]),
  );
}

Deno.test("ElementScanner takes stray bytes behind the last element in any split, with one warning", () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const whole = dataSet(syntax);
    const lines = record([whole], { transferSyntax });
    for (const [stray, zeros, rest] of STRAY) {
      const bytes = bytesOf(whole, stray);
      for (const size of stray.length > 1000 ? [1000, bytes.length] : [1, 3, 8, bytes.length]) {
        const warnings: DataSetError[] = [];
        const scanner = new ElementScanner({ transferSyntax, onWarning: (warning) => warnings.push(warning) });
        for (const piece of pieces(bytes, size)) {
          scanner.push(piece.slice());
          while (scanner.next() !== undefined);
        }
        scanner.end();
        const found = scanner.strayBytes!;
        assert.deepEqual([found.offset, found.zeros, found.rest.toHex()], [whole.length, zeros, rest]);
        assert.deepEqual(warnings.map(({ offset }) => offset), [whole.length]);
        assert.match(
          warnings[0]!.message,
          new RegExp(`after the last element: ${stray.length} byte.* at offset ${whole.length}$`),
        );
        assert.deepEqual(record(pieces(bytes, size), { transferSyntax }), lines);
      }
    }
  }
});

Deno.test("ElementScanner takes stray bytes inside a deflated data set", () => {
  const deflated = new Uint8Array(deflateRawSync(bytesOf(dataSet(EXPLICIT), new Uint8Array(100))));
  const warnings: string[] = [];
  const transferSyntax = UID.DeflatedExplicitVRLittleEndian;
  readDataSet(deflated, { transferSyntax, onWarning: ({ message }) => warnings.push(message) });
  assert.match(warnings.join(), /100 bytes, all zero, at offset/);
});

Deno.test("ElementScanner refuses what is too much to be stray", () => {
  const whole = dataSet(EXPLICIT);
  const cases: [Uint8Array, RegExp][] = [
    [bytesOf(whole, new Uint8Array(8), [1, 2, 3, 4, 5, 6, 7, 8]), /8 zeros stand between two elements/],
    [bytesOf(whole, new Uint8Array(64), element(EXPLICIT, 0xfffc_fffc, "OB", [0, 0])), /64 zeros stand between/],
    [bytesOf(whole, header(EXPLICIT, 0xfffc_fffc, "OB", 2).subarray(0, 8)), /end inside the tag and length/],
    [bytesOf(whole, header(EXPLICIT, 0xfffc_fffc, "OB", 2)), /its value ends after 0 of 2 bytes/],
    [new Uint8Array(8), /is nothing but zeros/],
    [new Uint8Array(1003), /is nothing but zeros/],
    [bytesOf(new Uint8Array(16), whole), /16 zeros stand between/],
    [new Uint8Array(5), /end inside the tag and length/],
    [hex("01 02 03"), /end inside the tag and length/],
    [bytesOf(header(EXPLICIT, 0x0040_a730, "SQ", 0xffff_ffff), [0, 0, 0]), /end inside the tag and length/],
  ];
  for (const [bytes, message] of cases) {
    for (const size of [1, 5, bytes.length]) {
      assert.throws(() => record(pieces(bytes, size), { transferSyntax: UID.ExplicitVRLittleEndian }), (error) => {
        assert.match((error as Error).message, message);
        return error instanceof DataSetError;
      });
    }
  }
});

Deno.test("AttributeReader tells of stray bytes and of an odd value, and reads the rest", () => {
  const odd = element(EXPLICIT, 0x7fe0_0010, "OB", "abc");
  for (
    const [tail, warning] of [
      [odd, /PixelData \(7FE0,0010\) at offset 60: it has an odd length, 3/],
      [new Uint8Array(100), /100 bytes, all zero, at offset/],
      [hex("0d0a"), /2 bytes at offset/],
    ] as const
  ) {
    const warnings: string[] = [];
    const reader = new AttributeReader({
      transferSyntax: UID.ExplicitVRLittleEndian,
      tags: new Set([0x0008_0018]),
      onWarning: ({ message }) => warnings.push(message),
    });
    reader.push(bytesOf(dataSet(EXPLICIT).subarray(0, -16), tail));
    reader.end();
    assert.equal(reader.attributes.size, 1);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, warning);
  }
});

Deno.test("ElementScanner warns of a fragment of odd length", () => {
  const bytes = sequence(
    EXPLICIT,
    0x7fe0_0010,
    [
      header(EXPLICIT, 0xfffe_e000, "", 0),
      header(EXPLICIT, 0xfffe_e000, "", 3),
      hex("010203"),
    ],
    "undefined",
    "OB",
  );
  const warnings: string[] = [];
  record([bytes], { transferSyntax: UID.JPEGBaseline8Bit, onWarning: ({ message }) => warnings.push(message) });
  assert.deepEqual(warnings.length, 1);
  assert.match(warnings[0]!, /it has an odd length, 3/);
});

Deno.test("stray bytes and an odd last value come out again in the original form, and in no other", async () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    for (const [stray] of [...STRAY, [new Uint8Array(0)] as const]) {
      const odd = bytesOf(dataSet(syntax), element(syntax, 0xfffc_fffc, "OB", "abc"));
      const bytes = bytesOf(odd, stray);
      const read = readDataSet(bytes, { transferSyntax });
      assert.equal(strayBytesOf(read) === undefined, stray.length === 0);
      const options = { transferSyntax, form: "original" } as const;
      assert.deepEqual(writeDataSet(read, options), bytes);
      assert.deepEqual(await new Response(streamDataSet(read, options)).bytes(), bytes);
      assert.equal(writeDataSet(read, { transferSyntax }).length, odd.length + 1);
      const file = bytesOf(
        fileMetaInformation({ sopClassUid: UID.CTImageStorage, sopInstanceUid: "1.2.3", transferSyntax }),
        bytes,
      );
      for (
        const again of [
          readFile(file),
          await readFileFrom(new Blob([file])),
          await readFileFrom(ReadableStream.from(pieces(file, 999))),
        ]
      ) {
        assert.deepEqual(await new Response(streamFile(again, { form: "original" })).bytes(), file);
        if (again.dataSet.element("PixelData")?.kind === "value") {
          assert.deepEqual(writeFile(again, { form: "original" }), file);
        }
      }
    }
  }
});
