/**
 * The UIDs that a path names.
 *
 * @module
 */

import type { Context } from "hono";
import { noUidInPath } from "./request_problem.ts";

/** The entity of a path; UIDs that it does not name are absent. */
export interface PathUids {
  /** Study Instance UID. */
  readonly study?: string;
  /** Series Instance UID. */
  readonly series?: string;
  /** SOP Instance UID. */
  readonly instance?: string;
}

/** UIDs, and some texts that devices use as such: none has a character that needs an escape. */
const UID = /^[\w.-]{1,64}$/;

/** The UIDs of a request's path. Throws `RequestProblem` for a text that is no UID. */
export function pathUids(c: Context): PathUids {
  const uids: Record<string, string> = {};
  for (const name of ["study", "series", "instance"]) {
    const uid = c.req.param(name);
    if (uid === undefined) continue;
    if (!isUid(uid)) throw noUidInPath(`find the ${name}`, uid);
    uids[name] = uid;
  }
  return uids;
}

/** Whether a text can be the UID of a stored entity. */
export function isUid(text: string): boolean {
  return UID.test(text) && !/^\.+$/.test(text);
}
