/**
 * Actions on attributes and concepts by the tables of PS3.15 Annex E and the options.
 *
 * @module
 */

import { ATTRIBUTE_ACTIONS, CONTENT_ACTIONS, SAFE_PRIVATE_ATTRIBUTES } from "./generated/confidentiality_data.ts";
import { type DeidentifyOption, PROFILE_OPTIONS } from "./options.ts";

/** An action of PS3.15 Table E.1-1: dummy, zero length, remove, keep, clean, a new UID. */
export type Action = "D" | "Z" | "X" | "K" | "C" | "U";

/** A row of a table under some options. */
export interface TableAction {
  /** The action. */
  readonly action: Action;
  /** What the Basic Profile says: what to do where nothing is left of a value that was cleaned. */
  readonly basic: Action;
  /** The option that says so, by its letter; empty where it is the Basic Profile. */
  readonly option: string;
}

/** Under one choice of options. */
export class ActionTable {
  readonly #letters: ReadonlySet<string>;
  readonly #attributes: ReadonlyMap<number, TableAction>;
  readonly #concepts: ReadonlyMap<string, TableAction>;

  /** The tables under `options`. */
  constructor(options: ReadonlySet<DeidentifyOption>) {
    this.#letters = new Set([...options].map((name) => PROFILE_OPTIONS[name].letter).filter((letter) => letter !== ""));
    this.#attributes = new Map(
      rowsOf(ATTRIBUTE_ACTIONS).map(([tag = "", basic = "", others = ""]) => [
        Number.parseInt(tag, 16),
        this.#choose(basic, others),
      ]),
    );
    this.#concepts = new Map(
      rowsOf(CONTENT_ACTIONS).map(([code, scheme, basic = "", others = ""]) => [
        `${scheme}\0${code}`,
        this.#choose(basic, others),
      ]),
    );
  }

  /** What Table E.1-1 says of an attribute; undefined where it doesn't have it. Its patterns are not in it. */
  attribute(tag: number): TableAction | undefined {
    return this.#attributes.get(tag);
  }

  /** What Table E.3.4-1 says of a concept. */
  concept(scheme: string, code: string): TableAction | undefined {
    return this.#concepts.get(`${scheme}\0${code}`);
  }

  /** Options come before the profile, and among them what keeps before what cleans (PS3.15 E.1.1). */
  #choose(basic: string, others: string): TableAction {
    const base = settled(basic);
    let chosen: TableAction = { action: base, basic: base, option: "" };
    for (const entry of others === "" ? [] : others.split(",")) {
      const option = entry[0]!;
      if (!this.#letters.has(option) || chosen.action === "K") continue;
      chosen = { action: settled(entry.slice(1)), basic: base, option };
    }
    return chosen;
  }
}

/**
 * Of several actions the last: the type of an attribute in an IOD decides between them, and what is right for the strictest
 * type is right for all.
 */
function settled(actions: string): Action {
  return actions.replace("*", "").split("/").at(-1) as Action;
}

/** A private attribute that is known to be safe. */
export interface SafePrivateAttribute {
  /** The private creator. */
  readonly creator: string;
  /** The odd group. */
  readonly group: number;
  /** The last two digits of its element number. */
  readonly element: number;
}

/** Those of PS3.15 Table E.3.10-1, 2020 edition. */
export function safePrivateAttributes(): readonly SafePrivateAttribute[] {
  return rowsOf(SAFE_PRIVATE_ATTRIBUTES).map(([group = "", element = "", , creator = ""]) => ({
    creator,
    group: Number.parseInt(group, 16),
    element: Number.parseInt(element, 16),
  }));
}

function rowsOf(table: string): string[][] {
  return table.split("\n").map((line) => line.split("\t"));
}
