import assert from "node:assert/strict";
import { Retries } from "../../../src/cli/peers/retries.ts";

Deno.test("Retries doubles the pauses up to 30 s, and ends after so many tries in a row", () => {
  const retries = new Retries(9);
  const pauses = Array.from({ length: 10 }, () => retries.failed());
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, undefined]);
  assert.equal(retries.inARow, 10);
});

Deno.test("Retries begins anew where something got done", () => {
  const retries = new Retries(1);
  assert.equal(retries.failed(), 500);
  retries.progressed();
  assert.equal(retries.failed(), 500);
  assert.equal(retries.failed(), undefined);
});

Deno.test("Retries of 0 allow none", () => {
  assert.equal(new Retries(0).failed(), undefined);
});
