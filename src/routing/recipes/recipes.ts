/**
 * The recipes of routes, which say how instances change on their way, by the names that jobs have for them.
 *
 * @module
 */

import type { CompileOptions } from "../../transform/change_steps.ts";
import { ChangeStepError } from "../../transform/change_steps.ts";
import { compileRecipe, type Recipe } from "../../transform/recipe.ts";
import type { RoutingRule } from "../rules/rule.ts";

/** Earlier recipes that are remembered while the process runs: reading routes again and again must not fill memory. */
const REMEMBERED = 64;

/** A step of a route that can't be used. */
export interface StepProblem {
  /** Where it stands in `routes`, from the index of the route on. */
  readonly path: readonly (string | number)[];
  /** What was found there. */
  readonly found: string;
  /** What was expected there. */
  readonly expected: string;
}

/** The recipes by the names of their routes, and at most one problem of each route. */
export function compileRoutes(
  routes: readonly RoutingRule[],
  options: CompileOptions,
): { readonly recipes: ReadonlyMap<string, Recipe>; readonly problems: readonly StepProblem[] } {
  const recipes = new Map<string, Recipe>();
  const problems: StepProblem[] = [];
  for (const [index, { name, change = [] }] of routes.entries()) {
    try {
      recipes.set(name, compileRecipe(change, options));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const step = error instanceof ChangeStepError ? error.path : [];
      const found = error instanceof ChangeStepError ? error.found : error.message;
      const expected = error instanceof ChangeStepError ? error.expected : "steps of plain data";
      problems.push({ path: [index, "change", ...step], found, expected });
    }
  }
  return { recipes, problems };
}

/** The recipes that routes have, and those that they had. */
export class RouteRecipes {
  #ofRoutes: ReadonlyMap<string, Recipe> = new Map();
  readonly #known = new Map<string, Recipe>([["", { id: "", changes: [] }]]);

  /** Takes the recipes of routes that hold from now on. Earlier ones stay for the jobs that have them. */
  replace(ofRoutes: ReadonlyMap<string, Recipe>): void {
    this.#ofRoutes = ofRoutes;
    for (const recipe of ofRoutes.values()) {
      this.#known.delete(recipe.id);
      this.#known.set(recipe.id, recipe);
    }
    const most = REMEMBERED + new Set([...ofRoutes.values()].map(({ id }) => id)).size;
    const forgotten = [...this.#known.keys()].filter((id) => id !== "");
    for (const id of forgotten.slice(0, Math.max(0, forgotten.length - most))) this.#known.delete(id);
  }

  /** The recipe that a route has now; undefined for a name that no route has. */
  ofRoute(name: string): Recipe | undefined {
    return this.#ofRoutes.get(name);
  }

  /** The recipe of this name; undefined for one that is no longer known. */
  find(id: string): Recipe | undefined {
    return this.#known.get(id);
  }
}
