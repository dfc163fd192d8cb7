/**
 * `GET /jobs/files/{id}`: the instance of a job as a file, for an operator who has to deliver it in another way.
 *
 * @module
 */

import type { Context } from "hono";
import { operation, pathParameter } from "./openapi.ts";
import type { HttpPart } from "./part.ts";
import { problem } from "./problem.ts";
import { watchBody } from "./watched_body.ts";

/** A file of the archive. */
export interface JobFile {
  /** Its length in bytes. */
  readonly size: number;
  /** Its bytes. */
  stream(): ReadableStream<Uint8Array>;
}

/** Finds the file of a job; undefined for an unknown job, and when the archive no longer has its instance. */
export type FindJobFile = (id: number) => Promise<JobFile | undefined>;

/** The path above the files. They are data, so a token that may read them need not be one that may change jobs. */
const ROOT = "/jobs/files";

/** The route of files. */
export function jobFilePart(find: FindJobFile): HttpPart {
  return {
    routes(app) {
      app.get(`${ROOT}/:id`, (c) => send(c, find));
    },
    paths: (options) => ({
      [`${ROOT}/{id}`]: {
        get: {
          parameters: [pathParameter("id", "Of the job.")],
          ...operation("jobFile", "The instance of a job, as the archive has it", options, {
            200: {
              description: "The file (PS3.10), before any changes on its way.",
              content: { "application/dicom": { schema: { type: "string", format: "binary" } } },
            },
          }, ["UnknownJob"]),
        },
      },
    }),
    scopes: [{ path: ROOT, scopes: { GET: "read" } }],
  };
}

async function send(c: Context, find: FindJobFile): Promise<Response> {
  const id = Number(c.req.param("id"));
  const file = Number.isSafeInteger(id) ? await find(id) : undefined;
  if (file === undefined) {
    return problem(c, "UnknownJob", "No job has this id, or the archive does not have its instance any more");
  }
  const headers = {
    "Content-Type": "application/dicom",
    "Content-Length": String(file.size),
    "Cache-Control": "no-store",
  };
  if (c.req.method === "HEAD") return c.body(null, 200, headers);
  // A client that reads nothing for long is disconnected.
  return watchBody(c.body(file.stream() as ReadableStream<Uint8Array<ArrayBuffer>>, 200, headers), () => {});
}
