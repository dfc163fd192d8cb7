import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Statements } from "../../src/sqlite/statements.ts";

/** Statements, and what was prepared for them. */
function watched() {
  const database = new DatabaseSync(":memory:");
  const prepared: string[] = [];
  const watching = {
    prepare(sql: string) {
      prepared.push(sql);
      return database.prepare(sql);
    },
  };
  const statements = new Statements(watching as unknown as DatabaseSync);
  return { statements, prepared, [Symbol.dispose]: () => database.close() };
}

Deno.test("Statements.made() prepares a statement once, and gives it what is asked each time", () => {
  using rig = watched();
  for (const value of [1, 2, 3]) {
    assert.deepEqual(rig.statements.made<{ found: number }>("select ? as found", [value]).map((row) => row.found), [
      value,
    ]);
  }
  assert.deepEqual(rig.prepared, ["select ? as found"]);
});

Deno.test("Statements.made() remembers the last 64, in the order of their use, and none with a long text", () => {
  using rig = watched();
  const { statements, prepared } = rig;
  const ask = (number: number) => statements.made(`select ${number}`, []);
  for (let number = 0; number < 64; number++) ask(number);
  ask(0);
  ask(64);
  assert.equal(prepared.length, 65);
  ask(0);
  assert.equal(prepared.length, 65, "used of late");
  ask(1);
  assert.equal(prepared.length, 66, "forgotten");
  const long = `select 1 ${" ".repeat(4_000)}`;
  for (const _ of [1, 2]) statements.made(long, []);
  assert.equal(prepared.length, 68);
  ask(0);
  assert.equal(prepared.length, 68);
});
