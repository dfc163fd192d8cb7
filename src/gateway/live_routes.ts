/**
 * The routes of a gateway: what they say now, and how they are replaced while it runs.
 *
 * @module
 */

import type { InstanceRouting } from "../archive/routing.ts";
import type { Config } from "../config.ts";
import { ConfigError, type ConfigProblem } from "../config/config_error.ts";
import { keyPathOf } from "../config/problems.ts";
import type { CompileOptions } from "../transform/change_steps.ts";
import { compileRoutes, RouteRecipes, type StepProblem } from "../routing/recipes.ts";
import { routeBy } from "../routing/routes.ts";
import { compileRules } from "../routing/rules/compiled_rules.ts";
import { destinationsOf, type RoutingRule, type RoutingRules } from "../routing/rules/rule.ts";

/** The rules of a configuration, which has checked them. */
export function rulesOf({ routes, routing }: Pick<Config, "routes" | "routing">): RoutingRules {
  return { ...routing, routes: routes as readonly RoutingRule[] };
}

/** Something in a configuration that can't be used. */
export interface RouteProblem {
  /** Where: keys of mappings and indices of lists. */
  readonly path: readonly (string | number)[];
  /** What was found there. */
  readonly found: string;
  /** What was expected there. */
  readonly expected: string;
}

/** What a configuration asks of routes that can't be done; it must not be passed over in silence. */
export function routeProblems(
  config: Pick<Config, "routes" | "routing">,
  options: CompileOptions,
): readonly RouteProblem[] {
  const { problems } = compileRoutes(rulesOf(config).routes, options);
  return problems.map(inConfig);
}

function inConfig({ path, ...problem }: StepProblem): RouteProblem {
  return { path: ["routes", ...path], ...problem };
}

/** Where the instances of a gateway go. */
export class LiveRoutes {
  /** What is done to instances on their way, also by the routes before these. */
  readonly recipes: RouteRecipes = new RouteRecipes();
  readonly #lanes: ReadonlySet<string>;
  readonly #options: CompileOptions;
  #current: InstanceRouting | undefined;
  #rules: RoutingRules;
  /** Called when routes were replaced. There is one listener. */
  onReplaced: (() => void) | undefined;

  /**
   * Routes to begin with; `destinations` are those of the host, and `options` what steps need that is not in them. Throws
   * `ConfigError` for steps that are wrong.
   */
  constructor(config: Config, destinations: Iterable<string>, options: CompileOptions = {}) {
    this.#options = options;
    const used = rulesOf(config).routes.flatMap(destinationsOf);
    this.#lanes = new Set([...destinations, ...Object.keys(config.destinations), ...used]);
    this.#current = config.routes.length === 0 ? undefined : this.#use(config);
    this.#rules = rulesOf(config);
  }

  /** What holds now; undefined where the gateway has started without routes, so that nothing of it costs anything. */
  get current(): InstanceRouting | undefined {
    return this.#current;
  }

  /** The rules that hold now. */
  get rules(): RoutingRules {
    return this.#rules;
  }

  /**
   * Takes the routes of another configuration, for instances that begin to come from now on; the rest of it is not looked at.
   * Throws `ConfigError` where they can't be used without a new start, and then changes nothing.
   */
  replace(config: Pick<Config, "routes" | "routing">): void {
    const { routes } = rulesOf(config);
    if (this.#current === undefined) {
      if (routes.length === 0) return;
      throw error([{
        path: ["routes"],
        found: "routes",
        expected: "a new start: the gateway was started without any",
      }]);
    }
    const without = routes.flatMap((rule, index) =>
      destinationsOf(rule).filter((name) => !this.#lanes.has(name)).map((name) => ({
        path: ["routes", index, "to"],
        found: JSON.stringify(name),
        expected: "a new start, or a destination that had a lane when the gateway was started",
      }))
    );
    if (without.length > 0) throw error(without);
    this.#current = this.#use(config);
    this.#rules = rulesOf(config);
    this.onReplaced?.();
  }

  #use(config: Pick<Config, "routes" | "routing">): InstanceRouting {
    const rules = rulesOf(config);
    const { recipes, problems } = compileRoutes(rules.routes, this.#options);
    if (problems.length > 0) throw error(problems.map(inConfig));
    const routing = routeBy(compileRules(rules), ({ name }) => recipes.get(name)?.id ?? "");
    this.recipes.replace(recipes);
    return routing;
  }
}

function error(problems: readonly RouteProblem[]): ConfigError {
  const described = problems.map(({ path, ...problem }): ConfigProblem => ({ keyPath: keyPathOf(path), ...problem }));
  const lines = described.map(({ keyPath, found, expected }) => `${keyPath}: found ${found}, expected ${expected}`);
  return new ConfigError(`Cannot use the routes: ${lines.join("; ")}`, described);
}
