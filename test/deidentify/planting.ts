/**
 * Data sets in which marked values stand wherever the dictionary allows it, and what of them has to go.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ATTRIBUTES } from "../../src/dicom/generated/dictionary_data.ts";
import { ATTRIBUTE_ACTIONS } from "../../src/deidentify/generated/confidentiality_data.ts";
import { SequenceElement, ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { streamFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { Vr } from "../../src/dicom/vr.ts";
import type { Random } from "../support/random.ts";

/** A value that was planted. */
export interface Planted {
  /** What to look for. */
  readonly mark: string;
  /** 0xGGGGEEEE. */
  readonly tag: number;
  readonly vr: string;
  readonly depth: number;
}

/** An attribute of PS3.6 that stands in data sets. */
interface Attribute {
  readonly tag: number;
  readonly vr: string;
  readonly keyword: string;
}

/** Those that stand in data sets and can hold a mark, and sequences to put items in. */
const ALL: readonly Attribute[] = ATTRIBUTES.split("\n").map((line) => line.split("\t")).map((
  [tag = "", vr = "", , keyword = ""],
) => ({
  tag: Number.parseInt(tag.replaceAll("x", "0"), 16),
  vr,
  keyword,
})).filter(({ tag }) => tag >= 0x0008_0000 && tag < 0x7fe0_0000 && tag >>> 16 !== 0xfffe && (tag & 0xffff) !== 0);

const SEQUENCES = ALL.filter(({ vr, keyword }) => vr === "SQ" && keyword !== "ContentSequence");
const VALUES = ALL.filter(({ vr }) => vr !== "SQ");

/** What Table E.1-1 says, read anew. */
export const ACTIONS: ReadonlyMap<number, string> = new Map(
  ATTRIBUTE_ACTIONS.split("\n").map((line) => line.split("\t")).map((
    [tag = "", action = ""],
  ) => [Number.parseInt(tag, 16), action]),
);

/** The attributes that an option keeps, by its letter in the table. */
export function keptBy(letters: string): ReadonlySet<number> {
  const rows = ATTRIBUTE_ACTIONS.split("\n").map((line) => line.split("\t"));
  const isKept = (others: string) =>
    others.split(",").some((entry) => letters.includes(entry[0] ?? " ") && entry.slice(1) === "K");
  return new Set(rows.filter(([, , others = ""]) => isKept(others)).map(([tag = ""]) => Number.parseInt(tag, 16)));
}

/** Free text and what may be it: VRs of which a mark has to go wherever the table says nothing. */
const FREE: ReadonlySet<string> = new Set(["PN", "DA", "DT", "TM", "LT", "ST", "UT", "UR"]);

/** VRs in which values stay where the table says nothing. */
const STAYS: ReadonlySet<string> = new Set(["CS", "DS", "IS"]);

/** Attributes of text that the table doesn't list and that have to stay as they are. */
export const TECHNICAL: ReadonlySet<string> = new Set([
  ...["CodeValue", "CodeMeaning", "URNCodeValue", "Manufacturer", "ConvolutionKernel"],
]);

/** Attributes that say what was done, whatever stood in them. */
const ATTESTING: ReadonlySet<string> = new Set([
  ...["PatientIdentityRemoved", "DeidentificationMethod", "LongitudinalTemporalInformationModified"],
]);

/** Whether a mark has to be gone, has to be there, or may be either. */
export function fateOf({ tag, vr, depth }: Planted, keyword: string): "gone" | "there" | "either" {
  const action = ACTIONS.get(tag);
  if (action !== undefined) return "gone";
  const group = tag >>> 16;
  if (group === 0x0010 || (group & 0xff00) === 0x5000 || (group & 0xff00) === 0x6000) return "gone";
  if (ATTESTING.has(keyword)) return depth === 0 ? "gone" : "either";
  if (TECHNICAL.has(keyword)) return "there";
  if (FREE.has(vr)) return "gone";
  return STAYS.has(vr) ? "there" : "either";
}

export const keywordByTag: ReadonlyMap<number, string> = new Map(ALL.map(({ tag, keyword }) => [tag, keyword]));

/** Plants marks in data sets. */
export class Planter {
  readonly planted: Planted[] = [];
  readonly #random: Random;
  readonly #letters: string;
  #count = 0;

  /** `letters` go into the marks of text, where the character set has them. */
  constructor(random: Random, letters: string) {
    this.#random = random;
    this.#letters = letters;
  }

  /** Fills a data set with every attribute of the dictionary, and each sequence with an item that holds some of them. */
  fill(dataSet: DataSet): void {
    for (const attribute of SEQUENCES) this.#plantSequence(dataSet, attribute, 0);
    for (const attribute of VALUES) this.#plantValue(dataSet, attribute, 0);
  }

  /** A private block with marks in it, as text, as UN, and in a sequence. */
  plantPrivate(dataSet: DataSet, depth: number): void {
    const creator = this.#mark("LO", 0x0009_0010, depth);
    const block = dataSet.private(creator, 0x0009);
    block.set(0x01, this.#mark("LO", 0x0009_1001, depth), { vr: "LO" });
    block.set(0x02, new TextEncoder().encode(this.#mark("UN", 0x0009_1002, depth)), { vr: "UN" });
    block.set(0x03, [{ PatientComments: this.#mark("LT", 0x0009_1003, depth) }], { vr: "SQ" });
  }

  /** A mark of a VR, which nothing else has. */
  #mark(vr: string, tag: number, depth: number): string {
    const number = 100_000 + this.#count++;
    const mark = markOf(vr, number, this.#letters);
    this.planted.push({ mark, tag, vr, depth });
    return mark;
  }

  #plantSequence(dataSet: DataSet, { tag }: Attribute, depth: number): void {
    if (dataSet.has(tag)) return;
    const item = new DataSet(undefined, { parent: dataSet });
    for (let count = 0; count < 4; count++) this.#plantValue(item, this.#random.pick(VALUES), depth + 1);
    if (depth < 2 && this.#random.oneIn(2)) this.#plantSequence(item, this.#random.pick(SEQUENCES), depth + 1);
    if (this.#random.oneIn(20)) this.plantPrivate(item, depth + 1);
    const undefinedLength = this.#random.oneIn(2);
    dataSet.setElement(new SequenceElement(tag, [item], { undefinedLength }));
  }

  #plantValue(dataSet: DataSet, { tag, vr }: Attribute, depth: number): void {
    // Not what text is read by, and not what is held whatever it says.
    if (tag === 0x0008_0005 || tag === 0x0042_0011 || dataSet.has(tag)) return;
    const known = vr.split(" or ")[0]!;
    if (known === "OB" || known === "OW" || known === "UN") {
      const bytes = new TextEncoder().encode(this.#mark("UN", tag, depth).padEnd(12));
      return void dataSet.setElement(new ValueElement(tag, known as Vr, bytes));
    }
    if (markOf(known, 0, "") === "") return;
    dataSet.set(tag, this.#mark(known, tag, depth), { vr: known as Vr });
  }
}

/** A data set with marks everywhere: attributes, items, private blocks, padding behind pixels. */
export function plantedDataSet(planter: Planter, terms: readonly string[]): DataSet {
  const dataSet = new DataSet({ SpecificCharacterSet: [...terms], SOPClassUID: UID.CTImageStorage, Modality: "CT" });
  // What the standard has as choices, and pixels have to be read by.
  dataSet.set("ImageType", ["ORIGINAL", "PRIMARY"]).set("BurnedInAnnotation", "NO").set("Rows", 2).set("Columns", 2);
  dataSet.set("SamplesPerPixel", 1).set("BitsAllocated", 8).set("PhotometricInterpretation", "MONOCHROME2");
  planter.fill(dataSet);
  planter.plantPrivate(dataSet, 0);
  dataSet.set("PixelData", Uint8Array.of(1, 2, 3, 4));
  const trailing = { mark: "PHI900001 ", tag: 0xfffc_fffc, vr: "UN", depth: 0 };
  planter.planted.push(trailing);
  dataSet.setElement(new ValueElement(0xfffc_fffc, "OB", new TextEncoder().encode(trailing.mark)));
  return dataSet;
}

/** A file of such a data set, with marks in its meta information and in its preamble, too. */
export async function plantedFile(
  planter: Planter,
  terms: readonly string[],
  transferSyntax: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const dataSet = plantedDataSet(planter, terms);
  const meta = new DataSet().set(0x0002_0016, "PHI900002", { vr: "AE" });
  planter.planted.push({ mark: "PHI900002", tag: 0x0002_0016, vr: "AE", depth: 0 });
  const file = new Uint8Array(await new Response(streamFile({ dataSet, meta, transferSyntax })).arrayBuffer());
  file.set(new TextEncoder().encode("PHI900003"), 8);
  planter.planted.push({ mark: "PHI900003", tag: 0, vr: "UN", depth: 0 });
  return file;
}

/** What is wrong with what came out: marks that had to go and are there, and those that had to stay and are gone. */
export function wrongIn(
  planted: readonly Planted[],
  after: MarksIn,
): { readonly survivors: string[]; readonly lost: string[] } {
  const [survivors, lost]: string[][] = [[], []];
  for (const one of planted) {
    const keyword = keywordByTag.get(one.tag) ?? "";
    const name = `${keyword || one.tag.toString(16)} ${one.vr} at depth ${one.depth}`;
    const isPrivateOrMeta = one.tag >>> 16 === 0x0002 || one.tag % 0x2_0000 >= 0x1_0000 || one.tag === 0;
    const fate = isPrivateOrMeta ? "gone" : fateOf(one, keyword);
    const found = after.has(one, fate === "gone");
    if (fate === "gone" && found) survivors!.push(name);
    // Within a sequence that is removed nothing is there.
    if (fate === "there" && !found && one.depth === 0) lost!.push(name);
  }
  return { survivors: survivors!, lost: lost! };
}

/** A text that a VR allows, with a number of six digits in it; empty where a VR has none. */
function markOf(vr: string, number: number, letters: string): string {
  const digits = String(number);
  switch (vr) {
    case "AE":
    case "CS":
      return `PHI${digits}`;
    case "DA":
      // A day of a year that nothing else has.
      return `${1000 + number % 700}${pad(1 + Math.floor(number / 700) % 12)}${
        pad(1 + Math.floor(number / 8400) % 28)
      }`;
    case "DT":
      return `${1000 + number % 700}0102030405.${digits}`;
    case "TM":
      return `010203.${digits}`;
    case "DS":
      return `7.${digits}`;
    case "IS":
      return `77${digits}`;
    case "UI":
      return `1.2.3.${digits}.7`;
    case "PN":
      return `${letters}PHI${digits}^${letters}`;
    case "LO":
    case "LT":
    case "SH":
    case "ST":
    case "UC":
    case "UT":
      return `${letters}PHI${digits}`;
    case "UR":
      return `http://PHI${digits}`;
    case "UN":
      return `PHI${digits} `;
    default:
      return "";
  }
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

/** The marks in bytes that are given as one character each: as they are, in UTF-16, and in words that were turned round. */
export class MarksIn {
  /** All that stands in digits and periods, each once, between spaces. */
  readonly #numbers: string;
  readonly #marks: ReadonlySet<string>;

  constructor(text: string) {
    this.#numbers = ` ${[...new Set(text.match(/[\d.]+/g))].join(" ")} `;
    const turned = [text, text.slice(1)].map((from) => from.replace(/([^])([^])/g, "$2$1"));
    const forms = [text, text.replaceAll("\0", ""), ...turned];
    this.#marks = new Set(forms.flatMap((form) => form.match(/PHI\d{6}/g) ?? []));
  }

  /** Whether a mark is among them, or with `alone` by itself. Of text its number is enough, whatever became of its letters. */
  has({ mark }: Planted, alone = false): boolean {
    const number = /PHI\d{6}/.exec(mark)?.[0];
    if (number !== undefined) return this.#marks.has(number);
    assert.match(mark, /^[\d.]+$/);
    // Eight digits also stand in longer numbers, where nobody has put them.
    return this.#numbers.includes(alone && /^\d{8}$/.test(mark) ? ` ${mark} ` : mark);
  }
}
