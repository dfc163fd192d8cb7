import "../../../src/dicom/dictionary.ts"; // Errors name tags by their keywords where it is loaded.
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { ElementScanner } from "../../../src/dicom/encoding/element_scanner.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { DataSetError, LimitError } from "../../../src/errors.ts";
import {
  BIG_ENDIAN,
  bytesOf,
  element,
  EXPLICIT,
  header,
  hex,
  IMPLICIT,
  item,
  sequence,
  type Syntax,
  UNDEFINED,
} from "./elements.ts";
import { pieces, record } from "./scanning.ts";

const EXPLICIT_LITTLE_ENDIAN = { transferSyntax: UID.ExplicitVRLittleEndian };

/** Events of a data set that comes in one piece. */
function recordWhole(bytes: Uint8Array, options = {}): string[] {
  return record([bytes], options);
}

/** A data set with all that can stand in one: both forms of sequence and item, nesting, odd and empty values. */
function everything(syntax: Syntax): Uint8Array<ArrayBuffer> {
  const code = element(syntax, 0x0008_0100, "SH", "T-1000");
  const inner = sequence(
    syntax,
    0x0008_2218,
    [item(syntax, code, "defined"), item(syntax, code, "undefined")],
    "defined",
  );
  return bytesOf(
    element(syntax, 0x0008_0000, "UL", syntax.little ? [4, 0, 0, 0] : [0, 0, 0, 4]),
    element(syntax, 0x0008_0005, "CS", "ISO_IR 100"),
    element(syntax, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(syntax, 0x0008_1115, [item(syntax, bytesOf(inner, code), "undefined")], "undefined"),
    sequence(syntax, 0x0008_1140, [], "defined"),
    sequence(syntax, 0x0008_1199, [item(syntax, new Uint8Array(0), "defined")], "undefined"),
    element(syntax, 0x0009_0010, "LO", "GANTRY TEST "),
    element(syntax, 0x0010_0010, "PN", "Odd"),
    element(syntax, 0x0010_0020, "LO", ""),
    element(syntax, 0x7fe0_0010, "OW", new Uint8Array(200)),
  );
}

Deno.test("ElementScanner reads Explicit VR Little Endian", () => {
  const bytes = hex(`
    0800 0500 4353 0a00            # (0008,0005) CS, 10 bytes
      49534f5f495220313030         # ISO_IR 100
    0800 4011 5351 0000 ffffffff   # (0008,1140) SQ of undefined length
      feff 00e0 0e000000           #   item of 14 bytes
        0800 5511 5549 0600        #     (0008,1155) UI, 6 bytes
          312e322e3300             #     1.2.3
      feff dde0 00000000           #   end of the sequence
    2800 1000 5553 0200 0004       # (0028,0010) US 1024
    e07f 1000 4f57 0000 04000000   # (7FE0,0010) OW, 4 bytes
      01000200
  `);
  assert.deepEqual(recordWhole(bytes, EXPLICIT_LITTLE_ENDIAN), [
    "element (0008,0005) CS 10 @0 depth 0",
    "value 49534f5f495220313030",
    "sequence (0008,1140) SQ undefined @18 depth 0",
    "item (FFFE,E000) UN 14 @30 depth 0",
    "element (0008,1155) UI 6 @38 depth 1",
    "value 312e322e3300",
    "item-end",
    "sequence-end",
    "element (0028,0010) US 2 @60 depth 0",
    "value 0004",
    "element (7FE0,0010) OW 4 @70 depth 0",
    "value 01000200",
  ]);
});

Deno.test("ElementScanner reads Implicit VR Little Endian, with the VRs of the dictionary", () => {
  const bytes = hex(`
    0800 1800 06000000 312e322e3300  # (0008,0018), 6 bytes: 1.2.3
    0800 4011 1e000000               # (0008,1140), 30 bytes: a sequence
      feff 00e0 ffffffff             #   item of undefined length
        0800 5511 06000000           #     (0008,1155), 6 bytes
          312e322e3300
      feff 0de0 00000000             #   end of the item
    1100 0110 02000000 4142          # (0011,1001), private, 2 bytes
    e07f 1000 02000000 0102          # (7FE0,0010), 2 bytes
  `);
  assert.deepEqual(recordWhole(bytes, { transferSyntax: UID.ImplicitVRLittleEndian }), [
    "element (0008,0018) UI 6 @0 depth 0",
    "value 312e322e3300",
    "sequence (0008,1140) SQ 30 @14 depth 0",
    "item (FFFE,E000) UN undefined @22 depth 0",
    "element (0008,1155) UI 6 @30 depth 1",
    "value 312e322e3300",
    "item-end",
    "sequence-end",
    "element (0011,1001) UN 2 @52 depth 0",
    "value 4142",
    "element (7FE0,0010) OW 2 @62 depth 0",
    "value 0102",
  ]);
});

Deno.test("ElementScanner reads Explicit VR Big Endian", () => {
  const bytes = hex(`
    0008 0018 5549 0006 312e322e3300  # (0008,0018) UI, 6 bytes
    0008 1140 5351 0000 00000010      # (0008,1140) SQ, 16 bytes
      fffe e000 00000008              #   item of 8 bytes
        0008 1150 5549 0000           #     (0008,1150) UI, empty
    0028 0010 5553 0002 0400          # (0028,0010) US 1024
  `);
  assert.deepEqual(recordWhole(bytes, { transferSyntax: UID.ExplicitVRBigEndian }), [
    "element (0008,0018) UI 6 @0 depth 0",
    "value 312e322e3300",
    "sequence (0008,1140) SQ 16 @14 depth 0",
    "item (FFFE,E000) UN 8 @26 depth 0",
    "element (0008,1150) UI 0 @34 depth 1",
    "value ",
    "item-end",
    "sequence-end",
    "element (0028,0010) US 2 @42 depth 0",
    "value 0400",
  ]);
});

Deno.test("ElementScanner reads encapsulated Pixel Data by the fragment", () => {
  const bytes = hex(`
    e07f 1000 4f42 0000 ffffffff  # (7FE0,0010) OB of undefined length
      feff 00e0 00000000          #   an empty basic offset table
      feff 00e0 04000000 feffdde0 #   a fragment that looks like the end of the sequence
      feff dde0 00000000          #   the end
    fcff fcff 4f42 0000 02000000 0000
  `);
  assert.deepEqual(recordWhole(bytes, { transferSyntax: UID.JPEGBaseline8Bit }), [
    "fragments (7FE0,0010) OB undefined @0 depth 0",
    "fragment (FFFE,E000) UN 0 @12 depth 0",
    "value ",
    "fragment (FFFE,E000) UN 4 @20 depth 0",
    "value feffdde0",
    "fragments-end",
    "element (FFFC,FFFC) OB 2 @40 depth 0",
    "value 0000",
  ]);
});

Deno.test("ElementScanner reads UN of undefined length as implicit VR, little endian, in any syntax", () => {
  const nested = sequence(IMPLICIT, 0x0008_1140, [
    item(IMPLICIT, element(IMPLICIT, 0x0008_1155, "UI", "1.2\0"), "undefined"),
  ], "undefined");
  for (const syntax of [EXPLICIT, BIG_ENDIAN]) {
    const bytes = bytesOf(
      header(syntax, 0x0009_1001, "UN", UNDEFINED),
      item(IMPLICIT, nested, "defined"),
      header(IMPLICIT, 0xfffe_e0dd, "", 0),
      element(syntax, 0x0010_0010, "PN", "A^B "),
    );
    const transferSyntax = syntax.little ? UID.ExplicitVRLittleEndian : UID.ExplicitVRBigEndian;
    assert.deepEqual(recordWhole(bytes, { transferSyntax }).filter((line) => !line.includes("-end")), [
      "sequence (0009,1001) UN undefined @0 depth 0",
      "item (FFFE,E000) UN 44 @12 depth 0",
      "sequence (0008,1140) SQ undefined @20 depth 1",
      "item (FFFE,E000) UN undefined @28 depth 1",
      "element (0008,1155) UI 4 @36 depth 2",
      "value 312e3200",
      "element (0010,0010) PN 4 @72 depth 0",
      "value 415e4220",
    ]);
  }
});

Deno.test("ElementScanner reads unknown VRs of capital letters in the long form, others in the short form, as UN", () => {
  const bytes = bytesOf(
    element(EXPLICIT, 0x0008_0005, "CS", ""),
    hex("0900 0110 5a5a 0000 02000000 0102"), // (0009,1001) ZZ, 2 bytes
    hex("0900 0210 3f3f 0200 0304"), // (0009,1002) ??, 2 bytes
  );
  assert.deepEqual(recordWhole(bytes, EXPLICIT_LITTLE_ENDIAN).slice(2), [
    "element (0009,1001) UN 2 @8 depth 0",
    "value 0102",
    "element (0009,1002) UN 2 @22 depth 0",
    "value 0304",
  ]);
});

Deno.test("ElementScanner tells the same for every split of the bytes", () => {
  const syntaxes: [Syntax, string][] = [
    [IMPLICIT, UID.ImplicitVRLittleEndian],
    [EXPLICIT, UID.ExplicitVRLittleEndian],
    [BIG_ENDIAN, UID.ExplicitVRBigEndian],
  ];
  for (const [syntax, transferSyntax] of syntaxes) {
    const bytes = everything(syntax);
    const whole = recordWhole(bytes, { transferSyntax });
    for (let size = 1; size < 40; size++) assert.deepEqual(record(pieces(bytes, size), { transferSyntax }), whole);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        assert.deepEqual(record(pieces(bytes, ...sizes), { transferSyntax }), whole);
      }),
      { seed: 42 },
    );
  }
});

Deno.test("ElementScanner inflates a deflated data set, in any split", () => {
  const bytes = everything(EXPLICIT);
  const deflated = new Uint8Array(deflateRawSync(bytes));
  const options = { transferSyntax: UID.DeflatedExplicitVRLittleEndian };
  const whole = recordWhole(bytes, EXPLICIT_LITTLE_ENDIAN);
  for (const size of [1, 2, 7, 1000]) assert.deepEqual(record(pieces(deflated, size), options), whole);
  for (let length = 0; length < deflated.length; length++) {
    assert.throws(() => recordWhole(deflated.subarray(0, length), options), DataSetError);
  }
  assert.throws(
    () => recordWhole(deflated, { ...options, maxInflatedLength: 100 }),
    (error) => error instanceof LimitError && error.limit === "maxInflatedLength",
  );
});

Deno.test("ElementScanner takes bytes that end early only within 8 bytes of the end of an element of the data set", () => {
  for (
    const [syntax, transferSyntax] of [[IMPLICIT, UID.ImplicitVRLittleEndian], [
      EXPLICIT,
      UID.ExplicitVRLittleEndian,
    ]] as const
  ) {
    const bytes = everything(syntax);
    const ends = new Set([0, bytes.length]);
    for (const line of recordWhole(bytes, { transferSyntax })) {
      const start = /^(?:element|sequence|fragments) .* @(\d+) depth 0$/.exec(line)?.[1];
      for (let stray = 0; start !== undefined && stray < 8; stray++) {
        if (Number(start) > 0) ends.add(Number(start) + stray);
      }
    }
    for (let length = 0; length <= bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      if (ends.has(length)) assert.doesNotThrow(() => recordWhole(cut, { transferSyntax }), `${length} bytes`);
      else assert.throws(() => recordWhole(cut, { transferSyntax }), DataSetError, `${length} bytes`);
    }
  }
});

Deno.test("ElementScanner says where bytes are missing and what was expected", () => {
  const inner = element(EXPLICIT, 0x0020_000e, "UI", "1.2.3.4.5.6\0");
  const bytes = sequence(EXPLICIT, 0x0008_1115, [item(EXPLICIT, inner, "undefined")], "undefined").subarray(
    0,
    12 + 8 + 8 + 5,
  );
  assert.throws(() => recordWhole(bytes), {
    name: "DataSetError",
    message: "Cannot read the data set: SeriesInstanceUID (0020,000E) at offset 20: its value ends after 5 of 12 bytes",
    tag: 0x0020_000e,
    keyword: "SeriesInstanceUID",
    path: "ReferencedSeriesSequence[0].SeriesInstanceUID",
    offset: 20,
    expected: "12 bytes",
  });
});

Deno.test("ElementScanner passes over values that are not taken, without keeping them", () => {
  const scanner = new ElementScanner(EXPLICIT_LITTLE_ENDIAN);
  const chunk = new Uint8Array(1 << 20);
  scanner.push(header(EXPLICIT, 0x7fe0_0010, "OW", 2048 * chunk.length - 2));
  assert.equal(scanner.next(), "element");
  for (let count = 0; count < 2047; count++) {
    scanner.push(chunk);
    assert.equal(scanner.next(), undefined);
  }
  scanner.push(chunk.subarray(2));
  assert.equal(scanner.next(), undefined);
  assert.equal(scanner.offset, 12 + 2048 * chunk.length - 2);
  scanner.end();
});

Deno.test("ElementScanner gives a value as a view of the chunk that it came in", () => {
  const bytes = element(EXPLICIT, 0x0008_0018, "UI", "1.2.3\0");
  const scanner = new ElementScanner(EXPLICIT_LITTLE_ENDIAN);
  scanner.push(bytes);
  assert.equal(scanner.next(), "element");
  scanner.takeValue();
  assert.equal(scanner.next(), "value");
  assert.equal(scanner.value.buffer, bytes.buffer);
});

Deno.test("ElementScanner.skip() passes over sequences, items and fragments of either length form", () => {
  const code = element(EXPLICIT, 0x0008_0100, "SH", "CODE");
  const items = (form: "defined" | "undefined") => [item(EXPLICIT, code, form), item(EXPLICIT, code, form)];
  const bytes = bytesOf(
    sequence(EXPLICIT, 0x0008_1115, [
      item(EXPLICIT, sequence(EXPLICIT, 0x0008_1199, items("undefined"), "undefined"), "undefined"),
    ], "undefined"),
    sequence(EXPLICIT, 0x0008_1140, items("defined"), "defined"),
    sequence(EXPLICIT, 0x7fe0_0010, [header(EXPLICIT, 0xfffe_e000, "", 4), hex("01020304")], "undefined", "OB"),
    element(EXPLICIT, 0xfffc_fffc, "OB", [0, 0]),
  );
  const told = (skipped: string[]) => {
    const scanner = new ElementScanner(EXPLICIT_LITTLE_ENDIAN);
    const events: string[] = [];
    for (const piece of pieces(bytes, 3)) {
      scanner.push(piece);
      for (let event; (event = scanner.next()) !== undefined;) {
        events.push(event);
        if (skipped.includes(event)) scanner.skip();
      }
    }
    scanner.end();
    return events;
  };
  assert.deepEqual(told(["sequence", "fragments"]), ["sequence", "sequence", "fragments", "element"]);
  assert.deepEqual(told(["item", "fragments"]), [
    ...["sequence", "item", "sequence-end", "sequence", "item", "item", "sequence-end"],
    ...["fragments", "element"],
  ]);
});

Deno.test("ElementScanner refuses what runs past the end of what it is in", () => {
  const long = header(EXPLICIT, 0x0008_0100, "SH", 40);
  assert.throws(() => recordWhole(sequence(EXPLICIT, 0x0008_1140, [item(EXPLICIT, long, "defined")], "defined")), {
    name: "DataSetError",
    path: "ReferencedImageSequence[0].CodeValue",
    expected: "at most 0 bytes",
  });
  assert.throws(() => recordWhole(sequence(EXPLICIT, 0x0008_1140, [hex("feff00e0")], "defined")), DataSetError);
});

Deno.test("ElementScanner ends an item with its sequence when it claims more, and warns", () => {
  const code = element(EXPLICIT, 0x0008_0100, "SH", "CODE");
  const cut = (length: number) =>
    sequence(
      EXPLICIT,
      0x0008_1140,
      [bytesOf(header(EXPLICIT, 0xfffe_e000, "", 99), code.subarray(0, length))],
      "defined",
    );
  const warnings: string[] = [];
  const lines = recordWhole(bytesOf(cut(code.length), code), {
    onWarning: ({ message }: DataSetError) => warnings.push(message),
  });
  assert.deepEqual(lines.map((line) => line.split(" ")[0]), [
    ...["sequence", "item", "element", "value", "item-end", "sequence-end", "element", "value"],
  ]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /an item claims 99 bytes where 12 are left of its sequence: it ends there/);
  for (let length = 1; length < code.length; length++) {
    assert.throws(() => recordWhole(bytesOf(cut(length), code)), DataSetError, `${length} bytes`);
  }
});

Deno.test("ElementScanner refuses elements in place of items, and items in place of elements", () => {
  const name = element(EXPLICIT, 0x0010_0010, "PN", "AB");
  assert.throws(() => recordWhole(sequence(EXPLICIT, 0x0008_1140, [name], "undefined")), /stands where an item should/);
  assert.throws(
    () => recordWhole(bytesOf(name, item(EXPLICIT, name, "defined"))),
    /an item stands where an element should/,
  );
  assert.throws(() => recordWhole(bytesOf(name, header(EXPLICIT, 0xfffe_1234, "", 0))), /group FFFE has no such tag/);
  assert.throws(
    () => recordWhole(header(EXPLICIT, 0x0008_0070, "UT", UNDEFINED)),
    /undefined length, which UT cannot have/,
  );
  const fragment = header(EXPLICIT, 0xfffe_e000, "", UNDEFINED);
  assert.throws(
    () => recordWhole(sequence(EXPLICIT, 0x7fe0_0010, [fragment], "undefined", "OB")),
    /fragment has undefined length/,
  );
});

Deno.test("ElementScanner holds to its limits", () => {
  const nest = (depth: number): Uint8Array => {
    let content: Uint8Array = new Uint8Array(0);
    for (let level = 0; level < depth; level++) {
      content = sequence(EXPLICIT, 0x0040_a730, [item(EXPLICIT, content, "undefined")], "undefined");
    }
    return content;
  };
  assert.doesNotThrow(() => recordWhole(nest(64), EXPLICIT_LITTLE_ENDIAN));
  assert.throws(() => recordWhole(nest(65), EXPLICIT_LITTLE_ENDIAN), {
    name: "LimitError",
    limit: "maxDepth",
    maximum: 64,
  });
  assert.doesNotThrow(() => recordWhole(nest(2), { maxDepth: 2 }));
  assert.throws(() => recordWhole(nest(3), { maxDepth: 2 }), LimitError);
  const value = element(EXPLICIT, 0x0010_0010, "PN", "ABCD");
  assert.doesNotThrow(() => recordWhole(value, { maxValueLength: 4 }));
  assert.throws(() => recordWhole(value, { maxValueLength: 3 }), { name: "LimitError", limit: "maxValueLength" });
  assert.doesNotThrow(() => recordWhole(value, { maxLength: value.length }));
  assert.throws(() => recordWhole(value, { maxLength: value.length - 1 }), { name: "LimitError", limit: "maxLength" });
});

Deno.test("ElementScanner recovers missing and skippableBytes delimitation items, and warns", () => {
  const code = element(EXPLICIT, 0x0008_0100, "SH", "CODE");
  const open = bytesOf(header(EXPLICIT, 0xfffe_e000, "", UNDEFINED), code);
  const cases: [Uint8Array, RegExp][] = [
    [sequence(EXPLICIT, 0x0008_1140, [open], "undefined"), /has no delimitation item/],
    [sequence(EXPLICIT, 0x0008_1140, [open], "defined"), /has no delimitation item/],
    [
      bytesOf(
        sequence(EXPLICIT, 0x0008_1140, [item(EXPLICIT, code, "defined")], "defined"),
        header(EXPLICIT, 0xfffe_e0dd, "", 0),
      ),
      /ends nothing/,
    ],
    [
      sequence(
        EXPLICIT,
        0x0008_1140,
        [item(EXPLICIT, bytesOf(code, header(EXPLICIT, 0xfffe_e00d, "", 0)), "defined")],
        "defined",
      ),
      /ends nothing/,
    ],
  ];
  for (const [bytes, warning] of cases) {
    const after = element(EXPLICIT, 0x0010_0010, "PN", "AB");
    for (const size of [1, bytes.length + after.length]) {
      const warnings: DataSetError[] = [];
      const lines = record(pieces(bytesOf(bytes, after), size), { onWarning: (problem) => warnings.push(problem) });
      assert.deepEqual(lines.map((line) => line.split(" ")[0]), [
        ...["sequence", "item", "element", "value", "item-end", "sequence-end", "element", "value"],
      ]);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!.message, warning);
    }
  }
  const two = sequence(EXPLICIT, 0x0008_1140, [open, open], "undefined");
  assert.equal(recordWhole(two).filter((line) => line === "item-end").length, 2);
});

Deno.test("ElementScanner tells at most 100 warnings", () => {
  let warnings = 0;
  const bytes = bytesOf(
    element(EXPLICIT, 0x0010_0010, "PN", "AB"),
    ...new Array(50_000).fill(header(EXPLICIT, 0xfffe_e00d, "", 0)),
  );
  recordWhole(bytes, { onWarning: () => warnings++ });
  assert.equal(warnings, 100);
});

Deno.test("ElementScanner takes the encoding that the bytes show when another is declared, or none", () => {
  const declared = [
    UID.ImplicitVRLittleEndian,
    UID.ExplicitVRLittleEndian,
    UID.ExplicitVRBigEndian,
    "1.2.3.4",
    undefined,
  ];
  for (const syntax of [IMPLICIT, EXPLICIT, BIG_ENDIAN]) {
    const bytes = everything(syntax);
    const right = recordWhole(bytes, {
      transferSyntax: !syntax.explicit
        ? UID.ImplicitVRLittleEndian
        : syntax.little
        ? UID.ExplicitVRLittleEndian
        : UID.ExplicitVRBigEndian,
    });
    let warnings = 0;
    for (const transferSyntax of declared) {
      const onWarning = ({ message }: DataSetError) => void (/that is declared: taken as/.test(message) && warnings++);
      assert.deepEqual(record(pieces(bytes, 5), { transferSyntax, onWarning }), right);
    }
    assert.equal(warnings, 2);
  }
});

Deno.test("ElementScanner neither hangs nor throws anything else on changed bytes", () => {
  const base = everything(EXPLICIT);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 300 }),
      (changes, size) => {
        const bytes = base.slice();
        for (const [index, byte] of changes) bytes[index] = byte;
        try {
          assert.ok(record(pieces(bytes, size), EXPLICIT_LITTLE_ENDIAN).length > 0);
        } catch (error) {
          assert.ok(error instanceof DataSetError || error instanceof LimitError, String(error));
        }
      },
    ),
    { seed: 42, numRuns: 2000 },
  );
});
