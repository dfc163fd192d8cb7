import assert from "node:assert/strict";
import type { ByteSource } from "../../../src/dicom/data_set/reading/byte_source.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { readFile, readFileFrom } from "../../../src/dicom/data_set/reading/read_file.ts";
import { streamFile, writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import { IMPLEMENTATION_CLASS_UID } from "../../../src/dicom/implementation.ts";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { DataSetError } from "../../../src/errors.ts";
import { bytesOf, element, EXPLICIT } from "../encoding/elements.ts";
import { pieces } from "../encoding/scanning.ts";
import { outline } from "./outline.ts";

const IDENTITY = { SOPClassUID: UID.CTImageStorage, SOPInstanceUID: "1.2.3" };

/** A file with a large value in its middle. */
function largeFile(length = 3_000_000): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(length).map((_, index) => index);
  return writeFile({ dataSet: new DataSet({ ...IDENTITY, PixelData: pixels, DataSetTrailingPadding: [1, 2] }) });
}

/** A source that counts what is read of it. */
function countingSource(bytes: Uint8Array<ArrayBuffer>): ByteSource & { read: number } {
  const source = {
    size: bytes.length,
    read: 0,
    slice: (start: number, end: number) => ({
      stream: () => {
        const chunks = pieces(bytes.subarray(start, end), 1000);
        return new ReadableStream<Uint8Array>({
          pull(controller) {
            const { done, value } = chunks.next();
            if (done) return controller.close();
            source.read += value.length;
            controller.enqueue(value);
          },
        }, { highWaterMark: 0 });
      },
    }),
  };
  return source;
}

Deno.test("writeFile() writes meta information with its group length and Gantry's name", () => {
  const bytes = writeFile({ dataSet: new DataSet(IDENTITY) }, { transferSyntax: UID.ImplicitVRLittleEndian });
  const head = fileMetaInformation({
    sopClassUid: UID.CTImageStorage,
    sopInstanceUid: "1.2.3",
    transferSyntax: UID.ImplicitVRLittleEndian,
  });
  assert.deepEqual(bytes.subarray(0, head.length), head);
  const { meta, dataSet, transferSyntax, preamble } = readFile(bytes);
  assert.equal(meta.get("FileMetaInformationGroupLength"), head.length - 144);
  assert.equal(transferSyntax, UID.ImplicitVRLittleEndian);
  assert.equal(preamble.length, 132);
  assert.equal(dataSet.get("SOPInstanceUID"), "1.2.3");
});

Deno.test("writeFile() keeps what is given of the meta information and sets what has changed", () => {
  const meta = new DataSet({
    MediaStorageSOPClassUID: "1.2",
    MediaStorageSOPInstanceUID: "1.2.9",
    TransferSyntaxUID: "1.2.840.10008.1.2",
    ImplementationClassUID: "1.9",
    SourceApplicationEntityTitle: "CT1",
    PatientID: "not of group 0002",
  });
  const read = readFile(
    writeFile({ dataSet: new DataSet(IDENTITY), meta }, { transferSyntax: UID.ExplicitVRBigEndian }),
  );
  assert.equal(read.meta.get("SourceApplicationEntityTitle"), "CT1");
  assert.equal(read.meta.get("MediaStorageSOPClassUID"), UID.CTImageStorage);
  assert.equal(read.meta.get("MediaStorageSOPInstanceUID"), "1.2.3");
  assert.equal(read.meta.get("TransferSyntaxUID"), UID.ExplicitVRBigEndian);
  assert.equal(read.meta.get("ImplementationClassUID"), IMPLEMENTATION_CLASS_UID);
  assert.ok(!read.meta.has("PatientID"));
});

Deno.test("writeFile() writes the UIDs of the data set into the meta information, after a change too", async () => {
  const original = readFile(writeFile({ dataSet: new DataSet({ ...IDENTITY, PatientID: "X" }) }));
  for (
    const [changes, sopClass, sopInstance] of [
      [{ SOPInstanceUID: "1.2.99999" }, UID.CTImageStorage, "1.2.99999"],
      [{ SOPClassUID: UID.MRImageStorage }, UID.MRImageStorage, "1.2.3"],
      [{ SOPClassUID: "1.9", SOPInstanceUID: "1.8" }, "1.9", "1.8"],
    ] as const
  ) {
    const { dataSet } = readFile(writeFile(original));
    for (const [keyword, uid] of Object.entries(changes)) dataSet.set(keyword as "SOPInstanceUID", uid);
    const changed = { ...original, meta: original.meta, dataSet };
    const stale = readFile(writeFile(original));
    for (const [keyword, uid] of Object.entries(changes)) stale.dataSet.set(keyword as "SOPInstanceUID", uid);
    for (const file of [changed, stale]) {
      for (const form of ["defined", "undefined", "original"] as const) {
        const streamed = await new Response(streamFile(file, { form })).bytes();
        for (const bytes of [writeFile(file, { form }), streamed]) {
          const warnings: string[] = [];
          const { meta } = readFile(bytes, { onWarning: ({ message }) => warnings.push(message) });
          assert.deepEqual(warnings, []);
          assert.deepEqual([meta.get("MediaStorageSOPClassUID"), meta.get("MediaStorageSOPInstanceUID")], [
            sopClass,
            sopInstance,
          ]);
        }
      }
    }
  }
});

Deno.test("writeFile() takes the UIDs of the data set as they are, and its own where the data set has none", () => {
  const odd = readFile(bytesOf(
    fileMetaInformation({ sopClassUid: "1.2", sopInstanceUid: "1.2.3", transferSyntax: UID.ExplicitVRLittleEndian }),
    element(EXPLICIT, 0x0008_0016, "UI", "1.2\0"),
    element(EXPLICIT, 0x0008_0018, "UI", "ABC.001\0"),
  ));
  assert.equal(readFile(writeFile(odd)).meta.getText("MediaStorageSOPInstanceUID"), "ABC.001");
  // As a DICOMDIR has.
  const { meta } = readFile(writeFile({ dataSet: new DataSet({ PatientID: "X" }), meta: odd.meta }));
  assert.deepEqual([meta.get("MediaStorageSOPClassUID"), meta.get("MediaStorageSOPInstanceUID")], ["1.2", "1.2.3"]);
});

Deno.test("writeFile() declares the transfer syntax that it is told to write, in the original form too", () => {
  const file = readFile(writeFile({ dataSet: new DataSet(IDENTITY) }));
  for (const form of ["defined", "original"] as const) {
    for (const transferSyntax of [UID.ImplicitVRLittleEndian, UID.ExplicitVRBigEndian]) {
      const again = readFile(writeFile(file, { form, transferSyntax }), { onWarning: () => assert.ok(false) });
      assert.deepEqual([again.transferSyntax, again.declaredTransferSyntax], [transferSyntax, transferSyntax]);
    }
  }
});

Deno.test("writeFile() wants to know the instance", () => {
  assert.throws(() => writeFile({ dataSet: new DataSet({ SOPClassUID: "1.2" }) }), {
    message: "Cannot write the file: the data set has no SOPInstanceUID",
    keyword: "SOPInstanceUID",
  });
});

Deno.test("writeFile() writes the same file again in its original form", () => {
  const uid = element(EXPLICIT, 0x0002_0010, "UI", `${UID.ExplicitVRLittleEndian}\0`);
  const dataSet = bytesOf(element(EXPLICIT, 0x0010_0010, "PN", "Odd"), element(EXPLICIT, 0x0010_0020, "LO", "1 "));
  for (const preamble of [bytesOf(new Uint8Array(128).fill(7), "DICM"), bytesOf("DICM"), bytesOf()]) {
    const bytes = bytesOf(preamble, uid, dataSet);
    assert.deepEqual(writeFile(readFile(bytes), { form: "original" }), bytes);
  }
  assert.deepEqual(writeFile(readFile(dataSet), { form: "original" }), dataSet);
});

Deno.test("readFile() tells the warnings of the header", () => {
  const warnings: string[] = [];
  readFile(element(EXPLICIT, 0x0010_0010, "PN", "AB"), { onWarning: ({ message }) => warnings.push(message) });
  assert.ok(warnings.some((warning) => /it has no preamble/.test(warning)));
  assert.throws(() => readFile(bytesOf("GET / HTTP/1.1")), DataSetError);
});

Deno.test("readFileFrom() reads the same from chunks of any size", async () => {
  const bytes = largeFile(1000);
  const whole = readFile(bytes);
  for (const size of [1, 7, 100, 10_000]) {
    const file = await readFileFrom(ReadableStream.from(pieces(bytes, size)));
    assert.deepEqual(outline(file.meta), outline(whole.meta));
    assert.deepEqual(outline(file.dataSet), outline(whole.dataSet));
    assert.deepEqual(writeFile(file, { form: "original" }), bytes);
  }
});

Deno.test("readFileFrom() leaves off at stopAt and lets go of the stream", async () => {
  let cancelled = false;
  const chunks = pieces(largeFile(), 1000);
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(chunks.next().value!),
    cancel: () => void (cancelled = true),
  });
  const { dataSet } = await readFileFrom(stream, { stopAt: 0x7fe0_0010 });
  assert.ok(cancelled && dataSet.has("SOPInstanceUID") && !dataSet.has("PixelData"));
});

Deno.test("readFileFrom() leaves large values in a source and does not read them", async () => {
  const bytes = largeFile();
  const source = countingSource(bytes);
  const file = await readFileFrom(source);
  assert.ok(source.read < 10_000, `${source.read} bytes`);
  const pixelData = file.dataSet.element("PixelData");
  assert.ok(pixelData?.kind === "referenced" && pixelData.length === 3_000_000);
  assert.deepEqual(file.dataSet.get("DataSetTrailingPadding"), Uint8Array.of(1, 2));
  assert.deepEqual(new Uint8Array(await new Response(streamFile(file)).arrayBuffer()), bytes);
});

Deno.test("readFileFrom() reads a Blob", async () => {
  const file = await readFileFrom(new Blob([largeFile()]), { referenceAbove: Infinity });
  assert.equal(file.dataSet.get("PixelData")?.length, 3_000_000);
});

Deno.test("readFileFrom() says when a source ends inside a value", async () => {
  const cut = new Blob([largeFile().subarray(0, 2_000_000)]);
  await assert.rejects(
    readFileFrom(cut),
    /PixelData \(7FE0,0010\) at offset \d+: its value ends after \d+ of 3000000 bytes/,
  );
  await assert.rejects(readFileFrom(new Blob([largeFile(1000).subarray(0, 200)])), DataSetError);
});

Deno.test("streamFile() gives the same bytes as writeFile()", async () => {
  const dataSet = new DataSet({ ...IDENTITY, PixelData: new Uint8Array(100_000) });
  assert.deepEqual(new Uint8Array(await new Response(streamFile({ dataSet })).arrayBuffer()), writeFile({ dataSet }));
  const transferSyntax = UID.DeflatedExplicitVRLittleEndian;
  const deflated = await new Response(streamFile({ dataSet }, { transferSyntax })).bytes();
  assert.deepEqual(outline(readFile(deflated).dataSet), outline(dataSet));
});
