/**
 * URLs of instances.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { PathUids } from "./path_uids.ts";

/** The URL of an instance: by its own UIDs, or by those of the path if it lacks one. */
export function instanceUrl(url: string, dataSet: DataSet, path: PathUids): string {
  const uid = (keyword: "StudyInstanceUID" | "SeriesInstanceUID" | "SOPInstanceUID", otherwise = "") =>
    encodeURIComponent(dataSet.getText(keyword) || otherwise);
  return `${url}/studies/${uid("StudyInstanceUID", path.study)}/series/${uid("SeriesInstanceUID", path.series)}` +
    `/instances/${uid("SOPInstanceUID", path.instance)}`;
}
