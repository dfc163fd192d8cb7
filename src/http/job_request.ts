/**
 * What a client says of jobs: in a query, and in a body.
 *
 * @module
 */

/** Which jobs. */
export interface JobSelection {
  readonly ids?: readonly number[] | undefined;
  readonly lane?: string | undefined;
  readonly states?: readonly JobStateName[] | undefined;
  readonly class?: string | undefined;
  readonly status?: string | undefined;
  readonly sopInstanceUid?: string | undefined;
  readonly studyInstanceUid?: string | undefined;
}

/** Where a job stands. */
export type JobStateName = "ready" | "leased" | "waiting" | "held" | "dead" | "delivered";

/** How urgent a job is. */
export type JobPriorityName = "high" | "medium" | "low";

/** What is done with jobs. */
export type JobAction =
  | { readonly action: "retry" | "hold" | "resume" | "drop" }
  | { readonly action: "edit"; readonly lane?: string | undefined; readonly priority?: JobPriorityName | undefined };

/** A change that was asked for. */
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

/** Entries on a page where nobody says otherwise, and at most. */
const PAGE = 100;
const LARGEST_PAGE = 1_000;

/** A query, or what is wrong with it. */
export function parseJobQuery(
  query: Readonly<Record<string, string>>,
): { readonly selection: JobSelection; readonly after: number; readonly limit: number } | string {
  const { state, after = "0", limit = String(PAGE), ...rest } = query;
  if (!/^\d{1,15}$/.test(after)) return "`after` is no id";
  if (!/^\d{1,6}$/.test(limit) || Number(limit) < 1 || Number(limit) > LARGEST_PAGE) {
    return `\`limit\` is no whole number from 1 to ${LARGEST_PAGE}`;
  }
  const selection = parseSelection({ ...rest, ...(state !== undefined && { states: state.split(",") }) });
  return typeof selection === "string" ? selection : { selection, after: Number(after), limit: Number(limit) };
}

/** Conditions that attempts have. */
const OF_DELIVERIES: readonly string[] = ["lane", "class", "sopInstanceUid", "studyInstanceUid"];

/** As `parseJobQuery`, for attempts. */
export function parseDeliveryQuery(query: Readonly<Record<string, string>>): ReturnType<typeof parseJobQuery> {
  const parsed = parseJobQuery(query);
  if (typeof parsed === "string") return parsed;
  const unknown = Object.keys(parsed.selection).some((name) => !OF_DELIVERIES.includes(name));
  return unknown ? `Conditions of attempts are ${OF_DELIVERIES.join(", ")}` : parsed;
}

/** The change in a parsed body, or what is wrong with it. */
export function parseJobChange(value: unknown): JobChangeRequest | string {
  if (!isObject(value)) return "The body is no object; expected one with `action` and which jobs it is for";
  const { action, to = {}, all = false, ...which } = value;
  if (!ACTIONS.some((known) => known === action)) return `\`action\` is none of ${ACTIONS.join(", ")}`;
  const selection = parseSelection(which);
  if (typeof selection === "string") return selection;
  if (Object.keys(selection).length === 0 && all !== true) {
    return "No condition says which jobs; expected one, or `all` as true";
  }
  if (action !== "edit") {
    return value.to === undefined ? { selection, change: { action } as JobAction } : "`to` goes with `edit` alone";
  }
  if (!isObject(to)) return "`to` is no object; expected one with `lane`, `priority` or both";
  const { lane, priority, ...others } = to;
  if (lane === undefined && priority === undefined) return "`to` has neither `lane` nor `priority`";
  if (lane !== undefined && typeof lane !== "string") return "`to.lane` is no name";
  if (priority !== undefined && !PRIORITIES.some((known) => known === priority)) {
    return `\`to.priority\` is none of ${PRIORITIES.join(", ")}`;
  }
  if (Object.keys(others).length > 0) return "`to` has members besides `lane` and `priority`";
  return { selection, change: { action, lane, priority: priority as JobPriorityName | undefined } };
}

function parseSelection(value: Record<string, unknown>): JobSelection | string {
  const { ids, states, ...texts } = value;
  if (ids !== undefined && !(Array.isArray(ids) && ids.length <= MOST_IDS && ids.every(Number.isSafeInteger))) {
    return `\`ids\` is no list of at most ${MOST_IDS} ids`;
  }
  const isState = (state: unknown) => STATES.some((known) => known === state);
  if (states !== undefined && !(Array.isArray(states) && states.length > 0 && states.every(isState))) {
    return `\`state\` is none of ${STATES.join(", ")}`;
  }
  const unknown = Object.keys(texts).find((name) => !TEXTS.some((known) => known === name));
  if (unknown !== undefined) return "There is a condition of another name than those that are known";
  const odd = TEXTS.find((name) => texts[name] !== undefined && !isShortText(texts[name]));
  return odd === undefined ? { ...value } : `\`${odd}\` is no text of 1 to 255 characters`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isShortText(value: unknown): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= 255;
}
