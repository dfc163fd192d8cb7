/**
 * The identity of an instance and the attributes that the index keeps: read in its data set while the bytes pass by.
 *
 * @module
 */

import { asciiText } from "../dicom/ascii.ts";
import { findTransferSyntax } from "../dicom/transfer_syntaxes.ts";
import { isValidUid } from "../dicom/uids.ts";
import { DataSetError, InstanceNotKeptError } from "../errors.ts";
import { type KeptAttributes, keptLevels } from "../index/kept_attributes.ts";
import type { QueryLevel } from "../query/levels.ts";
import { inTimeSlices } from "../scheduling/time_slices.ts";
import { AttributeCollector } from "./attribute_collector.ts";

const SOP_CLASS_UID = 0x0008_0016;
const SOP_INSTANCE_UID = 0x0008_0018;
const PATIENT_ID = 0x0010_0020;
const STUDY_INSTANCE_UID = 0x0020_000d;
const SERIES_INSTANCE_UID = 0x0020_000e;

const TAGS: ReadonlySet<number> = new Set([
  SOP_CLASS_UID,
  SOP_INSTANCE_UID,
  PATIENT_ID,
  STUDY_INSTANCE_UID,
  SERIES_INSTANCE_UID,
]);

/** Nothing behind it says what an instance is about. */
const PIXEL_DATA_GROUP = 0x7fe0_0000;

let usuallyKept: ReadonlyMap<number, QueryLevel> | undefined;

/** Deflated bytes may become a thousand times as many: so many are read at a stretch. */
const DEFLATED_PIECE = 1024;

/** No UID comes near; a longer one counts as none. */
const MAXIMUM_UID_LENGTH = 1024;

/** Warnings that are remembered of one data set. */
const MAXIMUM_WARNINGS = 10;

/** Without padding; empty where the data set has none, as instances that belong to no study do. */
export interface InstanceIdentity {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly patientId: string;
}

/** What a command set, or meta information, says of a data set. */
export interface AnnouncedIdentity {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Where a certain one is wanted. */
  readonly studyInstanceUid?: string;
}

/** How to read. */
export interface IdentityReaderOptions {
  readonly transferSyntax: string;
  readonly maxInflatedLength?: number;
  readonly maxDepth?: number;
  /**
   * Whether a data set that breaks PS3.5, or is in an unknown transfer syntax, is passed over from there on, where
   * what was announced can name it. Default: it is an error.
   */
  readonly tolerateUnreadable?: boolean;
  /** Look no further than needed. Default: walk to the end. */
  readonly headOnly?: boolean;
  /** Stop before the first element at the top level with this tag or a higher one. Default: as `headOnly` says. */
  readonly stopAt?: number;
  /** The attributes that are kept, and their levels. Default: `keptLevels()`. */
  readonly kept?: ReadonlyMap<number, QueryLevel>;
  /** Attributes that a caller has to look at before the instance is kept. Default: none. */
  readonly wanted?: ReadonlySet<number>;
}

/** Walks over a data set to its end. `push` and `end` throw `DataSetError` and `LimitError`. */
export class IdentityReader {
  readonly #reader: AttributeCollector;
  readonly #deflated: boolean;
  readonly #known: boolean;
  readonly #tolerate: boolean;
  readonly #warnings: DataSetError[] = [];
  #unreadable: DataSetError | undefined;

  constructor({ tolerateUnreadable = false, headOnly = false, ...options }: IdentityReaderOptions) {
    const transferSyntax = findTransferSyntax(options.transferSyntax);
    this.#known = transferSyntax !== undefined;
    this.#deflated = transferSyntax?.deflated ?? false;
    this.#tolerate = tolerateUnreadable;
    this.#reader = new AttributeCollector({
      ...options,
      identity: TAGS,
      kept: options.kept ?? (usuallyKept ??= keptLevels()),
      ...(headOnly && { stopAt: PIXEL_DATA_GROUP }),
      ...(options.stopAt !== undefined && { stopAt: options.stopAt }),
      onWarning: (warning) => {
        if (this.#warnings.length < MAXIMUM_WARNINGS) this.#warnings.push(warning);
      },
    });
  }

  /** Whether more bytes would change nothing. */
  get done(): boolean {
    return this.#reader.stopped || this.#unreadable !== undefined;
  }

  /** Ends the reading, and gives what an index keeps; undefined where what was read means nothing. */
  finish(): KeptAttributes | undefined {
    const attributes = this.#reader.finish();
    return this.#isHopeless ? undefined : attributes;
  }

  /** After `finish()`: what was wanted and is not kept, as `AttributeCollector.wanted`. */
  get wanted(): Uint8Array | undefined {
    return this.#isHopeless ? undefined : this.#reader.wanted;
  }

  /** What was wrong and could be read, or kept, all the same. */
  get warnings(): readonly DataSetError[] {
    return this.#unreadable === undefined ? this.#warnings : [...this.#warnings, this.#unreadable];
  }

  /** Takes the next bytes, which are the caller's again once it has returned, or the promise it returned has resolved. */
  push(chunk: Uint8Array): void | Promise<void> {
    if (this.done) return;
    if (this.#deflated && chunk.length > DEFLATED_PIECE) return this.#pushInSlices(chunk);
    this.#readOn(() => this.#reader.push(chunk));
  }

  async #pushInSlices(chunk: Uint8Array): Promise<void> {
    await inTimeSlices(chunk, DEFLATED_PIECE, (piece) => {
      if (!this.done) this.#readOn(() => this.#reader.push(piece));
    });
  }

  /** Says that no more bytes come. */
  end(): void {
    if (!this.done) this.#readOn(() => this.#reader.end());
  }

  #readOn(read: () => void): void {
    if (!this.#tolerate) return read();
    try {
      read();
    } catch (error) {
      if (!(error instanceof DataSetError)) throw error;
      this.#unreadable = error;
    }
  }

  /**
   * What was read, if it is the instance that was announced. Where it could not be read to its end, what was announced
   * counts in the place of what is missing.
   *
   * @throws InstanceNotKeptError `data-set-does-not-match-sop-class`; `cannot-understand` when it can't be read, and what
   * was announced are no UIDs either
   */
  check(announced: AnnouncedIdentity): InstanceIdentity {
    this.#expectStudy(announced.studyInstanceUid);
    if (this.#isHopeless) return this.#asAnnounced(announced);
    this.#expect("SOP Class UID", SOP_CLASS_UID, announced.sopClassUid);
    this.#expect("SOP Instance UID", SOP_INSTANCE_UID, announced.sopInstanceUid);
    return {
      sopClassUid: announced.sopClassUid.trim(),
      sopInstanceUid: announced.sopInstanceUid.trim(),
      studyInstanceUid: this.#text(STUDY_INSTANCE_UID),
      seriesInstanceUid: this.#text(SERIES_INSTANCE_UID),
      patientId: this.#text(PATIENT_ID),
    };
  }

  /**
   * What was read, whoever it is; `announced` in the place of what is missing.
   *
   * @throws InstanceNotKeptError `cannot-understand` when it has no name
   */
  identity({ sopClassUid, sopInstanceUid }: AnnouncedIdentity): InstanceIdentity {
    const found = { sopClassUid: this.#text(SOP_CLASS_UID), sopInstanceUid: this.#text(SOP_INSTANCE_UID) };
    const isComplete = found.sopClassUid !== "" && found.sopInstanceUid !== "";
    return this.check(isComplete && !this.#isHopeless ? found : { sopClassUid, sopInstanceUid });
  }

  /** Whether what was read means nothing: in an unknown transfer syntax, without the UIDs that all have. */
  get #isHopeless(): boolean {
    if (!this.#tolerate || this.#known) return false;
    return this.#unreadable !== undefined || this.#text(SOP_INSTANCE_UID) === "";
  }

  #asAnnounced(announced: AnnouncedIdentity): InstanceIdentity {
    this.#unreadable ??= new DataSetError("Cannot read the data set: its transfer syntax is unknown");
    this.#expectName(announced);
    const { sopClassUid, sopInstanceUid } = announced;
    return { sopClassUid, sopInstanceUid, studyInstanceUid: "", seriesInstanceUid: "", patientId: "" };
  }

  /** What can't be read needs a good name at least. */
  #expectName({ sopClassUid, sopInstanceUid }: AnnouncedIdentity): void {
    if (isNumeric(sopClassUid) && isNumeric(sopInstanceUid)) return;
    throw new InstanceNotKeptError(`${this.#unreadable!.message}, and no UIDs were announced for it`, {
      reason: "cannot-understand",
      cause: this.#unreadable,
    });
  }

  #expect(what: string, tag: number, expected: string): void {
    const found = this.#text(tag);
    if (found !== "" && found === expected.trim()) return;
    if (found === "" && this.#unreadable !== undefined) {
      return this.#expectName({ sopClassUid: expected, sopInstanceUid: expected });
    }
    throw mismatch(what, found, expected, " as announced");
  }

  #expectStudy(expected: string | undefined): void {
    const found = this.#text(STUDY_INSTANCE_UID);
    if (expected === undefined || found === expected) return;
    throw mismatch("Study Instance UID", found, expected, "");
  }

  /** Spaces in front are as meaningless as padding; a NUL inside can't be written down everywhere. */
  #text(tag: number): string {
    const bytes = this.#reader.identity.get(tag);
    if (bytes === undefined || bytes.length > MAXIMUM_UID_LENGTH) return "";
    return asciiText(bytes).trim().replaceAll("\0", "\ufffd");
  }
}

function mismatch(what: string, found: string, expected: string, why: string): InstanceNotKeptError {
  // Other text may be anything, a patient's name too.
  const shown = (text: string) => text === "" ? "none" : isValidUid(text) ? text : "no UID";
  return new InstanceNotKeptError(
    `Cannot keep the instance: ${what} is ${shown(found)} in its data set, expected ${shown(expected)}${why}`,
    { reason: "data-set-does-not-match-sop-class" },
  );
}

/** Digits and dots, as UIDs have them; leading zeros are seen often. */
export function isNumeric(uid: string): boolean {
  return uid.length <= 64 && /^\d+(\.\d+)*$/.test(uid);
}
