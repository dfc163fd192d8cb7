/**
 * The facts of an instance and the values of its attributes, each read once, for rules to look at.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { findUid } from "../../dicom/uid_registry.ts";
import type { Vr } from "../../dicom/vr.ts";
import { nameGroups } from "../../query/person_name_key.ts";
import { isWithoutValue, numbersOf, offsetOf, textsOf } from "../../query/stored_values.ts";
import { type Span, spanOf, type TemporalVr } from "../../query/temporal.ts";
import { type AttributePath, elementsAt, type FoundElement } from "./attribute_path.ts";
import type { Fact, Way } from "./rule.ts";

/** An instance, as rules see it. Unknown facts are absent. */
export interface RoutingSubject {
  /** SOP Class UID. */
  readonly sopClassUid: string;
  /** UID of the transfer syntax in which it came. */
  readonly transferSyntax: string;
  /** AE title of the sender. */
  readonly callingAeTitle?: string | undefined;
  /** AE title that was called. */
  readonly calledAeTitle?: string | undefined;
  /** IP address of the sender. */
  readonly address?: string | undefined;
  /** Common name of the subject of its client certificate. */
  readonly certificate?: string | undefined;
  /** User that it identified itself as. */
  readonly user?: string | undefined;
  /** How the instance came. Default: `other`. */
  readonly way?: Way | undefined;
  /** Its attributes, at least those that the rules need. */
  readonly dataSet: DataSet;
}

/** The values of a fact or an attribute. */
export interface SubjectValues {
  /** Whether the fact or attribute has a value. */
  readonly present: boolean;
  /** As text, without padding. */
  readonly texts: readonly string[];
  /** Those that are numbers. */
  readonly numbers: readonly (number | bigint)[];
  /** As the component groups of names. */
  readonly names: readonly (readonly string[])[];
  /** Those that are dates or times of this kind. */
  spans(vr: TemporalVr): readonly SubjectSpan[];
  /** VR of the attribute; undefined where the instance lacks it. */
  readonly vr: Vr | undefined;
}

/** A date or a time, and minutes east of UTC where its data set says that. */
export interface SubjectSpan {
  /** All the time that it stands for. */
  readonly span: Span;
  /** Minutes east of UTC. */
  readonly offset: number | undefined;
}

/** Reads facts and attributes of one instance when a rule asks for them. */
export class SubjectReader {
  readonly #subject: RoutingSubject;
  readonly #values = new Map<AttributePath | Fact, SubjectValues>();

  /** A reader of an instance. */
  constructor(subject: RoutingSubject) {
    this.#subject = subject;
  }

  /** The values of an attribute; a path is known by its object. */
  attribute(path: AttributePath): SubjectValues {
    let values = this.#values.get(path);
    if (values === undefined) {
      values = new AttributeValues(elementsAt(this.#subject.dataSet, path), path.vr);
      this.#values.set(path, values);
    }
    return values;
  }

  /** The values of a fact. */
  fact(fact: Fact): SubjectValues {
    let values = this.#values.get(fact);
    if (values === undefined) {
      values = new FactValues(factTexts(this.#subject, fact));
      this.#values.set(fact, values);
    }
    return values;
  }
}

function factTexts(subject: RoutingSubject, fact: Fact): readonly string[] {
  if (fact === "sopClass") return namesOfUid(subject.sopClassUid);
  if (fact === "transferSyntax") return namesOfUid(subject.transferSyntax);
  const text = fact === "way" ? subject.way ?? "other" : subject[fact]?.trim();
  return text === undefined || text === "" ? [] : [text];
}

/** A UID, and the keyword that PS3.6 has for it. */
function namesOfUid(uid: string): readonly string[] {
  const keyword = findUid(uid)?.keyword;
  return [uid, keyword ?? ""].filter((text) => text !== "");
}

class FactValues implements SubjectValues {
  readonly texts: readonly string[];
  readonly numbers = [];
  readonly names = [];
  readonly vr = undefined;

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  get present(): boolean {
    return this.texts.length > 0;
  }

  spans(): readonly SubjectSpan[] {
    return [];
  }
}

class AttributeValues implements SubjectValues {
  readonly #found: readonly FoundElement[];
  readonly #vr: Vr;
  #texts: readonly string[] | undefined;
  #numbers: readonly (number | bigint)[] | undefined;
  #names: readonly (readonly string[])[] | undefined;
  #spans: readonly SubjectSpan[] | undefined;

  constructor(found: readonly FoundElement[], vr: Vr | undefined) {
    this.#found = found;
    this.#vr = vr ?? "LO";
  }

  get vr(): Vr | undefined {
    return this.#found[0]?.element.vr;
  }

  get present(): boolean {
    return this.#found.some(({ element, dataSet }) => !isWithoutValue(element, this.#vr, dataSet));
  }

  get texts(): readonly string[] {
    return this.#texts ??= this.#found.flatMap(({ element, dataSet }) => textsOf(element, this.#vr, dataSet));
  }

  get numbers(): readonly (number | bigint)[] {
    return this.#numbers ??= this.#found.flatMap(({ element, dataSet }) => numbersOf(element, this.#vr, dataSet));
  }

  get names(): readonly (readonly string[])[] {
    return this.#names ??= this.texts.map(nameGroups);
  }

  spans(vr: TemporalVr): readonly SubjectSpan[] {
    return this.#spans ??= this.#found.flatMap(({ element, dataSet }) =>
      textsOf(element, vr, dataSet).flatMap((text) => {
        const span = spanOf(text, vr);
        return span === undefined ? [] : [{ span, offset: vr === "DT" ? offsetOf(dataSet) : undefined }];
      })
    );
  }
}
