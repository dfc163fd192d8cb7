/**
 * Edits of single jobs by an operator: steps that come before those of their route.
 *
 * The steps are documents, since the queue has only names of recipes. They may hold values of patients, as the instances
 * themselves do, but never keys.
 *
 * @module
 */

import type { DocumentCollection } from "../../documents/document_store.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import { baseRecipe } from "../../queue/job_rules.ts";
import { compileChanges, type KnownStep } from "../../transform/change_steps.ts";
import { editedRecipeId, type Recipe } from "../../transform/recipe.ts";
import type { StepValue } from "../../transform/set_value.ts";
import type { RouteRecipes } from "./recipes.ts";

/** An edit of a job. */
export interface RecipeEdit {
  /** Name of the route whose steps the job gets, in place of all that it had. */
  readonly route?: string | undefined;
  /** Values by the paths of attributes. */
  readonly set?: Readonly<Record<string, StepValue>> | undefined;
  /** Paths of attributes or items. */
  readonly remove?: readonly string[] | undefined;
}

/** A step that an operator may add. */
type EditStep =
  | { readonly set: Readonly<Record<string, StepValue>> }
  | { readonly remove: readonly string[] };

/** What edited recipes need. */
export interface EditedRecipesOptions {
  /** The recipes of routes. */
  readonly ofRoutes: Pick<RouteRecipes, "find" | "ofRoute">;
  /** Remembers the steps, by the names of their recipes. */
  readonly documents: DocumentCollection<EditedDocument>;
  /** Has the jobs. */
  readonly queue: Pick<JobQueue, "jobs">;
}

/** Steps as a document: as JSON, since their names are paths. */
export type EditedDocument = { readonly steps: string };

/** Most steps that may be added to a job, and most bytes of them as JSON: a client may edit a job again and again. */
const MOST_STEPS = 100;
const LONGEST_STEPS = 256 * 1024;

/** Finds the recipes of jobs, and makes those of edited jobs. */
export class EditedRecipes implements AsyncDisposable {
  readonly #options: EditedRecipesOptions;
  #forgotten: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Reads no document before a method is called. */
  constructor(options: EditedRecipesOptions) {
    this.#options = options;
  }

  /** The recipe of a job; undefined where a part of it is lost. */
  async find(id: string): Promise<Recipe | undefined> {
    const { ofRoutes } = this.#options;
    const base = ofRoutes.find(baseRecipe(id));
    if (base === undefined || !isEdited(id)) return base;
    const steps = await this.#stepsOf(id);
    return steps && { id, changes: [...compileChanges(steps), ...base.changes] };
  }

  /** The problem of an edit; undefined for a valid one. */
  problemOf({ route, ...edit }: RecipeEdit): string | undefined {
    if (route !== undefined && this.#options.ofRoutes.ofRoute(route) === undefined) return "No route has this name";
    try {
      compileChanges(stepsOf(edit));
      return undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return error.message;
      throw error;
    }
  }

  /**
   * The name of the recipe after an edit, which is durable then. Or the problem: the one that `problemOf()` finds, earlier steps
   * that are lost, or too many steps.
   */
  async edit(id: string, edit: RecipeEdit): Promise<string | { readonly problem: string }> {
    await this.#forgotten;
    const { ofRoutes, documents } = this.#options;
    const { route } = edit;
    const base = route === undefined ? baseRecipe(id) : ofRoutes.ofRoute(route)?.id;
    if (base === undefined) return { problem: "No route has this name" };
    const before = route === undefined && isEdited(id) ? await this.#stepsOf(id) : [];
    if (before === undefined) {
      return { problem: "What was changed in a job before is lost; expected `to.route` as well" };
    }
    const steps = [...before, ...stepsOf(edit)];
    if (steps.length === 0) return base;
    const text = JSON.stringify(steps);
    const length = new TextEncoder().encode(text).length;
    if (steps.length > MOST_STEPS || length > LONGEST_STEPS) {
      const found = `${steps.length} steps of ${length} bytes in all`;
      return { problem: `A job would have ${found}; expected at most ${MOST_STEPS} of ${LONGEST_STEPS} bytes` };
    }
    const edited = `${editedRecipeId(base, steps)}/${base}`;
    await documents.put(edited, { steps: text });
    return edited;
  }

  /** Forgets steps that no job has any more; edits wait until this is done. Never rejects. */
  forget(onError: (error: unknown) => void): void {
    this.#forgotten = this.#forget().catch(onError);
  }

  /** Stops forgetting. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#forgotten;
  }

  async #forget(): Promise<void> {
    const { documents, queue } = this.#options;
    for await (const recipe of documents.keys()) {
      if (this.#stopped) return;
      const [job] = await queue.jobs({ recipe }, { limit: 1 });
      if (job === undefined) await documents.delete(recipe);
    }
  }

  async #stepsOf(id: string): Promise<readonly KnownStep[] | undefined> {
    const document = await this.#options.documents.get(id);
    return document === undefined ? undefined : JSON.parse(document.steps);
  }
}

function isEdited(recipe: string): boolean {
  return recipe.includes("/");
}

function stepsOf({ set, remove }: RecipeEdit): readonly EditStep[] {
  return [...set === undefined ? [] : [{ set }], ...remove === undefined ? [] : [{ remove }]];
}
