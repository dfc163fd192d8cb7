import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { EncapsulatedElement, ReferencedElement, ValueElement } from "../../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../../../src/dicom/data_set/reading/read_data_set.ts";
import {
  streamDataSet,
  writeDataSet,
  type WriteOptions,
} from "../../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import { DataSetError } from "../../../../src/errors.ts";
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
  UNDEFINED,
} from "../../encoding/elements.ts";

const ENCAPSULATED = UID.JPEGBaseline8Bit;

async function streamed(dataSet: DataSet, options: WriteOptions = {}): Promise<Uint8Array> {
  return new Uint8Array(await new Response(streamDataSet(dataSet, options)).arrayBuffer());
}

Deno.test("writeDataSet() writes golden bytes", () => {
  const dataSet = new DataSet({
    SpecificCharacterSet: "ISO_IR 192",
    PatientName: "é",
    ReferencedImageSequence: [{ ReferencedSOPInstanceUID: "1.2.3" }],
    Rows: 1024,
  });
  const expected = hex(`
    0800 0500 4353 0a00            # (0008,0005) CS, 10 bytes
      49534f5f495220313932         # ISO_IR 192
    0800 4011 5351 0000 16000000   # (0008,1140) SQ, 22 bytes
      feff 00e0 0e000000           #   item of 14 bytes
        0800 5511 5549 0600        #     (0008,1155) UI, 6 bytes
          312e322e3300             #     1.2.3
    1000 1000 504e 0200 c3a9       # (0010,0010) PN, 2 bytes of UTF-8
    2800 1000 5553 0200 0004       # (0028,0010) US 1024
  `);
  assert.deepEqual(writeDataSet(dataSet), expected);
});

Deno.test("writeDataSet() writes either form of sequence, and the original one", () => {
  const uid = element(EXPLICIT, 0x0020_000e, "UI", "1.2.3\0");
  const nested = (outer: "defined" | "undefined", inner: "defined" | "undefined") =>
    sequence(EXPLICIT, 0x0008_1115, [
      item(EXPLICIT, sequence(EXPLICIT, 0x0008_1199, [item(EXPLICIT, uid, inner)], outer), outer),
    ], inner);
  for (const bytes of [nested("defined", "undefined"), nested("undefined", "defined")]) {
    const dataSet = readDataSet(bytes);
    assert.deepEqual(writeDataSet(dataSet), nested("defined", "defined"));
    assert.deepEqual(writeDataSet(dataSet, { form: "undefined" }), nested("undefined", "undefined"));
    assert.deepEqual(writeDataSet(dataSet, { form: "original" }), bytes);
  }
});

Deno.test("writeDataSet() pads odd values and leaves out group lengths, unless the form is original", () => {
  const odd = bytesOf(
    element(EXPLICIT, 0x0008_0000, "UL", [9, 0, 0, 0]),
    element(EXPLICIT, 0x0008_0018, "UI", "1.2"),
    element(EXPLICIT, 0x0008_0060, "CS", "C"),
    element(EXPLICIT, 0x0028_2000, "OB", [1]),
  );
  const even = bytesOf(
    element(EXPLICIT, 0x0008_0018, "UI", "1.2\0"),
    element(EXPLICIT, 0x0008_0060, "CS", "C "),
    element(EXPLICIT, 0x0028_2000, "OB", [1, 0]),
  );
  assert.deepEqual(writeDataSet(readDataSet(odd)), even);
  assert.deepEqual(writeDataSet(readDataSet(odd), { form: "original" }), odd);
});

Deno.test("writeDataSet() writes what came as UN with its VR, unless the form is original", () => {
  const inside = item(IMPLICIT, element(IMPLICIT, 0x0020_000e, "", "1.2\0"), "defined");
  const open = bytesOf(header(BIG_ENDIAN, 0x0008_1140, "UN", UNDEFINED), inside, header(IMPLICIT, 0xfffe_e0dd, "", 0));
  const bytes = bytesOf(
    element(BIG_ENDIAN, 0x0008_1115, "UN", inside),
    open,
    element(BIG_ENDIAN, 0x0028_0010, "UN", [0, 2]),
  );
  const transferSyntax = UID.ExplicitVRBigEndian;
  const dataSet = readDataSet(bytes, { transferSyntax });
  assert.deepEqual(writeDataSet(dataSet, { transferSyntax, form: "original" }), bytes);
  const uid = item(BIG_ENDIAN, element(BIG_ENDIAN, 0x0020_000e, "UI", "1.2\0"), "defined");
  assert.deepEqual(
    writeDataSet(dataSet, { transferSyntax }),
    bytesOf(
      sequence(BIG_ENDIAN, 0x0008_1115, [uid], "defined"),
      sequence(BIG_ENDIAN, 0x0008_1140, [uid], "defined"),
      element(BIG_ENDIAN, 0x0028_0010, "US", [2, 0]),
    ),
  );
});

Deno.test("writeDataSet() keeps the letters of an unknown VR only in the original form", () => {
  const modality = element(EXPLICIT, 0x0008_0060, "CS", "CT");
  const longForm = bytesOf(modality, header(EXPLICIT, 0x0009_1001, "UT", 2), [1, 2]);
  longForm.set([0x5a, 0x5a], modality.length + 4);
  assert.deepEqual(writeDataSet(readDataSet(longForm), { form: "original" }), longForm);
  assert.deepEqual(
    writeDataSet(readDataSet(longForm)),
    bytesOf(modality, element(EXPLICIT, 0x0009_1001, "UN", [1, 2])),
  );
  const shortForm = bytesOf(modality, element(EXPLICIT, 0x0009_1001, "LO", "AB"));
  shortForm.set([0x3f, 0x3f], modality.length + 4);
  assert.deepEqual(writeDataSet(readDataSet(shortForm), { form: "original" }), shortForm);
});

Deno.test("writeDataSet() writes as UN what a 16-bit length cannot say (PS3.5 6.2.2)", () => {
  const numbers = Uint16Array.from({ length: 40_000 }, (_, index) => index);
  const dataSet = new DataSet().setElement(new ValueElement(0x0028_1101, "US", new Uint8Array(numbers.buffer)));
  for (const transferSyntax of [UID.ExplicitVRLittleEndian, UID.ExplicitVRBigEndian]) {
    const bytes = writeDataSet(dataSet, { transferSyntax });
    assert.equal(readDataSet(bytes, { transferSyntax, resolveUnknown: false }).element(0x0028_1101)?.vr, "UN");
    assert.deepEqual(readDataSet(bytes, { transferSyntax }).get(0x0028_1101), numbers);
  }
  const transferSyntax = UID.ImplicitVRLittleEndian;
  assert.deepEqual(
    readDataSet(writeDataSet(dataSet, { transferSyntax }), { transferSyntax }).get(0x0028_1101),
    numbers,
  );
});

Deno.test("writeDataSet() writes encapsulated Pixel Data where the transfer syntax has it", () => {
  const fragments = [new Uint8Array(0), Uint8Array.of(1, 2, 3)];
  const dataSet = new DataSet().setElement(new EncapsulatedElement(0x7fe0_0010, "OB", fragments));
  const expected = bytesOf(
    header(EXPLICIT, 0x7fe0_0010, "OB", UNDEFINED),
    header(EXPLICIT, 0xfffe_e000, "", 0),
    header(EXPLICIT, 0xfffe_e000, "", 4),
    [1, 2, 3, 0],
    header(EXPLICIT, 0xfffe_e0dd, "", 0),
  );
  assert.deepEqual(writeDataSet(dataSet, { transferSyntax: ENCAPSULATED }), expected);
  assert.throws(() => writeDataSet(dataSet, { transferSyntax: UID.ExplicitVRLittleEndian }), {
    name: "DataSetError",
    tag: 0x7fe0_0010,
    expected: "native Pixel Data",
  });
});

Deno.test("streamDataSet() gives the same bytes as writeDataSet(), large values as they are", async () => {
  const pixels = new Uint16Array(100_000).map((_, index) => index);
  const dataSet = new DataSet({
    BitsAllocated: 16,
    PixelData: pixels,
    ReferencedSeriesSequence: [{ SeriesInstanceUID: "1" }],
  });
  for (let index = 0; index < 5_000; index++) dataSet.set(0x0009_0010 + index * 2 * 0x1_0000, "CREATOR");
  for (const transferSyntax of [UID.ImplicitVRLittleEndian, UID.ExplicitVRLittleEndian, UID.ExplicitVRBigEndian]) {
    for (const form of ["defined", "undefined"] as const) {
      assert.deepEqual(
        await streamed(dataSet, { transferSyntax, form }),
        writeDataSet(dataSet, { transferSyntax, form }),
      );
    }
  }
  const chunks = await Array.fromAsync(streamDataSet(dataSet));
  assert.ok(chunks.some(({ buffer }) => buffer === pixels.buffer));
});

Deno.test("streamDataSet() fetches a value from its source when its turn comes, in the byte ordering that is written", async () => {
  let opened = 0;
  const reference = {
    length: 6,
    stream: () => {
      opened++;
      return ReadableStream.from([Uint8Array.of(1), Uint8Array.of(2, 3, 4), Uint8Array.of(5, 6)]);
    },
  };
  const dataSet = new DataSet({ Rows: 1 }).setElement(new ReferencedElement(0x7fe0_0010, "OW", reference));
  const rows = element(EXPLICIT, 0x0028_0010, "US", [1, 0]);
  const stream = streamDataSet(dataSet);
  assert.equal(opened, 0);
  assert.deepEqual(
    await new Response(stream).bytes(),
    bytesOf(rows, element(EXPLICIT, 0x7fe0_0010, "OW", [1, 2, 3, 4, 5, 6])),
  );
  assert.deepEqual(
    await streamed(dataSet, { transferSyntax: UID.ExplicitVRBigEndian }),
    bytesOf(element(BIG_ENDIAN, 0x0028_0010, "US", [0, 1]), element(BIG_ENDIAN, 0x7fe0_0010, "OW", [2, 1, 4, 3, 6, 5])),
  );
  assert.throws(
    () => writeDataSet(dataSet),
    /Cannot write PixelData \(7FE0,0010\): .* left in its source: expected a stream/,
  );
});

Deno.test("streamDataSet() fails when a source gives more or less than it should", async () => {
  for (const length of [3, 5]) {
    const reference = { length, stream: () => ReadableStream.from([Uint8Array.of(1, 2, 3, 4)]) };
    const dataSet = new DataSet().setElement(new ReferencedElement(0x7fe0_0010, "OB", reference));
    await assert.rejects(streamed(dataSet), DataSetError);
  }
});

Deno.test("streamDataSet() lets go of a source when it is cancelled", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => void (cancelled = true),
  });
  const reference = { length: 1000, stream: () => source };
  const reader = streamDataSet(new DataSet().setElement(new ReferencedElement(0x7fe0_0010, "OB", reference)))
    .getReader();
  await reader.read();
  await reader.read();
  await reader.cancel();
  assert.ok(cancelled);
});

Deno.test("streamDataSet() deflates, to an even length (PS3.5 A.5)", async () => {
  const transferSyntax = UID.DeflatedExplicitVRLittleEndian;
  for (const name of ["A", "Ad", "Ada", "Adam", "Adams"]) {
    const dataSet = new DataSet({ PatientName: name });
    const bytes = await streamed(dataSet, { transferSyntax });
    assert.equal(bytes.length % 2, 0);
    assert.deepEqual(new Uint8Array(inflateRawSync(bytes)), writeDataSet(dataSet));
    assert.throws(() => writeDataSet(dataSet, { transferSyntax }), /expected a call of streamDataSet\(\)/);
  }
});
