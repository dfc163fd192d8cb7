/**
 * Videos in MP4 and PDF documents within instances, which browsers play or show themselves.
 *
 * @module
 */

import { locateBitstream } from "../../dicom/data_set/frames/located_frames.ts";
import * as UID from "../../dicom/generated/uid.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { type Segment, streamSegments } from "./body.ts";
import { bytesOfValue, segmentOf } from "./bulk_values.ts";
import { documentOf, ENCAPSULATED_DOCUMENT, withoutPadding } from "./encapsulated_document.ts";
import { openInstance } from "./opened_instance.ts";
import { frameTypesOf } from "./transfer_syntax_choice.ts";

/** A video or document with a media type of its own. */
export interface Playable {
  /** Its media type, without parameters. */
  readonly type: "video/mp4" | "application/pdf";
  /** Its bytes. */
  readonly segments: readonly Segment[];
}

/** The video or document of an instance; undefined if it has none. Throws what reading it throws. */
export async function playableOf(held: HeldInstance): Promise<Playable | undefined> {
  if (frameTypesOf(held.transferSyntax).includes("video/mp4")) return await videoOf(held);
  return held.sopClassUid === UID.EncapsulatedPDFStorage ? await pdfOf(held) : undefined;
}

/** The bytes of a box that MP4 files begin with: their length, and then this (ISO/IEC 14496-12 4.3). */
const BOX = 12;
const FILE_TYPE = "ftyp";

/** A video is in MP4 or in an MPEG-2 transport stream (PS3.5 8.2.7), which no browser plays. */
async function videoOf(held: HeldInstance): Promise<Playable | undefined> {
  const { source, head } = await openInstance(held);
  const { parts } = await locateBitstream(source, head);
  const segments = parts.map((part): Segment => part instanceof Uint8Array ? part : segmentOf(part));
  let start = "";
  for await (const chunk of streamSegments(segments, 0, BOX)) start += String.fromCharCode(...chunk);
  return start.slice(4, 8) === FILE_TYPE ? { type: "video/mp4", segments } : undefined;
}

async function pdfOf(held: HeldInstance): Promise<Playable | undefined> {
  const opened = await openInstance(held);
  const document = documentOf(opened);
  const { dataSet } = opened.head;
  const element = dataSet.element(ENCAPSULATED_DOCUMENT);
  const segment = element && bytesOfValue(dataSet, element);
  if (document?.type !== "application/pdf" || segment === undefined) return undefined;
  return { type: document.type, segments: [withoutPadding(segment, document)] };
}
