/**
 * The main header and the tile-parts of JPEG 2000 codestreams, those of high throughput included (ITU-T T.800 annex A,
 * T.814 annex A).
 *
 * @module
 */

import { uint16, uint32 } from "../../dicom/encoding/integers.ts";
import { type CodestreamHeader, codestreamProblem } from "./codestream_header.ts";

/** What comes before the first tile. */
export interface Jpeg2000Header extends CodestreamHeader {
  /** Whether samples are in two's complement. */
  readonly signed: boolean;
  /** Whether a multiple component transform is used: RCT or ICT (COD). */
  readonly transformed: boolean;
  /** Whether the wavelet transform is the reversible one (COD). */
  readonly reversible: boolean;
  /** Whether blocks are of high throughput (CAP). */
  readonly highThroughput: boolean;
}

const SOC = 0xff4f;
const CAP = 0xff50;
const SIZ = 0xff51;
const COD = 0xff52;
const SOT = 0xff90;
const EOC = 0xffd9;

/** Most tiles of an image: their numbers have 16 bits (A.4.2). */
const MOST_TILES = 65535;

/** Bytes of SOT, its length and its parameters. */
const SOT_LENGTH = 12;

/**
 * The header of a codestream whose tile-parts are all there, up to the end. Throws `PixelDataError` where one is missing or
 * cut off, and for components that are subsampled or differ.
 */
export function readJpeg2000Header(bytes: Uint8Array, format: "JPEG 2000" | "HTJ2K"): Jpeg2000Header {
  const problem = (text: string) => codestreamProblem(format, text);
  if (bytes.length < 4 || uint16(bytes, 0, false) !== SOC) throw problem("found no SOC at its beginning");
  let image: Pick<Jpeg2000Header, "rows" | "columns" | "components" | "precision" | "signed"> | undefined;
  let [transformed, reversible, highThroughput, hasCod] = [false, false, false, false];
  let position = 2;
  for (;;) {
    if (position + 4 > bytes.length) throw problem(`its header has no end in its ${bytes.length} bytes`);
    const marker = uint16(bytes, position, false);
    if (marker === SOT) break;
    const length = uint16(bytes, position + 2, false);
    if (marker < 0xff00 || length < 2 || position + 2 + length > bytes.length) {
      throw problem(`found no whole marker segment at offset ${position}`);
    }
    if (marker === SIZ) image = readSize(bytes.subarray(position + 4, position + 2 + length), problem);
    if (marker === CAP) highThroughput = true;
    if (marker === COD && length >= 12) {
      hasCod = true;
      transformed = bytes[position + 8] !== 0;
      reversible = bytes[position + 13] === 1;
    }
    position += 2 + length;
  }
  if (image === undefined || !hasCod) throw problem(`found no ${image === undefined ? "SIZ" : "COD"} in its header`);
  checkTileParts(bytes, position, problem);
  return { ...image, transformed, reversible, highThroughput };
}

function readSize(
  segment: Uint8Array,
  problem: (text: string) => Error,
): Pick<Jpeg2000Header, "rows" | "columns" | "components" | "precision" | "signed"> {
  if (segment.length < 36) throw problem("its SIZ is too short");
  const at = (offset: number) => uint32(segment, offset, false);
  const [width, height, left, top] = [at(2), at(6), at(10), at(14)];
  const [tileWidth, tileHeight, tileLeft, tileTop] = [at(18), at(22), at(26), at(30)];
  const components = uint16(segment, 34, false);
  if (segment.length !== 36 + 3 * components || components === 0) {
    throw problem(`its SIZ has ${segment.length} bytes for ${components} components`);
  }
  if (width <= left || height <= top) throw problem("its image has no area");
  const isTile = tileWidth > 0 && tileHeight > 0 && tileLeft <= left && tileTop <= top;
  if (!isTile || tileLeft + tileWidth <= left || tileTop + tileHeight <= top) throw problem("its tiles have no area");
  const tiles = Math.ceil((width - tileLeft) / tileWidth) * Math.ceil((height - tileTop) / tileHeight);
  if (tiles > MOST_TILES) throw problem(`it has ${tiles} tiles, expected at most ${MOST_TILES}`);
  const first = segment[36]!;
  for (let index = 0; index < components; index++) {
    const [depth, horizontal, vertical] = segment.subarray(36 + 3 * index, 39 + 3 * index);
    if (depth !== first) throw problem("its components differ in their precision");
    if (horizontal !== 1 || vertical !== 1) throw problem("its components are subsampled");
  }
  return {
    ...{ columns: width - left, rows: height - top, components },
    ...{ precision: (first & 0x7f) + 1, signed: (first & 0x80) !== 0 },
  };
}

/** Follows the lengths of the tile-parts to the end of the codestream. */
function checkTileParts(bytes: Uint8Array, start: number, problem: (text: string) => Error): void {
  let position = start;
  while (position + 2 <= bytes.length) {
    const marker = uint16(bytes, position, false);
    if (marker === EOC) return;
    if (marker !== SOT || position + SOT_LENGTH > bytes.length) {
      throw problem(`found no tile-part and no EOC at offset ${position}`);
    }
    const length = uint32(bytes, position + 6, false);
    if (length === 0) return checkLastTilePart(bytes, position + SOT_LENGTH, problem);
    if (length < SOT_LENGTH + 2) throw problem(`the tile-part at offset ${position} has ${length} bytes`);
    position += length;
  }
  throw problem(`found no EOC in its ${bytes.length} bytes`);
}

/** The last tile-part may leave its length open: then EOC is at the end, before a byte of padding or more. */
function checkLastTilePart(bytes: Uint8Array, start: number, problem: (text: string) => Error): void {
  let end = bytes.length;
  while (end > start + 2 && bytes[end - 1] === 0) end--;
  if (end < start + 2 || uint16(bytes, end - 2, false) !== EOC) throw problem("found no EOC at its end");
}
