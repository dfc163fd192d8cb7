/** Briefly what `deno task soak:clinic` does at length. */

import assert from "node:assert/strict";
import { clinic } from "./clinic.ts";
import { Stopwatch } from "./measured.ts";
import { weekOf } from "./studies.ts";

Deno.test({
  name: "a clinic's studies are received, asked for, looked at and stored by STOW-RS at the same time, and none fails",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { studies, instances, times, failures, memory } = await clinic({ seed: 42, seconds: 3, share: 0.03 });
    assert.deepEqual(failures, []);
    assert.ok(studies >= 9 && instances > 100, `${studies} studies, ${instances} instances`);
    const kinds = times.map(({ kind }) => kind.replace(/ of \w+$/, "")).sort();
    for (const kind of ["C-STORE", "STOW-RS", "C-FIND with its association", "frame", "metadata"]) {
      assert.ok(kinds.some((one) => one.startsWith(kind)), `${kind} is not in ${kinds}`);
    }
    assert.ok(memory.first > 0 && memory.last > 0);
  },
});

Deno.test("the week of a clinic is the same for the same seed, and what comes in it is some gigabytes", () => {
  const [one, other] = [weekOf(7), weekOf(7)];
  assert.deepEqual(one.map(({ studyInstanceUid, at }) => [studyInstanceUid, at]), [
    ...other.map(({ studyInstanceUid, at }) => [studyInstanceUid, at]),
  ]);
  assert.equal(one.length, 330);
  const bytes = (files: readonly Uint8Array[]) => files.reduce((sum, piece) => sum + piece.length, 0);
  const all = one.reduce((sum, { instances }) => sum + instances.length * bytes(instances[0]!.file()), 0);
  assert.ok(all > 6e9 && all < 8e9, String(all));
});

Deno.test("Stopwatch tells the longest request of each kind, and what failed", async () => {
  const watch = new Stopwatch();
  assert.equal(await watch.time("good", () => Promise.resolve(1)), 1);
  assert.equal(await watch.time("good", () => Promise.resolve(2)), 2);
  assert.equal(await watch.time("bad", () => Promise.reject(new Error("broken"))), undefined);
  assert.deepEqual(watch.times.map(({ kind, count }) => [kind, count]), [["good", 2], ["bad", 1]]);
  assert.deepEqual(watch.failures, ["bad: broken"]);
});
