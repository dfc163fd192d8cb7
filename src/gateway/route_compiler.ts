/**
 * Makes routes ready to be asked: it knows all conditions and all steps, and is loaded only where there are routes.
 *
 * @module
 */

import type { InstanceRouting } from "../archive/routing.ts";
import { compileRoutes, RouteRecipes } from "../routing/recipes/recipes.ts";
import { routeBy } from "../routing/routes.ts";
import { compileRules } from "../routing/rules/compiled_rules.ts";
import type { RoutingRules } from "../routing/rules/rule.ts";
import type { CompileOptions } from "../transform/change_steps.ts";
import { refuseRoutes, type RouteProblem } from "./route_problem.ts";
import { compileOptions, type RouteStepOptions } from "./step_kinds.ts";

/** Steps of routes that can't be used. */
export function stepProblems({ routes }: RoutingRules, options: CompileOptions): readonly RouteProblem[] {
  return inConfig(compileRoutes(routes, options).problems);
}

function inConfig(problems: readonly RouteProblem[]): readonly RouteProblem[] {
  return problems.map(({ path, ...problem }) => ({ path: ["routes", ...path], ...problem }));
}

/** Compiles the routes of a gateway, and remembers what they do to instances. */
export class RouteCompiler {
  /** What is done to instances on their way, by the routes that were compiled last and by those before them. */
  readonly recipes: RouteRecipes = new RouteRecipes();
  readonly #options: CompileOptions;

  constructor(options: RouteStepOptions) {
    this.#options = compileOptions(options);
  }

  /** Makes rules ready. Throws `ConfigError` for wrong steps, and `RoutingRulesError` for wrong rules; `recipes` stay then. */
  compile(rules: RoutingRules): InstanceRouting {
    const { recipes, problems } = compileRoutes(rules.routes, this.#options);
    refuseRoutes(inConfig(problems));
    const routing = routeBy(compileRules(rules), ({ name }) => recipes.get(name)?.id ?? "");
    this.recipes.replace(recipes);
    return routing;
  }
}
