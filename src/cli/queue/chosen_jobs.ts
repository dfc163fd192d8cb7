/**
 * Which jobs, units and attempts the flags of `gantry queue` mean.
 *
 * @module
 */

import { STATES } from "../../http/job_request.ts";
import { nearest } from "../../nearest.ts";
import { OUTCOME_CLASSES } from "../../routing/destinations/outcomes.ts";
import { type Flags, UsageError, type Values } from "../command_line/command.ts";

/** Flags that say which. */
export const choiceFlags = {
  lane: { type: "text", short: "l", value: "NAME", help: "Jobs of this destination" },
  state: {
    type: "text",
    value: "STATE",
    help: "Jobs in this state: ready, leased, waiting, held, dead, delivered; units: open, closed",
  },
  class: { type: "text", value: "CLASS", help: "Jobs whose last attempt ended in this class, such as transient" },
  status: {
    type: "text",
    value: "STATUS",
    help: "Jobs that the destination answered with this status, such as 0xA700",
  },
  study: { type: "text", value: "UID", help: "Jobs of this study" },
  instance: { type: "text", value: "UID", help: "Jobs of this instance" },
  id: { type: "texts", value: "ID", help: "Jobs with these ids" },
} as const satisfies Flags;

/** What they say. */
export type Choice = Values<typeof choiceFlags>;

type ChoiceName = keyof Choice;

const NAMES = Object.keys(choiceFlags) as readonly ChoiceName[];

/** Actions that heed not all of them. */
const HEEDED: Readonly<Record<string, readonly ChoiceName[]>> = {
  lanes: [],
  units: ["state", "study"],
  log: ["lane", "class", "study", "instance"],
  pause: ["lane"],
  unpause: ["lane"],
};

/** Throws UsageError where a flag is given that the action does not heed, or that says what nothing can be. */
export function checkChoice(action: string, choice: Choice): void {
  checkHeeded(action, choice);
  const { state, class: outcome } = choice;
  if (state !== undefined) {
    checkKnown("state", action === "units" ? [state] : state.split(","), action === "units" ? UNIT_STATES : STATES);
  }
  if (outcome !== undefined) checkKnown("class", [outcome], OUTCOME_CLASSES);
}

const UNIT_STATES = ["open", "closed"];

function checkKnown(flag: string, given: readonly string[], known: readonly string[]): void {
  const wrong = given.find((one) => !known.includes(one));
  if (wrong === undefined) return;
  const meant = nearest(wrong, known);
  throw new UsageError(
    `Cannot understand --${flag}: found ${JSON.stringify(wrong.slice(0, 40))}, expected one of ${known.join(", ")}${
      meant === undefined ? "" : `; did you mean ${meant}?`
    }`,
  );
}

function checkHeeded(action: string, choice: Choice): void {
  const heeded = HEEDED[action] ?? NAMES;
  const extra = NAMES.find((name) => !heeded.includes(name) && choice[name] !== undefined && choice[name].length > 0);
  if (extra === undefined) return;
  const expected = heeded.length === 0 ? "no flag that selects jobs" : heeded.map((name) => `--${name}`).join(", ");
  throw new UsageError(`Cannot ${action}: found --${extra}, expected ${expected}`);
}

/** All but ids, as the HTTP API calls it. */
export function conditionsOf({ lane, state, class: outcome, status, study, instance }: Choice): Record<string, string> {
  const all = { lane, state, class: outcome, status, studyInstanceUid: study, sopInstanceUid: instance };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
}

/** The ids. Throws UsageError for what is none. */
export function idsOf({ id }: Choice): readonly number[] {
  return id.map((id) => {
    if (/^\d{1,15}$/.test(id)) return Number(id);
    throw new UsageError(`Cannot understand --id: found ${JSON.stringify(id)}, expected a whole number`);
  });
}
