/**
 * What destinations and routes have to be together.
 *
 * @module
 */

import type { Broken } from "../entry.ts";
import type { DestinationConfig, PeerConfig, RouteConfig, RoutingConfig } from "../generated/model.ts";
import { UNROUTED } from "../../routing/rules/unrouted.ts";
import { nearest } from "../../nearest.ts";

/** What routing depends on. */
interface WholeRouting {
  readonly peers: Readonly<Record<string, PeerConfig>>;
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
  readonly routes: readonly RouteConfig[];
}

/** Names that lead nowhere, or to two places. */
export function brokenRouting({ peers, destinations, routes }: WholeRouting): Broken[] {
  const names = [...Object.keys(destinations), ...Object.keys(peers)];
  return [
    ...Object.entries(destinations).flatMap(([name, { peer }]): Broken[] => [
      ...Object.hasOwn(peers, name) ? [{ path: ["destinations", name], expected: "a name that no peer has" }] : [],
      ...name === UNROUTED
        ? [{
          path: ["destinations", name],
          expected: "another name: this one stands for instances that no route matches",
        }]
        : [],
      ...unknownName(peer, Object.keys(peers), ["destinations", name, "peer"], "a name in peers"),
    ]),
    ...routes.flatMap(({ countedBy }, index) =>
      unknownName(countedBy, Object.keys(peers), ["routes", index, "countedBy"], "a name in peers")
    ),
    ...routes.flatMap(({ to }, index): Broken[] =>
      namesIn(to).flatMap(({ name, path }) =>
        unknownName(name, names, ["routes", index, "to", ...path], "a name in destinations or peers")
      )
    ),
  ];
}

/** The names in `to` of a route, and where in it. What is none is for the rules to find. */
function namesIn(to: unknown): { name: string; path: readonly PropertyKey[] }[] {
  if (typeof to === "string") return [{ name: to, path: [] }];
  if (Array.isArray(to)) return to.flatMap((name, index) => typeof name === "string" ? [{ name, path: [index] }] : []);
  const { firstOf } = (to ?? {}) as { readonly firstOf?: unknown };
  return Array.isArray(firstOf) ? namesIn(firstOf).map(({ name, path }) => ({ name, path: ["firstOf", ...path] })) : [];
}

function unknownName(
  name: string | undefined,
  known: readonly string[],
  path: Broken["path"],
  expected: string,
): Broken[] {
  if (name === undefined || known.includes(name)) return [];
  const meant = nearest(name, known);
  return [{ path, expected: meant === undefined ? expected : `${meant} (did you mean that?)` }];
}

/** Problems of the rules themselves: their conditions, names and order. */
export async function lookIntoRoutes(
  { routes, routing }: { readonly routes: readonly RouteConfig[]; readonly routing: RoutingConfig },
): Promise<Broken[]> {
  if (routes.length === 0) return [];
  const { readRules } = await import("../../routing/rules/read_rules.ts");
  return readRules({ routes, ...routing }).problems.map(({ unknown, expected, ...problem }) => {
    const meant = unknown === undefined ? undefined : nearest(unknown.word, unknown.known);
    return { ...problem, expected: meant === undefined ? expected : `${meant} (did you mean that?)` };
  });
}
