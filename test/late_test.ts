import assert from "node:assert/strict";
import { Late } from "../src/late.ts";

Deno.test("Late loads once, for all who ask while it loads and after", async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  let loads = 0;
  const late = new Late(() => (loads++, promise));
  assert.equal(late.loaded, undefined);
  const [first, second] = [late.get(), late.get()];
  assert.equal(late.loaded, undefined);
  const value = {};
  resolve(value);
  assert.deepEqual([await first === value, await second === value, await late.get() === value], [true, true, true]);
  assert.equal(late.loaded, value);
  assert.equal(loads, 1);
});

Deno.test("Late passes a failure on to all who wait, and loads again for the next who asks", async () => {
  const outcomes = [Promise.reject(new Error("Cannot load: no disk")), Promise.resolve("loaded")];
  const late = new Late(() => outcomes.shift()!);
  const waiting = [late.get(), late.get()];
  for (const one of waiting) await assert.rejects(one, /no disk/);
  assert.equal(late.loaded, undefined);
  assert.equal(await late.get(), "loaded");
  assert.equal(outcomes.length, 0);
});

Deno.test("Late.ifWanted() loads nothing, but waits for what is being loaded", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let loads = 0;
  const late = new Late(() => (loads++, promise));
  assert.equal(await late.ifWanted(), undefined);
  assert.equal(loads, 0);
  const loading = late.get();
  const wanted = late.ifWanted();
  resolve("loaded");
  assert.deepEqual([await loading, await wanted], ["loaded", "loaded"]);
  const broken = new Late(() => Promise.reject(new Error("Cannot load")));
  const failed = broken.get();
  assert.equal(await broken.ifWanted(), undefined);
  await assert.rejects(failed);
});
