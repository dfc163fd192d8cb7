/**
 * What is sent: valid instances with UIDs of their own, made once and kept in `bench/.data/loads/`.
 *
 * Before each round the files get SOP Instance UIDs that no receiver has seen: it would compare an instance that it has.
 *
 * @module
 */

import { fileMetaInformation } from "../src/dicom/part10.ts";
import { IMPLEMENTATION_CLASS_UID } from "../src/dicom/implementation.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import { dataFolder } from "./processes.ts";

/** Files to be sent. */
export interface Load {
  readonly title: string;
  readonly files: readonly string[];
}

interface Shape {
  readonly title: string;
  readonly count: number;
  readonly sopClassUid: string;
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
}

const MULTI_FRAME_GRAYSCALE_WORD_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7.3";

const ct = { sopClassUid: UID.CTImageStorage, frames: 1 };
const multiFrame = { sopClassUid: MULTI_FRAME_GRAYSCALE_WORD_SECONDARY_CAPTURE, rows: 512, columns: 512 };

/** 16 bits a pixel, so that 512 × 512 are 512 KiB. */
const shapes = {
  ct: { title: "400 × 512 KB", count: 400, ...ct, rows: 512, columns: 512 },
  small: { title: "2,000 × 4 KB", count: 2000, ...ct, rows: 32, columns: 56 },
  large: { title: "2 × 250 MB", count: 2, ...multiFrame, frames: 500 },
  huge: { title: "1 × 2 GB", count: 1, ...multiFrame, frames: 4096 },
} as const satisfies Record<string, Shape>;

/** Part of each SOP Instance UID that changes from round to round; it keeps its length. */
const FIRST_GENERATION = 1000;

/** How much of a file there is that may hold its SOP Instance UID. */
const HEAD = 1024;

/** Names of loads. */
export type LoadName = keyof typeof shapes;

/** Study Instance UID of a load's instances; they are one series. */
export function studyUid(name: LoadName): string {
  return `${IMPLEMENTATION_CLASS_UID}.${Object.keys(shapes).indexOf(name)}`;
}

/** Makes a load where it isn't there yet. */
export function prepareLoad(name: LoadName): Load {
  const shape: Shape = shapes[name];
  const folder = `${dataFolder}/loads/${name}-renewable`;
  const files = Array.from({ length: shape.count }, (_, index) => `${folder}/${index}.dcm`);
  if (!isThere(folder)) {
    const unfinished = `${folder}.new`;
    Deno.mkdirSync(unfinished, { recursive: true });
    const study = studyUid(name);
    for (let index = 0; index < shape.count; index++) writeInstance(`${unfinished}/${index}.dcm`, shape, study, index);
    Deno.renameSync(unfinished, folder);
  }
  return { title: shape.title, files };
}

/** Gives the instances of files SOP Instance UIDs that they have not had: `generation` counts from 0 to 8,999. */
export function renew(files: readonly string[], generation: number): void {
  const pattern = new RegExp(`(?<=${RegExp.escape(IMPLEMENTATION_CLASS_UID)}\\.\\d+\\.)\\d{4}(?=\\.\\d)`, "g");
  for (const path of files) {
    using file = Deno.openSync(path, { read: true, write: true });
    const head = new Uint8Array(HEAD);
    const length = file.readSync(head) ?? 0;
    const bytes = Array.from(head.subarray(0, length), (byte) => String.fromCharCode(byte)).join("");
    const renewed = bytes.replace(pattern, String(FIRST_GENERATION + generation));
    file.seekSync(0, Deno.SeekMode.Start);
    file.writeSync(Uint8Array.from(renewed, (character) => character.charCodeAt(0)));
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function writeInstance(path: string, shape: Shape, study: string, index: number): void {
  const { sopClassUid, rows, columns, frames } = shape;
  const sopInstanceUid = `${study}.${FIRST_GENERATION}.${index}`;
  const head = [
    fileMetaInformation({ sopClassUid, sopInstanceUid, transferSyntax: UID.ExplicitVRLittleEndian }),
    text(0x0008, 0x0016, "UI", sopClassUid),
    text(0x0008, 0x0018, "UI", sopInstanceUid),
    text(0x0008, 0x0020, "DA", "20200102"),
    text(0x0008, 0x0030, "TM", "120000"),
    text(0x0008, 0x0060, "CS", frames === 1 ? "CT" : "OT"),
    text(0x0010, 0x0010, "PN", "Bench^Load"),
    text(0x0010, 0x0020, "LO", `BENCH${study.split(".").at(-1)}`),
    text(0x0020, 0x000d, "UI", study),
    text(0x0020, 0x000e, "UI", `${study}.0`),
    text(0x0020, 0x0011, "IS", "1"),
    text(0x0020, 0x0013, "IS", String(index + 1)),
    number(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, "CS", "MONOCHROME2"),
    ...(frames === 1 ? [] : [text(0x0028, 0x0008, "IS", String(frames))]),
    number(0x0028, 0x0010, rows),
    number(0x0028, 0x0011, columns),
    number(0x0028, 0x0100, 16),
    number(0x0028, 0x0101, 12),
    number(0x0028, 0x0102, 11),
    number(0x0028, 0x0103, 0),
    pixelDataHeader(rows * columns * frames * 2),
  ];
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  for (const bytes of head) file.writeSync(bytes);
  const frame = new Uint8Array(
    Uint16Array.from({ length: rows * columns }, (_, pixel) => (pixel * 7 + index) & 0xfff).buffer,
  );
  for (let count = 0; count < frames; count++) file.writeSync(frame);
}

function text(group: number, element: number, vr: string, value: string): Uint8Array {
  const padded = value.length % 2 === 0 ? value : value + (vr === "UI" ? "\0" : " ");
  const bytes = new Uint8Array(8 + padded.length);
  writeHeader(new DataView(bytes.buffer), group, element, vr).setUint16(6, padded.length, true);
  new TextEncoder().encodeInto(padded, bytes.subarray(8));
  return bytes;
}

function number(group: number, element: number, value: number): Uint8Array {
  const view = writeHeader(new DataView(new ArrayBuffer(10)), group, element, "US");
  view.setUint16(6, 2, true);
  view.setUint16(8, value, true);
  return new Uint8Array(view.buffer);
}

function pixelDataHeader(length: number): Uint8Array {
  const view = writeHeader(new DataView(new ArrayBuffer(12)), 0x7fe0, 0x0010, "OW");
  view.setUint32(8, length, true);
  return new Uint8Array(view.buffer);
}

function writeHeader(view: DataView<ArrayBuffer>, group: number, element: number, vr: string): DataView<ArrayBuffer> {
  view.setUint16(0, group, true);
  view.setUint16(2, element, true);
  view.setUint8(4, vr.charCodeAt(0));
  view.setUint8(5, vr.charCodeAt(1));
  return view;
}
