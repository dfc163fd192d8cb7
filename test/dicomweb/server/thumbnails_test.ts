import assert from "node:assert/strict";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../../src/pixel_data/frame_codecs.ts";
import { KeptPictures } from "../../../src/dicomweb/server/kept_pictures.ts";
import { archiveOf, assertProblem, instanceOf, keep, ROOT } from "./support.ts";
import { encapsulated, grayImage, grayOf, INSTANCE, pictureOf, SERIES, STUDY } from "./pictures.ts";

const PNG = { headers: { accept: "image/png" } };

Deno.test("thumbnails of study, series, instance and frame", async () => {
  const { app } = await archiveOf([instanceOf(grayImage(3))]);
  const cases: [path: string, gray: number][] = [
    [STUDY, grayOf(1)],
    [SERIES, grayOf(1)],
    [INSTANCE, grayOf(1)],
    [`${INSTANCE}/frames/3`, grayOf(2)],
  ];
  for (const [path, middle] of cases) {
    const png = await pictureOf(await app.request(`${ROOT}${path}/thumbnail`, PNG));
    assert.deepEqual(png, { width: 128, height: 96, middle }, path);
    const jpeg = await app.request(`${ROOT}${path}/thumbnail?viewport=256%2C256&accept=image/jpeg`);
    assert.equal((await pictureOf(jpeg)).width, 256);
  }
  await assertProblem(await app.request(`${ROOT}${INSTANCE}/frames/4/thumbnail`), 404, /no frame 4/);
  await assertProblem(await app.request(`${ROOT}${INSTANCE}/frames/1,2/thumbnail`), 400, /2 frames as one thumbnail/);
  await assertProblem(await app.request(`${ROOT}${SERIES}/instances/9/thumbnail`), 404, /no such instance/);
  await assertProblem(await app.request(`${ROOT}/studies/9/thumbnail`), 404, /no such study/);
  const webp = await app.request(`${ROOT}${INSTANCE}/thumbnail`, { headers: { accept: "image/webp" } });
  await assertProblem(webp, 406, /image\/jpeg or image\/png or image\/gif/);
});

Deno.test("thumbnails: what is no image, or can't be drawn, has an icon, and never a 404", async () => {
  const errors: unknown[] = [];
  const { app } = await archiveOf([
    instanceOf(new DataSet(), undefined, { series: "1.2.9.1", instance: "1", sopClass: UID.BasicTextSRStorage }),
    instanceOf(new DataSet(), undefined, {
      series: "1.2.9.2",
      instance: "2",
      sopClass: UID.TwelveLeadECGWaveformStorage,
    }),
    instanceOf(encapsulated(grayImage(), [new Uint8Array(64)]), UID.JPEGBaseline8Bit, {
      series: "1.2.9.3",
      instance: "3",
    }),
    instanceOf(encapsulated(grayImage(), [new Uint8Array(64)]), UID.MPEG2MPML, { series: "1.2.9.4", instance: "4" }),
  ], { onError: (error) => errors.push(error) });
  for (const series of [1, 2, 3, 4]) {
    for (const path of [`${STUDY}/series/1.2.9.${series}`, `${STUDY}/series/1.2.9.${series}/instances/${series}`]) {
      const picture = await pictureOf(await app.request(`${ROOT}${path}/thumbnail`, PNG));
      assert.deepEqual([picture.width, picture.height], [128, 128], path);
    }
  }
  assert.deepEqual(errors, []);
});

Deno.test("thumbnails are drawn once, and anew when the instance is another", async () => {
  let drawn = 0;
  class Counting extends FrameCodecs {
    override encodeJpeg(...parameters: Parameters<FrameCodecs["encodeJpeg"]>): Promise<Uint8Array> {
      drawn++;
      return super.encodeJpeg(...parameters);
    }
  }
  const { app, archive } = await archiveOf([instanceOf(grayImage())], { codecs: new Counting() });
  const get = (init: RequestInit = {}) => app.request(`${ROOT}${SERIES}/thumbnail`, init);
  const first = await get();
  const etag = first.headers.get("etag")!;
  assert.equal((await pictureOf(first)).middle, grayOf(0));
  assert.equal((await pictureOf(await get())).middle, grayOf(0));
  assert.equal((await get({ headers: { "if-none-match": etag } })).status, 304);
  assert.equal(drawn, 1);
  await keep(archive, instanceOf(grayImage(3)));
  const other = await get({ headers: { "if-none-match": etag } });
  assert.equal(other.status, 200);
  assert.equal((await pictureOf(other)).middle, grayOf(1));
  assert.equal(drawn, 2);
});

Deno.test("KeptPictures keeps what was asked for last, up to its limit", () => {
  const kept = new KeptPictures();
  const picture = () => new Uint8Array(1024 * 1024);
  for (let index = 0; index < 32; index++) kept.put(`${index}`, picture());
  assert.ok(kept.get("0"));
  kept.put("32", picture());
  assert.ok(kept.get("0"));
  assert.equal(kept.get("1"), undefined);
  kept.put("too large", new Uint8Array(1024 * 1024 + 1));
  assert.equal(kept.get("too large"), undefined);
  kept.put("32", new Uint8Array(8));
  assert.equal(kept.get("32")?.length, 8);
});
