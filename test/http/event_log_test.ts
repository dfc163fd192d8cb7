import assert from "node:assert/strict";
import { EventLog } from "../../src/http/event_log.ts";

const never = new AbortController().signal;

function filled(count: number, capacity: number): EventLog {
  const log = new EventLog({ run: "r", capacity });
  for (let number = 1; number <= count; number++) log.append(number % 2 === 0 ? "even" : "odd", { number });
  return log;
}

Deno.test("EventLog gives what came behind a serial, in order and in pieces", () => {
  const log = filled(5, 8);
  const first = log.read(1, { limit: 3 });
  assert.deepEqual(first.events.map(({ serial, type, text }) => [serial, type, text]), [
    [2, "even", '{"number":2}'],
    [3, "odd", '{"number":3}'],
    [4, "even", '{"number":4}'],
  ]);
  assert.deepEqual([first.missed, first.after], [0, 4]);
  const rest = log.read(first.after, { limit: 3 });
  assert.deepEqual([rest.events.length, rest.missed, rest.after], [1, 0, 5]);
});

Deno.test("EventLog says how many events it has forgotten, and keeps no more than its capacity", () => {
  const { events, missed, after } = filled(1000, 8).read(3, { limit: 100 });
  assert.deepEqual(events.map(({ serial }) => serial), [993, 994, 995, 996, 997, 998, 999, 1000]);
  assert.deepEqual([missed, after], [989, 1000]);
});

Deno.test("EventLog passes over events of types that nobody wants", () => {
  const log = filled(6, 8);
  const types = new Set(["even"]);
  assert.deepEqual(log.read(0, { types, limit: 2 }).events.map(({ serial }) => serial), [2, 4]);
  const none = log.read(0, { types: new Set(["none"]), limit: 2 });
  assert.deepEqual([none.events, none.after], [[], 6]);
});

Deno.test("EventLog wakes those who wait by an event, by its end and by a signal", async () => {
  const log = filled(1, 8);
  await log.changed(0, never);
  const woken = [log.changed(1, never), log.changed(1, never)];
  log.append("odd", {});
  await Promise.all(woken);
  const abort = new AbortController();
  const aborted = log.changed(2, abort.signal);
  abort.abort();
  await aborted;
  const ended = log.changed(2, never);
  log.close();
  await ended;
  log.append("even", {});
  assert.deepEqual([log.last, log.isClosed], [2, true]);
});
