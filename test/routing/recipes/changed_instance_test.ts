import assert from "node:assert/strict";
import type { Job } from "../../../src/queue/job.ts";
import { openChanged } from "../../../src/routing/recipes/changed_instance.ts";
import { compileChanges } from "../../../src/transform/change_steps.ts";

Deno.test("a job whose own steps are wrong for this version is held, and nothing of the instance is read", async () => {
  const open = openChanged(() => assert.fail("the instance is read"), {
    find: (id) => ({ id, changes: compileChanges([{ set: { StudyDate: "tomorrow" } }]) }),
  });
  await assert.rejects(async () => await open({ recipe: "a" } as Job), {
    name: "DeliveryError",
    class: "unchangeable",
    message: /StudyDate/,
  });
  const broken = new Error("the disk is gone");
  const failing = openChanged(() => assert.fail("the instance is read"), { find: () => Promise.reject(broken) });
  await assert.rejects(async () => await failing({ recipe: "a" } as Job), broken);
});
