/**
 * Reads answers in JSON, up to a length.
 *
 * @module
 */

import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import { LimitError } from "../../errors.ts";
import { parseBoundedJson } from "../bounded_json.ts";

/**
 * The data sets of an answer: those of a list, or a single one. None if the answer is empty, as with status 204.
 *
 * @throws {SyntaxError} on JSON without data sets, {LimitError} on more than `maximum` bytes, and on too many objects and lists
 */
export async function readDataSets(what: string, response: Response, maximum: number): Promise<readonly JsonDataSet[]> {
  const text = await readText(what, response, maximum);
  if (text.trim() === "") return [];
  let json: unknown;
  try {
    json = parseBoundedJson(text);
  } catch (error) {
    if (error instanceof LimitError) throw error;
    throw new SyntaxError(`Cannot ${what}: the answer is not JSON`);
  }
  const list = Array.isArray(json) ? json : [json];
  if (list.every((item) => typeof item === "object" && item !== null && !Array.isArray(item))) return list;
  throw new SyntaxError(`Cannot ${what}: the answer has something else in it than data sets`);
}

/** The text of an answer. */
export async function readText(what: string, { body }: Response, maximum: number): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maximum) {
      throw new LimitError(`Cannot ${what}: the answer has more than ${maximum} bytes`, {
        limit: "maxAnswerLength",
        maximum,
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
