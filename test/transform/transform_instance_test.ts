import assert from "node:assert/strict";
import { ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { DataSetError, LimitError } from "../../src/errors.ts";
import { transformInstance } from "../../src/transform/transform_instance.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { makeInstance } from "../support/instances.ts";
import { Random } from "../support/random.ts";
import { allOf, changed, digest, fileOf, image, lentOf, streamOf } from "./support.ts";

const SYNTAXES = [
  UID.ExplicitVRLittleEndian,
  UID.ImplicitVRLittleEndian,
  UID.ExplicitVRBigEndian,
  UID.DeflatedExplicitVRLittleEndian,
];

const rename = ({ dataSet }: { dataSet: DataSet }) => void dataSet.set("PatientName", "Brown^Eve^With^A^Longer");

/** The bytes of pixel data as they are encoded. */
function pixelBytes(file: Uint8Array): Uint8Array {
  const element = readFile(file).dataSet.element(0x7fe0_0010);
  if (element?.kind === "value") return element.bytes;
  assert.equal(element?.kind, "encapsulated");
  const fragments = element.kind === "encapsulated" ? element.fragments as Uint8Array[] : [];
  return new Uint8Array(fragments.flatMap((fragment) => [...fragment]));
}

for (const transferSyntax of SYNTAXES) {
  Deno.test(`transformInstance() changes attributes and copies pixels, in chunks of any size: ${transferSyntax}`, async () => {
    const pixels = new Random(3).bytes(3000);
    const file = fileOf(image({ Rows: 50, Columns: 30, PixelData: new Uint16Array(pixels.buffer) }), transferSyntax);
    const results = new Set<string>();
    for (const size of [1, 7, 500, Infinity]) {
      const output = await allOf(await transformInstance(streamOf(file, size), [rename]));
      const lent = await allOf(await transformInstance(lentOf(file, size === Infinity ? file.length : size), [rename]));
      const read = readFile(output);
      // How bytes are deflated depends on how they come.
      const inflated = (file: Uint8Array) =>
        writeDataSet(readFile(file).dataSet, { transferSyntax: UID.ExplicitVRBigEndian });
      assert.deepEqual(inflated(lent), inflated(output));
      if (transferSyntax !== UID.DeflatedExplicitVRLittleEndian) assert.deepEqual(lent, output);
      results.add(await digest(inflated(output)));
      assert.equal(read.dataSet.getText("PatientName"), "Brown^Eve^With^A^Longer");
      assert.equal(read.transferSyntax, transferSyntax);
      assert.equal(await digest(pixelBytes(output)), await digest(pixelBytes(file)));
    }
    assert.equal(results.size, 1);
  });
}

Deno.test({
  name: "transformInstance() without changes keeps every element and pixel of the corpus",
  ignore: !corpusIsThere,
  async fn() {
    let checked = 0;
    for (const name of corpusFiles()) {
      const file = Deno.readFileSync(corpusPath(name));
      let before;
      try {
        before = readFile(file.slice());
      } catch {
        await assert.rejects(async () => await allOf(await transformInstance(streamOf(file), [])), name);
        continue;
      }
      let output: Uint8Array;
      try {
        output = await allOf(await transformInstance(streamOf(file, 999), []));
      } catch (error) {
        // What has no identity makes no file, and one is encoded otherwise than it says.
        assert.match((error as Error).message, /has no SOPClassUID|has no SOPInstanceUID|not encoded as/, name);
        continue;
      }
      const after = readFile(output);
      const tags = (dataSet: DataSet) =>
        [...dataSet].map(({ tag }) => tag).filter((tag) => (tag & 0xffff) !== 0 && tag >>> 16 > 2);
      assert.deepEqual(tags(after.dataSet), tags(before.dataSet), name);
      if (before.dataSet.has(0x7fe0_0010)) assert.deepEqual(pixelBytes(output), pixelBytes(file), name);
      checked++;
    }
    assert.ok(checked > 100, String(checked));
  },
});

Deno.test("transformInstance() copies encapsulated pixel data fragment by fragment", async () => {
  const { file } = makeInstance({ transferSyntax: UID.JPEGBaseline8Bit, pixels: new Random(1).bytes(4000) });
  for (const size of [1, 64, Infinity]) {
    const output = await allOf(await transformInstance(streamOf(file, size), [rename]));
    assert.equal(readFile(output).transferSyntax, UID.JPEGBaseline8Bit);
    assert.deepEqual(pixelBytes(output), pixelBytes(file));
  }
});

Deno.test("meta information follows: the new SOP Instance UID, what else it had, and no preamble of others", async () => {
  const file = fileOf(image());
  file.set(new TextEncoder().encode("II*"), 0);
  const { meta, dataSet, preamble } = await changed(file, [({ dataSet, meta }) => {
    dataSet.set("SOPInstanceUID", "1.2.3.99");
    meta.set(0x0002_0016, "SOURCE");
  }]);
  assert.equal(meta.get("MediaStorageSOPInstanceUID"), "1.2.3.99");
  assert.equal(meta.getText(0x0002_0016), "SOURCE");
  assert.equal(dataSet.get("SOPInstanceUID"), "1.2.3.99");
  assert.ok(preamble.subarray(0, 128).every((byte) => byte === 0));
});

Deno.test("a data set comes in and goes out without meta information, or goes out as a file", async () => {
  const { dataSet, sopInstanceUid } = makeInstance();
  const options = { transferSyntax: UID.ExplicitVRLittleEndian };
  const instance = await transformInstance(streamOf(dataSet, 100), [], options);
  assert.equal(instance.sopInstanceUid, sopInstanceUid);
  assert.deepEqual(await allOf(instance), dataSet);
  const asFile = await transformInstance(streamOf(dataSet), [], { ...options, output: "file" });
  assert.equal(readFile(await allOf(asFile)).meta.get("MediaStorageSOPInstanceUID"), sopInstanceUid);
});

Deno.test("what stands behind Pixel Data is changed, also where a chunk ends in its header; zeros behind it go", async () => {
  const dataSet = image({ SpecificCharacterSet: "ISO_IR 100" });
  dataSet.private("ACME", 0x7fe1).set(1, "Müller", { vr: "LO" });
  dataSet.setElement(new ValueElement(0xfffc_fffc, "OB", new Uint8Array(40)));
  const file = new Uint8Array([...fileOf(dataSet), ...new Uint8Array(30)]);
  const trailing = {
    edit: ({ dataSet }: { dataSet: DataSet }) => void dataSet.set("SpecificCharacterSet", "ISO_IR 192"),
    editTrailing: (dataSet: DataSet) => void dataSet.delete(0xfffc_fffc),
  };
  for (let size = 1; size < 40; size++) {
    const output = await allOf(await transformInstance(streamOf(file, size), [trailing]));
    const read = readFile(output).dataSet;
    assert.deepEqual(read.private("ACME", 0x7fe1).getTexts(1), ["Müller"]);
    assert.equal(read.has(0xfffc_fffc), false);
    assert.deepEqual(read.get("PixelData"), Uint16Array.of(1, 2, 3, 4));
    assert.equal(output.at(-1), " ".charCodeAt(0), "the padding of the last text");
  }
});

Deno.test("an element behind Pixel Data that should stand before it is an error, and so is one that a change puts there", async () => {
  const late = new Uint8Array([...fileOf(image()), 0x10, 0, 0x10, 0, 0x50, 0x4e, 2, 0, 0x41, 0x42]);
  const instance = await transformInstance(streamOf(late), [rename]);
  await assert.rejects(allOf(instance), { name: "DataSetError", tag: 0x0010_0010, message: /behind Pixel Data/ });
  const dataSet = image();
  dataSet.setElement(new ValueElement(0xfffc_fffc, "OB", new Uint8Array(2)));
  const wrong = { edit() {}, editTrailing: (trailing: DataSet) => void trailing.set("PatientID", "1") };
  await assert.rejects(changed(dataSet, [wrong]), /behind Pixel Data/);
});

Deno.test("an end that is missing fails the reading, and the source is cancelled", async () => {
  const file = fileOf(image());
  const source = lentOf(file.subarray(0, file.length - 3), 50);
  const instance = await transformInstance(source, []);
  await assert.rejects(allOf(instance), {
    name: "DataSetError",
    message: /PixelData .* its value ends after 5 of 8 bytes/,
  });
  assert.equal(source.cancelled, 1);
});

Deno.test("a change that throws cancels the source", async () => {
  const source = lentOf(fileOf(image()), 50);
  const change = () => {
    throw new Error("held");
  };
  await assert.rejects(transformInstance(source, [change]), { message: "held" });
  assert.equal(source.cancelled, 1);
});

Deno.test("cancelling the result cancels the source, whether it was read or not", async () => {
  for (const reads of [0, 1]) {
    let cancelled: unknown;
    const file = fileOf(image());
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(file),
      cancel: (reason) => void (cancelled = reason),
    });
    const stream = (await transformInstance(source, [])).stream();
    const reader = stream.getReader();
    for (let read = 0; read < reads; read++) await reader.read();
    await reader.cancel("enough");
    assert.equal(cancelled, "enough");
  }
});

Deno.test("elements that are more than the limit are an error before they are all there", async () => {
  const file = fileOf(image({ PatientComments: "x".repeat(9000) }));
  const read = { bytes: 0 };
  const source = lentOf(file, 500);
  const counted = {
    read: async () => (await source.read().then((piece) => (read.bytes += piece?.length ?? 0, piece))),
  };
  const error = await transformInstance(counted, [], { maxElementsLength: 2000 }).catch((error) => error);
  assert.ok(
    error instanceof LimitError && error.limit === "maxValueLength" || error.limit === "maxElementsLength",
    String(error),
  );
  assert.ok(read.bytes < 4000, String(read.bytes));
  await assert.rejects(changed(image(), [], { maxElements: 5 }), { name: "LimitError", limit: "maxElements" });
});

Deno.test("memory does not depend on the pixels: what is read is given out before more is", async () => {
  const header = fileOf(image({ Rows: 4096, Columns: 4096, NumberOfFrames: 64, PixelData: new Uint16Array(0) }));
  const head = header.slice(0, header.length - 4);
  const length = 4096 * 4096 * 64 * 2;
  const first = new Uint8Array([...head, ...new Uint8Array(Uint32Array.of(length).buffer)]);
  const chunk = new Uint8Array(1 << 20);
  let [given, taken, ahead] = [0, 0, 0];
  const source = {
    // deno-lint-ignore require-await -- the interface is asynchronous
    async read() {
      if (given === 0) return given++, first;
      if (given > length / chunk.length) return undefined;
      given++;
      ahead = Math.max(ahead, given - taken);
      return chunk;
    },
  };
  const instance = await transformInstance(source, [rename]);
  while (await instance.read() !== undefined) taken++;
  assert.ok(ahead <= 4, String(ahead));
});

Deno.test("a change that empties an attribute of type 1, at the top or in an item, is an error with its path", async () => {
  const reference = { ReferencedSOPClassUID: UID.CTImageStorage, ReferencedSOPInstanceUID: "1.2.9" };
  const dataSet = () => image({ ReferencedImageSequence: [reference] });
  const emptied = async (change: (dataSet: DataSet) => unknown) =>
    await changed(dataSet(), [({ dataSet }) => void change(dataSet)]).then(
      () => undefined,
      (error) => error as DataSetError,
    );
  assert.equal((await emptied((dataSet) => dataSet.delete("StudyInstanceUID")))?.tag, 0x0020_000d);
  assert.equal((await emptied((dataSet) => dataSet.set("Rows", null)))?.tag, 0x0028_0010);
  const inItem = await emptied((dataSet) => dataSet.set("ReferencedImageSequence[0].ReferencedSOPInstanceUID", null));
  assert.match(inItem?.path ?? "", /^ReferencedImageSequence \(0008,1140\)\[0\]\.ReferencedSOPInstanceUID/);
  assert.equal(await emptied((dataSet) => dataSet.set("PatientName", null)), undefined);
});

Deno.test("an element in the group of pixel data that is none is an error, and so is a sequence there", async () => {
  for (const values of [[0x7fe0_0005, "LO"], [0x7fe0_000b, "LO"]] as const) {
    const dataSet = image();
    dataSet.setElement(new ValueElement(values[0], values[1], new TextEncoder().encode("SECRET")));
    await assert.rejects(changed(dataSet, []), { name: "DataSetError", message: /expected pixel data in its group/ });
  }
  const sequence = image();
  sequence.delete("PixelData");
  sequence.set(0x7fe0_0010, [{ PatientName: "SECRET" }], { vr: "SQ" });
  await assert.rejects(changed(sequence, []), { name: "DataSetError", message: /expected pixel data in its group/ });
});
