import assert from "node:assert/strict";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { type FileHeader, readFileHeader } from "../../src/dicom/part10.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { LimitError } from "../../src/errors.ts";
import { BIG_ENDIAN, bytesOf, element, EXPLICIT, IMPLICIT, type Syntax } from "./encoding/elements.ts";

const PREAMBLE = bytesOf(new Uint8Array(128), "DICM");
const SYNTAXES = [
  [EXPLICIT, UID.ExplicitVRLittleEndian],
  [EXPLICIT, UID.JPEGBaseline8Bit],
  [IMPLICIT, UID.ImplicitVRLittleEndian],
  [BIG_ENDIAN, UID.ExplicitVRBigEndian],
] as const;

function padded(text: string): string {
  return text.length % 2 === 0 ? text : `${text}\0`;
}

function groupLength(length: number, syntax: Syntax = EXPLICIT): Uint8Array {
  const value = new DataView(new ArrayBuffer(4));
  value.setUint32(0, length, syntax.little);
  return element(syntax, 0x0002_0000, "UL", new Uint8Array(value.buffer));
}

/** A run of group 0002, its group length right unless given, or none. */
function run(
  transferSyntax: string,
  options: { syntax?: Syntax; length?: number | "none"; instance?: string } = {},
): Uint8Array {
  const { syntax = EXPLICIT, instance = "1.2.3.4" } = options;
  const elements = bytesOf(
    element(syntax, 0x0002_0003, "UI", padded(instance)),
    element(syntax, 0x0002_0010, "UI", padded(transferSyntax)),
    element(syntax, 0x0002_0013, "SH", "SOME"),
  );
  const { length = elements.length } = options;
  return length === "none" ? elements : bytesOf(groupLength(length, syntax), elements);
}

function dataSet(syntax: Syntax): Uint8Array {
  return bytesOf(element(syntax, 0x0008_0018, "UI", "1.2.3.4\0"), element(syntax, 0x0010_0020, "LO", "ID"));
}

/** The header, which comes out the same whether or not it is said that no more bytes come. */
function readBoth(bytes: Uint8Array): FileHeader {
  const header = readFileHeader(bytes)!;
  assert.deepEqual(readFileHeader(bytes, { ended: true }), header);
  return header;
}

Deno.test("readFileHeader() ends at the right group length, also before a second run of group 0002", () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    for (const [, other] of SYNTAXES) {
      const first = run(transferSyntax);
      const second = run(other, { syntax, instance: "1.2.9" });
      const bytes = bytesOf(PREAMBLE, first, second, dataSet(syntax), new Uint8Array(100));
      const header = readBoth(bytes);
      assert.equal(header.dataSetOffset, PREAMBLE.length + first.length, `${transferSyntax} before ${other}`);
      assert.equal(header.transferSyntax, transferSyntax);
      assert.equal(header.meta.mediaStorageSopInstanceUid, "1.2.3.4");
      assert.deepEqual(header.warnings, []);
    }
  }
});

Deno.test("readFile() reads a data set that begins with group 0002, and warns of each such element", () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const bytes = bytesOf(PREAMBLE, run(transferSyntax), run("1.2.9", { syntax, length: "none" }), dataSet(syntax));
    const warnings: string[] = [];
    const file = readFile(bytes, { onWarning: ({ message }) => warnings.push(message) });
    assert.equal(file.transferSyntax, transferSyntax);
    assert.equal(file.dataSet.getText("PatientID"), "ID");
    assert.equal(file.dataSet.getText("TransferSyntaxUID"), "1.2.9");
    assert.equal(warnings.filter((warning) => /its group stands in no data set/.test(warning)).length, 3);
  }
});

Deno.test("readFileHeader() takes the first of what meta information says twice", () => {
  const twice = bytesOf(run("1.2.840.10008.1.2.1", { length: "none" }), run(UID.JPEGBaseline8Bit, { length: "none" }));
  const header = readBoth(bytesOf(PREAMBLE, groupLength(twice.length), twice, dataSet(EXPLICIT)));
  assert.equal(header.transferSyntax, UID.ExplicitVRLittleEndian);
  assert.equal(header.dataSetOffset, PREAMBLE.length + 12 + twice.length);
  assert.deepEqual(header.warnings, []);
});

Deno.test("readFileHeader() finds the end where the group length is missing or wrong", () => {
  const tail = new Uint8Array(100);
  for (const length of ["none", 0, 1, 17, 200, 4000, 0x7fff_ffff, 0xffff_ffff] as const) {
    for (const [syntax, transferSyntax] of SYNTAXES) {
      const first = run(transferSyntax, { length });
      const bytes = bytesOf(PREAMBLE, first, dataSet(syntax), tail);
      const header = readBoth(bytes);
      assert.equal(header.dataSetOffset, PREAMBLE.length + first.length, `${length} ${transferSyntax}`);
      assert.equal(header.transferSyntax, transferSyntax);
      assert.match(header.warnings[0]!.message, /group length of its meta information is missing or wrong/);
      const second = run("1.2.9", { syntax });
      if (syntax === BIG_ENDIAN) continue;
      const twice = readFileHeader(bytesOf(PREAMBLE, first, second, dataSet(syntax), tail), { ended: true })!;
      assert.equal(twice.dataSetOffset, PREAMBLE.length + first.length, `${length} ${transferSyntax}, twice`);
      assert.equal(twice.transferSyntax, transferSyntax);
    }
  }
});

Deno.test("readFileHeader() goes on behind a group length that leaves the transfer syntax out", () => {
  const elements = run(UID.ImplicitVRLittleEndian, { length: "none" });
  for (const length of [0, 16]) {
    const header = readBoth(bytesOf(PREAMBLE, groupLength(length), elements, dataSet(IMPLICIT)));
    assert.equal(header.transferSyntax, UID.ImplicitVRLittleEndian);
    assert.equal(header.dataSetOffset, PREAMBLE.length + 12 + elements.length);
    assert.equal(header.warnings.length, 1);
  }
});

Deno.test("readFileHeader() counts as meta information what is behind its group length and can't be of the data set", () => {
  // The length leaves out what was added later, in front of a data set in another encoding.
  for (const [syntax, transferSyntax] of [SYNTAXES[2], SYNTAXES[3]]) {
    const meta = bytesOf(run(transferSyntax), element(EXPLICIT, 0x0002_0016, "AE", "CT1 "));
    const header = readBoth(bytesOf(PREAMBLE, meta, dataSet(syntax)));
    assert.equal(header.dataSetOffset, PREAMBLE.length + meta.length);
    assert.equal(header.meta.sourceApplicationEntityTitle, "CT1");
    assert.match(header.warnings[0]!.message, /group length/);
  }
});

Deno.test("readFileHeader() ends implicit meta information where explicit group 0002 begins", () => {
  for (const length of ["none", undefined] as const) {
    const first = run(UID.ExplicitVRLittleEndian, { syntax: IMPLICIT, ...(length && { length }) });
    const bytes = bytesOf(PREAMBLE, first, run("1.2.9", { length: "none" }), dataSet(EXPLICIT));
    const header = readBoth(bytes);
    assert.equal(header.dataSetOffset, PREAMBLE.length + first.length);
    assert.equal(header.transferSyntax, UID.ExplicitVRLittleEndian);
    assert.equal(readFile(bytes).dataSet.getText("PatientID"), "ID");
  }
});

Deno.test("readFileHeader() needs no more bytes for a wrong group length than the limit", () => {
  const endless = bytesOf(PREAMBLE, groupLength(0xffff_fffe), element(EXPLICIT, 0x0002_0102, "OB", []));
  endless.set([0, 0, 0, 0x7f], endless.length - 4);
  assert.equal(readFileHeader(endless), undefined);
  assert.throws(() => readFileHeader(bytesOf(endless, new Uint8Array(0x10_0000))), LimitError);
});

Deno.test("readFileHeader() calls nothing, zeros and other files no DICOM", () => {
  for (const bytes of [bytesOf(), new Uint8Array(8), new Uint8Array(1000), bytesOf("PK\x03\x04".repeat(50))]) {
    assert.throws(() => readFileHeader(bytes, { ended: true }), {
      name: "DataSetError",
      message: bytes.length === 0
        ? "Cannot read the file: it is no DICOM, it has no bytes"
        : "Cannot read the file: it is no DICOM, it has no transfer syntax and begins as no data set does",
    });
  }
});
