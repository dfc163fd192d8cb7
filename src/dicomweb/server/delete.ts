/**
 * DELETE of studies, series and instances, where that is allowed. PS3.18 has no such transaction; this is what other servers
 * do: 204, and what was deleted is gone for good.
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

/** The resources that can be deleted: none, unless there is something to delete from. */
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
  // What was begun is done, also when the client goes meanwhile.
  const found: string[] = [];
  for await (const uid of listInstances(source, selectionOf(uids))) found.push(uid);
  const deleted = await deleteInstances(found);
  for (const { studyInstanceUid, seriesInstanceUid } of deleted) series.changed(studyInstanceUid, seriesInstanceUid);
  if (deleted.length === 0) throw unknown(uids);
  return c.body(null, 204);
}
