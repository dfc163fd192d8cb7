/**
 * Documents in instances, which have a media type of their own (PS3.3 C.24.2).
 *
 * @module
 */

import type { Segment } from "./body.ts";
import type { OpenedInstance } from "./opened_instance.ts";

/** A document of an instance. */
export interface Document {
  /** Its media type. */
  readonly type: string;
  /** Length in bytes without padding, if the instance states it. */
  readonly length: number | undefined;
}

/** Tag of Encapsulated Document (0042,0011). */
export const ENCAPSULATED_DOCUMENT = 0x0042_0011;

/** Media types that browsers may show: none of them can run as a page of this server. */
const DOCUMENTS: ReadonlySet<string> = new Set(["application/pdf", "model/stl", "model/obj", "model/mtl"]);

/** The document of an instance; undefined where it has none, or one that browsers must not show. */
export function documentOf({ head: { dataSet } }: OpenedInstance): Document | undefined {
  const type = dataSet.getText("MIMETypeOfEncapsulatedDocument")?.toLowerCase() ?? "";
  return DOCUMENTS.has(type) ? { type, length: dataSet.get("EncapsulatedDocumentLength") } : undefined;
}

/** The value of a document without a padding byte. */
export function withoutPadding(segment: Segment, { length }: Document): Segment {
  if (length === undefined || segment.length === undefined || length > segment.length || length < segment.length - 1) {
    return segment;
  }
  return segment instanceof Uint8Array ? segment.subarray(0, length) : { length, open: segment.open.bind(segment) };
}
