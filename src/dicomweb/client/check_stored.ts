/**
 * Checks whether a server has an instance that a client wants to rely on, as far as the server tells: PS3.18 has no stronger
 * promise that all servers give.
 *
 * @module
 */

import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import type { DicomwebClient } from "./client.ts";
import type { SentInstance } from "./store_answer.ts";
import { DicomwebError } from "./web_error.ts";

/**
 * The result: `there`: the server finds the instance, and reads its attributes; `unknown`: it finds no such instance;
 * `other-class`: it has another SOP class; `unreadable`: the server finds it, and cannot give its attributes.
 */
export type StoredCheck = "there" | "unknown" | "other-class" | "unreadable";

const SOP_CLASS_UID = "00080016";
const SOP_INSTANCE_UID = "00080018";
const STUDY_INSTANCE_UID = "0020000D";
const SERIES_INSTANCE_UID = "0020000E";

/** Searches for an instance, and requests its metadata, for which the server has to read it. Throws what the requests throw. */
export async function checkStored(
  client: DicomwebClient,
  { sopClassUid, sopInstanceUid }: SentInstance,
  signal?: AbortSignal,
): Promise<StoredCheck> {
  const match = { SOPInstanceUID: sopInstanceUid };
  const search = {
    level: "instances",
    match,
    include: ["SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID"],
  } as const;
  let answers = 0;
  for await (const answer of client.search(search, { signal })) {
    if (textOf(answer, SOP_INSTANCE_UID) !== sopInstanceUid) {
      // A server that ignores the key would list everything that it has.
      if (++answers >= MOST_OTHERS) break;
      continue;
    }
    const [study, series] = [textOf(answer, STUDY_INSTANCE_UID), textOf(answer, SERIES_INSTANCE_UID)];
    const metadata = await metadataOf(client, { study, series, instance: sopInstanceUid }, signal);
    if (metadata === undefined || textOf(metadata, SOP_INSTANCE_UID) !== sopInstanceUid) return "unreadable";
    return textOf(metadata, SOP_CLASS_UID) === sopClassUid ? "there" : "other-class";
  }
  return "unknown";
}

/** Most answers about other instances that are skipped. */
const MOST_OTHERS = 100;

async function metadataOf(
  client: DicomwebClient,
  path: { readonly study: string; readonly series: string; readonly instance: string },
  signal: AbortSignal | undefined,
): Promise<JsonDataSet | undefined> {
  try {
    const [metadata] = await client.metadata(path, { signal });
    return metadata;
  } catch (error) {
    if (error instanceof DicomwebError) return undefined;
    throw error;
  }
}

function textOf(dataSet: JsonDataSet, tag: string): string {
  const values: unknown = dataSet[tag]?.Value;
  const value: unknown = Array.isArray(values) ? values[0] : undefined;
  return typeof value === "string" ? value : "";
}
