/**
 * Cleans content items: those of structured reports, of acquisition contexts, of specimen preparations (PS3.15 E.3.4).
 *
 * @module
 */

import { SequenceElement } from "../dicom/data_set/data_element.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import type { TableAction } from "./actions.ts";
import type { AttributeWork } from "./attribute_work.ts";
import { DUMMY, hasForm, setDummy } from "./values.ts";

const CONCEPT_NAME = 0x0040_a043;
const VALUE_TYPE = 0x0040_a040;
const CONTENT_SEQUENCE = 0x0040_a730;
const TEXT_VALUE = 0x0040_a160;
const PERSON_NAME = 0x0040_a123;
const UID_VALUE = 0x0040_a124;
const CONCEPT_CODE = 0x0040_a168;
const MEASURED_VALUE = 0x0040_a300;
const CODE_VALUE = 0x0008_0100;
const CODING_SCHEME = 0x0008_0102;

/** Value types whose value is a date or time: the attribute with it, and its VR. */
const DATES = {
  DATE: [0x0040_a121, "DA"],
  DATETIME: [0x0040_a120, "DT"],
  TIME: [0x0040_a122, "TM"],
} as const;

/** The attributes with values, which are not treated by the table of attributes. */
const VALUES: ReadonlySet<number> = new Set([
  CONTENT_SEQUENCE,
  TEXT_VALUE,
  PERSON_NAME,
  UID_VALUE,
  ...Object.values(DATES).map(([tag]) => tag),
]);

/** The items that stay, cleaned. */
export function cleanContentItems(items: readonly DataSet[], work: AttributeWork): DataSet[] {
  return items.filter((item) => cleanItem(item, work));
}

/** Cleans an item and those in it; false where it is to go. */
function cleanItem(item: DataSet, work: AttributeWork): boolean {
  const rule = ruleOf(item, work);
  if (rule?.action === "X") return false;
  work.runExcept(item, VALUES);
  const text = item.has(TEXT_VALUE) ? keptText(item, rule, work) : undefined;
  if (text === "") return false;
  if (text !== undefined) item.set("TextValue", text);
  if (item.has(PERSON_NAME) && rule?.action !== "K") item.set("PersonName", DUMMY);
  if (item.has(UID_VALUE)) item.set("UID", uidsOf(item).map((uid) => work.renamed(uid))[0] ?? null);
  for (const [tag, vr] of Object.values(DATES)) {
    if (item.has(tag)) cleanDate(item, tag, vr, rule, work);
  }
  if (rule?.action === "D") replaceOthers(item);
  const inner = itemsOf<DataSet>(item, CONTENT_SEQUENCE);
  if (item.has(CONTENT_SEQUENCE)) {
    item.setElement(new SequenceElement(CONTENT_SEQUENCE, cleanContentItems(inner, work)));
  }
  return true;
}

/** What Table E.3.4-1 says of the concept that an item is named by. */
function ruleOf(item: DataSet, work: AttributeWork): TableAction | undefined {
  const [name] = itemsOf<DataSet>(item, CONCEPT_NAME);
  if (name === undefined) return undefined;
  const [scheme = ""] = textsIn(name, CODING_SCHEME);
  const [code = ""] = textsIn(name, CODE_VALUE);
  return work.plan.table.concept(scheme, code);
}

/** What a text is to be; empty where the item is to go. */
function keptText(item: DataSet, rule: TableAction | undefined, work: AttributeWork): string {
  const [text = ""] = textsIn(item, TEXT_VALUE);
  if (rule?.action === "K" && hasForm([text], "UT")) return text;
  // Text of which the table says nothing is cleaned as far as the option for descriptions allows.
  const cleans = rule === undefined ? work.plan.options.has("clean-descriptors") : rule.action === "C";
  const cleaned = cleans ? work.cleaned(text) : "";
  if (cleaned !== "") return cleaned;
  return rule?.basic === "X" ? "" : DUMMY;
}

function cleanDate(
  item: DataSet,
  tag: number,
  vr: "DA" | "DT" | "TM",
  rule: TableAction | undefined,
  work: AttributeWork,
): void {
  const texts = textsIn(item, tag);
  const isKept = rule === undefined || rule.action === "K" || rule.action === "C";
  const dates = isKept && hasForm(texts, vr) ? work.date(texts, vr) : undefined;
  if (dates !== undefined) item.set(tag, dates, { vr });
  else setDummy(item, item.element(tag)!);
}

/** A dummy for the values of the other types that the table names: codes and numbers. */
function replaceOthers(item: DataSet): void {
  const [type = ""] = textsIn(item, VALUE_TYPE);
  if (type === "CODE") {
    item.set(CONCEPT_CODE, [{ CodeValue: DUMMY, CodingSchemeDesignator: "99ANON", CodeMeaning: DUMMY }], { vr: "SQ" });
  }
  if (type !== "NUM") return;
  for (const measured of itemsOf<DataSet>(item, MEASURED_VALUE)) {
    measured.set("NumericValue", 0);
    measured.delete("FloatingPointValue");
  }
}

function uidsOf(item: DataSet): readonly string[] {
  return textsIn(item, UID_VALUE).filter((uid) => hasForm([uid], "UI"));
}

/** The texts of an attribute that is encoded as text; none where it is not. */
function textsIn(dataSet: DataSet, tag: number): readonly string[] {
  const element = dataSet.element(tag);
  return element?.kind === "value" && element.vr !== "UN" ? dataSet.getTexts(tag) : [];
}
