/**
 * Compiles routes. This code knows all conditions and all steps, and is loaded only in a gateway with routes.
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

/** Problems with the steps of routes. */
export function stepProblems({ routes }: RoutingRules, options: CompileOptions): readonly RouteProblem[] {
  return inConfig(compileRoutes(routes, options).problems);
}

function inConfig(problems: readonly RouteProblem[]): readonly RouteProblem[] {
  return problems.map(({ path, ...problem }) => ({ path: ["routes", ...path], ...problem }));
}

/** Compiles the routes of a gateway, and remembers how they change instances. */
export class RouteCompiler {
  /** The recipes that change instances on their way, of the routes that were compiled last and of earlier ones. */
  readonly recipes: RouteRecipes = new RouteRecipes();
  readonly #options: CompileOptions;

  constructor(options: RouteStepOptions) {
    this.#options = compileOptions(options);
  }

  /** Compiles rules. Throws `ConfigError` for wrong steps and `RoutingRulesError` for wrong rules, and then keeps `recipes`. */
  compile(rules: RoutingRules): InstanceRouting {
    const { recipes, problems } = compileRoutes(rules.routes, this.#options);
    refuseRoutes(inConfig(problems));
    const routing = routeBy(compileRules(rules), ({ name }) => recipes.get(name)?.id ?? "");
    this.recipes.replace(recipes);
    return routing;
  }
}
