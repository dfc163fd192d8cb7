/**
 * Errors for answers of a DICOMweb server that are no success.
 *
 * @module
 */

import { escapeText } from "../../safe_text.ts";

/** Most bytes of an answer that are searched for a message. */
const LONGEST_ANSWER = 16 * 1024;
/** Most characters of the message that are shown. */
const LONGEST_DETAIL = 300;

/** An answer of a DICOMweb server with a status that is no success (PS3.18 8.5). */
export class DicomwebError extends Error {
  /** Name of the class. */
  override readonly name = "DicomwebError";
  /** HTTP status code. */
  readonly status: number;
  /** The server's message, shortened and safe to show; empty without one. */
  readonly detail: string;
  /** The header `Retry-After`, in seconds or as a date (RFC 9110 10.2.3), if the answer has one. */
  readonly retryAfter: string | undefined;

  /** `what` could not be done, such as `search for studies`. */
  constructor(what: string, status: number, detail: string, retryAfter?: string) {
    super(`Cannot ${what}: the server answered ${status}${detail === "" ? "" : ` (${detail})`}`);
    this.status = status;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** The error of a response. Reads a little of its body, and cancels the rest. Never rejects. */
export async function errorOf(what: string, response: Response): Promise<DicomwebError> {
  const { status, headers } = response;
  return new DicomwebError(what, status, await detailOf(response), headers.get("retry-after") ?? undefined);
}

async function detailOf(response: Response): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  // Pages are for users of a browser.
  const isText = /json|^text\/plain/i.test(type);
  const text = await beginningOf(response.body, isText ? LONGEST_ANSWER : 0);
  const said = /json/i.test(type) ? saidInJson(text) : text;
  const detail = said.trim() === "" ? response.headers.get("warning") ?? response.statusText : said;
  const shown = escapeText(detail.trim().replace(/\s+/g, " "));
  return shown.length > LONGEST_DETAIL ? `${shown.slice(0, LONGEST_DETAIL)}…` : shown;
}

async function beginningOf(body: ReadableStream<Uint8Array> | null, longest: number): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  try {
    while (length < longest) {
      const { value, done } = await reader.read();
      if (done) break;
      length += value.length;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The part of the message that came is better than nothing.
  }
  await reader.cancel().catch(() => {});
  return text.slice(0, longest);
}

/** Members in which servers say what is wrong, those of RFC 9457 first; Orthanc has `Details` and `Message`. */
const MEMBERS = ["detail", "Details", "message", "Message", "error_description", "errorMessage", "title", "error"];

function saidInJson(text: string): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "";
  }
  if (typeof json === "string") return json;
  if (typeof json !== "object" || json === null) return "";
  const members = json as Readonly<Record<string, unknown>>;
  const said = MEMBERS.map((name) => members[name]).find((value) => typeof value === "string" && value !== "");
  return typeof said === "string" ? said : "";
}
