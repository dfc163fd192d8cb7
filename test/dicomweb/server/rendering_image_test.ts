import assert from "node:assert/strict";
import { ReferencedElement, SequenceElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import type { FoundFrames, FrameFinder } from "../../../src/dicomweb/server/opened_instance.ts";
import { imageToRender } from "../../../src/dicomweb/server/rendering_image.ts";
import { held } from "../../retrieved/support.ts";

const MEBIBYTE = 1024 * 1024;
const OPTICAL_PATHS = 0x0048_0105;
const ICC_PROFILE = 0x0028_2000;

Deno.test("an image with a thousand long tables has 64 MiB of them in memory, and the others where they are", async () => {
  let read = 0;
  const stream = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        read++;
        controller.enqueue(new Uint8Array(MEBIBYTE));
        controller.close();
      },
    });
  const items = Array.from({ length: 1_000 }, () => {
    const item = new DataSet();
    item.setElement(new ReferencedElement(ICC_PROFILE, "OB", { length: MEBIBYTE, stream }));
    return item;
  });
  const dataSet = new DataSet({ Rows: 1, Columns: 1 });
  dataSet.setElement(new SequenceElement(OPTICAL_PATHS, items));
  const found = { opened: { head: { dataSet } } } as unknown as FoundFrames;
  const finder = { framesOf: () => Promise.resolve(found) } as unknown as FrameFinder;
  await imageToRender(finder, held("1.2", 1));
  assert.equal(read, 64);
  assert.deepEqual([0, 63, 64].map((index) => items[index]!.element(ICC_PROFILE)?.kind), [
    "value",
    "value",
    "referenced",
  ]);
});
