import assert from "node:assert/strict";
import { bytesOfSource, readDataSetHead } from "../../../../src/dicom/data_set/reading/data_set_head.ts";
import { ValueElement } from "../../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import { locateFrames } from "../../../../src/dicom/data_set/frames/located_frames.ts";
import { pixelFrames } from "../../../../src/dicom/data_set/frames/pixel_frames.ts";
import { readFile } from "../../../../src/dicom/data_set/reading/read_file.ts";
import { writeDataSet } from "../../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import { readFileHeader } from "../../../../src/dicom/part10.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../../corpus.ts";
import { outline } from "../outline.ts";

/** A data set as a source whose reads are counted, and whose chunks are short. */
function sourceOf(bytes: Uint8Array, chunk = 1 << 16) {
  const reads: [number, number][] = [];
  return {
    reads,
    size: bytes.length,
    slice(start: number, end: number) {
      return {
        stream() {
          reads.push([start, end]);
          let at = start;
          return new ReadableStream<Uint8Array>({
            pull(controller) {
              if (at >= end) return controller.close();
              controller.enqueue(bytes.slice(at, Math.min(end, at + chunk)));
              at += chunk;
            },
          }, { highWaterMark: 0 });
        },
      };
    },
  };
}

function* corpus() {
  for (const name of corpusFiles()) {
    const bytes = Deno.readFileSync(corpusPath(name));
    let file;
    try {
      file = readFile(bytes);
    } catch {
      continue;
    }
    const { dataSetOffset } = readFileHeader(bytes, { ended: true })!;
    if (file.transferSyntax !== UID.DeflatedExplicitVRLittleEndian) {
      yield { name, file, bytes: bytes.subarray(dataSetOffset) };
    }
  }
}

Deno.test({
  name: "frames of the corpus that are located are those that are read, whatever the chunks are",
  ignore: !corpusIsThere,
  async fn() {
    let compared = 0;
    for (const { name, file, bytes } of corpus()) {
      let expected;
      try {
        expected = pixelFrames(file.dataSet);
      } catch {
        continue;
      }
      if (expected.length === 0) continue;
      for (const chunk of [1 << 16, 4099]) {
        const source = sourceOf(bytes, chunk);
        const head = await readDataSetHead(source, { transferSyntax: file.transferSyntax });
        const frames = await locateFrames(source, head);
        assert.equal(frames.count, expected.length, name);
        for (const [index, frame] of expected.entries()) {
          const found = await new Response((await frames.frame(index)).stream()).bytes();
          assert.deepEqual(found, Uint8Array.from(frame.bytes()), `${name}, frame ${index}`);
          compared++;
        }
      }
    }
    assert.ok(compared > 150, `${compared} frames`);
  },
});

Deno.test({
  name: "heads of the corpus are the data sets without Pixel Data",
  ignore: !corpusIsThere,
  async fn() {
    for (const { name, file, bytes } of corpus()) {
      const options = { transferSyntax: file.transferSyntax, referenceAbove: Infinity };
      const head = await readDataSetHead(sourceOf(bytes), options);
      const expected = file.dataSet.copy();
      const isEncapsulated = head.pixelData !== undefined && head.pixelData.length === undefined;
      for (const { tag } of file.dataSet) {
        if (tag >= 0x7fe0_0008 && (tag <= 0x7fe0_0010 || isEncapsulated)) expected.delete(tag);
      }
      assert.deepEqual(outline(head.dataSet), outline(expected), name);
    }
  },
});

Deno.test("of long native Pixel Data nothing is read, and what is behind it is", async () => {
  const dataSet = new DataSet({ PatientID: "P" });
  dataSet.setElement(new ValueElement(0x7fe0_0010, "OW", new Uint8Array(5_000_000)));
  dataSet.setElement(new ValueElement(0xfffc_fffc, "OB", Uint8Array.of(1, 2)));
  const source = sourceOf(writeDataSet(dataSet));
  const head = await readDataSetHead(source, { transferSyntax: UID.ExplicitVRLittleEndian });
  assert.equal(head.pixelData?.length, 5_000_000);
  assert.ok(head.dataSet.has(0xfffc_fffc) && head.dataSet.has("PatientID"));
  assert.ok(source.reads.reduce((sum, [start, end]) => sum + end - start, 0) < 20_000, String(source.reads));
});

Deno.test("a data set that ends early, before or within Pixel Data", async () => {
  const dataSet = new DataSet({ PatientID: "P", Rows: 2, Columns: 2, BitsAllocated: 8 });
  const whole = writeDataSet(dataSet.setElement(new ValueElement(0x7fe0_0010, "OW", new Uint8Array(4))));
  for (const length of [3, 9, whole.length - 6]) {
    const source = sourceOf(whole.subarray(0, length));
    await assert.rejects(readDataSetHead(source, { transferSyntax: UID.ExplicitVRLittleEndian }), {
      name: "DataSetError",
    });
  }
  const cut = sourceOf(whole.subarray(0, -2));
  const head = await readDataSetHead(cut, { transferSyntax: UID.ExplicitVRLittleEndian });
  await assert.rejects(locateFrames(cut, head), { name: "DataSetError", message: /found 2 bytes, expected 4$/ });
});

Deno.test("bytesOfSource() gives what there is", async () => {
  const source = sourceOf(Uint8Array.of(1, 2, 3, 4), 1);
  assert.deepEqual([...await bytesOfSource(source, 1, 3)], [2, 3]);
  assert.deepEqual([...await bytesOfSource(source, 2, 9)], [3, 4]);
  assert.deepEqual([...await bytesOfSource(source, 9, 12)], []);
});
