/**
 * The data set of a message as a `DataSet`: an identifier, an attribute list, never pixels.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { DataSetError, DimseStatusError, LimitError } from "../errors.ts";
import { Late } from "../late.ts";
import type { IncomingDataSet } from "./message_reader.ts";
import * as Status from "./status.ts";

/** How much of a message's data set is read, and how a failure is answered. */
export interface MessageDataSetOptions {
  /** Longest data set in bytes, as it comes. Default: 16 MiB. */
  readonly maxLength?: number;
  /** What that limit is called where it is passed. Default: `maxLength`. */
  readonly limit?: string;
  /** Status for a data set that is absent or can't be read. Default: 0xC000 (unable to process). */
  readonly status?: number;
}

const DEFAULT_MAXIMUM_LENGTH = 16 * 1024 * 1024;

/** A program that only sends and receives instances reads no data set. */
const reading = new Late(() => import("../dicom/data_set/reading/read_data_set.ts"));

/** Limits of a data set reader that are the length of the message here. */
const LENGTHS: ReadonlySet<string> = new Set(["maxLength", "maxValueLength"]);

/**
 * Reads the whole data set of a request or a response into memory. Throws DimseStatusError when it has none, breaks PS3.5,
 * or (0xA700) is longer than it may be; and AssociationAbortedError.
 */
export async function readMessageDataSet(
  { dataSet }: { readonly dataSet: IncomingDataSet | undefined },
  { maxLength = DEFAULT_MAXIMUM_LENGTH, limit, status = Status.UnableToProcess }: MessageDataSetOptions = {},
): Promise<DataSet> {
  if (dataSet === undefined) throw new DimseStatusError("Cannot read the data set: the message has none", { status });
  const { transferSyntax } = dataSet;
  try {
    const { readDataSetFrom } = reading.loaded ?? await reading.get();
    return await readDataSetFrom(dataSet.stream(), {
      transferSyntax,
      maxLength,
      maxValueLength: maxLength,
    });
  } catch (error) {
    if (!(error instanceof DataSetError) && !(error instanceof LimitError)) throw error;
    const answered = error instanceof LimitError ? Status.OutOfResources : status;
    const comment = error instanceof LimitError ? "Data set is too long" : "Data set cannot be understood";
    const isTooLong = error instanceof LimitError && LENGTHS.has(error.limit);
    const cause = isTooLong && limit !== undefined
      ? new LimitError(error.message, { limit, maximum: maxLength })
      : error;
    throw Object.assign(new DimseStatusError(error.message, { status: answered, comment }), { cause });
  }
}
