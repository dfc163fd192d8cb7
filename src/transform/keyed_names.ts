/**
 * New names for identifiers: always the same under one key, and impossible to compute without the key.
 *
 * @module
 */

import { findUid } from "../dicom/uid_registry.ts";
import { Hmac } from "./hmac.ts";

/** The shortest key, in bytes: as hard to guess as a UUID. */
const SHORTEST_KEY = 16;

/** New names that are kept in memory to be found sooner. */
const KEPT = 10_000;

/** What DICOM's own UIDs begin with (PS3.5 9 and PS3.6 Annex A). */
const DICOM_ROOT = "1.2.840.10008.";

/** Letters and digits that readers don't mistake for each other. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const encoder = new TextEncoder();

/** Names under a key. */
export class KeyedNames {
  readonly #hmac: Hmac;
  readonly #made = new Map<string, string>();

  /** Names under a key of at least 16 bytes. Throws `RangeError` for a shorter one. */
  constructor(key: Uint8Array) {
    if (key.length < SHORTEST_KEY) {
      throw new RangeError(`Cannot use a key of ${key.length} bytes: expected at least ${SHORTEST_KEY}`);
    }
    this.#hmac = new Hmac(key);
  }

  /** The code of a text, apart for each purpose. */
  digest(purpose: string, text: string): Uint8Array {
    return this.#hmac.digest(encoder.encode(`${purpose}\0${text}`));
  }

  /** What stands under a key among names that were made already, else what `make` makes, which is kept. */
  #known(key: string, make: () => string): string {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#made.size >= KEPT) this.#made.delete(this.#made.keys().next().value!);
    this.#made.set(key, made);
    return made;
  }

  /** A UID in place of another: a UUID of version 8 (RFC 9562) under 2.25 (PS3.5 B.2). */
  uid(uid: string): string {
    return this.#known(`uid\0${uid}`, () => {
      const bytes = this.digest("uid", uid).subarray(0, 16);
      bytes[6] = bytes[6]! & 0x0f | 0x80;
      bytes[8] = bytes[8]! & 0x3f | 0x80;
      return `2.25.${numberOf(bytes)}`;
    });
  }

  /** `length` letters and digits in place of a text, at most 51. */
  code(purpose: string, text: string, length: number): string {
    return this.#known(`${purpose}\0${length}\0${text}`, () => {
      let number = numberOf(this.digest(purpose, text));
      let code = "";
      for (; code.length < length; number >>= 5n) code += DIGITS[Number(number & 31n)];
      return code;
    });
  }

  /** A whole number from 1 to `maximum` in place of a text. */
  number(purpose: string, text: string, maximum: number): number {
    return Number(this.#known(`${purpose}\0${maximum}\0${text}`, () => {
      const number = numberOf(this.digest(purpose, text).subarray(0, 8));
      return String(number % BigInt(maximum) + 1n);
    }));
  }
}

/** The number that bytes are, the first one highest. */
function numberOf(bytes: Uint8Array): bigint {
  let number = 0n;
  for (const byte of bytes) number = number << 8n | BigInt(byte);
  return number;
}

/** Whether a UID names what the standard defines, such as a SOP Class, and no instance. */
export function isStandardUid(uid: string): boolean {
  return uid.startsWith(DICOM_ROOT) || findUid(uid) !== undefined;
}

/** UI attributes that name a kind and never an instance, also with a private UID (PS3.6). */
export const CLASS_UIDS: ReadonlySet<number> = new Set([
  0x0002_0002, // Media Storage SOP Class UID
  0x0002_0010, // Transfer Syntax UID
  0x0002_0012, // Implementation Class UID
  0x0002_0032, // RTV Communication SOP Class UID
  0x0004_1510, // Referenced SOP Class UID in File
  0x0004_1512, // Referenced Transfer Syntax UID in File
  0x0004_151a, // Referenced Related General SOP Class UID in File
  0x0008_0016, // SOP Class UID
  0x0008_001a, // Related General SOP Class UID
  0x0008_001b, // Original Specialized SOP Class UID
  0x0008_0062, // SOP Classes in Study
  0x0008_010c, // Coding Scheme UID
  0x0008_0117, // Context UID
  0x0008_0118, // Mapping Resource UID
  0x0008_040e, // Stored Instance Transfer Syntax UID
  0x0008_1150, // Referenced SOP Class UID
  0x0008_115a, // SOP Classes Supported
  0x0008_3002, // Available Transfer Syntax UID
  0x0034_0003, // Flow Transfer Syntax UID
  0x0400_0010, // MAC Calculation Transfer Syntax UID
  0x0400_0510, // Encrypted Content Transfer Syntax UID
  0x3010_0052, // Pertinent SOP Classes in Study
  0x3010_0053, // Pertinent SOP Classes in Series
]);
