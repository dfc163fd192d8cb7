/**
 * The instance that represents a study or a series if a client requests one picture.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { iconKindOf } from "../../pixel_data/rendering/icon.ts";
import type { DicomwebFace } from "./face.ts";
import type { PathUids } from "./path_uids.ts";
import { selectionOf, sourceOf, unknown } from "./selection.ts";

/** Most instances that are considered. */
const LOOKED_AT = 5_000;

/** Attributes that are read of each instance. */
const KEYS = ["SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "InstanceNumber", "Rows"] as const;

interface Candidate {
  readonly series: string;
  readonly instance: string;
  readonly number: number;
  /** 2 for an instance that says that it has pixels, 1 for one that may have some, 0 for documents, waveforms and the like. */
  readonly rank: number;
}

/**
 * The image in the middle of a series, by Instance Number; in a study, of the first series with images. Without images it is
 * the first instance. Throws `RequestProblem` without any instance.
 */
export async function representativeOf(face: DicomwebFace, uids: PathUids, signal: AbortSignal): Promise<PathUids> {
  const selection = selectionOf(uids);
  const keys = selection.keys.copy();
  for (const key of KEYS) if (!keys.has(key)) keys.set(key, null);
  const matching = { ...selection.matching, relational: true };
  const found: Candidate[] = [];
  for await (
    const { attributes } of sourceOf(face).find({ ...selection, level: "IMAGE", keys, matching }, { signal })
  ) {
    found.push(candidateOf(attributes, uids));
    if (found.length >= LOOKED_AT) break;
  }
  const rank = Math.max(...found.map((one) => one.rank));
  const [first] = found.filter((one) => one.rank === rank);
  if (first === undefined) throw unknown(uids);
  const series = found.filter((one) => one.rank === rank && one.series === first.series);
  series.sort((one, other) => one.number - other.number);
  const { instance } = series[Math.floor((series.length - 1) / 2)]!;
  return { ...uids, series: first.series, instance };
}

function candidateOf(attributes: DataSet, { series }: PathUids): Candidate {
  const isImage = (attributes.get("Rows") ?? 0) > 0;
  const mayBeImage = iconKindOf(attributes.getText("SOPClassUID") ?? "") === "unknown";
  return {
    series: attributes.getText("SeriesInstanceUID") || series || "",
    instance: attributes.getText("SOPInstanceUID") ?? "",
    number: attributes.get("InstanceNumber") ?? 0,
    rank: isImage ? 2 : mayBeImage ? 1 : 0,
  };
}
