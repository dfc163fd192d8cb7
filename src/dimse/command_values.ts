/**
 * How the values of command elements are read and written (PS3.5 section 6.2, Implicit VR Little Endian).
 *
 * @module
 */

import { CommandSetError } from "./command_set_error.ts";

/** A value as a field of a command holds it. */
export type CommandValue = string | number | boolean | readonly number[];

/** Reads and writes values of one kind. `label` is what an error calls the element: its name and tag. */
export interface CommandValueFormat {
  /** Undefined when there is no value. Throws `CommandSetError` for a value that breaks its rules. */
  read(bytes: Uint8Array, offset: number, length: number, label: string): CommandValue | undefined;
  /** Encoded length in bytes, even. */
  size(value: CommandValue): number;
  /** Writes as many bytes as `size` says. Throws `CommandSetError` for a value that breaks its rules. */
  write(bytes: Uint8Array, offset: number, value: CommandValue, label: string): void;
}

/** Longest Error Comment (VR LO), in characters. */
const COMMENT_LENGTH = 64;
const SPACE = 0x20;
const BACKSLASH = 0x5C;
const QUESTION_MARK = 0x3F;

/** Unsigned 16 bit number (VR US). */
export const unsignedShort: CommandValueFormat = {
  read(bytes, offset, length, label) {
    if (length === 0) return undefined;
    if (length !== 2) throw unreadable(label, `has ${length} bytes, expected 2`);
    return readUint16(bytes, offset);
  },
  size: () => 2,
  write(bytes, offset, value, label) {
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 0xFFFF) {
      throw unwritable(label, `is ${value}, expected 0 to 65535`);
    }
    writeUint16(bytes, offset, value);
  },
};

/** Unsigned 16 bit number that stands for something else; `fallback` for one that stands for nothing. */
export function coded(codes: ReadonlyMap<CommandValue, number>, fallback?: CommandValue): CommandValueFormat {
  const meanings = new Map([...codes].map(([meaning, code]) => [code, meaning]));
  return {
    read(bytes, offset, length, label) {
      const code = unsignedShort.read(bytes, offset, length, label);
      if (typeof code !== "number") return undefined;
      const meaning = meanings.get(code) ?? fallback;
      if (meaning === undefined) throw unreadable(label, `is ${hexadecimal(code)}, which has no meaning`);
      return meaning;
    },
    size: () => 2,
    write(bytes, offset, value, label) {
      const code = codes.get(value);
      if (code === undefined) throw unwritable(label, `is ${value}, expected one of ${[...codes.keys()].join(", ")}`);
      writeUint16(bytes, offset, code);
    },
  };
}

/** Tags (VR AT). */
export const attributeTags: CommandValueFormat = {
  read(bytes, offset, length, label) {
    if (length === 0) return undefined;
    if (length % 4 !== 0) throw unreadable(label, `has ${length} bytes, expected a multiple of 4`);
    const tags: number[] = [];
    for (let at = offset; at < offset + length; at += 4) {
      tags.push(readUint16(bytes, at) * 0x1_0000 + readUint16(bytes, at + 2));
    }
    return tags;
  },
  size: (value) => Array.isArray(value) ? value.length * 4 : 0,
  write(bytes, offset, value, label) {
    if (!Array.isArray(value) || !value.every(isTag)) throw unwritable(label, `is ${value}, expected a list of tags`);
    for (const tag of value) {
      writeUint16(bytes, offset, tag >>> 16);
      writeUint16(bytes, offset + 2, tag & 0xFFFF);
      offset += 4;
    }
  },
};

/** UID (VR UI). Padding by NUL or space is taken off; the characters and the length are checked (PS3.5 9.1). */
export const uniqueIdentifier: CommandValueFormat = text({
  expected: "1 to 64 digits and periods",
  maximum: 64,
  allowed: (code) => (code >= 0x30 && code <= 0x39) || code === 0x2E,
  padding: 0,
});

/**
 * UID of a SOP instance. Many in use break PS3.5 9.1 by letters or by their length, so any text passes that a UI element
 * can hold; a caller that needs a valid UID has to check.
 */
export const instanceIdentifier: CommandValueFormat = text({
  expected: "1 to 250 printable ASCII characters without a backslash",
  maximum: 250,
  allowed: (code) => code >= SPACE && code <= 0x7E && code !== BACKSLASH,
  padding: 0,
});

/** AE title (VR AE). Spaces around it are not significant. */
export const aeTitle: CommandValueFormat = text({
  expected: "1 to 16 printable ASCII characters without a backslash",
  maximum: 16,
  allowed: (code) => code >= SPACE && code <= 0x7E && code !== BACKSLASH,
  padding: SPACE,
});

/** A comment for people (VR LO): what does not fit is cut, what is not printable ASCII becomes a question mark. */
export const comment: CommandValueFormat = {
  read(bytes, offset, length) {
    const { start, end } = trim(bytes, offset, offset + length);
    const codes = [...bytes.subarray(start, Math.min(end, start + COMMENT_LENGTH))];
    return end === start ? undefined : String.fromCharCode(...codes.map(printable));
  },
  size: (value) => even(Math.min(String(value).length, COMMENT_LENGTH)),
  write(bytes, offset, value) {
    const characters = String(value).slice(0, COMMENT_LENGTH);
    for (let i = 0; i < characters.length; i++) bytes[offset + i] = printable(characters.charCodeAt(i));
    if (characters.length % 2 === 1) bytes[offset + characters.length] = SPACE;
  },
};

interface TextRules {
  readonly expected: string;
  /** In characters. */
  readonly maximum: number;
  readonly allowed: (code: number) => boolean;
  readonly padding: number;
}

function text({ expected, maximum, allowed, padding }: TextRules): CommandValueFormat {
  return {
    read(bytes, offset, length, label) {
      const { start, end } = trim(bytes, offset, offset + length);
      if (end === start) return undefined;
      if (end - start > maximum) throw unreadable(label, `has ${end - start} characters, expected ${expected}`);
      const codes: number[] = [];
      for (let at = start; at < end; at++) {
        const code = bytes[at] ?? 0;
        if (!allowed(code)) throw unreadable(label, `holds the byte ${hexadecimal(code, 2)}, expected ${expected}`);
        codes.push(code);
      }
      return String.fromCharCode.apply(null, codes);
    },
    size: (value) => even(String(value).length),
    write(bytes, offset, value, label) {
      const characters = String(value);
      let legal = typeof value === "string" && characters.length > 0 && characters.length <= maximum;
      for (let i = 0; legal && i < characters.length; i++) {
        const code = characters.charCodeAt(i);
        legal = allowed(code);
        bytes[offset + i] = code;
      }
      if (!legal) throw unwritable(label, `is ${JSON.stringify(value)}, expected ${expected}`);
      if (characters.length % 2 === 1) bytes[offset + characters.length] = padding;
    },
  };
}

const UNREADABLE = "Cannot read the command set: ";

/** An error about what was received. */
export function unreadable(label: string, problem: string): CommandSetError {
  return new CommandSetError(`${UNREADABLE}${label} ${problem}`);
}

/** What such an error says of the element. */
export function problemOf({ message }: CommandSetError): string {
  return message.startsWith(UNREADABLE) ? message.slice(UNREADABLE.length) : message;
}

/** An error about what should be sent. */
export function unwritable(label: string, problem: string): CommandSetError {
  return new CommandSetError(`Cannot write the command set: ${label} ${problem}`);
}

/** Such as `0x0101`. */
export function hexadecimal(value: number, digits = 4): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
}

/** Reads an unsigned 16 bit number, little endian. */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}

/** Writes an unsigned 16 bit number, little endian. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value & 0xFF;
  bytes[offset + 1] = value >>> 8;
}

/** Where a text begins and ends without the spaces and NULs around it. */
function trim(bytes: Uint8Array, start: number, end: number): { start: number; end: number } {
  while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === 0)) end--;
  while (start < end && bytes[start] === SPACE) start++;
  return { start, end };
}

function isTag(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xFFFF_FFFF;
}

function printable(code: number): number {
  return code >= SPACE && code <= 0x7E && code !== BACKSLASH ? code : QUESTION_MARK;
}

function even(length: number): number {
  return length + (length & 1);
}
