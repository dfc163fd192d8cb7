/**
 * Errors that say which element of which item is meant.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { formatTag } from "../tag.ts";
import { keywordIfKnown, nameTag } from "../names.ts";
import type { DataSetLike } from "./data_set_like.ts";

/** Does something with an element of a data set; a `DataSetError` from it comes out with the element's name and path. */
export function aboutElement<Result>(verb: string, dataSet: DataSetLike, tag: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw elementError(verb, dataSet, tag, error);
  }
}

/** "Cannot set PatientName (0010,0010): cannot …", with what `cause` expected; `cause` itself if it is no `DataSetError`. */
export function elementError(verb: string, dataSet: DataSetLike, tag: number, cause: unknown): unknown {
  if (!(cause instanceof DataSetError)) return cause;
  const problem = cause.message.replace(/^C/, "c");
  const keyword = keywordIfKnown(tag);
  return new DataSetError(`Cannot ${verb} ${nameTag(tag)}: ${problem}`, {
    tag,
    path: pathTo(dataSet, tag),
    cause,
    ...(keyword === undefined ? {} : { keyword }),
    ...(cause.expected === undefined ? {} : { expected: cause.expected }),
  });
}

/** The path to an element from the outermost data set: `ReferencedSeriesSequence[0].SeriesInstanceUID`. */
export function pathTo(dataSet: DataSetLike, tag: number): string {
  return pathAround(dataSet) + (keywordIfKnown(tag) ?? formatTag(tag));
}

/** What the paths to the elements of a data set begin with: nothing, or `ReferencedSeriesSequence[0].` in an item. */
export function pathAround(dataSet: DataSetLike): string {
  let path = "";
  for (let item = dataSet; item.parent !== undefined; item = item.parent) {
    for (const element of item.parent) {
      const index = element.kind === "sequence" ? element.items.indexOf(item) : -1;
      if (index >= 0) path = `${keywordIfKnown(element.tag) ?? formatTag(element.tag)}[${index}].${path}`;
    }
  }
  return path;
}
