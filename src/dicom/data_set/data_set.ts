/**
 * The data set (PS3.5 section 7): attributes by keyword, tag or path.
 *
 * @module
 */

import type { DataSetError } from "../../errors.ts";
import { type CharacterSet, characterSet } from "../charsets/character_set.ts";
import type { Vr } from "../vr.ts";
import { type AttributeKey, type AttributeKeyword, locate } from "./attribute_path.ts";
import type { AttributeTypes } from "../generated/attribute_types.ts";
import type { AttributeValues, SettableFor, SingleValue, ValueOf } from "./attribute_values.ts";
import { attributesView } from "./attributes_view.ts";
import { recodeText } from "./character_set_conversion.ts";
import { type ElementOf, SequenceElement } from "./data_element.ts";
import type { DataSetLike } from "./data_set_like.ts";
import {
  type Circumstances,
  circumstancesOf,
  type GetOptions,
  type SetOptions,
  type TextOptions,
} from "./data_set_options.ts";
import { aboutElement, elementError } from "./element_error.ts";
import { readTexts, readValue, readValues } from "./element_values.ts";
import { ElementTable } from "./element_table.ts";
import { encodeElement } from "./encode_element.ts";
import { givenItems, itemsOf, withItem } from "./items.ts";
import { PrivateBlock } from "./private_block.ts";
import { declarable, declaration, declaredCharacterSet, SPECIFIC_CHARACTER_SET } from "./specific_character_set.ts";
import { vrToSet } from "./vr_choice.ts";
import { encodeFor } from "./writing/write_data_set.ts";

export type { GetOptions, SetOptions, TextOptions } from "./data_set_options.ts";

/** What a data set consists of. `kind` tells which it is. */
export type DataElement = ElementOf<DataSet>;

/** Where a data set stands, and what nothing in it says. */
export interface DataSetOptions extends TextOptions {
  /** The data set that it is an item in. */
  readonly parent?: DataSet | undefined;
  /** As an item: whether it was read with undefined length. */
  readonly undefinedLength?: boolean;
}

const DEFAULT_REPERTOIRE = characterSet();

/**
 * A data set, or an item of a sequence, which is one too. Values stay encoded until they are asked for.
 *
 * @example
 * ```ts
 * import { describeTag } from "@gantry/dicom/data-set";
 *
 * const dataSet = new DataSet({ PatientName: "Adams^John", Rows: 512, ImageType: ["ORIGINAL", "PRIMARY"] });
 * dataSet.get("PatientName")?.alphabetic?.familyName; // "Adams"
 * dataSet.getText("PatientName"); // "Adams^John"
 * dataSet.set("ReferencedSeriesSequence[0].SeriesInstanceUID", "1.2.3");
 * const { Rows, ImageType } = dataSet.attributes;
 * for (const element of dataSet) console.log(describeTag(element.tag), element.vr);
 * ```
 */
export class DataSet implements DataSetLike, Iterable<DataElement> {
  /** As an item: whether it was read with undefined length. */
  readonly undefinedLength: boolean;
  #parent: DataSet | undefined;
  readonly #elements = new ElementTable<DataElement>();
  /** The character set by (0008,0005) of this very data set, once it was needed. */
  #characterSet: CharacterSet | undefined;
  #circumstances: Circumstances | undefined;

  /** A data set of `values`. Throws `DataSetError` as `set()` does, and for an assumed character set that is none. */
  constructor(values?: AttributeValues<DataSet>, options: DataSetOptions = {}) {
    this.#parent = options.parent;
    this.undefinedLength = options.undefinedLength ?? false;
    this.#circumstances = circumstancesOf(options);
    if (values !== undefined) this.#setAll(values);
  }

  /** The data set whose sequence this is an item of. */
  get parent(): DataSet | undefined {
    return this.#parent;
  }

  /** Number of elements. */
  get size(): number {
    return this.#elements.size;
  }

  /** The character set of its text: its own, that of the data set around it (PS3.3 C.12.1.1.2), or the assumed one. */
  get characterSet(): CharacterSet {
    return this.#declaredCharacterSet() ?? this.#outermost.#circumstances?.assumed ?? DEFAULT_REPERTOIRE;
  }

  /** Called for text that does not match the declared character set, unless another `onWarning` is set. */
  get onWarning(): ((warning: DataSetError) => void) | undefined {
    return this.#outermost.#circumstances?.onWarning;
  }

  /** The attributes as properties, to read: `const { PatientID, Rows } = dataSet.attributes`. */
  get attributes(): Partial<AttributeTypes<DataSet>> {
    return attributesView(this);
  }

  /** The elements in the order of their tags. */
  [Symbol.iterator](): IterableIterator<DataElement> {
    return this.#elements.values();
  }

  /** The bytes in a transfer syntax; as a stream where that is deflated. Throws `DataSetError` as `writeDataSet()` does. */
  encode(transferSyntax: string): Uint8Array | ReadableStream<Uint8Array> {
    return encodeFor(this, transferSyntax);
  }

  /** The encoded element, or undefined. */
  element(key: AttributeKey): DataElement | undefined {
    if (typeof key === "number") return this.#elements.get(key);
    const place = locate<DataSet>(this, key);
    return place?.dataSet.element(place.tag);
  }

  /** Whether the data set has the attribute, or the sequence has the item; also true for zero length. */
  has(key: AttributeKey): boolean {
    if (typeof key === "number") return this.#elements.get(key) !== undefined;
    const place = locate<DataSet>(this, key);
    return place !== undefined &&
      (place.item === undefined ? place.dataSet.has(place.tag) : place.item < itemsOf(place.dataSet, place.tag).length);
  }

  /**
   * The value of an attribute in its own type, a list where its VM is not 1; or the item that a path ends with.
   * Undefined if the attribute is missing or its one value has zero length. Throws `DataSetError` if its encoding is
   * not a valid value of its VR.
   */
  get<Key extends AttributeKey>(key: Key, options?: GetOptions): ValueOf<Key, DataSet> | undefined {
    const place = locate<DataSet>(this, key);
    if (place === undefined) return undefined;
    const { dataSet, tag, item } = place;
    const value = item === undefined ? dataSet.#read(tag, readValue, options) : itemsOf(dataSet, tag)[item];
    return value as ValueOf<Key, DataSet> | undefined;
  }

  /** All values, whatever the VM, none when the attribute isn't there. Throws `DataSetError` as `get()` does. */
  getAll(key: AttributeKey, options?: GetOptions): readonly SingleValue<DataSet>[] {
    return this.#read(key, readValues, options) ?? [];
  }

  /**
   * The text of an attribute, its values parted by backslashes, exact for DS and IS and not looked into for PN, DA, TM and
   * DT; undefined when it isn't there. Throws `DataSetError` for a VR that has no text.
   */
  getText(key: AttributeKey, options?: GetOptions): string | undefined {
    return this.#read(key, readTexts, options)?.join("\\");
  }

  /** The texts of all values, none when the attribute isn't there. Throws `DataSetError` for a VR that has no text. */
  getTexts(key: AttributeKey, options?: GetOptions): readonly string[] {
    return this.#read(key, readTexts, options) ?? [];
  }

  /**
   * Sets an attribute; null and an empty list make one of zero length. An item of a path that comes next in its sequence is
   * made on the way. Typed arrays are not copied. Setting Specific Character Set encodes the text that is there anew;
   * `declareCharacterSet()` leaves it as it is.
   *
   * Throws `DataSetError` when the value has not the VR's form, length or repertoire, or when text that is to be encoded anew
   * can't be decoded.
   */
  set<Key extends AttributeKey>(key: Key, value: SettableFor<Key, DataSet> | null, options: SetOptions = {}): this {
    const { dataSet, tag, item } = locate<DataSet>(this, key, addItems)!;
    aboutElement("set", dataSet, tag, () => {
      const whole = item === undefined ? value : withItem(itemsOf(dataSet, tag), item, value);
      dataSet.#set(tag, whole, options.vr ?? vrToSet(dataSet, tag, whole));
    });
    return this;
  }

  /**
   * Puts an element in its place, as it is: its text has to be in this data set's character set. Items of another data set
   * are copied.
   */
  setElement(element: DataElement): this {
    const { tag } = element;
    const own = element.kind === "sequence" ? this.#own(element) : element;
    this.#elements.put(own);
    if (tag === SPECIFIC_CHARACTER_SET) this.#characterSet = undefined;
    return this;
  }

  /**
   * Removes an attribute, or the item that a path ends with; false when it wasn't there. Text is encoded anew in the character
   * set that holds afterwards.
   */
  delete(key: AttributeKey): boolean {
    const place = locate<DataSet>(this, key);
    if (place === undefined) return false;
    const { dataSet, tag, item } = place;
    if (item !== undefined) {
      const items = itemsOf(dataSet, tag);
      if (item < items.length) dataSet.setElement(new SequenceElement(tag, items.toSpliced(item, 1)));
      return item < items.length;
    }
    if (tag === SPECIFIC_CHARACTER_SET) {
      const next = dataSet.#parent === undefined ? DEFAULT_REPERTOIRE : dataSet.#parent.#writtenCharacterSet;
      aboutElement("delete", dataSet, tag, () => recodeText(dataSet, dataSet.characterSet, next));
      dataSet.#characterSet = undefined;
    }
    return dataSet.#elements.delete(tag);
  }

  /**
   * Says what the text of this data set, and of the items that take over its character set, is encoded in: Specific Character
   * Set changes, the text's bytes stay. No terms, or an empty one, stand for the default repertoire, which has no attribute.
   * Throws `DataSetError` for what is no defined term (PS3.3 C.12.1.1.2).
   */
  declareCharacterSet(terms: string | readonly string[]): this {
    const declared = declarable(terms);
    if (declared.terms.length > 0) return this.setElement(declaration(declared));
    this.#elements.delete(SPECIFIC_CHARACTER_SET);
    this.#characterSet = undefined;
    return this;
  }

  /** The private attributes of a creator in a group: `dataSet.private("ACME 1.1", 0x0009).get(0x01)` (PS3.5 7.8). */
  private(creator: string, group: number): PrivateBlock<DataSet> {
    return new PrivateBlock<DataSet>(this, creator, group);
  }

  /** A data set of its own with the same elements; values are shared, items copied. */
  copy(): DataSet {
    const copy = this.#copyInto(undefined);
    copy.#circumstances = this.#outermost.#circumstances;
    const declared = this.has(SPECIFIC_CHARACTER_SET) ? undefined : this.#declaredCharacterSet();
    return declared === undefined ? copy : copy.declareCharacterSet(declared.terms);
  }

  /** Reads the element that a key leads to; undefined for a missing one. */
  #read<Result>(
    key: AttributeKey,
    reading: (element: DataElement, dataSet: DataSet, options?: GetOptions) => Result,
    options: GetOptions | undefined,
  ): Result | undefined {
    if (typeof key !== "number") {
      const place = locate<DataSet>(this, key);
      return place && place.dataSet.#read(place.tag, reading, options);
    }
    const element = this.#elements.get(key);
    if (element === undefined) return undefined;
    try {
      return reading(element, this, options);
    } catch (error) {
      throw elementError("read", this, key, error);
    }
  }

  /** Its own character set or that of the data set around it; undefined where none is declared. */
  #declaredCharacterSet(): CharacterSet | undefined {
    const element = this.#elements.get(SPECIFIC_CHARACTER_SET);
    if (element?.kind !== "value") return this.#parent && this.#parent.#declaredCharacterSet();
    return this.#characterSet ??= declaredCharacterSet(element);
  }

  /** The character set to encode new text in: never an assumed one, since other readers may assume another. */
  get #writtenCharacterSet(): CharacterSet {
    return this.#declaredCharacterSet() ?? DEFAULT_REPERTOIRE;
  }

  get #outermost(): DataSet {
    // deno-lint-ignore no-this-alias
    let outermost: DataSet = this;
    while (outermost.#parent !== undefined) outermost = outermost.#parent;
    return outermost;
  }

  #setAll(values: AttributeValues<DataSet>): void {
    // What others depend on comes first: the character set, and whether pixels are signed.
    const { SpecificCharacterSet, PixelRepresentation, ...others } = values;
    const ordered = { SpecificCharacterSet, PixelRepresentation, ...others };
    for (const [keyword, value] of Object.entries(ordered)) {
      if (value !== undefined) this.set(keyword as AttributeKeyword, value);
    }
  }

  #set(tag: number, value: unknown, vr: Vr): void {
    if (vr === "SQ") {
      this.setElement(this.#sequence(tag, value));
      return;
    }
    const element = encodeElement(tag, vr, value, this.#writtenCharacterSet);
    if (tag === SPECIFIC_CHARACTER_SET) {
      recodeText(this, this.characterSet, declaredCharacterSet(element) ?? DEFAULT_REPERTOIRE);
    }
    this.setElement(element);
  }

  #sequence(tag: number, value: unknown): SequenceElement<DataSet> {
    const items = givenItems(value).map((item) => item instanceof DataSet ? item : new DataSet(item, { parent: this }));
    return new SequenceElement(tag, items);
  }

  /** The sequence with items of this data set: takes items without a parent, and copies those of another data set. */
  #own(sequence: SequenceElement<DataSet>): SequenceElement<DataSet> {
    if (sequence.items.every((item) => item.#parent === this)) return sequence;
    const { tag, undefinedLength, writtenVr } = sequence;
    return new SequenceElement(tag, sequence.items.map((item) => this.#ownItem(item)), { undefinedLength, writtenVr });
  }

  #ownItem(item: DataSet): DataSet {
    if (item.#parent === this) return item;
    const own = item.#parent === undefined && !this.#isInside(item) ? item : item.#copyInto(this);
    if (!item.has(SPECIFIC_CHARACTER_SET) && item.characterSet !== this.characterSet) {
      recodeText(own, item.characterSet, this.#writtenCharacterSet);
    }
    own.#parent = this;
    return own;
  }

  #isInside(item: DataSet): boolean {
    return item === this || (this.#parent !== undefined && this.#parent.#isInside(item));
  }

  #copyInto(parent: DataSet | undefined): DataSet {
    const copy = new DataSet(undefined, { parent, undefinedLength: this.undefinedLength });
    for (const element of this) {
      const items = element.kind === "sequence" ? element.items.map((item) => item.#copyInto(copy)) : [];
      copy.setElement(element.kind === "sequence" ? new SequenceElement(element.tag, items, element) : element);
    }
    return copy;
  }
}

function addItems(dataSet: DataSet, tag: number, items: readonly (DataSet | AttributeValues<DataSet>)[]): void {
  dataSet.set(tag, items, { vr: "SQ" });
}
