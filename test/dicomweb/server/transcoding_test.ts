import assert from "node:assert/strict";
import { pixelFrames, setEncapsulatedFrames } from "../../../src/dicom/data_set/frames/pixel_frames.ts";
import { readFile } from "../../../src/dicom/data_set/reading/read_file.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../../src/pixel_data/frame_codecs.ts";
import { describeFrames } from "../../../src/pixel_data/frame_description.ts";
import { denoCodecPool } from "../../../src/pixel_data/pool/deno_codec_process.ts";
import { archiveOf, assertProblem, instanceOf, partsOf, ROOT } from "./support.ts";
import { grayImage, grayOf, INSTANCE, SERIES, STUDY } from "./pictures.ts";

const OCTETS = "application/octet-stream";
const accept = (text: string) => ({ headers: { accept: text } });

/** An image of three frames, encoded in a transfer syntax. */
async function encoded(codecs: FrameCodecs, transferSyntax: string) {
  const dataSet = grayImage(3);
  const description = describeFrames(dataSet);
  const frames = await Promise.all(
    pixelFrames(dataSet).map((frame) => codecs.encode(frame.bytes(), transferSyntax, description)),
  );
  setEncapsulatedFrames(dataSet, frames);
  return instanceOf(dataSet, transferSyntax);
}

Deno.test("transcoding: RLE frames are given as they are, or decoded for who wants native ones", async () => {
  const codecs = new FrameCodecs();
  const { app } = await archiveOf([await encoded(codecs, UID.RLELossless)], { codecs });
  const get = (frames: string, text: string) => app.request(`${ROOT}${INSTANCE}/frames/${frames}`, accept(text));
  const stored = await get("2", `${OCTETS}; transfer-syntax=*`);
  assert.equal(stored.headers.get("content-type"), `${OCTETS}; transfer-syntax=${UID.RLELossless}`);
  await stored.body?.cancel();
  const forms = [OCTETS, `${OCTETS}; transfer-syntax=${UID.ExplicitVRLittleEndian}`];
  for (const form of [...forms, `${OCTETS}; transfer-syntax=${UID.ImplicitVRLittleEndian}`]) {
    const one = await get("2", form);
    assert.equal(one.headers.get("content-type"), `${OCTETS}; transfer-syntax=${UID.ExplicitVRLittleEndian}`);
    assert.equal(one.headers.get("content-length"), "192");
    assert.notEqual(one.headers.get("etag"), stored.headers.get("etag"));
    assert.deepEqual(new Uint8Array(await one.arrayBuffer()), new Uint8Array(192).fill(grayOf(1)));
  }
  const parts = await partsOf(await get("3,1", `multipart/related; type=${OCTETS}`));
  assert.deepEqual(parts.map(({ body }) => body[100]), [grayOf(2), grayOf(0)]);
  const range = await app.request(`${ROOT}${INSTANCE}/frames/1,2`, {
    headers: { accept: `multipart/related; type=${OCTETS}`, range: "bytes=-1000" },
  });
  assert.equal(range.status, 206);
  await range.body?.cancel();
  const etag = (await get("1,2", `multipart/related; type=${OCTETS}`)).headers.get("etag")!;
  const known = await app.request(`${ROOT}${INSTANCE}/frames/1,2`, {
    headers: { accept: `multipart/related; type=${OCTETS}`, "if-none-match": etag },
  });
  assert.equal(known.status, 304);
});

Deno.test("transcoding: instances in the transfer syntax that is asked for, alone and in parts; else 406 names what can be", async () => {
  const codecs = new FrameCodecs();
  const { app } = await archiveOf([await encoded(codecs, UID.RLELossless)], { codecs });
  const native = UID.ExplicitVRLittleEndian;
  const single = await app.request(ROOT + INSTANCE, accept(`application/dicom; transfer-syntax=${native}`));
  assert.ok(Number(single.headers.get("content-length")) > 576);
  const files = [new Uint8Array(await single.arrayBuffer())];
  for (const path of [STUDY, SERIES, INSTANCE]) {
    const text = `multipart/related; type="application/dicom"; transfer-syntax=${native}`;
    files.push((await partsOf(await app.request(ROOT + path, accept(text))))[0]!.body);
  }
  for (const file of files) {
    const { dataSet, transferSyntax } = readFile(file);
    assert.equal(transferSyntax, native);
    assert.deepEqual(pixelFrames(dataSet).map((frame) => frame.bytes()[0]), [grayOf(0), grayOf(1), grayOf(2)]);
  }
  const untouched = await app.request(ROOT + INSTANCE, accept("application/dicom"));
  assert.equal(readFile(new Uint8Array(await untouched.arrayBuffer())).transferSyntax, UID.RLELossless);
  for (const lossy of [UID.JPEGBaseline8Bit, UID.JPEG2000Lossless]) {
    const refused = await app.request(ROOT + INSTANCE, accept(`application/dicom; transfer-syntax=${lossy}`));
    await assertProblem(
      refused,
      406,
      /stored in 1\.2\.840\.10008\.1\.2\.5, and can be had in 1\.2\.840\.10008\.1\.2\.1, 1/,
    );
  }
  const url =
    `${ROOT}/wado?requestType=WADO&studyUID=1.2.9&seriesUID=1.2.9.1&objectUID=1.2.9.1.1&transferSyntax=${native}`;
  assert.equal(readFile(new Uint8Array(await (await app.request(url)).arrayBuffer())).transferSyntax, native);
});

Deno.test("transcoding: a frame that can't be decoded is 406, and its instance is left out of a study", async () => {
  const broken = grayImage();
  setEncapsulatedFrames(broken, [new Uint8Array(70)]);
  const errors: unknown[] = [];
  const made = [
    instanceOf(broken, UID.RLELossless),
    instanceOf(grayImage(), undefined, { instance: "1.2.9.1.2" }),
  ];
  const { app } = await archiveOf(made, { onError: (error) => errors.push(error) });
  await assertProblem(await app.request(`${ROOT}${INSTANCE}/frames/1`, accept(OCTETS)), 406, /RLE/);
  const text = `application/dicom; transfer-syntax=${UID.ExplicitVRLittleEndian}`;
  await assertProblem(await app.request(ROOT + INSTANCE, accept(text)), 406, /RLE/);
  const all = await app.request(
    ROOT + STUDY,
    accept(`multipart/related; type="application/dicom"; ${text.split("; ")[1]}`),
  );
  assert.equal((await partsOf(all)).length, 1);
  assert.equal(errors.length, 1);
});

Deno.test("transcoding: codecs in processes encode what is asked for by its transfer syntax or its media type", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
  const { app } = await archiveOf([await encoded(codecs, UID.JPEG2000Lossless)], { codecs });
  const cases: [accept: string, type: string, syntax: string][] = [
    ["image/jls", "image/jls", UID.JPEGLSLossless],
    [`${OCTETS}; transfer-syntax=${UID.HTJ2KLossless}`, OCTETS, UID.HTJ2KLossless],
    [OCTETS, OCTETS, UID.ExplicitVRLittleEndian],
    ["image/jp2", "image/jp2", UID.JPEG2000Lossless],
    ["image/*", "image/jp2", UID.JPEG2000Lossless],
  ];
  const description = describeFrames(grayImage());
  for (const [text, type, syntax] of cases) {
    const response = await app.request(`${ROOT}${INSTANCE}/frames/2`, accept(text));
    assert.equal(
      response.headers.get("content-type"),
      `${type}; transfer-syntax=${syntax}`,
      await response.clone().text(),
    );
    const { bytes } = await codecs.decode(new Uint8Array(await response.arrayBuffer()), syntax, description);
    assert.deepEqual(bytes, new Uint8Array(192).fill(grayOf(1)), text);
  }
  const rendered = await app.request(`${ROOT}${INSTANCE}/frames/2/rendered`);
  assert.equal(rendered.headers.get("content-type"), "image/jpeg");
  await rendered.body?.cancel();
});
