import "../../src/dicom/dictionary.ts"; // Errors name tags by their keywords where it is loaded.
import assert from "node:assert/strict";
import { fileMetaInformation, readFileHeader } from "../../src/dicom/part10.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { DataSetError, LimitError } from "../../src/errors.ts";
import { BIG_ENDIAN, bytesOf, element, EXPLICIT, header, hex, IMPLICIT, type Syntax } from "./encoding/elements.ts";

const PREAMBLE = new Uint8Array(128);
const META = {
  sopClassUid: UID.CTImageStorage,
  sopInstanceUid: "1.2.3.4",
  transferSyntax: UID.ExplicitVRLittleEndian,
};

/** Group 0002 with the given elements behind a group length, which is right unless given. */
function group2(
  elements: Uint8Array,
  options: { syntax?: Syntax; groupLength?: number } = {},
): Uint8Array<ArrayBuffer> {
  const { syntax = EXPLICIT, groupLength = elements.length } = options;
  const value = new DataView(new ArrayBuffer(4));
  value.setUint32(0, groupLength, syntax.little);
  return bytesOf(element(syntax, 0x0002_0000, "UL", new Uint8Array(value.buffer)), elements);
}

const SYNTAX_ELEMENT = element(EXPLICIT, 0x0002_0010, "UI", "1.2.840.10008.1.2.1\0");
const DATA_SET = element(EXPLICIT, 0x0008_0018, "UI", "1.2.3\0");

Deno.test("fileMetaInformation() writes preamble, prefix and group 0002", () => {
  const bytes = fileMetaInformation({ ...META, sourceAeTitle: "CT1", receivingAeTitle: "GANTRY" });
  const expected = bytesOf(
    PREAMBLE,
    "DICM",
    hex("0200 0000 554c 0400 be000000"), // (0002,0000) UL: 190 bytes follow
    hex("0200 0100 4f42 0000 02000000 0001"), // (0002,0001) OB: version 0001H
    hex("0200 0200 5549 1a00"), // (0002,0002) UI, 26 bytes
    "1.2.840.10008.5.1.4.1.1.2\0",
    hex("0200 0300 5549 0800"), // (0002,0003) UI, 8 bytes
    "1.2.3.4\0",
    hex("0200 1000 5549 1400"), // (0002,0010) UI, 20 bytes
    "1.2.840.10008.1.2.1\0",
    hex("0200 1200 5549 2c00"), // (0002,0012) UI, 44 bytes
    "2.25.314043983615236483507075690368143595777",
    hex("0200 1300 5348 0c00"), // (0002,0013) SH, 12 bytes
    "GANTRY_0_1_0",
    hex("0200 1600 4145 0400"), // (0002,0016) AE, 4 bytes
    "CT1 ",
    hex("0200 1800 4145 0600"), // (0002,0018) AE, 6 bytes
    "GANTRY",
  );
  assert.deepEqual(bytes, expected);
  assert.equal(bytes.length, 132 + 12 + 190);
});

Deno.test("fileMetaInformation() refuses text that is not printable ASCII", () => {
  assert.throws(
    () => fileMetaInformation({ ...META, sopInstanceUid: "1.2\n3" }),
    /Cannot write MediaStorageSOPInstanceUID/,
  );
  assert.throws(() => fileMetaInformation({ ...META, sourceAeTitle: "MÜNCHEN" }), DataSetError);
});

Deno.test("readFileHeader() reads what fileMetaInformation() wrote, and needs no byte more", () => {
  const bytes = fileMetaInformation({ ...META, sourceAeTitle: "CT1", sendingAeTitle: "A B" });
  const file = bytesOf(bytes, DATA_SET);
  for (let length = 0; length < bytes.length + 2; length++) {
    assert.equal(readFileHeader(file.subarray(0, length)), undefined, `${length} bytes`);
  }
  const found = readFileHeader(file.subarray(0, bytes.length + 2));
  assert.deepEqual(found, readFileHeader(file, { ended: true }));
  assert.deepEqual(found, {
    meta: {
      mediaStorageSopClassUid: UID.CTImageStorage,
      mediaStorageSopInstanceUid: "1.2.3.4",
      transferSyntaxUid: UID.ExplicitVRLittleEndian,
      implementationClassUid: "2.25.314043983615236483507075690368143595777",
      implementationVersionName: "GANTRY_0_1_0",
      sourceApplicationEntityTitle: "CT1",
      sendingApplicationEntityTitle: "A B",
    },
    transferSyntax: UID.ExplicitVRLittleEndian,
    metaOffset: 132,
    dataSetOffset: bytes.length,
    warnings: [],
  });
  assert.equal(readFileHeader(bytes, { ended: true })?.dataSetOffset, bytes.length);
});

Deno.test("readFileHeader() throws where a file ends inside its meta information", () => {
  const file = fileMetaInformation(META);
  for (let length = 132 + 12 + 1; length < file.length; length++) {
    const cut = file.subarray(0, length);
    try {
      // Between two elements it is the transfer syntax that is missing, or nothing.
      assert.ok(readFileHeader(cut, { ended: true }) !== undefined);
    } catch (error) {
      assert.ok(error instanceof DataSetError, `${length} bytes: ${error}`);
    }
  }
  assert.throws(
    () => readFileHeader(file.subarray(0, file.length - 1), { ended: true }),
    /ends inside ImplementationVersionName/,
  );
});

Deno.test("readFileHeader() takes files without preamble, prefix or meta information", () => {
  const meta = group2(SYNTAX_ELEMENT);
  const cases: [Uint8Array, number, string, RegExp][] = [
    [bytesOf("DICM", meta, DATA_SET), 4 + meta.length, UID.ExplicitVRLittleEndian, /no preamble/],
    [bytesOf(meta, DATA_SET), meta.length, UID.ExplicitVRLittleEndian, /no preamble/],
    [DATA_SET, 0, UID.ExplicitVRLittleEndian, /no transfer syntax: taken as 1.2.840.10008.1.2.1/],
    [element(IMPLICIT, 0x0008_0018, "UI", "1.2\0"), 0, UID.ImplicitVRLittleEndian, /taken as 1.2.840.10008.1.2$/],
    [element(BIG_ENDIAN, 0x0008_0018, "UI", "1.2\0"), 0, UID.ExplicitVRBigEndian, /taken as 1.2.840.10008.1.2.2/],
    [bytesOf(PREAMBLE, "DICM", DATA_SET), 132, UID.ExplicitVRLittleEndian, /no transfer syntax/],
  ];
  for (const [file, dataSetOffset, transferSyntax, warning] of cases) {
    const found = readFileHeader(bytesOf(file, new Uint8Array(200)))!;
    assert.equal(found.dataSetOffset, dataSetOffset);
    assert.equal(found.transferSyntax, transferSyntax);
    assert.match(found.warnings.map(({ message }) => message).join("\n"), warning);
    assert.deepEqual(readFileHeader(file, { ended: true })?.dataSetOffset, dataSetOffset);
  }
});

Deno.test("readFileHeader() goes by the group where the group length is missing or wrong", () => {
  for (
    const meta of [
      SYNTAX_ELEMENT,
      group2(SYNTAX_ELEMENT, { groupLength: 4 }),
      group2(SYNTAX_ELEMENT, { groupLength: 4000 }),
    ]
  ) {
    const found = readFileHeader(bytesOf(PREAMBLE, "DICM", meta, DATA_SET))!;
    assert.equal(found.dataSetOffset, 132 + meta.length);
    assert.equal(found.transferSyntax, UID.ExplicitVRLittleEndian);
    assert.match(found.warnings[0]!.message, /group length of its meta information is missing or wrong/);
  }
});

Deno.test("readFileHeader() goes by the group length in front of deflated bytes", () => {
  const syntax = element(EXPLICIT, 0x0002_0010, "UI", UID.DeflatedExplicitVRLittleEndian);
  const meta = group2(syntax);
  const found = readFileHeader(bytesOf(PREAMBLE, "DICM", meta, hex("0200 1234 5678 9abc")))!;
  assert.equal(found.dataSetOffset, 132 + meta.length);
  assert.deepEqual(found.warnings, []);
});

Deno.test("readFileHeader() takes meta information in another encoding", () => {
  for (const syntax of [IMPLICIT, BIG_ENDIAN]) {
    const meta = group2(element(syntax, 0x0002_0010, "UI", "1.2.840.10008.1.2\0"), { syntax });
    const found = readFileHeader(bytesOf(PREAMBLE, "DICM", meta, element(IMPLICIT, 0x0008_0018, "UI", "1.2\0")))!;
    assert.equal(found.dataSetOffset, 132 + meta.length);
    assert.equal(found.transferSyntax, UID.ImplicitVRLittleEndian);
    assert.match(found.warnings[0]!.message, /not in Explicit VR Little Endian/);
  }
});

Deno.test("readFileHeader() refuses what is no DICOM, and meta information without end", () => {
  for (const text of ["<html><body>".repeat(20), "PK\x03\x04".repeat(50), "%PDF-1.7 ".repeat(20)]) {
    assert.throws(() => readFileHeader(bytesOf(text)), /no transfer syntax and begins as no data set does/);
  }
  const endless = bytesOf(
    PREAMBLE,
    "DICM",
    header(EXPLICIT, 0x0002_0102, "OB", 0x7fff_0000),
    new Uint8Array(0x10_0000),
  );
  assert.throws(() => readFileHeader(endless), LimitError);
});
