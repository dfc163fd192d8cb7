/**
 * Tests of regular expressions in linear time: an automaton that makes its states when it first reaches them.
 *
 * @module
 */

import { type CharacterSet, isInSet, parseRegex, type RegexNode } from "./syntax.ts";

/** Most steps of an expression: a repeated part counts as often as it may repeat. */
const MAXIMUM_STEPS = 2000;
/** Most states with their steps, and transitions, that are remembered: beyond it all are forgotten, and made anew. */
const MAXIMUM_REMEMBERED = 100_000;
/** Characters of a text that the test looks at. */
const LONGEST_TEXT = 65_536;

/** A step: it takes a character, or leads on to other steps. */
type Step =
  | { readonly kind: "take"; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: "split"; readonly next: number; readonly other: number }
  | { readonly kind: "start" | "end"; readonly next: number }
  | { readonly kind: "found" };

/**
 * The test that an expression stands for: whether it is found in a text, of which the first 65,536 characters count. It takes
 * time in proportion to the length of the text, whatever the expression is.
 *
 * @throws {SyntaxError} on an expression outside the subset, and on one that is too large
 */
export function regexTest(expression: string): (text: string) => boolean {
  const { root, ignoreCase } = parseRegex(expression);
  const program = new Program();
  const entry = program.add(root, program.push({ kind: "found" }));
  const automaton = new Automaton(program.steps, entry);
  return (text) => {
    const part = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text;
    return automaton.finds(part, ignoreCase);
  };
}

/** Steps, put together from the end. */
class Program {
  readonly steps: Step[] = [];

  push(step: Step): number {
    if (this.steps.length >= MAXIMUM_STEPS) {
      throw new SyntaxError(`it comes to more than ${MAXIMUM_STEPS} steps, expected fewer or smaller repetitions`);
    }
    return this.steps.push(step) - 1;
  }

  /** Adds the steps that lead through a node to `next`; answers the first of them. */
  add(node: RegexNode, next: number): number {
    switch (node.kind) {
      case "set":
        return this.push({ kind: "take", set: node.set, next });
      case "start":
      case "end":
        return this.push({ kind: node.kind, next });
      case "nothing":
        return next;
      case "sequence":
        return node.parts.reduceRight((behind, part) => this.add(part, behind), next);
      case "choice":
        return node.parts.map((part) => this.add(part, next))
          .reduceRight((other, first) => this.push({ kind: "split", next: first, other }));
      case "repeat":
        return this.#repeat(node, next);
    }
  }

  #repeat({ part, min, max }: Extract<RegexNode, { kind: "repeat" }>, next: number): number {
    let entry = next;
    if (max === Infinity) {
      const loop = this.push({ kind: "split", next, other: next });
      this.steps[loop] = { kind: "split", next: this.add(part, loop), other: next };
      entry = loop;
    } else {
      for (let count = min; count < max; count++) {
        entry = this.push({ kind: "split", next: this.add(part, entry), other: next });
      }
    }
    for (let count = 0; count < min; count++) {
      const before = this.steps.length;
      entry = this.add(part, entry);
      // An empty part is the same however often it repeats.
      if (this.steps.length === before) break;
    }
    return entry;
  }
}

/** All the steps that one may be at. */
interface State {
  /** Those that take a character. */
  readonly taking: readonly number[];
  /** Whether the expression is found once the text has come here. */
  readonly found: boolean;
  /** Whether it is found if the text ends here. */
  readonly foundAtEnd: boolean;
  readonly next: Map<number, State>;
}

class Automaton {
  readonly #steps: readonly Step[];
  readonly #entry: number;
  readonly #states = new Map<string, State>();
  #remembered = 0;
  #start: State | undefined;
  readonly #marks: Uint32Array;
  #mark = 0;

  constructor(steps: readonly Step[], entry: number) {
    this.#steps = steps;
    this.#entry = entry;
    this.#marks = new Uint32Array(steps.length);
  }

  finds(text: string, ignoreCase: boolean): boolean {
    let state = this.#start ??= this.#stateOf([this.#entry], true);
    for (let index = 0; index < text.length; index++) {
      if (state.found) return true;
      const code = text.codePointAt(index)!;
      if (code > 0xffff) index++;
      state = state.next.get(code) ?? this.#advance(state, code, ignoreCase);
    }
    return state.found || state.foundAtEnd;
  }

  #advance(state: State, code: number, ignoreCase: boolean): State {
    const codes = ignoreCase ? casesOf(code) : [code];
    const reached: number[] = [];
    for (const index of state.taking) {
      const step = this.#steps[index]!;
      if (step.kind === "take" && isInSet(step.set, codes)) reached.push(step.next);
    }
    // A match may begin anywhere.
    reached.push(this.#entry);
    if (this.#remembered >= MAXIMUM_REMEMBERED) {
      this.#states.clear();
      this.#start = undefined;
      this.#remembered = 0;
      return this.#stateOf(reached, false);
    }
    const next = this.#stateOf(reached, false);
    state.next.set(code, next);
    this.#remembered++;
    return next;
  }

  #stateOf(entries: readonly number[], atStart: boolean): State {
    const taking = this.#follow(entries, atStart, false);
    const isFound = (steps: readonly number[]) => steps.some((index) => this.#steps[index]!.kind === "found");
    const foundAtEnd = isFound(this.#follow(entries, atStart, true));
    const key = `${taking.join()}${foundAtEnd ? "$" : ""}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state: State = { taking, found: isFound(taking), foundAtEnd, next: new Map() };
    this.#states.set(key, state);
    this.#remembered += 1 + taking.length;
    return state;
  }

  /** The steps that take a character, or have found the expression, reached from these, in their order. */
  #follow(entries: readonly number[], atStart: boolean, atEnd: boolean): number[] {
    const mark = ++this.#mark;
    const open = [...entries];
    const reached: number[] = [];
    while (open.length > 0) {
      const index = open.pop()!;
      if (this.#marks[index] === mark) continue;
      this.#marks[index] = mark;
      const step = this.#steps[index]!;
      if (step.kind === "split") open.push(step.next, step.other);
      else if (step.kind === "start") atStart && open.push(step.next);
      else if (step.kind === "end") atEnd && open.push(step.next);
      else reached.push(index);
    }
    return reached.sort((one, other) => one - other);
  }
}

function casesOf(code: number): number[] {
  const character = String.fromCodePoint(code);
  const cases = [character, character.toLowerCase(), character.toUpperCase()];
  return cases.filter((text) => [...text].length === 1).map((text) => text.codePointAt(0)!);
}
