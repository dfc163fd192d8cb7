/**
 * Passcodes as they are kept: never themselves, always as a salted, slow hash.
 *
 * A hash is a text in the PHC string format, `$pbkdf2-sha256$i=ITERATIONS$SALT$HASH`, with salt and hash in Base64 without
 * padding: PBKDF2 with HMAC-SHA-256 (RFC 8018) over the passcode's bytes, UTF-8 mostly.
 *
 * @module
 */

import { equalBytes } from "./equal_bytes.ts";

/** A hash, read. */
export interface PasscodeHash {
  /** Rounds of PBKDF2. */
  readonly iterations: number;
  /** 8 to 64 bytes. */
  readonly salt: Uint8Array<ArrayBuffer>;
  /** 32 bytes. */
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** Default rounds: checking one passcode takes a fraction of a second, trying them all takes years. */
export const DEFAULT_ITERATIONS = 600_000;

/** Fewer give no protection; more would block the gateway. */
const MINIMUM_ITERATIONS = 100_000;
const MAXIMUM_ITERATIONS = 10_000_000;

const SALT_LENGTH = 16;
const HASH_LENGTH = 32;

const FORMAT = /^\$pbkdf2-sha256\$i=(\d{1,8})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/;

/** Hashes a passcode with a new salt. Throws TypeError for one that is empty, RangeError for too few or many iterations. */
export async function hashPasscode(passcode: string, iterations: number = DEFAULT_ITERATIONS): Promise<string> {
  if (passcode === "") throw new TypeError("Cannot hash the passcode: it is empty");
  if (!(iterations >= MINIMUM_ITERATIONS && iterations <= MAXIMUM_ITERATIONS)) {
    const expected = `${MINIMUM_ITERATIONS} to ${MAXIMUM_ITERATIONS}`;
    throw new RangeError(`Cannot hash the passcode: found ${iterations} iterations, expected ${expected}`);
  }
  const salt = crypto.getRandomValues(new Uint8Array(SALT_LENGTH));
  const hash = await derive(new TextEncoder().encode(passcode), { salt, iterations });
  return `$pbkdf2-sha256$i=${iterations}$${toBase64(salt)}$${toBase64(hash)}`;
}

/** Reads a hash; undefined for text that is not one, or has an unreasonable number of iterations. */
export function parsePasscodeHash(text: string): PasscodeHash | undefined {
  const [, digits, salt, hash] = FORMAT.exec(text) ?? [];
  const iterations = Number(digits);
  if (!(iterations >= MINIMUM_ITERATIONS && iterations <= MAXIMUM_ITERATIONS)) return undefined;
  try {
    return { iterations, salt: fromBase64(salt ?? ""), hash: fromBase64(hash ?? "") };
  } catch {
    return undefined;
  }
}

/** Whether `passcode` is the one that was hashed. Takes as long whatever the answer is. */
export async function verifyPasscode(passcode: Uint8Array, expected: PasscodeHash): Promise<boolean> {
  return equalBytes(await derive(passcode, expected), expected.hash);
}

/** A hash that no passcode has: verifying it takes the time that verifying a real one takes. */
export function unattainableHash(iterations: number): PasscodeHash {
  return { iterations, salt: new Uint8Array(SALT_LENGTH), hash: crypto.getRandomValues(new Uint8Array(HASH_LENGTH)) };
}

async function derive(
  passcode: Uint8Array,
  { salt, iterations }: Omit<PasscodeHash, "hash">,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", Uint8Array.from(passcode), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    key,
    HASH_LENGTH * 8,
  );
  return new Uint8Array(bits);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
