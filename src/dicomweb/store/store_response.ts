/**
 * The answer to a request to store (PS3.18 10.5.3): the Store Instances Response Module (PS3.18 Table I.1-1), and its status.
 *
 * @module
 */

import { DataSet } from "../../dicom/data_set/data_set.ts";
import { isValidUid } from "../../dicom/uids.ts";
import { isUid } from "../server/path_uids.ts";
import { type FailedInstance, FailureReason, type StoredInstance, type StoreOutcome } from "./store_outcome.ts";

/** Status of an answer with the module in it (PS3.18 Table 10.5.3-1). */
export type StoreStatus = 200 | 202 | 409;

/**
 * 200 if all instances were stored, 202 if only some were, or if any has a warning, 409 if none was. A request that was cut
 * short counts as having stored some at most.
 */
export function storeStatus(
  outcomes: readonly StoreOutcome[],
  { complete }: { readonly complete: boolean },
): StoreStatus {
  const stored = outcomes.filter((outcome) => outcome.type === "stored");
  if (stored.length === 0) return 409;
  const hasWarning = stored.some(({ warning }) => warning !== undefined);
  return complete && stored.length === outcomes.length && !hasWarning ? 200 : 202;
}

/** The module. `base` is the URL of the server, without a slash at its end; if a request was cut short, that is a failure. */
export function storeResponse(
  outcomes: readonly StoreOutcome[],
  base: string,
  { complete }: { readonly complete: boolean },
): DataSet {
  const stored = outcomes.filter((outcome) => outcome.type === "stored");
  const failed = outcomes.filter((outcome) => outcome.type === "failed");
  const named = failed.filter(isNamed);
  const others = failed.filter((outcome) => !isNamed(outcome)).map(({ reason }) => reason);
  if (!complete) others.push(FailureReason.CannotUnderstand);
  const studies = new Set(stored.map(({ studyInstanceUid }) => studyInstanceUid));
  const [study = ""] = studies.size === 1 ? studies : [];
  return new DataSet({
    RetrieveURL: hasPath(study) ? studyUrl(base, study) : null,
    ...(stored.length > 0 && { ReferencedSOPSequence: stored.map((instance) => storedItem(instance, base)) }),
    ...(named.length > 0 && { FailedSOPSequence: named.map(failedItem) }),
    ...(others.length > 0 && { OtherFailuresSequence: others.map((reason) => ({ FailureReason: reason })) }),
  });
}

function storedItem({ sopClassUid, sopInstanceUid, warning, ...where }: StoredInstance, base: string) {
  const { studyInstanceUid: study, seriesInstanceUid: series } = where;
  const hasUrl = [study, series, sopInstanceUid].every(hasPath);
  return {
    ReferencedSOPClassUID: uid(sopClassUid),
    ReferencedSOPInstanceUID: uid(sopInstanceUid),
    RetrieveURL: hasUrl
      ? `${studyUrl(base, study)}/series/${segment(series)}/instances/${segment(sopInstanceUid)}`
      : null,
    ...(warning !== undefined && { WarningReason: warning }),
  };
}

function isNamed({ instance }: FailedInstance): boolean {
  return instance !== undefined && isValidUid(instance.sopInstanceUid);
}

function failedItem({ instance, reason }: FailedInstance) {
  return {
    ReferencedSOPClassUID: uid(instance?.sopClassUid ?? ""),
    ReferencedSOPInstanceUID: uid(instance?.sopInstanceUid ?? ""),
    FailureReason: reason,
  };
}

/** A UID as a value; null for a text that is no UID. */
function uid(text: string): string | null {
  return isValidUid(text.trim()) ? text.trim() : null;
}

/** Whether a path can hold this UID. A text that is no UID may hold something that should not be in a URL. */
function hasPath(uid: string): boolean {
  return isUid(uid.trim());
}

function studyUrl(base: string, study: string): string {
  return `${base}/studies/${segment(study)}`;
}

function segment(uid: string): string {
  return encodeURIComponent(uid.trim());
}
