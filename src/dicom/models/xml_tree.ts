/**
 * Reads the XML that models are written in: elements, attributes and text, nothing that reaches outside of the document.
 *
 * @module
 */

import { DataSetError, LimitError } from "../../errors.ts";

/** An element of an XML document. */
export interface XmlElement {
  /** Its name without a namespace prefix. */
  readonly name: string;
  /** Attributes by name without a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements in it. */
  readonly children: readonly XmlElement[];
  /** Text right in it, with nothing left out. */
  readonly text: string;
}

/** An element that is not at its end yet. */
interface OpenElement extends XmlElement {
  /** As it is written, to be found at its end. */
  readonly written: string;
  readonly children: XmlElement[];
  text: string;
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}._-]*(?::[\p{L}_][\p{L}\p{N}._-]*)?`;
const TAG = new RegExp(String.raw`<(${NAME})((?:\s+${NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>`, "uy");
const ATTRIBUTE = new RegExp(String.raw`(${NAME})\s*=\s*(?:"([^"]*)"|'([^']*)')`, "gu");
const END_TAG = new RegExp(String.raw`</(${NAME})\s*>`, "uy");

/**
 * Most elements of a document. An attribute of the Native DICOM Model takes two, in 80 characters at least; what has more is
 * made to fill the memory, of which each element takes much more than its characters.
 */
const MAXIMUM_ELEMENTS = 2_000_000;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** What is passed over, by how it begins and ends. */
const PASSED_OVER: readonly (readonly [start: string, end: string])[] = [["<!--", "-->"], ["<?", "?>"]];
const CDATA = ["<![CDATA[", "]]>"] as const;

/**
 * Reads a document and gives its outermost element. Document type declarations are refused, and with them entities of one's
 * own (PS3.18 8.7.3.1 has no use for any).
 *
 * @throws {DataSetError} on what is no XML, with its offset in characters
 * @throws {LimitError} on elements that are nested deeper than `maxDepth`, and on more than two million
 */
export function readXmlTree(text: string, maxDepth: number): XmlElement {
  const reader = new TreeReader(text, maxDepth);
  while (reader.readOn());
  return reader.end();
}

/** Reads as `readXmlTree()` does, and waits in between for `pause`, so that others have their turn. */
export async function readXmlTreeInSteps(
  text: string,
  maxDepth: number,
  pause: () => Promise<void> | undefined,
): Promise<XmlElement> {
  const reader = new TreeReader(text, maxDepth);
  while (reader.readOn()) await pause();
  return reader.end();
}

/** Tags, and the like, that are read in a step. */
const AT_A_TIME = 128;

class TreeReader {
  readonly #text: string;
  readonly #maxDepth: number;
  /** The outermost element first. */
  readonly #open: OpenElement[] = [];
  #root: XmlElement | undefined;
  #elements = 0;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    this.#maxDepth = maxDepth;
  }

  /** Reads on; false at the end of the text. */
  readOn(): boolean {
    const text = this.#text;
    for (let read = 0; read < AT_A_TIME; read++) {
      if (this.#at >= text.length) return false;
      const start = text.indexOf("<", this.#at);
      this.#readText(text.slice(this.#at, start < 0 ? text.length : start));
      if (start < 0) return false;
      this.#at = start;
      this.#readMarkup();
    }
    return true;
  }

  /** The outermost element, once all is read. */
  end(): XmlElement {
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) throw this.#wrong(`it ends within the element ${unclosed.name}`);
    if (this.#root === undefined) throw this.#wrong("it has no element");
    return this.#root;
  }

  #readText(text: string): void {
    const open = this.#open.at(-1);
    if (open !== undefined) open.text += this.#unescaped(text);
    else if (text.trim() !== "") throw this.#wrong("text stands outside of the element");
    this.#at += text.length;
  }

  #readMarkup(): void {
    const text = this.#text;
    for (const [start, end] of PASSED_OVER) if (text.startsWith(start, this.#at)) return void this.#upTo(start, end);
    if (text.startsWith(CDATA[0], this.#at)) {
      const open = this.#open.at(-1);
      if (open === undefined) throw this.#wrong("text stands outside of the element");
      open.text += this.#upTo(...CDATA).replace(/\r\n?/g, "\n");
    } else if (text.startsWith("<!", this.#at)) throw this.#wrong("it has a document type declaration, expected none");
    else if (text.startsWith("</", this.#at)) this.#readEnd();
    else this.#readTag();
  }

  /** Passes over markup, and gives what is in it. */
  #upTo(start: string, end: string): string {
    const from = this.#at + start.length;
    const to = this.#text.indexOf(end, from);
    if (to < 0) throw this.#wrong(`nothing ends what begins with ${start}`);
    this.#at = to + end.length;
    return this.#text.slice(from, to);
  }

  #readTag(): void {
    TAG.lastIndex = this.#at;
    const [whole, written, attributes = "", empty] = TAG.exec(this.#text) ?? [];
    if (whole === undefined || written === undefined) throw this.#wrong("found a tag that is not well-formed");
    if (this.#open.length >= this.#maxDepth) {
      throw new LimitError(`Cannot read XML: elements are nested deeper than ${this.#maxDepth}`, {
        limit: "maxDepth",
        maximum: this.#maxDepth,
      });
    }
    if (++this.#elements > MAXIMUM_ELEMENTS) {
      throw new LimitError(`Cannot read XML: it has more than ${MAXIMUM_ELEMENTS} elements`, {
        limit: "maxElements",
        maximum: MAXIMUM_ELEMENTS,
      });
    }
    const read = attributes === "" ? NO_ATTRIBUTES : this.#readAttributes(attributes);
    const element = { name: withoutPrefix(written), written, attributes: read, children: [], text: "" };
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.children.push(element);
    else if (this.#root !== undefined) throw this.#wrong("it has more than one outermost element");
    else this.#root = element;
    if (empty === "") this.#open.push(element);
    this.#at += whole.length;
  }

  #readAttributes(text: string): ReadonlyMap<string, string> {
    const attributes = new Map<string, string>();
    for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) {
      if (name === "xmlns" || name.startsWith("xmlns:")) continue;
      attributes.set(withoutPrefix(name), this.#unescaped((double ?? single ?? "").replace(/[\t\r\n]/g, " ")));
    }
    return attributes;
  }

  #readEnd(): void {
    END_TAG.lastIndex = this.#at;
    const [whole, written] = END_TAG.exec(this.#text) ?? [];
    const open = this.#open.pop();
    if (whole === undefined || open?.written !== written) {
      throw this.#wrong("found an end tag that does not match the open element");
    }
    this.#at += whole.length;
  }

  #unescaped(text: string): string {
    if (text.includes("]]>")) throw this.#wrong("]]> stands in text");
    return text.replace(/\r\n?/g, "\n").replace(/&([^;&]{0,32});?/g, (whole, name: string) => {
      const character = whole.endsWith(";") ? characterOf(name) : undefined;
      if (character === undefined) throw this.#wrong("& begins no reference to a character");
      return character;
    });
  }

  #wrong(problem: string): DataSetError {
    return new DataSetError(`Cannot read XML at character ${this.#at}: ${problem}`, { offset: this.#at });
  }
}

function characterOf(name: string): string | undefined {
  if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name];
  const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
  const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
  const isCharacter = code === 0x09 || code === 0x0a || code === 0x0d ||
    (code >= 0x20 && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff));
  return isCharacter ? String.fromCodePoint(code) : undefined;
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
