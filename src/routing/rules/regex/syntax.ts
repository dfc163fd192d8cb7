/**
 * Parser of regular expressions that can be matched in linear time.
 *
 * The subset: characters, `.`, classes with ranges such as `[A-Z_]` and `[^0-9]`, `\d \D \w \W \s \S`, groups `(…)` and
 * `(?:…)`, `|`, the quantifiers `* + ? {n} {n,} {n,m}`, the anchors `^` and `$`, `\` before any other character that is no
 * letter or digit, and `(?i)` in front for either case. Back references and assertions have no linear time, and are refused.
 *
 * @module
 */

/** A node of an expression. */
export type RegexNode =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "start" | "end" | "nothing" }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly part: RegexNode; readonly min: number; readonly max: number };

/** Characters by ranges of code points, both ends included, or all others. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly negated: boolean;
}

/** A parsed expression. */
export interface ParsedRegex {
  readonly root: RegexNode;
  readonly ignoreCase: boolean;
}

const MAXIMUM_LENGTH = 1024;
const MAXIMUM_DEPTH = 32;
const MAXIMUM_REPEAT = 1000;

const DIGITS: CharacterSet["ranges"] = [[0x30, 0x39]];
const WORDS: CharacterSet["ranges"] = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const SPACES: CharacterSet["ranges"] = [[0x09, 0x0d], [0x20, 0x20], [0xa0, 0xa0], [0x2028, 0x2029], [0x3000, 0x3000]];
const CLASSES: Readonly<Record<string, CharacterSet["ranges"]>> = { d: DIGITS, w: WORDS, s: SPACES };

/** Parses an expression. Throws `SyntaxError` with the problem and the number of its character, from 1. */
export function parseRegex(text: string): ParsedRegex {
  if (text.length > MAXIMUM_LENGTH) {
    throw new SyntaxError(`it has ${text.length} characters, expected at most ${MAXIMUM_LENGTH}`);
  }
  const ignoreCase = text.startsWith("(?i)");
  const reader = new RegexReader([...text], ignoreCase ? 4 : 0);
  return { root: reader.read(), ignoreCase };
}

/** Whether a character is in a set: any of its code points, where it has several for either case. */
export function isInSet({ ranges, negated }: CharacterSet, codes: readonly number[]): boolean {
  for (const [first, last] of ranges) {
    for (const code of codes) if (code >= first && code <= last) return !negated;
  }
  return negated;
}

class RegexReader {
  readonly #characters: readonly string[];
  #at: number;
  #depth = 0;

  constructor(characters: readonly string[], at: number) {
    this.#characters = characters;
    this.#at = at;
  }

  read(): RegexNode {
    const root = this.#choice();
    if (this.#at < this.#characters.length) throw this.#wrong(`) without (`);
    return root;
  }

  #wrong(what: string): SyntaxError {
    return new SyntaxError(`${what} at character ${this.#at + 1}`);
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#at++;
    return true;
  }

  #choice(): RegexNode {
    if (++this.#depth > MAXIMUM_DEPTH) throw this.#wrong(`more than ${MAXIMUM_DEPTH} groups in each other`);
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#next !== undefined && this.#next !== "|" && this.#next !== ")") parts.push(this.#repeated());
    return { kind: "sequence", parts };
  }

  #repeated(): RegexNode {
    const part = this.#atom();
    const bounds = this.#quantifier();
    if (bounds === undefined) return part;
    this.#take("?"); // Lazy or greedy makes no difference to whether a match exists.
    if (this.#quantifier() !== undefined) throw this.#wrong("a quantifier behind another");
    return { kind: "repeat", part, min: bounds[0], max: bounds[1] };
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    if (this.#next !== "{") return undefined;
    const counted = /^\{(\d{1,5})(?:(,)(\d{0,5}))?\}/.exec(this.#characters.slice(this.#at, this.#at + 14).join(""));
    if (counted === null) throw this.#wrong("{ that is no quantifier such as {2} or {2,5}; \\{ stands for itself");
    const [all, least, comma, most] = counted;
    const min = Number(least);
    const max = comma === undefined ? min : most === "" ? Infinity : Number(most);
    if (max < min || min > MAXIMUM_REPEAT || (max > MAXIMUM_REPEAT && max !== Infinity)) {
      throw this.#wrong(`${all}, expected numbers that go up, to ${MAXIMUM_REPEAT} at most,`);
    }
    this.#at += all.length;
    return [min, max];
  }

  #atom(): RegexNode {
    const character = this.#next!;
    if (character === "(") return this.#group();
    if (character === "[") return { kind: "set", set: this.#class() };
    if (character === "\\") return { kind: "set", set: this.#escape() };
    if ("*+?{".includes(character)) throw this.#wrong(`${character} with nothing to repeat`);
    this.#at++;
    if (character === "^") return { kind: "start" };
    if (character === "$") return { kind: "end" };
    if (character === ".") return { kind: "set", set: { ranges: [[0x0a, 0x0a], [0x0d, 0x0d]], negated: true } };
    return { kind: "set", set: single(character) };
  }

  #group(): RegexNode {
    const start = this.#at++;
    if (this.#take("?") && !this.#take(":")) {
      this.#at = start;
      throw this.#wrong("(? that is neither (?: nor (?i) in front: assertions and names have no place here,");
    }
    const inner = this.#choice();
    if (this.#take(")")) return inner;
    this.#at = start;
    throw this.#wrong("( without )");
  }

  #escape(): CharacterSet {
    const character = this.#characters[this.#at + 1];
    if (character === undefined) throw this.#wrong("\\ with nothing behind it");
    const ranges = CLASSES[character.toLowerCase()];
    if (ranges === undefined && /[\p{L}\p{N}]/u.test(character)) {
      throw this.#wrong(`\\${character}, expected \\d, \\w, \\s, or \\ before a character that is no letter or digit,`);
    }
    this.#at += 2;
    return ranges === undefined ? single(character) : { ranges, negated: character !== character.toLowerCase() };
  }

  #class(): CharacterSet {
    const start = this.#at++;
    const negated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    while (ranges.length === 0 || this.#next !== "]") {
      if (this.#next === undefined || this.#next === "]") {
        this.#at = start;
        throw this.#wrong("[ without ], or with nothing in it,");
      }
      ranges.push(...this.#classPart());
    }
    this.#at++;
    return { ranges, negated };
  }

  #classPart(): CharacterSet["ranges"] {
    const first = this.#classEnd();
    if (this.#next !== "-" || this.#characters[this.#at + 1] === "]") return first;
    this.#at++;
    if (this.#next === undefined) return first;
    const last = this.#classEnd();
    const [[from, end] = [0, -1]] = first;
    const [[to, until] = [0, -1]] = last;
    if (first.length !== 1 || last.length !== 1 || from !== end || to !== until || to < from) {
      throw this.#wrong("a range that does not go from one character to a later one");
    }
    return [[from, to]];
  }

  #classEnd(): CharacterSet["ranges"] {
    if (this.#next !== "\\") return single(this.#characters[this.#at++]!).ranges;
    const { ranges, negated } = this.#escape();
    if (negated) throw this.#wrong("\\D, \\W or \\S in brackets");
    return ranges;
  }
}

function single(character: string): CharacterSet {
  const code = character.codePointAt(0)!;
  return { ranges: [[code, code]], negated: false };
}
