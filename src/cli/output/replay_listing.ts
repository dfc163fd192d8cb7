/**
 * What is replayed, as text and as JSON. No value of an instance is in it.
 *
 * @module
 */

import { escapeJson, escapeText } from "../../safe_text.ts";
import type { ReplayCounts, ReplayedGroup } from "../routes/replayed_groups.ts";
import type { WhereTo } from "../routes/where_to.ts";
import { OTHERWISE, ruleJson, ruleLines } from "./route_listing.ts";
import { count } from "./units.ts";

/** What came of all. */
export interface ReplaySummary extends ReplayCounts {
  /** Files that could not be read, or are no instances. */
  readonly failed: number;
  /** Whether other rules were tried. */
  readonly tried: boolean;
}

/** Several lines: how many go where, what differs, and why. */
export function groupText({ now, changed, instances, examples }: ReplayedGroup): string {
  const head = `${count(instances, "instance")}: ${placesText(now)}`;
  const lines = changed === undefined ? [head] : [
    `${head} -> ${placesText(changed.then)}`,
    ...changed.difference.altered.map((what) => `  changed: ${what}`),
    ...changed.reasons.gone.map((name) => `  the route ${name} no longer exists`),
    ...changed.reasons.rules.flatMap(ruleLines),
    ...examples.map((path) => `  such as ${path}`),
  ];
  return `${lines.map(escapeText).join("\n")}\n`;
}

function placesText({ to, otherwise }: WhereTo): string {
  return otherwise === undefined ? [...to.keys()].join(", ") : OTHERWISE[otherwise];
}

/** One line. */
export function groupJson({ now, changed, instances, examples }: ReplayedGroup): string {
  const places = ({ to, otherwise }: WhereTo) => ({ destinations: [...to.keys()], ...(otherwise && { otherwise }) });
  return `${
    escapeJson({
      ...{ type: "group", instances, differs: changed !== undefined, now: places(now) },
      ...(changed && {
        ...{ then: places(changed.then), ...changed.difference },
        rules: changed.reasons.rules.map(ruleJson),
        goneRoutes: changed.reasons.gone,
      }),
      examples,
    })
  }\n`;
}

/** One line. */
export function summaryText({ instances, differing, losing, ungrouped, failed, tried }: ReplaySummary): string {
  const parts = [
    count(instances, "instance"),
    ...tried ? [`${differing} would change, ${losing} of them would lose a destination or be refused`] : [],
    ...ungrouped > 0 ? [`${ungrouped} in groups that are not shown`] : [],
    ...failed > 0 ? [`${count(failed, "file")} not read`] : [],
  ];
  return `${parts.join("; ")}\n`;
}

/** One line. */
export function summaryJson({ instances, differing, losing, ungrouped, failed }: ReplaySummary): string {
  return `${escapeJson({ type: "summary", instances, differing, losing, ungrouped, failed })}\n`;
}
