/**
 * Instances for tests: made here, or read back from where a peer keeps them.
 *
 * @module
 */

import { deflateRawSync } from "node:zlib";
import { fileMetaInformation, readFileHeader } from "../../src/dicom/part10.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { bytesOf, element, header, item, type Syntax, UNDEFINED } from "../dicom/encoding/elements.ts";

/** What a made instance is like. */
export interface InstanceOptions {
  readonly sopInstanceUid?: string;
  readonly sopClassUid?: string;
  readonly studyInstanceUid?: string;
  readonly seriesInstanceUid?: string;
  readonly patientName?: string;
  /** Default Explicit VR Little Endian. */
  readonly transferSyntax?: string;
  /** Bytes of Pixel Data; even, default 512. */
  readonly pixelBytes?: number;
  /** What all bytes of Pixel Data are. */
  readonly pixel?: number;
  /** Pixel Data, in place of `pixelBytes` and `pixel`; of an even length. */
  readonly pixels?: Uint8Array;
}

/** A made instance. */
export interface MadeInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  readonly dataSet: Uint8Array<ArrayBuffer>;
  /** The data set as a Part 10 file. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** Name under which Gantry keeps it. */
  readonly name: string;
}

const EXPLICIT: Syntax = { explicit: true, little: true };

let made = 0;

/** An instance with the attributes that every IOD has, and Pixel Data of one byte a pixel. */
export function makeInstance(options: InstanceOptions = {}): MadeInstance {
  const {
    sopClassUid = UID.SecondaryCaptureImageStorage,
    sopInstanceUid = `1.2.3.1.${++made}`,
    studyInstanceUid = "1.2.3.2",
    seriesInstanceUid = "1.2.3.3",
    patientName = "Doe^John",
    transferSyntax = UID.ExplicitVRLittleEndian,
    pixel = 0x55,
    pixels = new Uint8Array(options.pixelBytes ?? 512).fill(pixel),
  } = options;
  const syntax = {
    explicit: transferSyntax !== UID.ImplicitVRLittleEndian,
    little: transferSyntax !== UID.ExplicitVRBigEndian,
  };
  const short = (tag: number, value: number) => element(syntax, tag, "US", bytesOf16(value, syntax.little));
  const text = (tag: number, vr: string, value: string) =>
    element(syntax, tag, vr, value.length % 2 === 0 ? value : `${value}${vr === "UI" ? "\0" : " "}`);
  const attributes = bytesOf(
    text(0x0008_0016, "UI", sopClassUid),
    text(0x0008_0018, "UI", sopInstanceUid),
    text(0x0008_0020, "DA", "20260101"),
    text(0x0008_0060, "CS", "OT"),
    text(0x0010_0010, "PN", patientName),
    text(0x0010_0020, "LO", "ID-1"),
    text(0x0020_000d, "UI", studyInstanceUid),
    text(0x0020_000e, "UI", seriesInstanceUid),
    short(0x0028_0002, 1),
    text(0x0028_0004, "CS", "MONOCHROME2"),
    short(0x0028_0010, 1),
    short(0x0028_0011, pixels.length),
    short(0x0028_0100, 8),
    short(0x0028_0101, 8),
    short(0x0028_0102, 7),
    short(0x0028_0103, 0),
  );
  const plain = joined(attributes, ...pixelData(transferSyntax, syntax, pixels));
  const dataSet = transferSyntax === UID.DeflatedExplicitVRLittleEndian ? deflated(plain) : plain;
  return {
    sopClassUid,
    sopInstanceUid,
    transferSyntax,
    dataSet,
    file: joined(fileMetaInformation({ sopClassUid, sopInstanceUid, transferSyntax }), dataSet),
    name: `${studyInstanceUid}/${seriesInstanceUid}/${sopInstanceUid}.dcm`,
  };
}

const NATIVE: ReadonlySet<string> = new Set([
  UID.ImplicitVRLittleEndian,
  UID.ExplicitVRLittleEndian,
  UID.ExplicitVRBigEndian,
  UID.DeflatedExplicitVRLittleEndian,
]);

/** Pixel Data: native, or encapsulated in an empty offset table and one fragment. */
function pixelData(transferSyntax: string, syntax: Syntax, pixels: Uint8Array): Uint8Array[] {
  const PIXEL_DATA = 0x7fe0_0010;
  if (NATIVE.has(transferSyntax)) return [header(syntax, PIXEL_DATA, "OW", pixels.length), pixels];
  return [
    header(EXPLICIT, PIXEL_DATA, "OB", UNDEFINED),
    item(EXPLICIT, new Uint8Array(0), "defined"),
    item(EXPLICIT, pixels, "defined"),
    header(EXPLICIT, 0xfffe_e0dd, "", 0),
  ];
}

/** PS3.5 A.5: raw deflate, padded to an even length. */
function deflated(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const compressed = deflateRawSync(bytes);
  return joined(compressed, new Uint8Array(compressed.length % 2));
}

function bytesOf16(value: number, little: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value, little);
  return bytes;
}

/** These bytes one after the other. */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** Writes instances as files into a folder; answers their paths. */
export function writeInstances(folder: string, instances: readonly MadeInstance[]): string[] {
  return instances.map(({ file, sopInstanceUid }) => {
    const path = `${folder}/${sopInstanceUid}.dcm`;
    Deno.writeFileSync(path, file);
    return path;
  });
}

/** What a Part 10 file holds. */
export interface FileContent {
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  readonly dataSet: Uint8Array;
}

/** Reads a Part 10 file apart. */
export function readContent(file: Uint8Array): FileContent {
  const found = readFileHeader(file, { ended: true });
  if (found === undefined) throw new Error("The file has no header");
  const { meta, transferSyntax, dataSetOffset } = found;
  return {
    sopInstanceUid: meta.mediaStorageSopInstanceUid ?? "",
    transferSyntax,
    dataSet: file.subarray(dataSetOffset),
  };
}
