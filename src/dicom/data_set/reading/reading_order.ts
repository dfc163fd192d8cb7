/**
 * The order in which elements come, where it isn't that of their tags (PS3.5 7.1).
 *
 * @module
 */

import { rememberOrder } from "../as_read.ts";
import type { DataSet } from "../data_set.ts";

/** Watches the order of the elements of data sets within data sets. */
export class ReadingOrder {
  /** The last tag of the innermost data set, and of those around it. */
  #last = -1;
  readonly #outerLast: number[] = [];
  /** All tags of the innermost data set once one was out of order, and of those around it. */
  #tags: number[] | undefined;
  readonly #outerTags: (number[] | undefined)[] = [];

  /** Begins with the elements of an item. */
  enter(): void {
    this.#outerLast.push(this.#last);
    this.#outerTags.push(this.#tags);
    this.#last = -1;
    this.#tags = undefined;
  }

  /** Goes on behind the item. */
  leave(): void {
    this.#last = this.#outerLast.pop()!;
    this.#tags = this.#outerTags.pop();
  }

  /** Takes the tag that comes next in `dataSet`, which holds those before it; false when its place were further in front. */
  add(tag: number, dataSet: DataSet): boolean {
    const inOrder = tag > this.#last;
    if (inOrder) this.#last = tag;
    else if (this.#tags === undefined) {
      this.#tags = Array.from(dataSet, ({ tag }) => tag);
      rememberOrder(dataSet, this.#tags);
    }
    this.#tags?.push(tag);
    return inOrder;
  }
}
