/**
 * Text of bytes that each stand for the same character as in ASCII: nearly all text, and read without a decoder.
 *
 * @module
 */

const ESC = 0x1B;
const BACKSLASH = 0x5C;
const TILDE = 0x7E;

/** Which bytes are plain: 1 at those that stand for the same character as in ASCII. */
export type PlainBytes = Uint8Array;

/** All of ASCII, where there are no escape sequences. */
export const ASCII: PlainBytes = asciiBut();
/** All but the beginning of an escape sequence. */
export const PLAIN: PlainBytes = asciiBut(ESC);
/** The same where G0 is ISO-IR 14, which has other characters in two places. */
export const PLAIN_IN_ISO_IR_14: PlainBytes = asciiBut(ESC, BACKSLASH, TILDE);

function asciiBut(...exceptions: number[]): PlainBytes {
  return Uint8Array.from({ length: 256 }, (_, code) => code < 0x80 && !exceptions.includes(code) ? 1 : 0);
}

/** Up to this many bytes, which a UID has at most, joining characters is faster than making a view for a TextDecoder. */
const SHORT = 64;
const decoder = new TextDecoder();

/** A list for the codes of each short text: filled anew each time, since to make one would take longer than to fill it. */
const codesOf = Array.from({ length: SHORT + 1 }, (_, length): number[] => new Array(length).fill(0));

/** The text of the bytes from `start` to before `end`; undefined where not all of them are plain. */
export function plainText(bytes: Uint8Array, start: number, end: number, plain: PlainBytes): string | undefined {
  const length = end - start;
  if (length > SHORT) {
    for (let index = start; index < end; index++) if (plain[bytes[index]!] !== 1) return undefined;
    return decoder.decode(bytes.subarray(start, end));
  }
  const codes = codesOf[length]!;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index]!;
    if (plain[byte] !== 1) return undefined;
    codes[index] = byte;
  }
  return String.fromCharCode.apply(null, codes);
}
