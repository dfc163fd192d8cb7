/**
 * What de-identification does with each attribute, decided once for all instances.
 *
 * @module
 */

import { dictionaryVr } from "../dicom/implied_vr.ts";
import { groupOf } from "../dicom/tag.ts";
import type { KeyedNames } from "../transform/keyed_names.ts";
import { type Action, ActionTable, type SafePrivateAttribute, type TableAction } from "./actions.ts";
import { type DeidentifyOption, PROFILE_OPTIONS } from "./options.ts";
import { isTechnical } from "./technical_terms.ts";

/** What the table lacks and can't stay: signatures of what has changed, encrypted originals, declarations on private blocks. */
const REMOVED: ReadonlySet<number> = new Set([
  0x0008_0300, // Private Data Element Characteristics Sequence
  0x0400_0500, // Encrypted Attributes Sequence
  0x4ffe_0001, // MAC Parameters Sequence
]);

const PATIENT_GROUP = 0x0010;

/** What is decided before an instance comes. */
export class Plan {
  /** The options that are to be carried out. */
  readonly options: ReadonlySet<DeidentifyOption>;
  /** The tables of the standard under these options. */
  readonly table: ActionTable;
  /** New names for what identifies. */
  readonly names: KeyedNames;
  /** Words that cleaned descriptions keep, in capitals. */
  readonly words: ReadonlySet<string>;
  /** Days by which dates are moved at most. */
  readonly maxDays: number;
  readonly #safe: ReadonlySet<string>;
  readonly #rules = new Map<number, TableAction>();

  /** A plan for these options. */
  constructor(
    settings: Pick<Plan, "options" | "names" | "words" | "maxDays"> & {
      readonly safePrivate: readonly SafePrivateAttribute[];
    },
  ) {
    this.options = settings.options;
    this.table = new ActionTable(settings.options);
    this.names = settings.names;
    this.words = settings.words;
    this.maxDays = settings.maxDays;
    const safe = settings.options.has("retain-safe-private") ? settings.safePrivate : [];
    this.#safe = new Set(safe.map(({ creator, group, element }) => `${group},${element},${creator}`));
  }

  /** What to do with an attribute that is not private. */
  rule(tag: number): TableAction {
    const known = this.#rules.get(tag);
    if (known !== undefined) return known;
    const rule = this.table.attribute(tag) ?? this.#unlisted(tag);
    // Tags of no definition are for a peer to choose: they are not remembered.
    if (dictionaryVr(tag) !== undefined) this.#rules.set(tag, rule);
    return rule;
  }

  /** Whether a private attribute may stay. */
  isSafePrivate(creator: string, tag: number): boolean {
    return this.#safe.has(`${groupOf(tag)},${tag & 0xff},${creator}`);
  }

  /** What the table doesn't have: patterns of tags first, then what its VR lets suppose (PS3.15 E.1.1). */
  #unlisted(tag: number): TableAction {
    const group = groupOf(tag);
    // Curves and overlays are drawn: nothing can tell what they show.
    if (REMOVED.has(tag) || (group & 0xff00) === 0x5000 || (group & 0xff00) === 0x6000) return just("X");
    if (group === PATIENT_GROUP) return this.#under("retain-patient-characteristics", "K", "X") ?? just("X");
    const vr = dictionaryVr(tag);
    switch (vr) {
      case undefined:
      case "NONE":
      case "UN":
        return just("X");
      case "PN":
        return just("D");
      case "UI":
        return this.#under("retain-uids", "K", "U") ?? just("U");
      case "DA":
      case "DT":
      case "TM":
        return this.#under("retain-full-dates", "K", "D") ?? this.#under("retain-modified-dates", "C", "D") ??
          just("D");
      case "LO":
      case "LT":
      case "SH":
      case "ST":
      case "UC":
      case "UR":
      case "UT":
        if (isTechnical(tag)) return just("K");
        return (vr === "UR" ? undefined : this.#under("clean-descriptors", "C", "D")) ?? just("D");
      default:
        return just("K");
    }
  }

  #under(option: DeidentifyOption, action: Action, basic: Action): TableAction | undefined {
    return this.options.has(option) ? { action, basic, option: PROFILE_OPTIONS[option].letter } : undefined;
  }
}

function just(action: Action): TableAction {
  return { action, basic: action, option: "" };
}
