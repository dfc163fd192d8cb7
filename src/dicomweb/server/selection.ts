/**
 * The instances that a path names.
 *
 * @module
 */

import { DataSet } from "../../dicom/data_set/data_set.ts";
import { encodeElement } from "../../dicom/data_set/encode_element.ts";
import { characterSet } from "../../dicom/charsets/character_set.ts";
import type { HeldInstance, InstanceSource } from "../../query/instance_source.ts";
import { UNIQUE_KEYS } from "../../query/levels.ts";
import { createQuery, type Query } from "../../query/query.ts";
import type { DicomwebFace } from "./face.ts";
import type { PathUids } from "./path_uids.ts";
import { RequestProblem } from "./resource.ts";

const DEFAULT_REPERTOIRE = characterSet();

/** The query that means the entity of a path. */
export function selectionOf({ study, series, instance }: PathUids): Query {
  const keys = new DataSet();
  const uids = [[UNIQUE_KEYS.STUDY, study], [UNIQUE_KEYS.SERIES, series], [UNIQUE_KEYS.IMAGE, instance]] as const;
  for (const [tag, uid] of uids) {
    if (uid !== undefined) keys.setElement(encodeElement(tag, "UI", uid, DEFAULT_REPERTOIRE));
  }
  const level = instance !== undefined ? "IMAGE" : series !== undefined ? "SERIES" : "STUDY";
  return createQuery({ level, keys, matching: { relational: true } });
}

/** Who answers. Throws `RequestProblem` where nobody does. */
export function sourceOf(face: DicomwebFace): InstanceSource {
  const source = face.source();
  if (source === undefined) throw new RequestProblem("UnknownResource", "Nobody answers for this gateway");
  return source;
}

/** The problem of a path at which nothing is. */
export function unknown({ series, instance }: PathUids): RequestProblem {
  const what = instance !== undefined ? "instance" : series !== undefined ? "series" : "study";
  return new RequestProblem("UnknownResource", `There is no such ${what}`);
}

/** The instances of a path, one by one as the source gives them. */
export function instancesOf(face: DicomwebFace, uids: PathUids, signal: AbortSignal): AsyncIterable<HeldInstance> {
  return sourceOf(face).retrieve(selectionOf(uids), { signal, inParts: true });
}

/** The one instance of a path that names one. Throws `RequestProblem` where there is none. */
export async function instanceOf(face: DicomwebFace, uids: PathUids, signal: AbortSignal): Promise<HeldInstance> {
  for await (const instance of instancesOf(face, uids, signal)) return instance;
  throw unknown(uids);
}
