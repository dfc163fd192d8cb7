/**
 * The upper layer protocol machine (PS3.8 9.2). It only tells what is to be done and what comes next; the association
 * does it.
 *
 * @module
 */

import { type Action, type ActionName, actions, type Effect, events, type State, stateTable } from "./state_table.ts";
import type { StateEvent } from "./state_table.ts";

export type { ActionName, Effect, Primitive, State, StateEvent } from "./state_table.ts";

/** What an event leads to. */
export interface Transition {
  /** Name in PS3.8 Tables 9-6 to 9-9. */
  readonly action: ActionName;
  /** To be done in this order. */
  readonly effects: readonly Effect[];
  /** State afterwards. */
  readonly next: State;
}

/** What two of the actions depend on. */
export interface Circumstances {
  /** Whether this side is the association requestor (AR-8). */
  readonly requestor: boolean;
  /** Whether the service provider finds the A-ASSOCIATE-RQ acceptable (AE-6); true unless it has been found otherwise. */
  readonly acceptable?: boolean;
}

type Cell = { readonly condition?: "acceptable" | "requestor"; readonly holds: Transition; readonly fails: Transition };

/** Sta1 to Sta13. */
const STATES = 13;

const cells = readTable(stateTable);

/** What `event` leads to in `state`, or undefined where PS3.8 Table 9-10 has no answer: such an event is a mistake. */
export function transition(state: State, event: StateEvent, circumstances: Circumstances): Transition | undefined {
  const cell = cells[state][event];
  if (cell === undefined || cell.condition === undefined) return cell?.holds;
  return (circumstances[cell.condition] ?? true) ? cell.holds : cell.fails;
}

function readTable(table: readonly string[]): Readonly<Record<State, Readonly<Partial<Record<StateEvent, Cell>>>>> {
  const rows = table.map((row) => row.split(/ +/));
  const cellOfAction = new Map(
    Object.entries(actions).map(([name, action]) => [name, toCell(name as ActionName, action)]),
  );
  return Object.fromEntries(Array.from({ length: STATES }, (_, column) => {
    const ofState = rows.map((names, row) => [events[row], cellOfAction.get(names[column] ?? "")]);
    return [`Sta${column + 1}`, Object.fromEntries(ofState)];
  })) as Record<State, Partial<Record<StateEvent, Cell>>>;
}

function toCell(action: ActionName, definition: Action): Cell {
  if (!("condition" in definition)) {
    const always = { action, ...definition };
    return { holds: always, fails: always };
  }
  return {
    condition: definition.condition,
    holds: { action, ...definition.holds },
    fails: { action, ...definition.fails },
  };
}
