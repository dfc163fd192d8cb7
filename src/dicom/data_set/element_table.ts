/**
 * The elements of a data set by their tags.
 *
 * @module
 */

import { shortLivedList } from "./short_lived_list.ts";

/**
 * Elements that come in the order of their tags, as they do when a data set is read, are only put in a list. The first that
 * doesn't, or that goes, makes it a map.
 */
export class ElementTable<Element extends { readonly tag: number }> {
  /** In the order of tags, as long as there is no map. */
  #list: Element[] = shortLivedList();
  #map: Map<number, Element> | undefined;
  /** Whether the map is in the order of tags. */
  #ordered = true;
  /** No tag in the list is higher. */
  #last = -1;

  /** Number of elements. */
  get size(): number {
    return this.#map?.size ?? this.#list.length;
  }

  /** The element of a tag. */
  get(tag: number): Element | undefined {
    if (this.#map !== undefined) return this.#map.get(tag);
    const list = this.#list;
    if (tag > this.#last || tag < list[0]!.tag) return undefined;
    let low = 0;
    for (let high = list.length; low < high;) {
      const middle = low + high >>> 1;
      if (list[middle]!.tag < tag) low = middle + 1;
      else high = middle;
    }
    const found = list[low];
    return found?.tag === tag ? found : undefined;
  }

  /** Puts an element in the place of that with the same tag. */
  put(element: Element): void {
    const { tag } = element;
    if (this.#map === undefined && tag > this.#last) {
      this.#list.push(element);
      this.#last = tag;
      return;
    }
    const map = this.#toMap();
    if (!map.has(tag)) this.#ordered = false;
    map.set(tag, element);
  }

  /** Removes the element of a tag. Returns whether it existed. */
  delete(tag: number): boolean {
    return this.get(tag) !== undefined && this.#toMap().delete(tag);
  }

  /** The elements in the order of their tags. */
  values(): IterableIterator<Element> {
    if (this.#map === undefined) return this.#list.values();
    if (!this.#ordered) {
      this.#map = new Map([...this.#map].sort(([one], [other]) => one - other));
      this.#ordered = true;
    }
    return this.#map.values();
  }

  #toMap(): Map<number, Element> {
    this.#map ??= new Map(this.#list.map((element) => [element.tag, element]));
    this.#list = [];
    return this.#map;
  }
}
