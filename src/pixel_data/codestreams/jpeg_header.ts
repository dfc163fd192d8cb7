/**
 * The frame headers of JPEG and JPEG-LS codestreams (ITU-T T.81 B.2.2, T.87 C.2.2).
 *
 * @module
 */

import { type CodestreamHeader, codestreamProblem } from "./codestream_header.ts";
import { APP0, APP14, DHT, EOI, type Segment, segmentsOf, SOF55, SOS } from "./jpeg_markers.ts";

/** A component of the image. */
export interface JpegComponent {
  /** By which scans name it. */
  readonly id: number;
  /** Horizontal and vertical sampling factor, 1 to 4. */
  readonly h: number;
  readonly v: number;
  /** Its quantization table. */
  readonly quantization: number;
}

/** What comes before the first scan. */
export interface JpegHeader extends CodestreamHeader {
  /** 0 baseline, 1 extended sequential, 3 lossless, 55 JPEG-LS. */
  readonly process: 0 | 1 | 3 | 55;
  /** Each component. */
  readonly parts: readonly JpegComponent[];
  /** The colour transform that the marker of Adobe tells: 0 none, 1 YCbCr; undefined without it. */
  readonly adobeTransform: number | undefined;
  /** Whether the marker of JFIF is there, which has YCbCr only. */
  readonly jfif: boolean;
}

const PROCESSES = new Map<number, JpegHeader["process"]>([[0xc0, 0], [0xc1, 1], [0xc3, 3], [SOF55, 55]]);

/**
 * The header of a JPEG codestream, all of whose markers are walked over. Throws `PixelDataError` where there is none, or no
 * scan or end after it, and for processes that no transfer syntax of DICOM has.
 */
export function readJpegHeader(bytes: Uint8Array, format: "JPEG" | "JPEG-LS"): JpegHeader {
  let frame: Pick<JpegHeader, "process" | "rows" | "columns" | "components" | "precision" | "parts"> | undefined;
  let scans = 0;
  let adobeTransform: number | undefined;
  let jfif = false;
  for (const segment of segmentsOf(bytes, format)) {
    const { marker, start, end } = segment;
    if (isFrameHeader(marker)) {
      if (frame !== undefined) throw codestreamProblem(format, "found two frame headers");
      frame = readFrame(bytes, segment, format);
    } else if (marker === SOS) {
      if (frame === undefined) throw codestreamProblem(format, "found a scan before its frame header");
      scans++;
    } else if (marker === APP14 && end - start >= 12 && text(bytes, start, 5) === "Adobe") {
      adobeTransform = bytes[start + 11]!;
    } else if (marker === APP0 && text(bytes, start, 4) === "JFIF") jfif = true;
    else if (marker === EOI) break;
  }
  if (frame === undefined || scans === 0) throw codestreamProblem(format, "found no image before its end");
  return { ...frame, adobeTransform, jfif };
}

function isFrameHeader(marker: number): boolean {
  return marker === SOF55 || (marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== 0xc8 && marker !== 0xcc);
}

function readFrame(
  bytes: Uint8Array,
  { marker, start, end }: Segment,
  format: string,
): Pick<JpegHeader, "process" | "rows" | "columns" | "components" | "precision" | "parts"> {
  const process = PROCESSES.get(marker);
  if (process === undefined || (process === 55) !== (format === "JPEG-LS")) {
    const expected = format === "JPEG-LS" ? "SOF55" : "SOF0, SOF1 or SOF3";
    throw codestreamProblem(
      format,
      `found the process SOF${marker === SOF55 ? 55 : marker - 0xc0}, expected ${expected}`,
    );
  }
  const components = bytes[start + 5]!;
  if (end - start !== 6 + 3 * components || components === 0) {
    throw codestreamProblem(format, `found a frame header of ${end - start} bytes with ${components} components`);
  }
  const parts = Array.from({ length: components }, (_, index): JpegComponent => {
    const at = start + 6 + 3 * index;
    return { id: bytes[at]!, h: bytes[at + 1]! >> 4, v: bytes[at + 1]! & 15, quantization: bytes[at + 2]! };
  });
  const factor = (value: number) => value >= 1 && value <= 4;
  if (!parts.every(({ h, v }) => factor(h) && factor(v))) {
    throw codestreamProblem(format, "found a sampling factor outside of 1 to 4");
  }
  const precision = bytes[start]!;
  if (precision < 2 || precision > 16) throw codestreamProblem(format, `found a precision of ${precision} bits`);
  const rows = bytes[start + 1]! << 8 | bytes[start + 2]!;
  const columns = bytes[start + 3]! << 8 | bytes[start + 4]!;
  return { process, precision, rows, columns, components, parts };
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}
