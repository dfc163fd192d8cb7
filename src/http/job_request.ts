/**
 * Requests that change jobs, as clients send them in bodies.
 *
 * @module
 */

/** Selects jobs. */
export interface JobSelection {
  readonly ids?: readonly number[] | undefined;
  readonly lane?: string | undefined;
  readonly states?: readonly JobStateName[] | undefined;
  readonly class?: string | undefined;
  readonly status?: string | undefined;
  readonly sopInstanceUid?: string | undefined;
  readonly studyInstanceUid?: string | undefined;
}

/** The state of a job. */
export type JobStateName = "ready" | "leased" | "waiting" | "held" | "dead" | "delivered";

/** How urgent a job is. */
export type JobPriorityName = "high" | "medium" | "low";

/** An action on jobs. */
export type JobAction =
  | { readonly action: "retry" | "hold" | "resume" | "drop" }
  | JobEditAction;

/** How jobs are edited. */
export interface JobEditAction extends RecipeEditRequest {
  readonly action: "edit";
  readonly lane?: string | undefined;
  readonly priority?: JobPriorityName | undefined;
}

/** How the instances of edited jobs change. */
export interface RecipeEditRequest {
  /** Name of the route whose changes the jobs get instead of their own. */
  readonly route?: string | undefined;
  /** Values by the paths of attributes. */
  readonly set?: Readonly<Record<string, EditValue>> | undefined;
  /** Paths of attributes. */
  readonly remove?: readonly string[] | undefined;
}

/** The new value of an attribute. */
export type EditValue = string | number | null | readonly (string | number)[];

/** A change that a client asks for. */
export interface JobChangeRequest {
  readonly selection: JobSelection;
  readonly change: JobAction;
}

/** All states, actions and priorities. */
export const STATES: readonly JobStateName[] = ["ready", "leased", "waiting", "held", "dead", "delivered"];
export const ACTIONS: readonly JobAction["action"][] = ["retry", "hold", "resume", "drop", "edit"];
export const PRIORITIES: readonly JobPriorityName[] = ["high", "medium", "low"];

/** Conditions that are texts. */
const TEXTS = ["lane", "class", "status", "sopInstanceUid", "studyInstanceUid"] as const;

/** Most ids of a request. */
const MOST_IDS = 10_000;

/** Most characters of a client's own text in the answer that refuses it. */
const LONGEST_SHOWN = 40;

/** The change in a parsed body, or the problem with it; `classes` are the outcomes of attempts. */
export function parseJobChange(value: unknown, classes: readonly string[]): JobChangeRequest | string {
  if (!isObject(value)) return "The body is no object; expected one with `action` and which jobs it is for";
  const { action, to = {}, all = false, ...which } = value;
  if (!ACTIONS.some((known) => known === action)) {
    return `\`action\` is none of ${ACTIONS.join(", ")}; found ${shown(action)}`;
  }
  const selection = parseSelection(which, classes);
  if (typeof selection === "string") return selection;
  if (Object.keys(selection).length === 0 && all !== true) {
    return "No condition says which jobs; expected one, or `all` as true";
  }
  if (action !== "edit") {
    return value.to === undefined ? { selection, change: { action } as JobAction } : "`to` goes with `edit` alone";
  }
  const edit = parseEdit(to);
  return typeof edit === "string" ? edit : { selection, change: { action, ...edit } };
}

/** Members of `to`. */
const EDITS = ["lane", "priority", "route", "set", "remove"] as const;

function parseEdit(to: unknown): Omit<JobEditAction, "action"> | string {
  if (!isObject(to)) return `\`to\` is no object; expected one with ${EDITS.join(", ")}, or some of them`;
  const unknown = Object.keys(to).some((name) => !EDITS.some((known) => known === name));
  if (unknown) return `\`to\` has members besides ${EDITS.join(", ")}`;
  const { lane, priority, route, set, remove } = to;
  if (EDITS.every((name) => to[name] === undefined)) return `\`to\` has none of ${EDITS.join(", ")}`;
  if (lane !== undefined && typeof lane !== "string") return "`to.lane` is no name";
  if (route !== undefined && typeof route !== "string") return "`to.route` is no name";
  if (priority !== undefined && !PRIORITIES.some((known) => known === priority)) {
    return `\`to.priority\` is none of ${PRIORITIES.join(", ")}`;
  }
  if (set !== undefined && !(isObject(set) && Object.values(set).every(isEditValue))) {
    return "`to.set` is no object of texts, numbers, lists of them, and null";
  }
  if (remove !== undefined && !(Array.isArray(remove) && remove.every((path) => typeof path === "string"))) {
    return "`to.remove` is no list of paths";
  }
  return to as Omit<JobEditAction, "action">;
}

function isEditValue(value: unknown): value is EditValue {
  const isPlain = (one: unknown) => typeof one === "string" || typeof one === "number";
  return value === null || isPlain(value) || (Array.isArray(value) && value.every(isPlain));
}

function parseSelection(value: Record<string, unknown>, classes: readonly string[]): JobSelection | string {
  const { ids, states, ...texts } = value;
  if (ids !== undefined && !(Array.isArray(ids) && ids.length <= MOST_IDS && ids.every(Number.isSafeInteger))) {
    return `\`ids\` is no list of at most ${MOST_IDS} ids`;
  }
  const isState = (state: unknown) => STATES.some((known) => known === state);
  if (states !== undefined && !(Array.isArray(states) && states.length > 0 && states.every(isState))) {
    return `\`state\` is none of ${STATES.join(", ")}; found ${shown(states)}`;
  }
  const unknown = Object.keys(texts).find((name) => !TEXTS.some((known) => known === name));
  if (unknown !== undefined) {
    return `No condition is called ${shown(unknown)}; expected ids, states, ${TEXTS.join(", ")}`;
  }
  if (texts["class"] !== undefined && !classes.some((known) => known === texts["class"])) {
    return `\`class\` is none of ${classes.join(", ")}; found ${shown(texts["class"])}`;
  }
  const odd = TEXTS.find((name) => texts[name] !== undefined && !isShortText(texts[name]));
  return odd === undefined ? { ...value } : `\`${odd}\` is no text of 1 to 255 characters`;
}

/** A client's own value as JSON, shortened where it is long. */
function shown(value: unknown): string {
  if (value === undefined) return "none";
  const text = typeof value === "string" || Array.isArray(value) ? JSON.stringify(value) : typeof value;
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isShortText(value: unknown): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= 255;
}
