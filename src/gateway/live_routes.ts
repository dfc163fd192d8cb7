/**
 * The routes of a gateway: the rules that hold now, and how they are replaced while it runs.
 *
 * @module
 */

import type { InstanceRouting } from "../archive/routing.ts";
import type { Config } from "../config.ts";
import { Late } from "../late.ts";
import type { RouteRecipes } from "../routing/recipes/recipes.ts";
import { destinationsOf, type RoutingRule, type RoutingRules } from "../routing/rules/rule.ts";
import type { RouteCompiler } from "./route_compiler.ts";
import { refuseRoutes, type RouteProblem } from "./route_problem.ts";
import type { RouteStepOptions } from "./step_kinds.ts";

/** The rules of a configuration, which has checked them already. */
export function rulesOf({ routes, routing }: Pick<Config, "routes" | "routing">): RoutingRules {
  return { ...routing, routes: routes as readonly RoutingRule[] };
}

/** Where the instances of a gateway go. Compiling finds wrong steps and conditions. */
export class LiveRoutes {
  readonly #lanes: ReadonlySet<string>;
  readonly #compiler: Late<RouteCompiler>;
  /** Whether the gateway has started with routes; a gateway without routes spends nothing on them. */
  readonly any: boolean;
  #current: InstanceRouting | undefined;
  #rules: RoutingRules;
  /** Called when routes were replaced. It has one listener. */
  onReplaced: (() => void) | undefined;

  /** Starts with the routes of `config`; `destinations` are the host's, and `options` what the host gives to steps. */
  constructor(config: Config, destinations: Iterable<string>, options: RouteStepOptions) {
    this.#rules = rulesOf(config);
    this.any = config.routes.length > 0;
    const used = this.#rules.routes.flatMap(destinationsOf);
    this.#lanes = new Set([...destinations, ...Object.keys(config.destinations), ...used]);
    this.#compiler = new Late(async () => {
      const { RouteCompiler } = await import("./route_compiler.ts");
      return new RouteCompiler(options);
    });
  }

  /** The routing that holds now; undefined until `ready()` has resolved, and where the gateway has started without routes. */
  get current(): InstanceRouting | undefined {
    return this.#current;
  }

  /** The rules that hold now. */
  get rules(): RoutingRules {
    return this.#rules;
  }

  /**
   * Compiles the routes if that was not done; undefined when that is unnecessary. Rejects with `ConfigError` for wrong steps,
   * and with any error of loading; the next call tries again.
   */
  ready(): Promise<void> | undefined {
    return this.any && this.#current === undefined ? this.#compile() : undefined;
  }

  /** The recipes that change instances on their way, including those of earlier routes. Rejects as `ready()` does. */
  async recipes(): Promise<RouteRecipes> {
    await this.ready();
    return (await this.#compiler.get()).recipes;
  }

  /**
   * Takes the routes of another configuration, for instances whose transfer begins from now on; it ignores the rest. Rejects
   * with `ConfigError` where the routes need a restart, and with any error of loading; it then changes nothing. Of several
   * simultaneous calls the last one holds.
   */
  async replace(config: Pick<Config, "routes" | "routing">): Promise<void> {
    const rules = rulesOf(config);
    if (!this.any && rules.routes.length === 0) return;
    refuseRoutes(
      this.any ? this.#withoutLane(rules) : [{
        path: ["routes"],
        found: "routes",
        expected: "a new start: the gateway was started without any",
      }],
    );
    // Jobs of an earlier process may have steps of the routes that this call replaces.
    await this.#compile().catch(() => {});
    const compiler = await this.#compiler.get();
    this.#current = compiler.compile(rules);
    this.#rules = rules;
    this.onReplaced?.();
  }

  async #compile(): Promise<void> {
    const compiler = await this.#compiler.get();
    this.#current ??= compiler.compile(this.#rules);
  }

  #withoutLane({ routes }: RoutingRules): readonly RouteProblem[] {
    return routes.flatMap((rule, index) =>
      destinationsOf(rule).filter((name) => !this.#lanes.has(name)).map((name) => ({
        path: ["routes", index, "to"],
        found: JSON.stringify(name),
        expected: "a new start, or a destination that had a lane when the gateway was started",
      }))
    );
  }
}
