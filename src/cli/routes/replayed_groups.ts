/**
 * Instances that are replayed, counted by where they go.
 *
 * @module
 */

import type { RoutedInstance } from "../../archive/routing.ts";
import type { AskedRules } from "./asked_rules.ts";
import { type Difference, differenceOf, type Reasons, reasonsOf, type WhereTo, whereTo } from "./where_to.ts";

/** Instances that go to the same places for the same reasons. */
export interface ReplayedGroup {
  /** Where they go now. */
  readonly now: WhereTo;
  /** Where they would go, and why, where that differs. */
  readonly changed: { readonly then: WhereTo; readonly difference: Difference; readonly reasons: Reasons } | undefined;
  instances: number;
  /** Some of them, by their paths. */
  readonly examples: string[];
}

/** What is counted. */
export interface ReplayCounts {
  instances: number;
  /** Those that go elsewhere, or in another way. */
  differing: number;
  /** Those that lose a destination, or are refused. */
  losing: number;
  /** Those that are in no group, since there are too many. */
  ungrouped: number;
}

/** Most groups: rules can make more, and they are in memory. */
const MOST_GROUPS = 1_000;

/** Counts instances. */
export class ReplayedGroups {
  /** How many there are of what. */
  readonly counts: ReplayCounts = { instances: 0, differing: 0, losing: 0, ungrouped: 0 };
  readonly #groups = new Map<string, ReplayedGroup>();
  readonly #now: AskedRules;
  readonly #then: AskedRules;
  readonly #examples: number;

  /** `then` are the rules that are tried; `examples` is how many files of a group are named. */
  constructor(now: AskedRules, then: AskedRules, examples: number) {
    this.#now = now;
    this.#then = then;
    this.#examples = examples;
  }

  /** Counts an instance, which was found at this path. */
  add(path: string, instance: RoutedInstance): void {
    const now = whereTo(this.#now.decide(instance));
    const then = this.#then === this.#now ? now : whereTo(this.#then.decide(instance));
    const difference = differenceOf(now, then);
    const changed = difference &&
      { then, difference, reasons: reasonsOf(now, then, this.#then.explain(instance)) };
    const { counts } = this;
    counts.instances++;
    if (difference !== undefined) counts.differing++;
    if (difference !== undefined && isLoss(difference)) counts.losing++;
    const group = this.#groupOf(now, changed);
    if (group === undefined) return void counts.ungrouped++;
    group.instances++;
    if (group.examples.length < this.#examples) group.examples.push(path);
  }

  /** The groups, those that differ first, and the largest of each first. */
  get groups(): readonly ReplayedGroup[] {
    const weight = ({ changed, instances }: ReplayedGroup) => (changed === undefined ? 0 : 2 ** 40) + instances;
    return [...this.#groups.values()].sort((one, other) => weight(other) - weight(one));
  }

  #groupOf(now: WhereTo, changed: ReplayedGroup["changed"]): ReplayedGroup | undefined {
    const key = JSON.stringify([
      ...[...now.to.keys(), now.otherwise],
      ...changed === undefined ? [] : [
        ...[null, ...changed.then.to.keys(), changed.then.otherwise, changed.difference, changed.reasons.gone],
        ...changed.reasons.rules.map(({ rule: { name }, outcome, decided }) => [name, outcome, decided]),
      ],
    ]);
    const known = this.#groups.get(key);
    if (known !== undefined || this.#groups.size >= MOST_GROUPS) return known;
    const group: ReplayedGroup = { now, changed, instances: 0, examples: [] };
    this.#groups.set(key, group);
    return group;
  }
}

/** Whether an instance is worse off: what it gains does no harm. */
function isLoss({ lost, refused }: Difference): boolean {
  return lost.length > 0 || refused;
}
