/** DICOMweb servers over sources, for tests. */

import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import type { Hono } from "hono";
import { createArchive } from "../../../src/archive/archive.ts";
import { createArchiveSource } from "../../../src/archive/archive_source.ts";
import { dicomwebPart } from "../../../src/dicomweb/server/part.ts";
import type { DicomwebOptions } from "../../../src/dicomweb/server/face.ts";
import { createHttpApp } from "../../../src/http/app.ts";
import { createMemoryIndex } from "../../../src/index/memory_index.ts";
import type { ObjectStore } from "../../../src/objects/object_store.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import type { InstanceSource } from "../../../src/query/instance_source.ts";
import type { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import { joined, type MadeInstance } from "../../support/instances.ts";

export const HOST = "http://pacs.example";
export const ROOT = `${HOST}/dicom-web`;

/** A server over a source. */
export function serverOf(source: InstanceSource | undefined, options: Partial<DicomwebOptions> = {}): Hono {
  const part = dicomwebPart({ version: "1.2.3", source: () => source, ...options });
  return createHttpApp({ version: "1.2.3", parts: [part], onError: (error) => options.onError?.(error) });
}

/** An archive in memory with instances in it, and its server. */
export async function archiveOf(
  instances: readonly MadeInstance[],
  options: Partial<DicomwebOptions> & { readonly store?: ObjectStore } = {},
) {
  const { store = createMemoryStore(), ...others } = options;
  const index = createMemoryIndex();
  const archive = createArchive({ store, index, onExisting: "replace" });
  for (const instance of instances) await keep(archive, instance);
  const source = createArchiveSource({ store, index });
  return { store, index, archive, source, app: serverOf(source, others) };
}

/** Keeps an instance. */
export async function keep(
  archive: Pick<ReturnType<typeof createArchive>, "keep">,
  instance: MadeInstance,
): Promise<void> {
  await archive.keep({ ...instance, dataSet: new Blob([instance.dataSet]).stream() });
}

/** Values by tag, as DICOM JSON has them. */
export type JsonAnswer = Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string; InlineBinary?: string }>;

/** The answers of a search below the root. */
export async function find(app: Hono, path: string, init: RequestInit = {}): Promise<JsonAnswer[]> {
  const response = await app.request(ROOT + path, init);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.equal(response.headers.get("content-type"), "application/dicom+json");
  return JSON.parse(text);
}

/** First values of an attribute in answers. */
export function valuesOf(answers: readonly JsonAnswer[], tag: string): unknown[] {
  return answers.map((answer) => answer[tag]?.Value?.[0]);
}

/** Asserts that an answer is a problem with this status, whose text matches; gives its body. */
export async function assertProblem(response: Response, status: number, detail: RegExp): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.match(JSON.parse(text).detail, detail);
}

/** An instance of any attributes: of study 1.2.9 and series 1.2.9.1 unless they say otherwise. */
export function instanceOf(
  dataSet: DataSet,
  transferSyntax: string = UID.ExplicitVRLittleEndian,
  uids: { readonly study?: string; readonly series?: string; readonly instance?: string; readonly sopClass?: string } =
    {},
): MadeInstance {
  const { study = "1.2.9", series = "1.2.9.1", instance = "1.2.9.1.1" } = uids;
  const { sopClass: sopClassUid = UID.MultiFrameGrayscaleByteSecondaryCaptureImageStorage } = uids;
  dataSet.set("SOPClassUID", sopClassUid).set("SOPInstanceUID", instance);
  dataSet.set("StudyInstanceUID", study).set("SeriesInstanceUID", series);
  const isDeflated = transferSyntax === UID.DeflatedExplicitVRLittleEndian;
  const written = writeDataSet(dataSet, {
    transferSyntax: isDeflated ? UID.ExplicitVRLittleEndian : transferSyntax,
    form: "original",
  });
  const bytes = Uint8Array.from(isDeflated ? deflateRawSync(written) : written);
  return {
    sopClassUid,
    sopInstanceUid: instance,
    transferSyntax,
    dataSet: bytes,
    file: joined(fileMetaInformation({ sopClassUid, sopInstanceUid: instance, transferSyntax }), bytes),
    name: `${study}/${series}/${instance}.dcm`,
  };
}

/** A part of a multipart body. */
export interface BodyPart {
  readonly headers: Headers;
  readonly head: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const decoder = new TextDecoder("latin1");

/** The parts of a multipart answer, told apart as cornerstone does: by the boundary that its Content-Type has. */
export async function partsOf(response: Response): Promise<BodyPart[]> {
  const type = response.headers.get("content-type") ?? "";
  const boundary = /^multipart\/related; type="[^";]+"; boundary=(\w{40,})$/.exec(type)?.[1];
  const bytes = new Uint8Array(await response.arrayBuffer());
  assert.ok(boundary !== undefined, `${type}: ${decoder.decode(bytes.subarray(0, 500))}`);
  const length = response.headers.get("content-length");
  if (length !== null) assert.equal(Number(length), bytes.length);
  const text = decoder.decode(bytes);
  const parts: BodyPart[] = [];
  const delimiter = `--${boundary}`;
  assert.ok(text.startsWith(delimiter) && text.endsWith(`${delimiter}--\r\n`));
  for (let at = delimiter.length; text.startsWith("\r\n", at);) {
    const headEnd = text.indexOf("\r\n\r\n", at);
    const end = text.indexOf(`\r\n${delimiter}`, headEnd + 2);
    assert.ok(headEnd > 0 && end > 0 && headEnd - at < 500);
    const head = text.slice(at + 2, headEnd);
    assert.ok(head.startsWith("Content-Type: "), head);
    const headers = new Headers(head.split("\r\n").map((line) => line.split(": ", 2) as [string, string]));
    parts.push({ head, headers, body: bytes.slice(headEnd + 4, end) });
    at = end + 2 + delimiter.length;
  }
  return parts;
}
