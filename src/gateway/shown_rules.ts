/**
 * Rules as clients of the HTTP API see them: with the defaults, and without secrets.
 *
 * @module
 */

import type { RoutesEntry } from "../http/shown_routes.ts";
import { destinationsOf, isFirstOf, type RoutingRules } from "../routing/rules/rule.ts";
import { shownStep } from "../transform/shown_steps.ts";

/** The rules as `/routes` answers them. */
export function shownRules({ routes, match = "all", otherwise = "keep" }: RoutingRules): RoutesEntry {
  return {
    ...{ match, otherwise },
    routes: routes.map((rule) => ({
      name: rule.name,
      ...(rule.when !== undefined && { when: rule.when }),
      ...{ to: destinationsOf(rule), firstOf: isFirstOf(rule), unit: rule.unit ?? "instance" },
      ...(rule.countedBy !== undefined && { countedBy: rule.countedBy }),
      change: (rule.change ?? []).map(shownStep),
      ...{ acknowledge: rule.acknowledge ?? "durable", priority: rule.priority ?? "medium" },
      ...(rule.schedule !== undefined && { schedule: rule.schedule }),
    })),
  };
}
