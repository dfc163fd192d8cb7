/**
 * Instances that arrive as metadata in JSON or XML, with bulk data in parts of its own (PS3.18 10.5.1, 8.7.3).
 *
 * @module
 */

import { EncapsulatedElement } from "../../dicom/data_set/data_element.ts";
import type { ValueReference } from "../../dicom/data_set/data_element.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { streamDataSet } from "../../dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { fromJsonInSteps } from "../../dicom/models/from_json.ts";
import { fromXmlInSteps } from "../../dicom/models/from_xml.ts";
import { isValidUid } from "../../dicom/uids.ts";
import { findTransferSyntax } from "../../dicom/transfer_syntaxes.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import { sliceOfTime } from "../../scheduling/time_slices.ts";
import { parseJsonItems } from "../json_items.ts";
import type { BulkPart, BulkParts } from "./bulk_parts.ts";
import { FailureReason, type SopInstance, StoreFailure } from "./store_outcome.ts";

/** Media types of metadata, and the form of their text. */
export const METADATA_TYPES: Readonly<Record<string, "json" | "xml">> = {
  "application/dicom+json": "json",
  "application/json": "json",
  "application/dicom+xml": "xml",
  "application/xml": "xml",
  "text/xml": "xml",
};

/** Metadata of one instance that is not read yet. */
export type Metadata = { readonly xml: string } | { readonly json: unknown };

/** An instance made of metadata and bulk data. */
export interface ComposedInstance extends SopInstance {
  /** Explicit VR Little Endian, or that of its compressed Pixel Data. */
  readonly transferSyntax: string;
  /** Its bytes, which are made as they are read. */
  readonly dataSet: ReadableStream<Uint8Array>;
}

/** Most instances in one body of metadata: the answer lists the outcome of each. */
const MAXIMUM_INSTANCES = 100_000;

/**
 * The instances in a body of metadata: JSON is one object or a list of them, XML one document.
 *
 * @throws {DataSetError} on anything else, {LimitError} on too many instances, objects or lists
 */
export async function splitMetadata(bytes: Uint8Array, form: "json" | "xml"): Promise<readonly Metadata[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DataSetError("Cannot read metadata: it is not in UTF-8");
  }
  if (form === "xml") return [{ xml: text }];
  const instances = await parseInstances(text);
  if (instances.length <= MAXIMUM_INSTANCES) return instances.map((json) => ({ json }));
  const found = `it has ${instances.length} instances`;
  throw new LimitError(`Cannot read metadata: ${found}, expected at most ${MAXIMUM_INSTANCES}`, {
    limit: "maxInstances",
    maximum: MAXIMUM_INSTANCES,
  });
}

async function parseInstances(text: string): Promise<readonly unknown[]> {
  try {
    return await parseJsonItems(text);
  } catch (error) {
    throw error instanceof LimitError ? error : new DataSetError("Cannot read metadata: found text that is not JSON");
  }
}

/** Reads metadata, and finds in `bulk` the values that it only refers to. Rejects with DataSetError and LimitError. */
export async function readMetadata(metadata: Metadata, bulk: BulkParts): Promise<DataSet> {
  return await read(metadata, (uri) => bulk.get(uri).reference);
}

async function read(metadata: Metadata, bulkData: (uri: string) => ValueReference): Promise<DataSet> {
  const pause = sliceOfTime();
  return "xml" in metadata
    ? await fromXmlInSteps(metadata.xml, { bulkData }, pause)
    : await fromJsonInSteps(metadata.json, { bulkData }, pause);
}

/** The instance that unreadable metadata is about; undefined if the metadata does not say it. */
export async function instanceNamedIn(metadata: Metadata): Promise<SopInstance | undefined> {
  try {
    return instanceOf(await read(metadata, () => NOTHING));
  } catch {
    return "json" in metadata ? instanceNamedInJson(metadata.json) : undefined;
  }
}

const NOTHING: ValueReference = { length: 0, stream: () => new ReadableStream({ start: (it) => it.close() }) };

function instanceNamedInJson(json: unknown): SopInstance | undefined {
  const textOf = (tag: string): string => {
    const element = Object.entries(json ?? {}).find(([name]) => name === tag)?.[1];
    const value = (element as { readonly Value?: readonly unknown[] } | null)?.Value?.[0];
    return typeof value === "string" ? value.trim() : "";
  };
  const named = { sopClassUid: textOf("00080016"), sopInstanceUid: textOf("00080018") };
  return isValidUid(named.sopInstanceUid) && isValidUid(named.sopClassUid) ? named : undefined;
}

/** The UIDs of a data set's instance. */
export function instanceOf(dataSet: DataSet): SopInstance {
  return {
    sopClassUid: dataSet.getText("SOPClassUID") ?? "",
    sopInstanceUid: dataSet.getText("SOPInstanceUID") ?? "",
  };
}

/** Makes the instance of a data set. If its Pixel Data is compressed, its part says how. Throws StoreFailure. */
export function composeInstance(dataSet: DataSet, bulk: BulkParts): ComposedInstance {
  const pixels = dataSet.element("PixelData");
  const part = pixels?.kind === "referenced" ? bulk.find(pixels.reference) : undefined;
  const transferSyntax = part === undefined ? UID.ExplicitVRLittleEndian : transferSyntaxOf(part);
  if (part !== undefined && findTransferSyntax(transferSyntax)?.encapsulated) {
    const isVideo = part.mediaType.type.startsWith("video/");
    if (!isVideo && Number(dataSet.getText("NumberOfFrames") || "1") > 1) {
      throw new StoreFailure(
        "Cannot store compressed frames of bulk data: one part doesn't say where each begins, expected one frame",
        FailureReason.TransferSyntaxNotSupported,
      );
    }
    dataSet.setElement(new EncapsulatedElement(PIXEL_DATA, "OB", [new Uint8Array(0), part.reference]));
  }
  return { ...instanceOf(dataSet), transferSyntax, dataSet: streamDataSet(dataSet, { transferSyntax }) };
}

const PIXEL_DATA = 0x7fe0_0010;

/**
 * The transfer syntax of Pixel Data in a part, from its parameter. A compressed part must state it, since the one that
 * PS3.18 Table 8.7.3-5 assumes for `image/jpeg` is not the one that most senders mean.
 */
function transferSyntaxOf({ mediaType: { type, parameters } }: BulkPart): string {
  const stated = parameters.get("transfer-syntax");
  if (stated === undefined && type === "application/octet-stream") return UID.ExplicitVRLittleEndian;
  if (stated === undefined && type === "image/dicom-rle") return UID.RLELossless;
  const known = stated === undefined ? undefined : findTransferSyntax(stated);
  if (known?.encapsulated) return known.uid;
  // Uncompressed bulk data is in Little Endian, whatever it was taken from.
  if (known !== undefined && known.littleEndian && !known.deflated && type === "application/octet-stream") {
    return UID.ExplicitVRLittleEndian;
  }
  const expected = "application/octet-stream, or a transfer-syntax parameter that PS3.6 knows";
  throw new StoreFailure(
    `Cannot store Pixel Data of this media type: expected ${expected}`,
    FailureReason.TransferSyntaxNotSupported,
  );
}
