/**
 * Looks for the original identifiers in the outgoing bytes.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { pathTo } from "../dicom/data_set/element_error.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";
import { DataSetError } from "../errors.ts";
import { CLASS_UIDS, isStandardUid } from "../transform/keyed_names.ts";
import type { DeidentifyOption } from "./options.ts";
import { COMMON_WORDS } from "./technical_terms.ts";
import { DUMMY } from "./values.ts";

/** Attributes whose values identify by themselves, and the option with which they may stay. */
const IDENTIFIERS: ReadonlyMap<number, DeidentifyOption | undefined> = new Map<number, DeidentifyOption | undefined>([
  [0x0008_0050, undefined], // Accession Number
  [0x0008_0080, "retain-institution"], // Institution Name
  [0x0008_0081, "retain-institution"], // Institution Address
  [0x0008_0092, undefined], // Referring Physician's Address
  [0x0008_0094, undefined], // Referring Physician's Telephone Numbers
  [0x0008_1010, "retain-device"], // Station Name
  [0x0010_0020, undefined], // Patient ID
  [0x0010_0050, undefined], // Patient's Insurance Plan Code Sequence's text, where it is one
  [0x0010_1000, undefined], // Other Patient IDs
  [0x0010_1040, undefined], // Patient's Address
  [0x0010_1090, undefined], // Medical Record Locator
  [0x0010_2154, undefined], // Patient's Telephone Numbers
  [0x0018_1000, "retain-device"], // Device Serial Number
  [0x0020_0010, undefined], // Study ID
  [0x0038_0010, undefined], // Admission ID
]);

/** Manufacturer and model of the device: they identify no patient, so they are no identifiers in other places either. */
const COMMON_KNOWLEDGE = [0x0008_0070, 0x0008_1090];

/** The shortest texts that are looked for: names, other identifiers, and those of digits alone, which numbers resemble. */
const SHORTEST = { name: 3, other: 4, digits: 6 } as const;

/** Text of letters of which words are made, so that a short one may be a part of any other. */
const ALPHABETIC =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{P}\p{N}]*$/u;

/** Bytes that are looked through at a time, and how many of them again with the next ones. */
const WINDOW = 0x10_0000;
const OVERLAP = 0x400;

/** The most that is looked for, of which a data set may have any number. */
const MOST = 2000;

/** What identified, as it would look in bytes, and where it stood. */
interface Needle {
  /** Each byte a character, small letters. */
  readonly forms: readonly string[];
  readonly path: string;
  readonly isUid: boolean;
}

/** The identifiers of an instance before it is changed. */
export class Residue {
  readonly #options: ReadonlySet<DeidentifyOption>;
  readonly #needles = new Map<string, Needle>();
  readonly #known: ReadonlySet<string>;
  readonly #names = new Set<string>();

  /** Takes the identifiers of a data set and of its items. Those that the options retain are none. */
  constructor(dataSet: DataSet, options: ReadonlySet<DeidentifyOption>) {
    this.#options = options;
    const known = COMMON_KNOWLEDGE.filter((tag) => dataSet.element(tag)?.vr === "LO");
    const texts = known.flatMap((tag) => dataSet.getTexts(tag)).map((text) => text.toUpperCase());
    this.#known = new Set(texts.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]));
    this.#collect(dataSet);
  }

  /** The parts of all names, in capitals: words that are not to stay in descriptions, however common they are. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Throws `DataSetError` where one of them is in the bytes: in the encoding it had, in UTF-8, or in UTF-16. */
  check(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += WINDOW) {
      const text = latin1Text(bytes.subarray(start, start + WINDOW + OVERLAP)).toLowerCase();
      for (const { forms, path, isUid } of this.#needles.values()) {
        if (!forms.some((form) => occurs(text, form, isUid))) continue;
        throw new DataSetError(`Cannot de-identify the instance: the value of ${path} still occurs in it`, { path });
      }
    }
  }

  #collect(dataSet: DataSet): void {
    for (const element of dataSet) {
      if (element.kind === "sequence") {
        for (const item of element.items) this.#collect(item);
      } else if (element.kind === "value" && element.length > 0) {
        if (element.vr === "UI" && !CLASS_UIDS.has(element.tag)) this.#collectUids(element.tag, dataSet);
        else if (element.vr === "PN") this.#collectNames(element.tag, dataSet);
        else if (IDENTIFIERS.has(element.tag)) this.#collectOthers(element.tag, element.vr, dataSet);
      }
    }
  }

  #collectUids(tag: number, dataSet: DataSet): void {
    if (this.#options.has("retain-uids")) return;
    for (const uid of dataSet.getTexts(tag)) {
      if (uid.length >= SHORTEST.digits && !isStandardUid(uid)) this.#add(uid, tag, dataSet, true);
    }
  }

  /** The parts of names but for their prefixes and suffixes, which many share. */
  #collectNames(tag: number, dataSet: DataSet): void {
    for (const name of dataSet.getTexts(tag)) {
      for (const group of name.split("=")) {
        for (const part of group.split("^").slice(0, 3).flatMap((component) => component.split(/[\s,;]+/))) {
          this.#names.add(part.toUpperCase());
          // Two ideographs or syllables say as much as three letters.
          if (part.length >= (ALPHABETIC.test(part) ? SHORTEST.name : 2)) this.#add(part, tag, dataSet, false);
        }
      }
    }
  }

  #collectOthers(tag: number, vr: Vr, dataSet: DataSet): void {
    const option = IDENTIFIERS.get(tag);
    if (vrDefinition(vr).kind !== "text" || (option !== undefined && this.#options.has(option))) return;
    for (const text of dataSet.getTexts(tag)) {
      const shortest = /^[\d.]+$/.test(text) ? SHORTEST.digits : SHORTEST.other;
      if (text.length >= shortest) this.#add(text, tag, dataSet, false);
    }
  }

  #add(text: string, tag: number, dataSet: DataSet, isUid: boolean): void {
    const capitals = text.toUpperCase();
    const isCommon = !isUid && (COMMON_WORDS.has(capitals) || capitals === DUMMY || this.#known.has(capitals));
    if (isCommon || this.#needles.has(text)) return;
    if (this.#needles.size >= MOST) {
      throw new DataSetError(`Cannot de-identify the instance: it has more than ${MOST} identifiers to look for`);
    }
    this.#needles.set(text, { forms: formsOf(text, dataSet, isUid), path: pathTo(dataSet, tag), isUid });
  }
}

const encoder = new TextEncoder();

/** Each byte a character; which one doesn't matter, as long as it is the same for all. */
const bytewise = new TextDecoder("latin1");
const latin1Text = (bytes: Uint8Array) => bytewise.decode(bytes);

/** How a text may be written in bytes. */
function formsOf(text: string, dataSet: DataSet, isUid: boolean): readonly string[] {
  if (isUid) return [text];
  // Most character sets have ASCII as it is; it only has another form in words of 16 bits.
  if (/^[\x20-\x7e]+$/.test(text)) {
    const small = text.toLowerCase();
    return [small, small.split("").join("\0")];
  }
  const utf16 = Uint8Array.from([...text].flatMap((char) => [char.charCodeAt(0) & 0xff, char.charCodeAt(0) >>> 8]));
  const own = dataSet.characterSet.encode(text, "LO", { replacement: "?" });
  // Without the last byte it is the same in both byte orders.
  const written = [own, encoder.encode(text), utf16.subarray(0, -1)].map((bytes) => latin1Text(bytes).toLowerCase());
  return [...new Set(written)];
}

/** Whether a form stands in a text by itself, and not within a longer word or number. */
function occurs(text: string, form: string, isUid: boolean): boolean {
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    const joins = isUid ? /[\d.]/ : /[\da-z\u0080-\uffff]/;
    const before = text.charAt(at - 1);
    const behind = text.charAt(at + form.length);
    const startsWord = !joins.test(form[0]!) || !joins.test(before);
    const endsWord = !joins.test(form.at(-1)!) || !joins.test(behind);
    if (startsWord && endsWord) return true;
  }
  return false;
}
