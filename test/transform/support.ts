/**
 * Files for tests of changes, and what comes out.
 *
 * @module
 */

import { deflateRawSync } from "node:zlib";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import type { AttributeValues } from "../../src/dicom/data_set/attribute_values.ts";
import { type DicomFile, readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import { fileMetaInformation } from "../../src/dicom/part10.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { AnyChange } from "../../src/transform/change.ts";
import { transformInstance, type TransformOptions } from "../../src/transform/transform_instance.ts";
import type { LentBytes } from "../../src/streams/lent_bytes.ts";
import { joined } from "../support/instances.ts";

/** A CT image of four pixels, with other attributes. */
export function image(values: AttributeValues<DataSet> = {}): DataSet {
  return new DataSet({
    SOPClassUID: UID.CTImageStorage,
    SOPInstanceUID: "1.2.3.4.5",
    StudyInstanceUID: "1.2.3.4",
    SeriesInstanceUID: "1.2.3.4.1",
    Modality: "CT",
    PatientName: "Adams^John",
    PatientID: "ID-4711",
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: 2,
    Columns: 2,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    PixelData: Uint16Array.of(1, 2, 3, 4),
    ...values,
  });
}

/** A file in a transfer syntax, deflated too. */
export function fileOf(dataSet: DataSet, transferSyntax: string = UID.ExplicitVRLittleEndian): Uint8Array<ArrayBuffer> {
  if (transferSyntax !== UID.DeflatedExplicitVRLittleEndian) return writeFile({ dataSet, transferSyntax });
  const header = fileMetaInformation({ sopClassUid: UID.CTImageStorage, sopInstanceUid: "1.2.3.4.5", transferSyntax });
  const deflated = deflateRawSync(writeDataSet(dataSet));
  return joined(header, deflated, new Uint8Array(deflated.length % 2));
}

/** A stream of a file in chunks of some bytes. */
export function streamOf(file: Uint8Array, size = Infinity): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= file.length) return controller.close();
      controller.enqueue(file.slice(offset, offset + size));
      offset += size;
    },
  });
}

/** Lends a file in chunks of some bytes; each is overwritten when the next one is asked for. */
export function lentOf(file: Uint8Array, size: number): LentBytes & { cancelled: number } {
  let offset = 0;
  let last = new Uint8Array(0);
  return {
    cancelled: 0,
    // deno-lint-ignore require-await -- the interface is asynchronous
    async read() {
      last.fill(0xee);
      if (offset >= file.length) return undefined;
      last = file.slice(offset, offset + size);
      offset += size;
      return last;
    },
    // deno-lint-ignore require-await
    async cancel() {
      this.cancelled++;
    },
  };
}

/** All bytes that are lent. */
export async function allOf(bytes: LentBytes): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for (let piece = await bytes.read(); piece !== undefined; piece = await bytes.read()) pieces.push(piece.slice());
  return joined(...pieces);
}

/** What becomes of a data set, or of a file. */
export async function changed(
  input: DataSet | Uint8Array,
  changes: readonly AnyChange[],
  options: TransformOptions = {},
): Promise<DicomFile> {
  const file = input instanceof DataSet ? fileOf(input) : input;
  return readFile(await allOf(await transformInstance(streamOf(file), changes, options)));
}

/** SHA-256 of bytes, in hexadecimal digits. */
export async function digest(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
