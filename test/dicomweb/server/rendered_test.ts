import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { EncapsulatedElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { archiveOf, assertProblem, instanceOf, partsOf, ROOT } from "./support.ts";
import {
  encapsulated,
  grayImage,
  grayOf,
  INSTANCE,
  pictureOf,
  PIXEL_DATA,
  readPng,
  SERIES,
  STUDY,
} from "./pictures.ts";

const PNG = { headers: { accept: "image/png" } };
const PNGS = { headers: { accept: 'multipart/related; type="image/png"' } };

Deno.test("rendered: an instance, as JPEG or PNG by Accept or accept=", async () => {
  const { app } = await archiveOf([instanceOf(grayImage())]);
  const cases: [query: string, init: RequestInit, type: string][] = [
    ["", {}, "image/jpeg"],
    ["", { headers: { accept: "image/jpeg" } }, "image/jpeg"],
    ["", { headers: { accept: "image/avif,image/webp,image/*,*/*;q=0.8" } }, "image/jpeg"],
    ["", PNG, "image/png"],
    ["?accept=image/png", { headers: { accept: "image/jpeg" } }, "image/png"],
    ["", { headers: { accept: "image/gif" } }, "image/gif"],
  ];
  for (const [query, init, type] of cases) {
    const response = await app.request(`${ROOT}${INSTANCE}/rendered${query}`, init);
    assert.equal(response.headers.get("content-type"), type);
    assert.deepEqual(await pictureOf(response), { width: 16, height: 12, middle: 10 });
  }
  const webp = await app.request(`${ROOT}${INSTANCE}/rendered`, { headers: { accept: "image/webp" } });
  await assertProblem(webp, 406, /image\/jpeg, image\/png, image\/gif, or multipart\/related/);
});

Deno.test("rendered: frames by their numbers, one alone or several in parts", async () => {
  const { app } = await archiveOf([instanceOf(grayImage(4))]);
  const one = await app.request(`${ROOT}${INSTANCE}/frames/4/rendered`, PNG);
  assert.equal((await pictureOf(one)).middle, grayOf(3));
  for (const init of [PNGS, { headers: { accept: "image/png, multipart/related; type=image/png; q=0.1" } }]) {
    const parts = await partsOf(await app.request(`${ROOT}${INSTANCE}/frames/3,1/rendered`, init));
    assert.deepEqual(parts.map(({ body }) => readPng(body).middle), [grayOf(2), grayOf(0)]);
    assert.deepEqual(
      parts.map(({ headers }) => headers.get("content-location")),
      [`${ROOT}${INSTANCE}/frames/3/rendered`, `${ROOT}${INSTANCE}/frames/1/rendered`],
    );
  }
  assert.equal((await partsOf(await app.request(`${ROOT}${INSTANCE}/frames/1,2/rendered`))).length, 2);
  await assertProblem(await app.request(`${ROOT}${INSTANCE}/frames/1,2/rendered`, PNG), 406, /multipart/);
  await assertProblem(await app.request(`${ROOT}${INSTANCE}/frames/5/rendered`), 404, /no frame 5: the instance has 4/);
  await assertProblem(await app.request(`${ROOT}${INSTANCE}/frames/0/rendered`), 400, /numbers from 1/);
});

Deno.test("rendered: a study, a series and an instance of many frames, as one picture from the middle or all in parts", async () => {
  const { app } = await archiveOf([
    instanceOf(new DataSet({ InstanceNumber: 9 }), undefined, {
      instance: "1.2.9.1.9",
      sopClass: UID.BasicTextSRStorage,
    }),
    instanceOf(grayImage(1, { InstanceNumber: 3 }), undefined, { instance: "1.2.9.1.3" }),
    instanceOf(grayImage(3, { InstanceNumber: 2 }), undefined, { instance: "1.2.9.1.2" }),
    instanceOf(grayImage(1, { InstanceNumber: 1 }), undefined, { instance: "1.2.9.1.1" }),
  ]);
  for (const path of [STUDY, SERIES, `${SERIES}/instances/1.2.9.1.2`]) {
    assert.equal((await pictureOf(await app.request(`${ROOT}${path}/rendered`, PNG))).middle, grayOf(1), path);
  }
  const lengths = [[STUDY, 5], [SERIES, 5], [`${SERIES}/instances/1.2.9.1.2`, 3]] as const;
  for (const [path, length] of lengths) {
    const parts = await partsOf(await app.request(`${ROOT}${path}/rendered`, PNGS));
    assert.equal(parts.length, length, path);
  }
  await assertProblem(await app.request(`${ROOT}/studies/9.9/rendered`), 404, /no such study/);
});

Deno.test("rendered: viewport, window and quality; what isn't supported is told", async () => {
  const { app } = await archiveOf([instanceOf(grayImage())]);
  const get = (query: string, init: RequestInit = PNG) => app.request(`${ROOT}${INSTANCE}/rendered?${query}`, init);
  assert.deepEqual(await pictureOf(await get("viewport=8,8")), { width: 8, height: 6, middle: 10 });
  assert.deepEqual(await pictureOf(await get("viewport=8,8,0,0,6,6")), { width: 8, height: 8, middle: 10 });
  assert.equal((await pictureOf(await get("window=10,20,linear-exact"))).middle, 128);
  assert.equal((await pictureOf(await get("window=100,20,linear"))).middle, 0);
  assert.equal((await pictureOf(await get("window=5,2,SIGMOID"))).middle, 255);
  const lengthOf = async (quality: number) => {
    const noisy = grayImage();
    const bytes = Uint8Array.from({ length: 192 }, (_, at) => at * 89 % 251);
    const other = await archiveOf([instanceOf(noisy.setElement(new ValueElement(PIXEL_DATA, "OB", bytes)))]);
    const response = await other.app.request(`${ROOT}${INSTANCE}/rendered?quality=${quality}`);
    return (await response.arrayBuffer()).byteLength;
  };
  assert.ok(await lengthOf(95) > await lengthOf(20));
  const warned = await get("annotation=patient&iccprofile=srgb");
  assert.match(warned.headers.get("warning") ?? "", /^299 .*annotation.*, 299 .*iccprofile/);
  await warned.body?.cancel();
  const silent = await get("iccprofile=no");
  assert.equal(silent.headers.get("warning"), null);
  await silent.body?.cancel();
});

Deno.test("rendered: parameters that can't be understood are 400 and named", async () => {
  const { app } = await archiveOf([instanceOf(grayImage())]);
  const told = (name: string, found: string, expected: string) =>
    new RegExp(`parameter ${name}: found "${found}", expected ${expected}`);
  const cases: [query: string, detail: RegExp][] = [
    ...["8", "8,8,1", "0,8", "16385,1", "-1,4", "a,b", "8,8,-1,0,,", "8,8,0,0,0,4", "NaN,1", "8,Infinity"].map((text) =>
      [`viewport=${text}`, told("viewport", text, "vw,vh")] as [string, RegExp]
    ),
    ["viewport=8,8,16,0,,", /begins at 16,0, outside of the 16 by 12 pixels/],
    ...["1", "1,0,linear", "x,1,linear", "1,2,cubic", "1,2,linear,3", "1e999,2", "1,-4,sigmoid"].map((text) =>
      [`window=${text}`, told("window", text, "center,width,function")] as [string, RegExp]
    ),
    ...["0", "101", "-1", "9.5", "best"].map((text) =>
      [`quality=${text}`, told("quality", text, "a whole number from 1 to 100")] as [string, RegExp]
    ),
  ];
  for (const [query, detail] of cases) {
    await assertProblem(await app.request(`${ROOT}${INSTANCE}/rendered?${query}`), 400, detail);
  }
});

Deno.test("rendered: entity tags tell windows and types apart, and save the work", async () => {
  const { app } = await archiveOf([instanceOf(grayImage())]);
  const tags = new Set<string>();
  for (const query of ["", "?window=5,10", "?window=5,11", "?viewport=8,8", "?quality=50", "?accept=image/png"]) {
    const url = `${ROOT}${INSTANCE}/rendered${query}`;
    const first = await app.request(url);
    await first.body?.cancel();
    const etag = first.headers.get("etag")!;
    tags.add(etag);
    const again = await app.request(url, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304, query);
  }
  assert.equal(tags.size, 6);
});

Deno.test("rendered: PDF and MP4 are passed through with ranges, other videos and documents are icons", async () => {
  const pdf = new DataSet({ MIMETypeOfEncapsulatedDocument: "application/pdf", EncapsulatedDocumentLength: 9 });
  pdf.setElement(new ValueElement(0x0042_0011, "OB", new TextEncoder().encode("%PDF-1.7\n\0")));
  const videoOf = (start: string) => {
    const bytes = new TextEncoder().encode(`${start} and the rest of it. `);
    const more = {
      NumberOfFrames: 300,
      Rows: 480,
      Columns: 640,
      SamplesPerPixel: 3,
      PhotometricInterpretation: "YBR_PARTIAL_420",
    };
    const dataSet = new DataSet({ ...more, BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 });
    return dataSet.setElement(
      new EncapsulatedElement(PIXEL_DATA, "OB", [new Uint8Array(0), bytes.subarray(0, 8), bytes.subarray(8)]),
    );
  };
  const H264 = UID.MPEG4HP41;
  const sopClass = UID.VideoEndoscopicImageStorage;
  const { app } = await archiveOf([
    instanceOf(pdf, undefined, { instance: "1.2.9.1.1", sopClass: UID.EncapsulatedPDFStorage }),
    instanceOf(videoOf("\0\0\0\x18ftypmp42"), H264, { instance: "1.2.9.1.2", sopClass }),
    instanceOf(videoOf("G@\0\x10 transport"), H264, { instance: "1.2.9.1.3", sopClass }),
  ]);
  const get = (instance: number, accept: string, more: Record<string, string> = {}) =>
    app.request(`${ROOT}${SERIES}/instances/1.2.9.1.${instance}/rendered`, { headers: { accept, ...more } });
  for (const accept of ["*/*", "application/pdf"]) {
    const response = await get(1, accept);
    assert.equal(response.headers.get("content-type"), "application/pdf");
    assert.equal(await response.text(), "%PDF-1.7\n");
  }
  for (const accept of ["*/*", "video/mp4", "video/*"]) {
    const response = await get(2, accept);
    assert.equal(response.headers.get("content-type"), "video/mp4");
    assert.ok((await response.text()).startsWith("\0\0\0\x18ftypmp42 and the rest of it"));
  }
  const range = await get(2, "video/mp4", { range: "bytes=4-11" });
  assert.equal(range.status, 206);
  assert.equal(await range.text(), "ftypmp42");
  for (const instance of [1, 2, 3]) {
    const picture = await pictureOf(await get(instance, "image/png"));
    assert.equal(picture.width, 128);
  }
  assert.equal((await pictureOf(await get(3, "*/*"))).width, 128);
  await assertProblem(await get(3, "video/mp4"), 406, /found Accept "video\/mp4", expected image\/jpeg/);
});

Deno.test("rendered: what can't be decoded here is 406 and says why, and costs a study that frame alone", async () => {
  const broken = encapsulated(grayImage(), [new Uint8Array(64).fill(7)]);
  const errors: unknown[] = [];
  const { app } = await archiveOf([
    instanceOf(broken, UID.JPEGBaseline8Bit, { instance: "1.2.9.1.1" }),
    instanceOf(grayImage(), undefined, { instance: "1.2.9.1.2" }),
    instanceOf(encapsulated(grayImage(), [new Uint8Array(64)]), UID.JPEG2000, { instance: "1.2.9.1.3" }),
  ], { onError: (error) => errors.push(error) });
  await assertProblem(await app.request(`${ROOT}${INSTANCE}/rendered`), 406, /Cannot read a JPEG codestream/);
  const unavailable = await app.request(`${ROOT}${SERIES}/instances/1.2.9.1.3/rendered`);
  await assertProblem(unavailable, 406, /Cannot read a JPEG 2000 codestream/);
  const parts = await partsOf(await app.request(`${ROOT}${STUDY}/rendered`, PNGS));
  assert.equal(parts.length, 1);
  assert.equal(errors.length, 2);
  const huge = grayImage().set("Rows", 60_000).set("Columns", 60_000);
  const other = await archiveOf([instanceOf(encapsulated(huge, [new Uint8Array(8)]), UID.RLELossless)]);
  await assertProblem(
    await other.app.request(`${ROOT}${INSTANCE}/rendered`),
    406,
    /3600000000 pixels, expected at most/,
  );
});

Deno.test("rendered: a palette of 65,536 entries is read from where it stands", async () => {
  const dataSet = grayImage().set("PhotometricInterpretation", "PALETTE COLOR");
  const table = new Uint8Array(131_072);
  table[2 * 10 + 1] = 200;
  for (const [index, name] of (["Red", "Green", "Blue"] as const).entries()) {
    dataSet.set(`${name}PaletteColorLookupTableDescriptor`, [0, 0, 16]);
    dataSet.setElement(new ValueElement(0x0028_1201 + index, "OW", table));
  }
  const { app } = await archiveOf([instanceOf(dataSet)]);
  assert.equal((await pictureOf(await app.request(`${ROOT}${INSTANCE}/rendered`, PNG))).middle, 199);
});

Deno.test("rendered: overlays and shutters where they are asked for", async () => {
  const image = grayImage();
  // All pixels of an overlay of 640 by 640 are set: more than is read with the other values.
  const [side, bits] = [640, new Uint8Array(640 * 640 / 8).fill(0xff)];
  const us = (tag: number, ...values: number[]) =>
    image.setElement(new ValueElement(tag, "US", new Uint8Array(Uint16Array.from(values).buffer)));
  const text = (tag: number, vr: "CS" | "IS", value: string) =>
    image.setElement(new ValueElement(tag, vr, new TextEncoder().encode(value)));
  us(0x6000_0010, side);
  us(0x6000_0011, side);
  text(0x6000_0040, "CS", "G ");
  image.setElement(new ValueElement(0x6000_0050, "SS", new Uint8Array(Int16Array.from([1, 1]).buffer)));
  us(0x6000_0100, 1);
  us(0x6000_0102, 0);
  image.setElement(new ValueElement(0x6000_3000, "OW", bits));
  text(0x0018_1600, "CS", "RECTANGULAR ");
  for (
    const [tag, value] of [[0x0018_1602, "1 "], [0x0018_1604, "2 "], [0x0018_1606, "1 "], [0x0018_1608, "2 "]] as const
  ) {
    text(tag, "IS", value);
  }
  const { app } = await archiveOf([instanceOf(image)]);
  const middle = async (query: string) =>
    (await pictureOf(await app.request(`${ROOT}${INSTANCE}/rendered${query}`, PNG))).middle;
  assert.deepEqual(await Promise.all(["", "?overlays=true", "?shutters=true", "?overlays=no"].map(middle)), [
    ...[10, 255, 0, 10],
  ]);
  await assertProblem(
    await app.request(`${ROOT}${INSTANCE}/rendered?overlays=maybe`),
    400,
    /parameter overlays: found "maybe", expected true or false/,
  );
});

Deno.test("rendered: iccprofile=yes puts the profile of an image in colour into JPEG and PNG", async () => {
  const profile = Uint8Array.from({ length: 100_001 }, (_, at) => at * 7 & 0xff);
  new DataView(profile.buffer).setUint32(0, profile.length);
  profile.set(new TextEncoder().encode("acsp"), 36);
  const rgb = new DataSet({
    ...{ Rows: 4, Columns: 5, SamplesPerPixel: 3, PhotometricInterpretation: "RGB", PlanarConfiguration: 0 },
    ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 },
  });
  rgb.setElement(new ValueElement(PIXEL_DATA, "OB", new Uint8Array(60).fill(200)));
  rgb.setElement(new ValueElement(0x0028_2000, "OB", Uint8Array.from([...profile, 0])));
  const { app } = await archiveOf([instanceOf(rgb)]);
  const bytesOf = async (query: string, accept: string) => {
    const response = await app.request(`${ROOT}${INSTANCE}/rendered${query}`, { headers: { accept } });
    assert.equal(response.headers.get("warning"), null);
    return await response.bytes();
  };
  const jpeg = await bytesOf("?iccprofile=yes", "image/jpeg");
  const pieces: Uint8Array[] = [];
  const view = new DataView(jpeg.buffer);
  for (let at = 2; view.getUint16(at) === 0xffe2; at += 2 + view.getUint16(at + 2)) {
    assert.equal(new TextDecoder().decode(jpeg.subarray(at + 4, at + 16)), "ICC_PROFILE\0");
    assert.deepEqual([...jpeg.subarray(at + 16, at + 18)], [pieces.length + 1, 2]);
    pieces.push(jpeg.subarray(at + 18, at + 2 + view.getUint16(at + 2)));
  }
  assert.deepEqual(Uint8Array.from(pieces.flatMap((piece) => [...piece])), profile);
  const plain = await bytesOf("", "image/jpeg");
  assert.equal(jpeg.length, plain.length + profile.length + 2 * 18);

  const png = await bytesOf("?iccprofile=yes", "image/png");
  const chunk = new DataView(png.buffer);
  assert.equal(new TextDecoder().decode(png.subarray(37, 41)), "iCCP");
  const data = png.subarray(41, 41 + chunk.getUint32(33));
  assert.equal(new TextDecoder().decode(data.subarray(0, 13)), "ICC profile\0\0");
  assert.deepEqual(Uint8Array.from(inflateSync(data.subarray(13))), profile);
  assert.equal(readPng(png).middle, 200);

  const other = await app.request(`${ROOT}${INSTANCE}/rendered?iccprofile=srgb`, PNG);
  assert.match(other.headers.get("warning") ?? "", /iccprofile is not supported with this value: expected yes or no/);
  await other.body?.cancel();
});

Deno.test("rendered: what is no ICC profile is left out of pictures", async () => {
  const image = grayImage().setElement(new ValueElement(0x0028_2000, "OB", new Uint8Array(200).fill(0xff)));
  const { app } = await archiveOf([instanceOf(image)]);
  const png = await (await app.request(`${ROOT}${INSTANCE}/rendered?iccprofile=yes`, PNG)).bytes();
  assert.equal(new TextDecoder().decode(png.subarray(37, 41)), "IDAT");
});
