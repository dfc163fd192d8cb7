/**
 * Reads a server's answer to a request to store (PS3.18 10.5.3).
 *
 * @module
 */

import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import { fromXml } from "../../dicom/models/from_xml.ts";
import { toJson } from "../../dicom/models/to_json.ts";
import { LimitError } from "../../errors.ts";
import { parseBoundedJson } from "../bounded_json.ts";
import { readText } from "./bounded_answer.ts";

/** The outcome for one instance. */
export interface WebStoreResult {
  /** Its SOP class. */
  readonly sopClassUid: string;
  /** SOP Instance UID of the instance. */
  readonly sopInstanceUid: string;
  /** Whether the server has stored it. */
  readonly stored: boolean;
  /** Warning Reason (0008,1196) or Failure Reason (0008,1197), if the server gave one. */
  readonly reason?: number;
  /** Why it is not stored, or what the warning means, in words. */
  readonly problem?: string;
  /** Status of an answer that should have listed the instance, and does not. */
  readonly unlisted?: number;
  /** The error if no answer lists instances, such as a `DicomwebError`. */
  readonly error?: unknown;
}

/** An instance that was sent, by its UIDs. */
export type SentInstance = Pick<WebStoreResult, "sopClassUid" | "sopInstanceUid">;

const REFERENCED_SOP_SEQUENCE = "00081199";
const FAILED_SOP_SEQUENCE = "00081198";
const SOP_INSTANCE_UID = "00081155";
const WARNING_REASON = "00081196";
const FAILURE_REASON = "00081197";

/**
 * The outcome of each instance. An instance counts as stored if the server lists it, or if the server lists nothing at all, not
 * even an empty sequence, and answers 200 to a request that was sent to its end (`isWhole`); otherwise an unlisted instance is
 * not stored. `lists` says whether the server lists any.
 *
 * @throws {SyntaxError} on an answer that is neither JSON nor XML, {LimitError} on one that is too long
 */
export async function readStoreAnswer(
  sent: readonly SentInstance[],
  response: Response,
  { isWhole, maximum }: { readonly isWhole: boolean; readonly maximum: number },
): Promise<{ readonly results: readonly WebStoreResult[]; readonly lists: boolean }> {
  const { status, headers } = response;
  const text = await readText("store", response, maximum);
  const module = parse(text, headers.get("content-type") ?? "");
  const stored = byUid(module, REFERENCED_SOP_SEQUENCE, WARNING_REASON);
  const failed = byUid(module, FAILED_SOP_SEQUENCE, FAILURE_REASON);
  // Orthanc answers 200 and lists nothing if it has stored nothing.
  const lists = [REFERENCED_SOP_SEQUENCE, FAILED_SOP_SEQUENCE].some((sequence) => Object.hasOwn(module, sequence));
  const saysNothing = status === 200 && isWhole && !lists;
  const results = sent.map(({ sopClassUid, sopInstanceUid }): WebStoreResult => {
    const instance = { sopClassUid, sopInstanceUid };
    if (failed.has(sopInstanceUid)) return { ...instance, stored: false, ...explained(failed.get(sopInstanceUid)) };
    if (stored.has(sopInstanceUid)) return { ...instance, stored: true, ...explained(stored.get(sopInstanceUid)) };
    if (saysNothing) return { ...instance, stored: true };
    const problem = `The server answered ${status} and doesn't list the instance`;
    return { ...instance, stored: false, problem, unlisted: status };
  });
  return { results, lists };
}

function parse(text: string, type: string): JsonDataSet {
  if (text.trim() === "") return {};
  // Some servers send XML whatever the request accepts, and some a list of one.
  if (/xml/i.test(type) || text.trimStart().startsWith("<")) {
    return /html/i.test(type) ? {} : toJson(fromXml(text, { onWarning: () => {} }));
  }
  try {
    const json = parseBoundedJson(text);
    const first: unknown = Array.isArray(json) ? json[0] : json;
    return typeof first === "object" && first !== null ? first as JsonDataSet : {};
  } catch (error) {
    if (error instanceof LimitError) throw error;
    throw new SyntaxError("Cannot store: the answer is not JSON");
  }
}

/** Reasons by SOP Instance UID; undefined for an instance without one. */
function byUid(module: JsonDataSet, sequence: string, reason: string): ReadonlyMap<string, number | undefined> {
  const reasons = new Map<string, number | undefined>();
  const items = module[sequence]?.Value;
  for (const item of Array.isArray(items) ? items : []) {
    if (typeof item !== "object" || item === null) continue;
    const attributes = item as JsonDataSet;
    const uid = attributes[SOP_INSTANCE_UID]?.Value?.[0];
    const code = Number(attributes[reason]?.Value?.[0] ?? NaN);
    if (typeof uid === "string") reasons.set(uid.trim(), Number.isInteger(code) ? code : undefined);
  }
  return reasons;
}

function explained(reason: number | undefined): Pick<WebStoreResult, "reason" | "problem"> {
  if (reason === undefined) return {};
  return { reason, problem: meaningOf(reason) };
}

/** Reasons of PS3.18 Tables I.2-1 and I.2-2, by their first digits. */
function meaningOf(reason: number): string {
  const code = `0x${reason.toString(16).toUpperCase().padStart(4, "0")}`;
  const meaning = MEANINGS.find(([mask, value]) => (reason & mask) === value)?.[2];
  return meaning === undefined ? code : `${code} ${meaning}`;
}

const MEANINGS: readonly (readonly [mask: number, value: number, meaning: string])[] = [
  [0xffff, 0xb000, "Coercion of data elements"],
  [0xffff, 0xb006, "Elements discarded"],
  [0xffff, 0xb007, "Data set does not match SOP class"],
  [0xffff, 0xc122, "Referenced transfer syntax not supported"],
  [0xffff, 0x0110, "Processing failure"],
  [0xffff, 0x0122, "Referenced SOP class not supported"],
  [0xff00, 0xa700, "Out of resources"],
  [0xff00, 0xa900, "Data set does not match SOP class"],
  [0xf000, 0xc000, "Cannot understand"],
];
