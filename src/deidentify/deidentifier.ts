/**
 * De-identification as a change of instances that pass by (PS3.15 Annex E).
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import { DataSetError } from "../errors.ts";
import type { LentBytes } from "../streams/lent_bytes.ts";
import type { Change, PassingInstance } from "../transform/change.ts";
import { about } from "../transform/set_value.ts";
import { KeyedNames } from "../transform/keyed_names.ts";
import type { EncapsulatedPixels, NewPixels } from "../transform/pixel_edit.ts";
import { type TransformedInstance, transformInstance, type TransformOptions } from "../transform/transform_instance.ts";
import { type SafePrivateAttribute, safePrivateAttributes } from "./actions.ts";
import { Attestation } from "./attestation.ts";
import { type BlankedArea, blankPixels } from "./blanked_pixels.ts";
import { Deidentification } from "./deidentification.ts";
import { checkOptions, type DeidentifyOption } from "./options.ts";
import {
  checkPixelRules,
  type PixelRule,
  type PixelTreatment,
  treatmentOf,
  ultrasoundRegions,
} from "./pixel_treatment.ts";
import { Plan } from "./plan.ts";
import type { ReportLine } from "./report.ts";
import { Residue } from "./residue.ts";
import { COMMON_WORDS } from "./technical_terms.ts";

/**
 * Blanks an area in encapsulated pixel data: decodes, blanks, and encodes without loss. It may change the attributes that
 * describe pixels. Throws where it can't.
 */
export type BlankEncapsulated = (pixels: EncapsulatedPixels, area: BlankedArea) => Promise<NewPixels>;

/** How to de-identify. */
export interface DeidentifyOptions {
  /**
   * The secret that replacements of identifiers derive from, at least 16 bytes. With the same key a patient, study or
   * instance always gets the same replacement; without the key the original can't be recovered.
   */
  readonly key: Uint8Array;
  /** The profile; `basic` is the only one. */
  readonly profile?: "basic";
  /** Options of the profile, such as `retain-device`; none by default. */
  readonly options?: readonly string[];
  /** What to do with pixels that may show text. The first rule that applies counts. */
  readonly pixels?: readonly PixelRule[];
  /** Blanks encapsulated pixel data; without it an instance that has them and needs it is held. */
  readonly blankEncapsulated?: BlankEncapsulated | undefined;
  /** Words that cleaned descriptions may keep; by default common terms of anatomy and of methods in English. */
  readonly words?: Iterable<string>;
  /** Private attributes that are known to be safe, beside those of PS3.15 Table E.3.10-1. */
  readonly safePrivate?: readonly SafePrivateAttribute[];
  /** With `retain-modified-dates`: the most days by which dates are moved to the past; 3650. */
  readonly maxDays?: number;
}

/** De-identifies any number of instances, also at the same time: a change for `transformInstance()`. */
export interface Deidentifier extends Change {
  /** The options that it carries out. */
  readonly options: ReadonlySet<DeidentifyOption>;
  /** What was done to an instance so far. */
  reportOf(instance: PassingInstance): readonly ReportLine[];
}

/** A de-identified instance. */
export interface DeidentifiedInstance extends TransformedInstance {
  /** What was done, by attribute and without values; whole once all bytes were read. */
  readonly report: readonly ReportLine[];
  /** The original SOP Instance UID. It identifies the patient: show it only to people who may see the original. */
  readonly originalSopInstanceUid: string;
}

const MOST_DAYS = 3650;
const ENCAPSULATED_DOCUMENT = 0x0042_0011;
const SOP_CLASS_UID = 0x0008_0016;

/** SOP Classes of waveforms that may hold the voice of a person. */
const VOICES: ReadonlySet<string> = new Set([UID.BasicVoiceAudioWaveformStorage, UID.GeneralAudioWaveformStorage]);

/**
 * Makes a de-identifier. Throws `RangeError` for a key that is too short, and for options that are unknown, can't be carried
 * out, or exclude each other; `SyntaxError` for a rule for pixels that is not right.
 *
 * It fails closed: it holds an instance, by a `DataSetError`, when a step can't be carried out, when pixels may show text and no
 * rule covers them, and when the outgoing bytes still have one of the instance's own identifiers.
 */
export function createDeidentifier(options: DeidentifyOptions): Deidentifier {
  if (options.profile !== undefined && options.profile !== "basic") {
    throw new RangeError(`Cannot de-identify by ${JSON.stringify(options.profile)}: expected the profile basic`);
  }
  checkPixelRules(options.pixels ?? []);
  const maxDays = options.maxDays ?? MOST_DAYS;
  if (!Number.isInteger(maxDays) || maxDays < 1) {
    throw new RangeError("Cannot move dates: expected maxDays of 1 or more");
  }
  const plan = new Plan({
    options: checkOptions(options.options ?? []),
    names: new KeyedNames(options.key),
    words: options.words === undefined ? COMMON_WORDS : new Set([...options.words].map((word) => word.toUpperCase())),
    maxDays,
    safePrivate: [...safePrivateAttributes(), ...options.safePrivate ?? []],
  });
  return new PlannedDeidentifier(plan, options.pixels ?? [], options.blankEncapsulated);
}

/** The work on one instance. */
interface Work {
  readonly deidentification: Deidentification;
  readonly residue: Residue;
}

class PlannedDeidentifier implements Deidentifier {
  readonly #plan: Plan;
  readonly #pixels: readonly PixelRule[];
  readonly #blankEncapsulated: BlankEncapsulated | undefined;
  readonly #unblanked: Attestation;
  readonly #blanked: Attestation;
  readonly #works = new WeakMap<PassingInstance, Work>();

  constructor(plan: Plan, pixels: readonly PixelRule[], blankEncapsulated: BlankEncapsulated | undefined) {
    this.#plan = plan;
    this.#pixels = pixels;
    this.#blankEncapsulated = blankEncapsulated;
    this.#unblanked = new Attestation(plan.options, false);
    this.#blanked = new Attestation(plan.options, true);
  }

  get options(): ReadonlySet<DeidentifyOption> {
    return this.#plan.options;
  }

  reportOf(instance: PassingInstance): readonly ReportLine[] {
    return this.#works.get(instance)?.deidentification.report.lines ?? [];
  }

  edit(instance: PassingInstance): void {
    withoutValues(() => this.#edit(instance));
  }

  editTrailing(trailing: DataSet, instance: PassingInstance): void {
    withoutValues(() => this.#works.get(instance)!.deidentification.run(trailing));
  }

  inspect(bytes: Uint8Array, instance: PassingInstance): void {
    this.#works.get(instance)!.residue.check(bytes);
  }

  #edit(instance: PassingInstance): void {
    const { dataSet, meta, hasPixelData } = instance;
    refuseDocuments(dataSet);
    const area = hasPixelData ? this.#areaOf(dataSet) : undefined;
    const residue = new Residue(dataSet, this.#plan.options);
    const deidentification = new Deidentification(this.#plan, dataSet, residue.names);
    this.#works.set(instance, { deidentification, residue });
    deidentification.run(dataSet);
    if (area !== undefined) this.#blank(instance, area);
    (area === undefined ? this.#unblanked : this.#blanked).addTo(dataSet);
    for (const { tag } of [...meta]) meta.delete(tag);
  }

  /** What is to be blanked; undefined where pixels stay. */
  #areaOf(dataSet: DataSet): BlankedArea | undefined {
    const treatment: PixelTreatment | undefined = treatmentOf(dataSet, this.#pixels);
    if (treatment === "ultrasound-regions") return { rectangles: ultrasoundRegions(dataSet), outside: true };
    if (typeof treatment === "object") return { rectangles: treatment.blank, outside: false };
    if (!this.#plan.options.has("clean-pixel-data")) return undefined;
    const expected = "a treatment that blanks, since the option clean-pixel-data is given";
    throw new DataSetError(`Cannot de-identify the pixels: no rule covers this image, expected ${expected}`, {
      expected,
    });
  }

  #blank(instance: PassingInstance, area: BlankedArea): void {
    const blankEncapsulated = this.#blankEncapsulated;
    const { dataSet } = instance;
    let native: ReturnType<typeof blankPixels> | undefined;
    instance.pixelEdit = {
      get native() {
        return native ??= blankPixels(dataSet, area);
      },
      encapsulated: async (pixels) => {
        if (blankEncapsulated !== undefined) return await blankEncapsulated(pixels, area);
        const expected = "native pixel data, or a function that decodes and encodes them";
        throw new DataSetError(`Cannot blank pixels: they are compressed, expected ${expected}`, { expected });
      },
    };
  }
}

/** Does something; the error of a value that can't be read or written comes out with its path, and without the value. */
function withoutValues(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DataSetError && error.cause instanceof DataSetError)) throw error;
    about("de-identify", undefined, () => {
      throw error;
    });
  }
}

/** Throws for an instance with a document in it, which de-identification can't look into. */
function refuseDocuments(dataSet: DataSet): void {
  const document = dataSet.element(ENCAPSULATED_DOCUMENT);
  if (document !== undefined && !(document.kind === "value" && document.length === 0)) {
    throw new DataSetError(
      "Cannot de-identify the instance: its encapsulated document may identify the patient, and no option cleans it",
      {
        tag: ENCAPSULATED_DOCUMENT,
      },
    );
  }
  const sopClass = dataSet.element(SOP_CLASS_UID)?.vr === "UI" ? dataSet.getTexts(SOP_CLASS_UID)[0] ?? "" : "";
  if (VOICES.has(sopClass)) {
    throw new DataSetError("Cannot de-identify the instance: its waveform may contain a voice, which no option cleans");
  }
}

/** De-identifies one instance, as `transformInstance()` changes it. Rejects and fails as that does, and where it is held. */
export async function deidentifyInstance(
  source: ReadableStream<Uint8Array> | LentBytes,
  deidentifier: Deidentifier,
  options: TransformOptions = {},
): Promise<DeidentifiedInstance> {
  let passing: PassingInstance | undefined;
  let original = "";
  const before = (instance: PassingInstance) => {
    passing = instance;
    original = instance.dataSet.element(0x0008_0018)?.vr === "UI" ? instance.dataSet.getText(0x0008_0018) ?? "" : "";
  };
  const transformed = await transformInstance(source, [before, deidentifier], options);
  return {
    ...transformed,
    get report() {
      return deidentifier.reportOf(passing!);
    },
    originalSopInstanceUid: original,
  };
}
