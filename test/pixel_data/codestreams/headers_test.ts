import assert from "node:assert/strict";
import { checkAgainst } from "../../../src/pixel_data/codestreams/codestream_header.ts";
import { codestreamIn } from "../../../src/pixel_data/codestreams/jp2_boxes.ts";
import { readJpeg2000Header } from "../../../src/pixel_data/codestreams/jpeg_2000_header.ts";
import { readJpegHeader } from "../../../src/pixel_data/codestreams/jpeg_header.ts";
import { describe } from "../descriptions.ts";

const word = (value: number) => [value >> 8 & 255, value & 255];
const long = (value: number) => [...word(value >>> 16), ...word(value & 0xffff)];

/** A JPEG of 16 columns and 12 rows, whose scan holds nothing. */
function jpeg(
  process = 0xc0,
  { precision = 8, columns = 16, end = [0xff, 0xd9], before = [] as number[] } = {},
): Uint8Array {
  const frame = [0xff, process, ...word(11), precision, ...word(12), ...word(columns), 1, 1, 0x11, 0];
  return Uint8Array.of(
    0xff,
    0xd8,
    ...before,
    ...frame,
    0xff,
    0xda,
    ...word(8),
    1,
    1,
    0,
    0,
    63,
    0,
    1,
    2,
    0xff,
    0,
    3,
    ...end,
  );
}

/** A JPEG 2000 of 16 columns and 12 rows, with one tile-part. */
function j2k(
  { size = [16, 12, 0, 0], tile = [16, 12, 0, 0], depth = 7, factor = 1, length = 20, end = [0xff, 0xd9] } = {},
) {
  const siz = [...word(0), ...[...size, ...tile].flatMap(long), ...word(1), depth, factor, factor];
  const cod = [0, 0, ...word(1), 0, 5, 4, 4, 0, 1];
  const header = [0xff, 0x4f, 0xff, 0x51, ...word(siz.length + 2), ...siz, 0xff, 0x52, ...word(cod.length + 2), ...cod];
  const part = [0xff, 0x90, ...word(10), ...word(0), ...long(length), 0, 1, 0xff, 0x93, 1, 2, 3, 4, 5, 6];
  return Uint8Array.of(...header, ...part, ...end);
}

Deno.test("readJpegHeader() reads what is in front of the scan", () => {
  const adobe = [0xff, 0xee, ...word(14), ...new TextEncoder().encode("Adobe"), 0, 100, 0, 0, 0, 0, 1];
  const header = readJpegHeader(jpeg(0xc3, { precision: 12, before: adobe }), "JPEG");
  const { rows, columns, components, precision, process, adobeTransform, jfif } = header;
  assert.deepEqual([rows, columns, components, precision], [12, 16, 1, 12]);
  assert.deepEqual([process, adobeTransform, jfif], [3, 1, false]);
  assert.equal(readJpegHeader(jpeg(0xf7), "JPEG-LS").process, 55);
  // Bytes of padding may stand behind the end.
  assert.equal(readJpegHeader(jpeg(0xc1, { end: [0xff, 0xff, 0xd9, 0] }), "JPEG").process, 1);
});

Deno.test("readJpegHeader() says what is wrong with a codestream", () => {
  const cases: [Uint8Array, "JPEG" | "JPEG-LS", RegExp][] = [
    [new Uint8Array(0), "JPEG", /no SOI/],
    [Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), "JPEG", /no image before its end/],
    [jpeg(0xc0, { end: [] }), "JPEG", /no EOI in its 30 bytes/],
    [jpeg(0xc2), "JPEG", /the process SOF2, expected SOF0, SOF1 or SOF3/],
    [jpeg(0xc0), "JPEG-LS", /the process SOF0, expected SOF55/],
    [jpeg(0xf7), "JPEG", /the process SOF55/],
    [jpeg(0xc0, { precision: 17 }), "JPEG", /a precision of 17 bits/],
    [jpeg(0xc0, { before: [0xff, 0xe0, 0xff, 0xff] }), "JPEG", /ends beyond its/],
    [jpeg(0xc0, { before: [0xff, 0xe0, 0, 0] }), "JPEG", /ends beyond its/],
    [jpeg(0xc0, { before: [0x12, 0x34] }), "JPEG", /no marker at offset 2/],
    [jpeg(0xc0, { before: [0xff, 0xc0, ...word(11), 8, 0, 1, 0, 1, 1, 1, 0x11, 0] }), "JPEG", /two frame headers/],
  ];
  for (const [bytes, format, message] of cases) {
    assert.throws(() => readJpegHeader(bytes, format), { name: "PixelDataError", reason: "malformed", message });
  }
});

Deno.test("readJpeg2000Header() reads SIZ and COD, and follows the tile-parts to the end", () => {
  const header = readJpeg2000Header(j2k({ depth: 0x8b }), "JPEG 2000");
  const { rows, columns, components, precision, signed, reversible, transformed, highThroughput } = header;
  assert.deepEqual([rows, columns, components, precision, signed], [12, 16, 1, 12, true]);
  assert.deepEqual([reversible, transformed, highThroughput], [true, false, false]);
  // The last tile-part may leave its length open.
  assert.equal(readJpeg2000Header(j2k({ length: 0, end: [0xff, 0xd9, 0] }), "JPEG 2000").rows, 12);
});

Deno.test("readJpeg2000Header() says what is wrong with a codestream", () => {
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(3), /no SOC/],
    [j2k().subarray(0, 30), /no whole marker segment at offset 2/],
    [j2k().subarray(0, 60), /has no end in its 60 bytes|no whole marker/],
    [j2k({ end: [] }), /no EOC in its/],
    [j2k({ end: [0xff] }), /no EOC in its/],
    [j2k({ length: 5000 }), /no EOC in its/],
    [j2k({ length: 3 }), /the tile-part at offset \d+ has 3 bytes/],
    [j2k({ length: 19 }), /no tile-part and no EOC/],
    [j2k({ length: 0, end: [1, 2] }), /no EOC at its end/],
    [j2k({ size: [16, 12, 16, 0] }), /no area/],
    [j2k({ tile: [0, 12, 0, 0] }), /tiles have no area/],
    [j2k({ size: [0xffff_ffff, 0xffff_ffff, 0, 0], tile: [1, 1, 0, 0] }), /tiles, expected at most 65535/],
    [j2k({ factor: 2 }), /subsampled/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => readJpeg2000Header(bytes, "JPEG 2000"), { name: "PixelDataError", message });
  }
});

Deno.test("checkAgainst() names what a codestream has, and what the data set says", () => {
  const found = { rows: 12, columns: 16, components: 1, precision: 8 };
  checkAgainst("JPEG", found, describe());
  const cases: [Partial<typeof found>, RegExp][] = [
    [{ rows: 65535 }, /found rows 65535, expected 12 as in the data set/],
    [{ columns: 8 }, /found columns 8, expected 16/],
    [{ components: 3 }, /found components 3, expected 1/],
    [{ precision: 12 }, /a precision of 12 bits, expected at most 8/],
  ];
  for (const [other, message] of cases) {
    assert.throws(() => checkAgainst("JPEG", { ...found, ...other }, describe()), { message });
  }
});

Deno.test("codestreamIn() finds a codestream in the boxes of a file", () => {
  const boxes = [...long(12), ...new TextEncoder().encode("jP  "), 13, 10, 0x87, 10];
  const named = (
    type: string,
    ...data: number[]
  ) => [...long(8 + data.length), ...new TextEncoder().encode(type), ...data];
  assert.deepEqual([...codestreamIn(Uint8Array.of(...boxes, ...named("jp2h", 1), ...named("jp2c", 7, 8)))], [7, 8]);
  assert.deepEqual([...codestreamIn(Uint8Array.of(...boxes, ...long(0), ...new TextEncoder().encode("jp2c"), 7))], [7]);
  assert.throws(() => codestreamIn(Uint8Array.of(...boxes, ...named("jp2h", 1))), { message: /without a codestream/ });
  assert.throws(() => codestreamIn(Uint8Array.of(...boxes, 0, 0, 0, 1, 1, 1, 1, 1)), {
    message: /without a codestream/,
  });
  assert.equal(codestreamIn(j2k()).length, j2k().length);
});
