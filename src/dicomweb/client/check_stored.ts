/**
 * Whether a server has an instance that somebody wants to rely on, as far as it tells: PS3.18 has no stronger promise that all
 * servers give.
 *
 * @module
 */

import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import type { DicomwebClient } from "./client.ts";
import type { SentInstance } from "./store_answer.ts";
import { DicomwebError } from "./web_error.ts";

/**
 * What was found: `there`: the server finds it, and reads its attributes; `unknown`: it finds no such instance; `other-class`:
 * it is of another SOP class; `unreadable`: it finds it, and can't say what is in it.
 */
export type StoredCheck = "there" | "unknown" | "other-class" | "unreadable";

const SOP_CLASS_UID = "00080016";
const SOP_INSTANCE_UID = "00080018";
const STUDY_INSTANCE_UID = "0020000D";
const SERIES_INSTANCE_UID = "0020000E";

/** Searches for an instance, and asks for its metadata, which the server has to read it for. Throws what asking throws. */
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
      // A server that ignores the key would tell of everything that it has.
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

/** Answers about other instances that are passed over. */
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
