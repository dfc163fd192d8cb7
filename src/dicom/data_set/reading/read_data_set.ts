/**
 * Reads data sets that are in memory as a whole, or arrive as a stream.
 *
 * @module
 */

import type { DataElement, DataSet } from "../data_set.ts";
import { DataSetReader, type DataSetReaderOptions } from "./data_set_reader.ts";

/** An element of the top level that was read, and the data set that holds what was read so far. */
export interface ReadElement {
  /** The element. */
  readonly element: DataElement;
  /** What was read so far, the element included. */
  readonly dataSet: DataSet;
}

/**
 * Reads an encoded data set. Values are views of `bytes`, which are the data set's from then on; so by default there is no
 * limit to their length. Throws `DataSetError` and `LimitError`.
 */
export function readDataSet(bytes: Uint8Array, options: DataSetReaderOptions = {}): DataSet {
  const reader = new DataSetReader({ maxLength: Infinity, maxValueLength: Infinity, ...options });
  reader.push(bytes);
  reader.end();
  return reader.dataSet;
}

/** Reads a data set from chunks, a `ReadableStream` for one, and leaves off when it comes to `stopAt`. */
export async function readDataSetFrom(
  chunks: AsyncIterable<Uint8Array>,
  options: DataSetReaderOptions = {},
): Promise<DataSet> {
  const reader = new DataSetReader(options);
  for await (const chunk of chunks) {
    reader.push(chunk);
    if (reader.stopped) break;
  }
  reader.end();
  return reader.dataSet;
}

/**
 * Gives the elements of the top level as they come. To save memory, the caller may delete elements that it got from the data
 * set, but not Specific Character Set and Pixel Representation: other elements depend on them.
 */
export async function* readElements(
  chunks: AsyncIterable<Uint8Array>,
  options: DataSetReaderOptions = {},
): AsyncGenerator<ReadElement> {
  const ready: ReadElement[] = [];
  const onElement = (element: DataElement, dataSet: DataSet) => void ready.push({ element, dataSet });
  const reader = new DataSetReader({ ...options, onElement });
  for await (const chunk of chunks) {
    try {
      reader.push(chunk);
    } catch (error) {
      yield* ready;
      throw error;
    }
    yield* ready.splice(0);
    if (reader.stopped) break;
  }
  reader.end();
  yield* ready;
}
