/**
 * A query of the information models as a search of a DICOMweb server (PS3.18 10.6.1).
 *
 * @module
 */

import type { DataElement, DataSet } from "../../dicom/data_set/data_set.ts";
import { isPrivateTag, tagDigits } from "../../dicom/tag.ts";
import { vrDefinition } from "../../dicom/vr.ts";
import { IdentifierError } from "../../query/identifier_error.ts";
import {
  INSTANCE_AVAILABILITY,
  isAboutQuery,
  type Query,
  RETRIEVE_AE_TITLE,
  SPECIFIC_CHARACTER_SET,
  TIMEZONE_OFFSET_FROM_UTC,
} from "../../query/query.ts";
import type { Search } from "./search.ts";

/** A search, and the keys of the query that the search cannot express. */
export interface SearchOfQuery {
  readonly search: Search;
  /** Tags of keys with values that are left out. */
  readonly unasked: readonly number[];
}

const STUDY_INSTANCE_UID = 0x0020_000d;
const SERIES_INSTANCE_UID = 0x0020_000e;

/** The level to search: patients come from searches for their studies. */
const LEVELS = { PATIENT: "studies", STUDY: "studies", SERIES: "series", IMAGE: "instances" } as const;

const NOT_ASKED: ReadonlySet<number> = new Set([
  SPECIFIC_CHARACTER_SET,
  TIMEZONE_OFFSET_FROM_UTC,
  RETRIEVE_AE_TITLE,
  INSTANCE_AVAILABILITY,
]);

const UID = /^[0-9.]{1,64}$/;

/** Whether a key of a query states a condition, rather than how to match. */
export function isAsked(tag: number): boolean {
  return !isAboutQuery(tag) && !NOT_ASKED.has(tag);
}

/** Makes a search. Throws IdentifierError for a query of a worklist. */
export function searchOfQuery({ level, keys, matching }: Query): SearchOfQuery {
  if (level === "WORKLIST") {
    throw new IdentifierError("Cannot ask a DICOMweb server for a worklist: it has studies, series and instances", {
      comment: "A DICOMweb server has no worklist",
    });
  }
  const parts = new SearchParts(keys);
  const study = level === "STUDY" || level === "PATIENT" ? undefined : parts.takeUid(STUDY_INSTANCE_UID);
  const series = level !== "IMAGE" || study === undefined ? undefined : parts.takeUid(SERIES_INSTANCE_UID);
  if (matching.emptyValue) parts.match.emptyvaluematching = "true";
  if (matching.multipleValue) parts.match.multiplevaluematching = "true";
  const search = {
    level: LEVELS[level],
    ...(study !== undefined && { study }),
    ...(series !== undefined && { series }),
    match: parts.match,
    include: parts.include,
    ...(matching.fuzzyNames && { fuzzyMatching: true }),
  };
  return { search, unasked: parts.unasked };
}

class SearchParts {
  readonly match: Record<string, string> = {};
  readonly include: string[] = [];
  readonly unasked: number[] = [];

  constructor(keys: DataSet) {
    for (const element of keys) this.#add(element, keys, "", element.tag);
  }

  /** Takes out a key whose only value is a UID, which goes into the path. */
  takeUid(tag: number): string | undefined {
    const name = tagDigits(tag);
    const value = this.match[name];
    if (value === undefined || !UID.test(value)) return undefined;
    delete this.match[name];
    return value;
  }

  #add(element: DataElement, dataSet: DataSet, path: string, outermost: number): void {
    const { tag } = element;
    if (path === "" && !isAsked(tag)) return;
    const name = path + tagDigits(tag);
    if (element.kind === "sequence") {
      const [item, ...others] = element.items;
      if (item === undefined || item.size === 0) this.include.push(name);
      else for (const inner of item) this.#add(inner, item, `${name}.`, outermost);
      if (others.length > 0) this.unasked.push(outermost);
      return;
    }
    const value = textOf(element, dataSet);
    // A search cannot tell the server which block a private attribute belongs to.
    if (isPrivateTag(tag)) {
      if (value !== "") this.unasked.push(outermost);
    } else if (value === "" || value === "*") this.include.push(name);
    else this.match[name] = value;
  }
}

/** The text of a value; numbers as people write them. */
function textOf({ tag, vr }: DataElement, dataSet: DataSet): string {
  const { kind } = vrDefinition(vr);
  if (kind === "text") return dataSet.getText(tag) ?? "";
  if (kind === "bytes") return "";
  return dataSet.getAll(tag).map((value) => vr === "AT" ? tagDigits(Number(value)) : String(value)).join("\\");
}
