import assert from "node:assert/strict";
import fc from "fast-check";
import { AttributeReader } from "../../../src/dicom/attribute_reader.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { readFile, readFileFrom } from "../../../src/dicom/data_set/reading/read_file.ts";
import { writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import { ElementScanner } from "../../../src/dicom/encoding/element_scanner.ts";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { type Vr, VRS } from "../../../src/dicom/vr.ts";
import { BIG_ENDIAN, bytesOf, element, EXPLICIT, hex, IMPLICIT, type Syntax } from "./elements.ts";
import { pieces } from "./scanning.ts";
import { outline } from "../data_set/outline.ts";

const ELE = UID.ExplicitVRLittleEndian;
const EBE = UID.ExplicitVRBigEndian;
const ILE = UID.ImplicitVRLittleEndian;

/** What is found in these bytes, however they are read and cut. */
function found(bytes: Uint8Array, transferSyntax: string | undefined): { transferSyntax: string; warnings: string[] } {
  const results = [1, 3, bytes.length].map((size) => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    const scanner = new ElementScanner({ transferSyntax, onWarning });
    for (const piece of pieces(bytes, size)) {
      scanner.push(piece.slice());
      while (scanner.next() !== undefined);
    }
    scanner.end();
    return { transferSyntax: scanner.transferSyntax, warnings };
  });
  for (const result of results) assert.deepEqual(result, results[0]);
  return results[0]!;
}

function groupLength(syntax: Syntax, group: number, length = 10): Uint8Array {
  return element(syntax, group * 0x1_0000, "UL", syntax.little ? [length, 0, 0, 0] : [0, 0, 0, length]);
}

const CONFORMING: readonly (readonly [string, (syntax: Syntax) => Uint8Array])[] = [
  ...[0x2000, 0x2010, 0x2020, 0x2100, 0x3002, 0x3004, 0x300a, 0x4008, 0x5400, 0x7fe0, 0x0028].map((group) =>
    [`group length of ${group.toString(16)}`, (syntax: Syntax) => groupLength(syntax, group)] as const
  ),
  ["an unknown tag", (syntax) => element(syntax, 0x2010_0099, "LO", "unknown ")],
  ["an unknown tag, long form", (syntax) => element(syntax, 0x2010_0099, "OB", [1, 2])],
  ["a tag that is known in either order", (syntax) => element(syntax, 0x2000_0010, "IS", "1 ")],
  ["a private creator", (syntax) => element(syntax, 0x2009_0010, "LO", "ACME")],
  ["an empty element", (syntax) => element(syntax, 0x0008_0005, "CS", "")],
  ["a long value", (syntax) => element(syntax, 0x0010_4000, "LT", "x".repeat(600))],
];

Deno.test("the declared encoding stands where the bytes conform to it", () => {
  for (const [what, make] of CONFORMING) {
    for (const [syntax, transferSyntax] of [[EXPLICIT, ELE], [BIG_ENDIAN, EBE], [IMPLICIT, ILE]] as const) {
      const bytes = bytesOf(make(syntax), element(syntax, 0x7fe0_0099, "LO", "end "));
      assert.deepEqual(found(bytes, transferSyntax), { transferSyntax, warnings: [] }, `${what} in ${transferSyntax}`);
    }
  }
});

Deno.test("the declared explicit encoding stands before a VR to come, other text and NULs", () => {
  const next = (syntax: Syntax) => element(syntax, 0x0010_0020, "LO", "ID");
  for (const syntax of [EXPLICIT, BIG_ENDIAN]) {
    const tag = syntax.little ? "0800 0100" : "0008 0001";
    const long = syntax.little ? "0400 0000" : "0000 0004";
    const short = syntax.little ? "0400" : "0004";
    for (
      const first of [
        `${tag} 5a5a 0000 ${long} 41424344`, // ZZ, 4 bytes
        `${tag} 5a5a 0000 00000000`, // ZZ, empty
        `${tag} 0000 ${short} 41424344`, // NULs, 4 bytes
        `${tag} 0000 0000`, // NULs, empty
        `${tag} 3f3f ${short} 41424344`, // ??, 4 bytes
        `${tag} 3f3f 0000`, // ??, empty
        `${tag} 2020 0000`, // spaces, empty
        `${tag} 7569 ${short} 41424344`, // ui, 4 bytes
      ]
    ) {
      const bytes = bytesOf(hex(first), next(syntax));
      const transferSyntax = syntax.little ? ELE : EBE;
      assert.deepEqual(found(bytes, transferSyntax), { transferSyntax, warnings: [] }, first);
      assert.equal(readDataSet(bytes, { transferSyntax }).getText("PatientID"), "ID");
    }
  }
});

Deno.test("what can't be in the declared encoding is read in its own, with a warning that says which", () => {
  const make = (syntax: Syntax) => bytesOf(element(syntax, 0x0008_0005, "CS", "ISO_IR 6"), groupLength(syntax, 0x0010));
  for (const [syntax, own] of [[EXPLICIT, ELE], [BIG_ENDIAN, EBE], [IMPLICIT, ILE]] as const) {
    for (const declared of [ELE, EBE, ILE, UID.JPEGBaseline8Bit, UID.RLELossless]) {
      const bytes = make(syntax);
      const { transferSyntax, warnings } = found(bytes, declared);
      const stands = declared === own || (own === ELE && declared !== EBE && declared !== ILE);
      assert.equal(transferSyntax, stands ? declared : own, `${own} declared as ${declared}`);
      assert.equal(warnings.length, stands ? 0 : 1);
      if (!stands) assert.match(warnings[0]!, /not in the transfer syntax that is declared: taken as/);
      const reader = new AttributeReader({ transferSyntax: declared, tags: new Set([0x0008_0005]) });
      reader.push(bytes);
      assert.equal(reader.transferSyntax, transferSyntax);
    }
  }
});

Deno.test("an implicit data set that begins with an empty element is recognized by the next one", () => {
  const bytes = bytesOf(element(IMPLICIT, 0x0008_0005, "CS", ""), element(IMPLICIT, 0x0010_0020, "LO", "ID"));
  for (const declared of [ELE, EBE, ILE, undefined]) {
    assert.equal(found(bytes, declared).transferSyntax, ILE);
    assert.equal(readDataSet(bytes, { transferSyntax: declared }).getText("PatientID"), "ID");
  }
});

Deno.test("readDataSet() reads what writeDataSet() wrote with its defaults, whatever comes first", () => {
  const tags = fc.oneof(
    fc.constantFrom(
      0x0008_0005,
      0x2010_0010,
      0x2000_0010,
      0x3004_0001,
      0x300a_0002,
      0x2010_0099,
      0x7fe0_0010,
      0x0028_0010,
    ),
    fc.integer({ min: 0x0003_0001, max: 0xfff0_ffff }).filter((tag) => (tag & 0xffff) !== 0),
  );
  const vrs = fc.constantFrom(...VRS.filter((vr) => vr !== "SQ"));
  const lengths = fc.integer({ min: 0, max: 200 }).map((half) => 2 * half);
  fc.assert(
    fc.property(tags, vrs, lengths, (tag, vr: Vr, length) => {
      const dataSet = new DataSet().setElement(new ValueElement(tag >>> 0, vr, new Uint8Array(length).fill(0x31)));
      assert.deepEqual(outline(readDataSet(writeDataSet(dataSet), { resolveUnknown: false })), outline(dataSet));
    }),
    { seed: 42, numRuns: 2000 },
  );
});

Deno.test("DicomFile says which transfer syntax was found, and which declared", async () => {
  const meta = (transferSyntax: string) =>
    fileMetaInformation({ sopClassUid: "1.2", sopInstanceUid: "1.2.3", transferSyntax });
  const make = (syntax: Syntax) => element(syntax, 0x0008_0018, "UI", "1.2.3\0");
  const privateSyntax = "1.2.840.113619.5.2";
  for (
    const [declared, syntax, expected] of [
      [ELE, EXPLICIT, ELE],
      [ELE, IMPLICIT, ILE],
      [ILE, EXPLICIT, ELE],
      [UID.JPEGBaseline8Bit, EXPLICIT, UID.JPEGBaseline8Bit],
      [UID.JPEGBaseline8Bit, IMPLICIT, ILE],
      [EBE, IMPLICIT, ILE],
      [privateSyntax, EXPLICIT, privateSyntax],
      [privateSyntax, IMPLICIT, ILE],
    ] as const
  ) {
    const bytes = bytesOf(meta(declared), make(syntax));
    for (const file of [readFile(bytes), await readFileFrom(ReadableStream.from(pieces(bytes, 7)))]) {
      assert.deepEqual([file.transferSyntax, file.declaredTransferSyntax], [expected, declared]);
      assert.equal(file.dataSet.getText("SOPInstanceUID"), "1.2.3");
    }
  }
  const undeclared = readFile(make(BIG_ENDIAN));
  assert.deepEqual([undeclared.transferSyntax, undeclared.declaredTransferSyntax], [EBE, undefined]);
});
