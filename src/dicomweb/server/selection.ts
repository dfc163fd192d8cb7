/**
 * The instances that a path names.
 *
 * @module
 */

import type { Context } from "hono";
import type { HeldInstance, InstanceSource } from "../../query/instance_source.ts";
import { UNIQUE_KEYS } from "../../query/levels.ts";
import { createQuery, type Query } from "../../query/query.ts";
import { keyDataSet, type WrittenKey } from "../../query/written_keys.ts";
import type { DicomwebFace } from "./face.ts";
import type { PathUids } from "./path_uids.ts";
import { RequestProblem } from "./request_problem.ts";

/** The query for the entity of a path, even with a UID that devices make and PS3.5 9.1 does not allow. */
export function selectionOf({ study, series, instance }: PathUids): Query {
  const uids = [[UNIQUE_KEYS.STUDY, study], [UNIQUE_KEYS.SERIES, series], [UNIQUE_KEYS.IMAGE, instance]] as const;
  const written = uids.flatMap(([tag, value]): WrittenKey[] =>
    value === undefined ? [] : [{ name: value, path: [{ tag, item: 0 }], value }]
  );
  const keys = keyDataSet(written, (name) => new RequestProblem("InvalidRequest", `Cannot look for the UID ${name}`));
  const level = instance !== undefined ? "IMAGE" : series !== undefined ? "SERIES" : "STUDY";
  return createQuery({ level, keys, matching: { relational: true } });
}

/** The source that answers. Throws `RequestProblem` without one. */
export function sourceOf(face: DicomwebFace): InstanceSource {
  const source = face.source();
  if (source === undefined) throw new RequestProblem("UnknownResource", "No archive or peer answers for this gateway");
  return source;
}

/** The problem of a path without an entity. */
export function unknown({ series, instance }: PathUids): RequestProblem {
  const what = instance !== undefined ? "instance" : series !== undefined ? "series" : "study";
  return new RequestProblem("UnknownResource", `There is no such ${what}`);
}

/**
 * A signal for work while an answer is sent, and a function that aborts it when the body is cancelled. If a client leaves while
 * no bytes are on their way, only the request's signal tells; if some are, only the body does.
 */
export function whileSent(c: Context): { readonly signal: AbortSignal; readonly onCancel: (reason: unknown) => void } {
  const leave = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, leave.signal]);
  return { signal, onCancel: (reason) => leave.abort(reason) };
}

/** The instances of a path, one by one as the source gives them. */
export function instancesOf(face: DicomwebFace, uids: PathUids, signal: AbortSignal): AsyncIterable<HeldInstance> {
  return sourceOf(face).retrieve(selectionOf(uids), { signal });
}

/**
 * The one instance of a path that names one. An instance of a source that gives instances in turn is held in memory, since it
 * cannot be read after the source has ended. Throws `RequestProblem` without an instance, and if it is too long to be held.
 */
export async function instanceOf(face: DicomwebFace, uids: PathUids, signal: AbortSignal): Promise<HeldInstance> {
  let found: HeldInstance | undefined;
  // Reads the source to its end, which is near: a peer would have to be told that the rest is not wanted.
  for await (const held of instancesOf(face, uids, signal)) {
    found ??= held.part === undefined ? await wholeInMemory(face, held) : held;
  }
  if (found === undefined) throw unknown(uids);
  return found;
}

/** Most bytes of an instance that is held in memory. */
const MAXIMUM_HELD = 64 * 1024 * 1024;

async function wholeInMemory(face: DicomwebFace, held: HeldInstance): Promise<HeldInstance> {
  const whole = await bytesInMemory(held.stream()).catch((error) => {
    if (error instanceof RequestProblem) throw error;
    face.onError(error);
    throw new RequestProblem("SourceFailed", "The instance is known, and its bytes can't be had; the log says why");
  });
  return {
    ...held,
    length: whole.size,
    stream: () => whole.stream(),
    part: (start, end) => whole.slice(start, end).stream(),
  };
}

/** All bytes of a stream. Throws `RequestProblem` beyond the limit. */
export async function bytesInMemory(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > MAXIMUM_HELD) {
      const found = `more than ${MAXIMUM_HELD} bytes, and is to be had only as a whole`;
      throw new RequestProblem("NotAcceptable", `Cannot give the instance, or a part of it: it has ${found}`);
    }
    chunks.push(chunk.slice());
  }
  return new Blob(chunks);
}
