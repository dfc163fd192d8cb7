/**
 * Lists that cost the garbage collector no more than they should.
 *
 * @module
 */

const EMPTY: readonly never[] = [];

/**
 * An empty list, for what there are thousands of in a data set.
 *
 * V8 watches what becomes of the arrays of each array literal. While a large data set is read, nearly all of them outlive a
 * collection of young objects; so V8 comes to allocate them among the old ones. There they keep alive all that they hold,
 * which is whole data sets, until the next full collection, and young ones take ten times as long. It doesn't watch copies.
 */
export function shortLivedList<Value>(): Value[] {
  return EMPTY.slice();
}
