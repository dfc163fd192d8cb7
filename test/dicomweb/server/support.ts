/** DICOMweb servers over sources, for tests. */

import assert from "node:assert/strict";
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
import type { MadeInstance } from "../../support/instances.ts";

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
