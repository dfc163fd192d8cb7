/**
 * Instances' names in the store.
 *
 * @module
 */

import { type InstanceIdentity, isNumeric } from "./identity.ts";

/** Stands for a study or series that an instance doesn't have, which is legal for some SOP classes. */
const NONE = "_none";

/** `<StudyInstanceUID>/<SeriesInstanceUID>/<SOPInstanceUID>.dcm`, with a hash where a UID is no safe name. */
export async function instanceName(identity: InstanceIdentity): Promise<string> {
  const study = await segmentFor(identity.studyInstanceUid);
  const series = await segmentFor(identity.seriesInstanceUid);
  return `${study}/${series}/${await segmentFor(identity.sopInstanceUid)}.dcm`;
}

function segmentFor(uid: string): string | Promise<string> {
  return uid === "" ? NONE : fileNameFor(uid);
}

/**
 * A UID as the name of a file, whatever a peer has put into it: digits and dots as they are, leading zeros and all; anything
 * else as `_` and its SHA-256 in hexadecimal digits.
 */
export async function fileNameFor(uid: string): Promise<string> {
  return isNumeric(uid) ? uid : await hash(uid);
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `_${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
