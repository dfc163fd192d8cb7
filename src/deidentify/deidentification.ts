/**
 * De-identifies the attributes of one instance (PS3.15 Annex E).
 *
 * @module
 */

import type { DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { SequenceElement } from "../dicom/data_set/data_element.ts";
import { isForeign } from "../dicom/data_set/writing/encoding_layout.ts";
import { pathTo } from "../dicom/data_set/element_error.ts";
import { creatorOf } from "../dicom/data_set/private_block.ts";
import { SPECIFIC_CHARACTER_SET } from "../dicom/data_set/specific_character_set.ts";
import { dictionaryVr } from "../dicom/implied_vr.ts";
import { elementOf, groupOf, isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf } from "../dicom/tag.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";
import { DataSetError } from "../errors.ts";
import { CLASS_UIDS, isStandardUid } from "../transform/keyed_names.ts";
import type { TableAction } from "./actions.ts";
import type { AttributeWork } from "./attribute_work.ts";
import { cleanContentItems } from "./content_items.ts";
import { cleanGraphicAnnotations } from "./graphic_annotations.ts";
import type { Plan } from "./plan.ts";
import { Report, type Treatment } from "./report.ts";
import { cleanText } from "./technical_terms.ts";
import { commonAge, DUMMY, hasForm, mayHave, setDummy, setEmpty, shiftedDate } from "./values.ts";

const PATIENT_NAME = 0x0010_0010;
const PATIENT_ID = 0x0010_0020;
const ISSUER_OF_PATIENT_ID = 0x0010_0021;
const CONTENT_SEQUENCE = 0x0040_a730;
const GRAPHIC_ANNOTATION_SEQUENCE = 0x0070_0001;
const CODING_SCHEME_DESIGNATOR = 0x0008_0102;
const PIXEL_GROUP = 0x7fe0;

/** Sequences whose items are content items (PS3.3 10.2 and C.17.3). */
const CONTENT_ITEM_SEQUENCES: ReadonlySet<number> = new Set([
  CONTENT_SEQUENCE,
  0x0040_0555, // Acquisition Context Sequence
  0x0040_0612, // Specimen Preparation Step Content Item Sequence
]);

/** Characters of the identifier that a patient gets: 80 bits of the code. */
const PSEUDONYM = 16;

/** One instance's attributes, before Pixel Data and behind it. */
export class Deidentification implements AttributeWork {
  /** What was done. */
  readonly report = new Report();
  readonly #plan: Plan;
  /** Issuer and Patient ID, by which dates are moved; empty where there is no Patient ID. */
  readonly #patient: string;
  readonly #names: ReadonlySet<string>;
  #days: number | undefined;

  /** The work on an instance with the elements of `dataSet`, which are as they came; `names` are the parts of names in them. */
  constructor(plan: Plan, dataSet: DataSet, names: ReadonlySet<string>) {
    this.#plan = plan;
    this.#names = names;
    this.#patient = patientOf(dataSet);
  }

  /** Treats a data set and its items as the plan says. Throws `DataSetError` where that can't be done. */
  run(dataSet: DataSet): void {
    this.#removeUnsafePrivate(dataSet);
    if (dataSet.has(SPECIFIC_CHARACTER_SET)) dataSet.declareCharacterSet(dataSet.characterSet.terms);
    for (const element of [...dataSet]) this.#treat(element, dataSet);
  }

  /** Treats an item so, except for some attributes. */
  runExcept(item: DataSet, excepted: ReadonlySet<number>): void {
    this.#removeUnsafePrivate(item);
    for (const element of [...item]) if (!excepted.has(element.tag)) this.#treat(element, item);
  }

  /** A UID in place of another, unless it names what the standard defines or is to be kept. */
  renamed(uid: string): string {
    if (uid === "" || isStandardUid(uid) || this.#plan.options.has("retain-uids")) return uid;
    return this.#plan.names.uid(uid);
  }

  /** Dates as the options say: kept, moved, or as a dummy; times of day are kept where dates are. */
  date(texts: readonly string[], vr: "DA" | "DT" | "TM"): readonly string[] | undefined {
    if (this.#plan.options.has("retain-full-dates")) return texts;
    if (!this.#plan.options.has("retain-modified-dates")) return undefined;
    if (vr === "TM") return texts;
    const shifted = texts.map((text) => text === "" ? text : shiftedDate(text, vr, this.#shift()));
    return shifted.includes(undefined) ? undefined : shifted as string[];
  }

  /** A text without the words that must not stay. */
  cleaned(text: string): string {
    return cleanText(text, this.#plan.words, this.#names);
  }

  /** The plan of all instances. */
  get plan(): Plan {
    return this.#plan;
  }

  #treat(element: DataElement, dataSet: DataSet): void {
    const { tag } = element;
    if (isForeign(tag) || elementOf(tag) === 0) return void dataSet.delete(tag);
    if (isPrivateTag(tag)) return this.#keepPrivate(element, dataSet);
    if (groupOf(tag) === PIXEL_GROUP) {
      throw held(dataSet, tag, "pixel data stand within a sequence, expected none there");
    }
    if (tag === SPECIFIC_CHARACTER_SET) return;
    const rule = this.#plan.rule(tag);
    if (CONTENT_ITEM_SEQUENCES.has(tag) && element.kind === "sequence") {
      return this.#treatContent(element, dataSet, rule);
    }
    if (tag === GRAPHIC_ANNOTATION_SEQUENCE && element.kind === "sequence") {
      cleanGraphicAnnotations(element, this);
      return this.report.add(tag, "cleaned");
    }
    switch (rule.action) {
      case "X":
        return this.#remove(element, dataSet);
      case "Z":
        return tag === PATIENT_NAME ? this.#rename(element, dataSet) : this.#empty(element, dataSet);
      case "D":
        return tag === PATIENT_ID ? this.#rename(element, dataSet) : this.#replace(element, dataSet);
      case "U":
        return this.#renameUids(element, dataSet);
      case "K":
        return this.#keep(element, dataSet, rule);
      case "C":
        return this.#clean(element, dataSet, rule);
    }
  }

  #done({ tag }: { readonly tag: number }, treatment: Treatment): void {
    this.report.add(tag, treatment);
  }

  #remove(element: DataElement, dataSet: DataSet): void {
    dataSet.delete(element.tag);
    this.#done(element, "removed");
  }

  #empty(element: DataElement, dataSet: DataSet): void {
    setEmpty(dataSet, element);
    this.#done(element, "emptied");
  }

  #replace(element: DataElement, dataSet: DataSet): void {
    if (element.kind === "value" && element.length === 0 && mayHave(element.tag, element.vr)) return;
    if (element.kind === "sequence" && dictionaryVr(element.tag) === "SQ") {
      for (const item of element.items) this.#fillWithDummies(item);
    } else setDummy(dataSet, element);
    this.#done(element, "replaced");
  }

  /** Leaves only the attributes of an item that may stay, with dummies for their values. */
  #fillWithDummies(item: DataSet): void {
    for (const element of [...item]) {
      const { tag } = element;
      if (isPrivateTag(tag) || dictionaryVr(tag) === undefined || this.#plan.rule(tag).action === "X") item.delete(tag);
      else if (tag === SPECIFIC_CHARACTER_SET) item.declareCharacterSet(item.characterSet.terms);
      else if (element.kind === "sequence") { for (const inner of element.items) this.#fillWithDummies(inner); }
      else if (element.vr === "UI" && dictionaryVr(tag) === "UI") this.#renameUids(element, item);
      // Designators of private coding schemes begin with 99 (PS3.3 8.2).
      else if (tag === CODING_SCHEME_DESIGNATOR) item.set(tag, "99ANON");
      else setDummy(item, element);
    }
  }

  #renameUids(element: DataElement, dataSet: DataSet): void {
    const { tag } = element;
    if (element.kind === "sequence" && dictionaryVr(tag) === "SQ") return this.#keepItems(element);
    if (element.kind !== "value" || element.vr !== "UI") return this.#replace(element, dataSet);
    const uids = dataSet.getTexts(tag);
    if (CLASS_UIDS.has(tag) && hasForm(uids, "UI")) return;
    const renamed = uids.map((uid) =>
      uid === "" || (hasForm([uid], "UI") && isStandardUid(uid)) ? uid : this.#plan.names.uid(uid)
    );
    if (renamed.every((uid, index) => uid === uids[index])) return;
    dataSet.set(tag, renamed, { vr: "UI" });
    this.#done(element, "renamed");
  }

  /** The patient gets another identifier, the same one wherever the same patient is. */
  #rename(element: DataElement, dataSet: DataSet): void {
    const { tag } = element;
    const patient = patientOf(dataSet) || this.#patient;
    if (patient === "") return this.#empty(element, dataSet);
    this.#done(element, "renamed");
    dataSet.set(tag, this.#plan.names.code("patient", patient, PSEUDONYM));
  }

  #keep(element: DataElement, dataSet: DataSet, { option }: TableAction): void {
    if (element.kind === "sequence" && dictionaryVr(element.tag) === "SQ") return this.#keepItems(element);
    if (!this.#isAsItShould(element, dataSet)) return this.#replace(element, dataSet);
    if (element.vr === "AS") {
      const ages = dataSet.getTexts(element.tag);
      if (ages.some((age) => commonAge(age) !== age)) dataSet.set(element.tag, ages.map(commonAge));
    }
    if (option !== "") this.#done(element, "kept");
  }

  #keepItems(element: SequenceElement<DataSet>): void {
    for (const item of element.items) this.run(item);
  }

  /** Whether a value has the VR that its attribute may have, and the form of that. */
  #isAsItShould(element: DataElement, dataSet: DataSet): boolean {
    if (element.kind !== "value" || !mayHave(element.tag, element.vr)) return false;
    return vrDefinition(element.vr).kind !== "text" || hasForm(dataSet.getTexts(element.tag), element.vr);
  }

  #clean(element: DataElement, dataSet: DataSet, rule: TableAction): void {
    const { tag, vr } = element;
    if (element.kind === "sequence" && dictionaryVr(tag) === "SQ") return this.#keepItems(element);
    if (!this.#isAsItShould(element, dataSet)) return this.#fallBack(element, dataSet, rule);
    if (vr === "DA" || vr === "DT" || vr === "TM") return this.#cleanDate(element, vr, dataSet, rule);
    if (vrDefinition(vr).kind !== "text" || vr === "PN") return this.#fallBack(element, dataSet, rule);
    if (rule.option === "m") return; // Timezone Offset From UTC, which days leave as it is.
    if (vr === "CS") return this.#done(element, "kept");
    this.#cleanText(element, vr, dataSet, rule);
  }

  #cleanDate(element: DataElement, vr: "DA" | "DT" | "TM", dataSet: DataSet, rule: TableAction): void {
    const dates = this.date(dataSet.getTexts(element.tag), vr);
    if (dates === undefined) return this.#fallBack(element, dataSet, rule);
    dataSet.set(element.tag, dates, { vr });
    if (vr !== "TM") this.#done(element, "shifted");
  }

  #cleanText(element: DataElement, vr: Vr, dataSet: DataSet, rule: TableAction): void {
    const texts = dataSet.getTexts(element.tag).map((text) => this.cleaned(text));
    if (texts.join("") === "") return this.#fallBack(element, dataSet, rule);
    dataSet.set(element.tag, texts, { vr });
    this.#done(element, "cleaned");
  }

  /** Does what the Basic Profile says, where cleaning leaves nothing of a value, or its content can't be known. */
  #fallBack(element: DataElement, dataSet: DataSet, { basic }: TableAction): void {
    if (basic === "X") this.#remove(element, dataSet);
    else if (basic === "Z") this.#empty(element, dataSet);
    else this.#replace(element, dataSet);
  }

  #treatContent(element: SequenceElement<DataSet>, dataSet: DataSet, rule: TableAction): void {
    const { tag, items } = element;
    if (this.#plan.options.has("clean-structured-content")) {
      dataSet.setElement(new SequenceElement(tag, cleanContentItems(items, this)));
      return this.#done(element, "cleaned");
    }
    if (tag !== CONTENT_SEQUENCE) return rule.action === "K" ? this.#keepItems(element) : this.#empty(element, dataSet);
    throw held(dataSet, tag, "nothing is said of structured content, expected the option clean-structured-content");
  }

  #removeUnsafePrivate(dataSet: DataSet): void {
    const kept = new Set<number>();
    const tags = [...dataSet].map(({ tag }) => tag).filter(isPrivateTag);
    for (const tag of tags) {
      if (isPrivateCreatorTag(tag) || elementOf(tag) < 0x1000) continue;
      const creatorTag = privateCreatorTagOf(tag);
      const creator = creatorOf(dataSet, creatorTag);
      if (creator !== undefined && this.#plan.isSafePrivate(creator, tag)) kept.add(tag).add(creatorTag);
    }
    for (const tag of tags) if (!kept.has(tag)) dataSet.delete(tag);
    if (tags.length > kept.size) this.report.add(0x0001_0000, "removed", tags.length - kept.size);
  }

  #keepPrivate(element: DataElement, dataSet: DataSet): void {
    if (element.kind === "sequence") return this.#keepItems(element);
    if (element.kind !== "value") return this.#remove(element, dataSet);
    if (element.vr === "UI" && !this.#plan.options.has("retain-uids")) return this.#renameUids(element, dataSet);
    if (isPrivateCreatorTag(element.tag)) {
      // Written anew, so that nothing is left behind the name.
      const creator = creatorOf(dataSet, element.tag) ?? "";
      return void dataSet.set(element.tag, creator, { vr: "LO" });
    }
    const isText = vrDefinition(element.vr).kind === "text";
    if (isText && !hasForm(dataSet.getTexts(element.tag), element.vr)) return this.#remove(element, dataSet);
    this.#done(element, "kept");
  }

  /** Days by which this patient's dates are earlier. */
  #shift(): number {
    if (this.#patient === "") {
      const expected = "a Patient ID, since all dates of a patient are moved by the same days";
      throw new DataSetError(`Cannot move dates: PatientID has no value, expected ${expected}`, { expected });
    }
    return this.#days ??= this.#plan.names.number("days", this.#patient, this.#plan.maxDays);
  }
}

/** The identity of a data set's patient: issuer and identifier. Empty without an identifier. */
function patientOf(dataSet: DataSet): string {
  const [id = ""] = textsOf(dataSet, PATIENT_ID);
  const [issuer = ""] = textsOf(dataSet, ISSUER_OF_PATIENT_ID);
  return id === "" || id === DUMMY ? "" : `${issuer}\0${id}`;
}

function textsOf(dataSet: DataSet, tag: number): readonly string[] {
  const element = dataSet.element(tag);
  return element?.kind === "value" && vrDefinition(element.vr).kind === "text" ? dataSet.getTexts(tag) : [];
}

/** Why an instance is held. */
export function held(dataSet: DataSet, tag: number, problem: string): DataSetError {
  const path = pathTo(dataSet, tag);
  return new DataSetError(`Cannot de-identify ${path}: ${problem}`, { tag, path });
}
