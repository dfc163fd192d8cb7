/**
 * Who an instance is: the UIDs in its data set, read while the bytes pass by.
 *
 * @module
 */

import { asciiText } from "../dicom/ascii.ts";
import { AttributeReader } from "../dicom/attribute_reader.ts";
import { findTransferSyntax, isValidUid } from "../dicom/uids.ts";
import { InstanceNotKeptError } from "../errors.ts";

const SOP_CLASS_UID = 0x0008_0016;
const SOP_INSTANCE_UID = 0x0008_0018;
const STUDY_INSTANCE_UID = 0x0020_000d;
const SERIES_INSTANCE_UID = 0x0020_000e;

const TAGS: ReadonlySet<number> = new Set([SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID]);

/**
 * Deflated bytes may become a thousand times as many, and others want their turn while that goes on: so many are read at
 * a stretch, and for about so many milliseconds.
 */
const DEFLATED_PIECE = 1024;
const LONGEST_TURN = 10;

/** Milliseconds that others have between two turns, whoever's they are, and that lie between two of the same data set. */
const BREAK = 1;
const OWN_BREAK = 2;

/** When a turn ended last. No queue: on workerd, one who waits may be gone before it is his turn. */
let turnEnded = -Infinity;

/** No UID comes near; a longer value is passed over. */
const MAXIMUM_UID_LENGTH = 1024;

/** UIDs without padding; empty where the data set has none, as instances that belong to no study do. */
export interface InstanceIdentity {
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** Walks over a data set to its end. `push` and `end` throw `DataSetError` and `LimitError`. */
export class IdentityReader {
  readonly #reader: AttributeReader;
  readonly #deflated: boolean;

  constructor(options: { transferSyntax: string; maximumInflatedLength?: number; maximumDepth?: number }) {
    this.#deflated = findTransferSyntax(options.transferSyntax)?.deflated ?? false;
    this.#reader = new AttributeReader({ ...options, tags: TAGS, maximumValueLength: MAXIMUM_UID_LENGTH });
  }

  /** Takes the next bytes, which are the caller's again once it has returned, or the promise it returned has resolved. */
  push(chunk: Uint8Array): void | Promise<void> {
    if (this.#deflated && chunk.length > DEFLATED_PIECE) return this.#pushInTurns(chunk);
    this.#reader.push(chunk);
  }

  async #pushInTurns(chunk: Uint8Array): Promise<void> {
    for (let rest = this.#pushForOneTurn(chunk); rest.length > 0; rest = this.#pushForOneTurn(rest)) {
      await pause(OWN_BREAK);
      while (performance.now() - turnEnded < BREAK) await pause(BREAK);
    }
  }

  /** Reads on, for one turn. Returns what is left. */
  #pushForOneTurn(chunk: Uint8Array): Uint8Array {
    const end = performance.now() + LONGEST_TURN;
    let start = 0;
    do {
      this.#reader.push(chunk.subarray(start, start + DEFLATED_PIECE));
      start += DEFLATED_PIECE;
    } while (start < chunk.length && performance.now() < end);
    turnEnded = performance.now();
    return chunk.subarray(start);
  }

  /** Says that no more bytes come. */
  end(): void {
    this.#reader.end();
  }

  /**
   * What was read, if it is the instance that was announced.
   *
   * @throws InstanceNotKeptError `data-set-does-not-match-sop-class`
   */
  check(announced: { sopClassUid: string; sopInstanceUid: string }): InstanceIdentity {
    this.#expect("SOP Class UID", SOP_CLASS_UID, announced.sopClassUid);
    this.#expect("SOP Instance UID", SOP_INSTANCE_UID, announced.sopInstanceUid);
    return {
      sopInstanceUid: this.#uid(SOP_INSTANCE_UID),
      studyInstanceUid: this.#uid(STUDY_INSTANCE_UID),
      seriesInstanceUid: this.#uid(SERIES_INSTANCE_UID),
    };
  }

  #expect(what: string, tag: number, expected: string): void {
    const found = this.#uid(tag);
    if (found !== "" && found === expected.trim()) return;
    // Other text may be anything, a patient's name too.
    const seen = found === "" ? "none" : isValidUid(found) ? found : "no UID";
    throw new InstanceNotKeptError(
      `Cannot keep the instance: ${what} is ${seen} in its data set, expected ${shown(expected)} as announced`,
      { reason: "data-set-does-not-match-sop-class" },
    );
  }

  /** Spaces in front are as meaningless as padding. */
  #uid(tag: number): string {
    const attribute = this.#reader.attributes.get(tag);
    return attribute === undefined ? "" : asciiText(attribute.bytes).trim();
  }
}

/** What was announced may be any text as well. */
function shown(expected: string): string {
  return isValidUid(expected) ? expected : "other text";
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
