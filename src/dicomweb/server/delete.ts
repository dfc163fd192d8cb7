/**
 * DELETE of studies, series and instances, where the configuration allows it. PS3.18 has no such transaction; this follows other
 * servers: 204, and the instances are gone for good.
 *
 * @module
 */

import type { Context } from "hono";
import { listInstances } from "../../query/instance_source.ts";
import type { Deletable, DicomwebFace } from "./face.ts";
import { pathUids } from "./path_uids.ts";
import type { Resource } from "./resource.ts";
import { selectionOf, unknown } from "./selection.ts";
import type { SeriesMetadata } from "./kept_metadata.ts";

const PATHS = [
  ["/studies/:study", "deleteStudy", "Delete a study"],
  ["/studies/:study/series/:series", "deleteSeries", "Delete a series"],
  ["/studies/:study/series/:series/instances/:instance", "deleteInstance", "Delete an instance"],
] as const;

/** The resources that clients can delete: none without `deletable`. */
export function deleteResources(
  { deletable }: Pick<DicomwebFace, "deletable">,
  series: SeriesMetadata,
): readonly Resource[] {
  if (deletable === undefined) return [];
  return PATHS.map(([path, id, summary]): Resource => ({
    method: "DELETE",
    path,
    id,
    summary,
    answers: { 204: { description: "It is gone." } },
    problems: ["UnknownResource"],
    handle: (c) => deleteAll(c, deletable, series),
  }));
}

async function deleteAll(
  c: Context,
  { source, delete: deleteInstances }: Deletable,
  series: SeriesMetadata,
): Promise<Response> {
  const uids = pathUids(c);
  // Once begun, the deletion goes on even if the client leaves.
  const found: string[] = [];
  for await (const uid of listInstances(source, selectionOf(uids))) found.push(uid);
  const deleted = await deleteInstances(found);
  for (const { studyInstanceUid, seriesInstanceUid } of deleted) series.changed(studyInstanceUid, seriesInstanceUid);
  if (deleted.length === 0) throw unknown(uids);
  return c.body(null, 204);
}
