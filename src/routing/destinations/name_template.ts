/**
 * Names of files, made of values from instances, which are hostile until they are checked.
 *
 * @module
 */

import type { OutgoingInstance } from "./destination.ts";

/** The fields that a template may have in braces. */
const FIELDS: Readonly<Record<string, (instance: OutgoingInstance) => string>> = {
  PatientID: ({ patientId }) => patientId,
  StudyInstanceUID: ({ studyInstanceUid }) => studyInstanceUid,
  SeriesInstanceUID: ({ seriesInstanceUid }) => seriesInstanceUid,
  SOPInstanceUID: ({ sopInstanceUid }) => sopInstanceUid,
  SOPClassUID: ({ sopClassUid }) => sopClassUid,
  SourceAETitle: ({ sourceAeTitle }) => sourceAeTitle,
  ReceivedDate: ({ receivedAt }) => new Date(receivedAt).toISOString().slice(0, 10).replaceAll("-", ""),
};

/** The template of a folder that has none of its own. */
export const DEFAULT_NAME = "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm";

/** Longest segment of a path, in characters: file systems take 255 bytes. */
const LONGEST_SEGMENT = 200;

/** Most segments of a path. */
const MOST_SEGMENTS = 8;

/** What was expected instead of a wrong template; undefined for a valid one. */
export function templateProblem(template: string): string | undefined {
  const fields = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, field = ""]) => field);
  const unknown = fields.find((field) => !Object.hasOwn(FIELDS, field));
  if (unknown !== undefined) return `fields out of ${Object.keys(FIELDS).join(", ")}`;
  if (!fields.includes("SOPInstanceUID")) return "{SOPInstanceUID} in the name: two instances must not share one";
  const segments = template.replaceAll(/\{[^{}]*\}/g, "x").split("/");
  if (segments.some((segment) => !isSafe(segment))) {
    return "a relative path of letters, digits, and ._-, such as {StudyInstanceUID}/{SOPInstanceUID}.dcm";
  }
  return segments.length <= MOST_SEGMENTS ? undefined : `at most ${MOST_SEGMENTS} folders`;
}

/**
 * The name of an instance by a valid template. Letters, digits, and `._-` of the instance's values stay, and other characters
 * become `_`, so that no name leads out of the folder. A value that this changes gets a hash, which tells it from others.
 */
export async function nameBy(template: string, instance: OutgoingInstance): Promise<string> {
  const segments = template.split("/").map(async (segment) => {
    const pieces = segment.split(/(\{[^{}]*\})/).map((piece) => {
      const field = /^\{(.*)\}$/.exec(piece)?.[1];
      return field === undefined ? piece : safely(FIELDS[field]?.(instance) ?? "");
    });
    return (await Promise.all(pieces)).join("");
  });
  return (await Promise.all(segments)).map((segment) => isSafe(segment) ? segment : `_${segment}`).join("/");
}

async function safely(value: string): Promise<string> {
  const cleaned = value.replaceAll(/[^A-Za-z0-9._-]/g, "_");
  const isSame = cleaned === value && value !== "" && !/^\.+$/.test(value) && value.length <= LONGEST_SEGMENT / 2;
  if (isSame) return value;
  if (value === "") return "_none";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value)));
  const hash = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${cleaned.slice(0, 40).replace(/^\.+/, "_")}_${hash}`;
}

/** Whether a segment is neither empty nor `..`, nor hidden, nor a name that Windows takes for a device or shortens. */
function isSafe(segment: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment) && !segment.endsWith(".") && segment.length <= 255 &&
    !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(segment);
}
