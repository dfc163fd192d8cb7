/** Recipes have the same name for the same steps, and another one for others; no secret is in it. */

import assert from "node:assert/strict";
import type { ChangeStep } from "../../src/transform/change_steps.ts";
import { compileRecipe, editedRecipeId } from "../../src/transform/recipe.ts";

const idOf = (steps: readonly ChangeStep[], csv = "id,new\n1,2\n") => compileRecipe(steps, { readText: () => csv }).id;

Deno.test("a recipe is named by its steps, in their order; no steps have no name", () => {
  const steps: ChangeStep[] = [{ set: { PatientID: "1" } }, { remove: ["PatientComments"] }];
  // As it stands in queues: another one would hold what waits there.
  assert.equal(idOf(steps), "2358b409ee190bc5dcce9be3236e821a");
  assert.equal(idOf(structuredClone(steps)), idOf(steps));
  const others = [[], steps.slice(0, 1), steps.toReversed(), [{ set: { PatientID: "2" } }, steps[1]!]];
  assert.equal(new Set([steps, ...others].map((some) => idOf(some))).size, 5);
  assert.equal(idOf([]), "");
});

Deno.test("files count by their content, and keys by a fingerprint", () => {
  const step = (csv: string) => [{ map: { attribute: "PatientID", csv } }];
  assert.equal(idOf(step("a.csv")), idOf(step("moved/b.csv")));
  assert.notEqual(idOf(step("a.csv")), idOf(step("a.csv"), "id,new\n1,3\n"));
  const keyed = (key: string) => idOf([{ mapUids: { key } }]);
  assert.equal(keyed("sixteen bytes or more"), keyed("sixteen bytes or more"));
  assert.notEqual(keyed("sixteen bytes or more"), keyed("sixteen bytes or less"));
});

Deno.test("an edited recipe is named by the one below it and by the steps", () => {
  const steps = [{ set: { PatientID: "1" } }];
  const ids = [editedRecipeId("", steps), editedRecipeId("a", steps), editedRecipeId("a", []), idOf(steps)];
  assert.equal(new Set(ids).size, 4);
});

Deno.test("options that are no data can't be told apart, and are refused", () => {
  const kinds = { mine: () => () => {} };
  const mine = (option: unknown) => () => compileRecipe([{ mine: { option } }], { kinds });
  for (const option of [new Map([[1, 2]]), /a/, () => {}, Number.NaN, 1n]) {
    assert.throws(mine(option), /Cannot tell steps apart: found a .*, expected text, numbers/);
  }
  assert.throws(() => compileRecipe([{ mine: new Map() }], { kinds }), /Cannot tell steps apart/);
  assert.match(mine({ deep: [1, null, "x", true] })().id, /^[0-9a-f]{32}$/);
});
