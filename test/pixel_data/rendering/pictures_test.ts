import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { crc32 } from "node:zlib";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { drawIcon, iconKindOf } from "../../../src/pixel_data/rendering/icon.ts";
import type { Picture } from "../../../src/pixel_data/rendering/picture.ts";
import { encodePng } from "../../../src/pixel_data/rendering/png.ts";
import { inViewport, parseViewport, type Viewport } from "../../../src/pixel_data/rendering/viewport.ts";
import { sliceOfTime } from "../../../src/scheduling/time_slices.ts";

const gray = (width: number, height: number, ...pixels: number[]): Picture => ({
  ...{ width, height, samples: 1, pixels: Uint8Array.from(pixels) },
});

Deno.test("encodePng() writes header, data and end with their checksums", async () => {
  for (const samples of [1, 3] as const) {
    const pixels = Uint8Array.from({ length: 5 * 3 * samples }, (_, index) => index * 37);
    const file = await encodePng({ width: 5, height: 3, samples, pixels });
    assert.deepEqual([...file.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
    const chunks = new Map<string, Uint8Array>();
    const view = new DataView(file.buffer);
    for (let at = 8; at < file.length; at += 12 + view.getUint32(at)) {
      const data = file.slice(at + 8, at + 8 + view.getUint32(at));
      assert.equal(view.getUint32(at + 8 + data.length), crc32(file.subarray(at + 4, at + 8 + data.length)));
      chunks.set(new TextDecoder().decode(file.subarray(at + 4, at + 8)), data);
    }
    assert.deepEqual([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
    assert.deepEqual([...chunks.get("IHDR")!], [0, 0, 0, 5, 0, 0, 0, 3, 8, samples === 3 ? 2 : 0, 0, 0, 0]);
    const rows = inflateSync(chunks.get("IDAT")!);
    const length = 5 * samples;
    const back = new Uint8Array(pixels.length);
    for (let row = 0; row < 3; row++) {
      assert.equal(rows[row * (length + 1)], 2);
      for (let x = 0; x < length; x++) {
        back[row * length + x] = rows[row * (length + 1) + 1 + x]! + (row === 0 ? 0 : back[(row - 1) * length + x]!);
      }
    }
    assert.deepEqual(back, pixels);
  }
});

const shown = (picture: Picture, viewport: Viewport) => inViewport(picture, viewport, sliceOfTime());

Deno.test("inViewport() makes a picture as large as the viewport lets it, with its proportions", async () => {
  const picture = gray(4, 2, 0, 10, 20, 30, 40, 50, 60, 70);
  const size = async (width: number, height: number) => {
    const made = await shown(picture, { width, height });
    return [made.width, made.height, made.pixels.length];
  };
  assert.deepEqual(await size(2, 9), [2, 1, 2]);
  assert.deepEqual(await size(400, 100), [200, 100, 20000]);
  assert.deepEqual(await size(1, 1), [1, 1, 1]);
  assert.deepEqual([...(await shown(picture, { width: 2, height: 1 })).pixels], [25, 45]);
  assert.deepEqual([...(await shown(picture, { width: 4, height: 2 })).pixels], [...picture.pixels]);
});

Deno.test("inViewport() interpolates where a picture gets larger", async () => {
  assert.deepEqual([...(await shown(gray(2, 1, 0, 100), { width: 4, height: 9 })).pixels.subarray(0, 4)], [
    0,
    25,
    75,
    100,
  ]);
  const colour: Picture = { width: 1, height: 1, samples: 3, pixels: Uint8Array.of(1, 2, 3) };
  assert.deepEqual([...(await shown(colour, { width: 2, height: 2 })).pixels], [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
});

Deno.test("inViewport() shows a part, and turns it over where its size is negative (PS3.18 8.3.5.1.3)", async () => {
  const picture = gray(3, 2, 1, 2, 3, 4, 5, 6);
  const part = async (left: number, top: number, partWidth?: number, partHeight?: number) => {
    const width = Math.min(3 - left, Math.abs(partWidth ?? 3));
    const height = Math.min(2 - top, Math.abs(partHeight ?? 2));
    return [...(await shown(picture, { width, height, left, top, partWidth, partHeight })).pixels];
  };
  assert.deepEqual(await part(1, 0), [2, 3, 5, 6]);
  assert.deepEqual(await part(1, 1, 1, 1), [5]);
  assert.deepEqual(await part(0, 0, -3, 2), [3, 2, 1, 6, 5, 4]);
  assert.deepEqual(await part(0, 0, 3, -2), [4, 5, 6, 1, 2, 3]);
  assert.deepEqual(await part(1, 0, -2, -2), [6, 5, 3, 2]);
  for (const [left, top, width] of [[3, 0, 1], [0, 9, 1], [-1, 0, 1], [0, 0, 0]]) {
    const viewport = { width: 2, height: 2, left, top, partWidth: width };
    await assert.rejects(shown(picture, viewport), { name: "PixelDataError" });
  }
  for (const size of [0, -5, 20000, NaN]) {
    await assert.rejects(shown(picture, { width: size, height: 5 }), { message: /expected 1 to 16384 pixels/ });
  }
});

Deno.test("inViewport() makes no picture of very many pixels out of few", async () => {
  const { width, height } = await shown(gray(2, 1, 0, 255), { width: 16384, height: 16384 });
  assert.ok(width * height <= 0x101_0000 && width > 5000 && Math.abs(width / height - 2) < 0.001);
});

Deno.test("parseViewport() reads the query parameter", () => {
  assert.deepEqual({ ...parseViewport("512,256") }, {
    ...{ width: 512, height: 256, left: undefined, top: undefined, partWidth: undefined, partHeight: undefined },
  });
  const all = parseViewport("10,20,,3.5,-8,9");
  assert.deepEqual([all.left, all.top, all.partWidth, all.partHeight], [undefined, 3.5, -8, 9]);
  for (const text of ["", "5", "5,5,5", ",5", "a,b", "1,2,3,4,5,6,7", "1,Infinity"]) {
    assert.throws(() => parseViewport(text), { message: /expected vw,vh or vw,vh,sx,sy,sw,sh/ }, text);
  }
});

Deno.test("icons differ by what they stand for, and have a size within bounds", () => {
  const kinds = ["document", "waveform", "video", "audio", "unknown"] as const;
  assert.equal(new Set(kinds.map((kind) => drawIcon(kind, 64).pixels.join())).size, kinds.length);
  assert.deepEqual([drawIcon("video", 1).width, drawIcon("video", 1e9).width, drawIcon("video", NaN).width], [
    16,
    1024,
    16,
  ]);
  const known: [string, string][] = [
    [UID.BasicTextSRStorage, "document"],
    [UID.EncapsulatedPDFStorage, "document"],
    ["1.2.840.10008.5.1.4.1.1.9.1.1", "waveform"],
    ["1.2.840.10008.5.1.4.1.1.9.4.1", "audio"],
    ["1.2.840.10008.5.1.4.1.1.77.1.1.1", "video"],
    [UID.CTImageStorage, "unknown"],
    ["1.2.3", "unknown"],
  ];
  for (const [uid, kind] of known) assert.equal(iconKindOf(uid), kind, uid);
});
