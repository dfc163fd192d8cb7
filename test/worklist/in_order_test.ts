import assert from "node:assert/strict";
import { InOrder } from "../../src/worklist/in_order.ts";

interface Value {
  readonly text: string;
}

const inOrder = () => new InOrder<Value>(({ text }) => text);

Deno.test("values are in the order of their texts, whenever they came, and of equals in that in which they came", async () => {
  const values = inOrder();
  const random = Array.from({ length: 5000 }, (_, number): Value => ({ text: String(number * 7919 % 1000) }));
  const expected = (some: readonly Value[]) =>
    some.toSorted((one, other) => one.text < other.text ? -1 : one.text > other.text ? 1 : 0);
  for (const value of random.slice(0, 3000)) values.add(value);
  assert.deepEqual(await values.values(), expected(random.slice(0, 3000)));
  for (const value of random.slice(3000)) values.add(value);
  for (const value of random.slice(0, 10)) values.remove(value);
  values.remove(random[4999]!);
  const left = random.slice(10, 4999);
  const wanted = expected(left);
  const sorted = await values.values();
  assert.ok(sorted.every((value, index) => value === wanted[index]));
  assert.equal(await values.values(), sorted);
});

Deno.test("who asks while values are put in order sees what came before it asked", async () => {
  const values = inOrder();
  for (let number = 0; number < 2000; number++) values.add({ text: String(number) });
  const first = values.values();
  await Promise.resolve();
  values.add({ text: "later" });
  const [, seen] = await Promise.all([first, values.values()]);
  assert.ok(seen.some(({ text }) => text === "later"));
  assert.equal(seen.length, 2001);
});
