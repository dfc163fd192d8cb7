import assert from "node:assert/strict";
import { KeyedMutex } from "../../src/scheduling/keyed_mutex.ts";

Deno.test("KeyedMutex: work on one key takes turns, in order, whatever fails; work on others goes on", async () => {
  const mutex = new KeyedMutex();
  const said: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = mutex.run("a", async () => {
    said.push("a1 begins");
    await gate.promise;
    said.push("a1 ends");
    throw new Error("a1 failed");
  });
  const second = mutex.run("a", () => Promise.resolve(said.push("a2")));
  const other = mutex.run("b", () => Promise.resolve(said.push("b")));
  await other;
  assert.deepEqual(said, ["a1 begins", "b"]);
  const idle = mutex.idle().then(() => said.push("idle"));
  gate.resolve();
  await assert.rejects(first, /a1 failed/);
  await Promise.all([second, idle]);
  assert.deepEqual(said, ["a1 begins", "b", "a1 ends", "a2", "idle"]);
  assert.equal(await mutex.run("a", () => Promise.resolve(7)), 7);
});
