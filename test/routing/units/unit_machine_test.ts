/** When a unit is complete, and what closes it. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { ClosedUnit } from "../../../src/routing/units/open_unit.ts";
import { type UnitEvent, UnitMachine, type UnitOptions } from "../../../src/routing/units/unit_machine.ts";

const QUIET = 60;
const CAP = 1000;

/** An event without its moment; `at` comes in front. */
type Step = readonly [at: number, event: Partial<UnitEvent> & Pick<UnitEvent, "type">];

const instance = (sopInstanceUid: string, source = "CT", unit = "S") =>
  ({ type: "instance", unit, source, sopInstanceUid }) as const;
const opened = (source = "CT") => ({ type: "opened", source }) as const;
const ended = (source = "CT") => ({ type: "ended", source }) as const;
const lists = (kind: "mpps" | "commitment" | "availability", ...sopInstanceUids: string[]) =>
  ({ type: "evidence", unit: "S", evidence: { kind, sopInstanceUids } }) as const;
const counts = (count: number) => ({ type: "evidence", unit: "S", evidence: { kind: "count", count } }) as const;
const TIME = { type: "time" } as const;

function play(steps: readonly Step[], options: Partial<UnitOptions> = {}) {
  const machine = new UnitMachine({ quiet: QUIET, cap: CAP, ...options });
  const closed = steps.flatMap(([at, event]) => [...machine.take({ ...event, at } as UnitEvent)]);
  return { machine, closed };
}

/** What closed each unit, when, in which generation and with how many instances. */
const shown = ({ closedBy, at, generation, instances }: ClosedUnit) => `${closedBy} ${at} #${generation} ${instances}`;

const CASES: readonly (readonly [name: string, steps: readonly Step[], closed: readonly string[]])[] = [
  ["quiet time counts from the last byte", [[0, instance("1")], [50, instance("2")], [109, TIME], [110, TIME]], [
    "quiet 110 #1 2",
  ]],
  [
    "quiet time is found out by whatever happens next",
    [[0, instance("1")], [500, instance("9", "MR", "other")]],
    ["quiet 60 #1 1"],
  ],
  [
    "quiet time stands still while an association of the source is open",
    [[0, opened()], [10, instance("1")], [500, TIME], [510, ended()], [569, TIME], [570, TIME]],
    ["quiet 570 #1 1"],
  ],
  [
    "an association that opens later stops it, and what has passed counts",
    [[0, instance("1")], [40, opened()], [140, ended()], [159, TIME], [160, TIME]],
    ["quiet 160 #1 1"],
  ],
  [
    "two associations count as one",
    [[0, opened()], [0, instance("1")], [10, opened()], [20, ended()], [90, TIME], [100, ended()], [160, TIME]],
    ["quiet 160 #1 1"],
  ],
  [
    "an association of somebody else makes no difference",
    [[0, opened("MR")], [0, instance("1")], [60, TIME]],
    ["quiet 60 #1 1"],
  ],
  [
    "of two who have sent of it both have to be quiet",
    [[0, opened("MR")], [0, instance("1", "MR")], [5, instance("2", "CT")], [100, TIME], [100, ended("MR")], [
      160,
      TIME,
    ]],
    ["quiet 160 #1 2"],
  ],
  [
    "an end that nobody has heard the beginning of changes nothing",
    [[0, ended()], [0, instance("1")], [10, ended()], [60, TIME]],
    ["quiet 60 #1 1"],
  ],
  [
    "the cap closes it whatever is open",
    [[0, opened()], [0, instance("1")], [999, instance("2")], [1000, TIME]],
    ["cap 1000 #1 2"],
  ],
  [
    "late instances make the next generation",
    [[0, instance("1")], [60, TIME], [200, instance("2")], [260, TIME], [400, instance("1")], [460, TIME]],
    ["quiet 60 #1 1", "quiet 260 #2 1", "quiet 460 #3 1"],
  ],
  [
    "an instance that comes before anybody has seen that its unit is due belongs to it",
    [[0, instance("1")], [60, instance("2")], [120, TIME]],
    ["quiet 120 #1 2"],
  ],
  [
    "one that comes again counts once, and shows that somebody is sending",
    [[0, instance("1")], [50, instance("1")], [110, TIME]],
    ["quiet 110 #1 1"],
  ],
  ["MPPS closes it at the last instance", [[0, lists("mpps", "1", "2")], [5, instance("1")], [9, instance("2")]], [
    "mpps 9 #1 2",
  ]],
  ["MPPS closes it at once where all is there", [[0, opened()], [5, instance("1")], [9, lists("mpps", "1")]], [
    "mpps 9 #1 1",
  ]],
  [
    "a list without some that have come closes nothing",
    [[0, instance("1")], [1, instance("2")], [2, lists("mpps", "1")], [61, TIME]],
    ["quiet 61 #1 2"],
  ],
  [
    "several lists count together, and the last one is said",
    [[0, instance("1")], [1, instance("2")], [2, lists("mpps", "1")], [3, lists("commitment", "2")]],
    ["commitment 3 #1 2"],
  ],
  ["an availability notification closes it", [[0, instance("1")], [1, lists("availability", "1")]], [
    "availability 1 #1 1",
  ]],
  ["a count closes it", [[0, counts(2)], [1, instance("1")], [2, instance("1")], [3, instance("2")]], ["count 3 #1 2"]],
  ["a count of what is there closes it", [[0, instance("1")], [1, instance("2")], [2, counts(2)]], ["count 2 #1 2"]],
  ["the last count holds", [[0, counts(1)], [1, counts(2)], [2, instance("1")], [3, instance("2")]], ["count 3 #1 2"]],
  ["an empty list closes nothing", [[0, lists("mpps")], [1, instance("1")], [61, TIME]], ["quiet 61 #1 1"]],
  ["what was announced and never came leaves nothing", [[0, lists("mpps", "1")], [2000, TIME]], []],
  [
    "the cap begins with the first instance, not with what was announced",
    [[0, lists("mpps", "1", "2")], [0, opened()], [900, instance("1")], [1899, TIME], [1900, TIME]],
    ["cap 1900 #1 1"],
  ],
  [
    "a clock that goes back stands still",
    [[100, instance("1")], [0, instance("2")], [159, TIME], [160, TIME]],
    ["quiet 160 #1 2"],
  ],
];

for (const [name, steps, expected] of CASES) {
  Deno.test(`a unit: ${name}`, () => {
    assert.deepEqual(play(steps).closed.map(shown), expected);
  });
}

Deno.test("units have limits: the oldest is closed, long lists say nothing, generations are forgotten", () => {
  const many = play([[0, instance("1", "CT", "A")], [1, instance("1", "CT", "B")], [2, instance("1", "CT", "C")]], {
    maxUnits: 2,
  });
  assert.deepEqual(many.closed, [{ unit: "A", generation: 1, closedBy: "limit", at: 2, instances: 1 }]);
  assert.equal(many.machine.size, 2);

  const uids = Array.from({ length: 11 }, (_, index) => `${index}`);
  const long = play([...uids.map((uid): Step => [0, instance(uid)]), [1, lists("mpps", ...uids)], [60, TIME]], {
    maxInstances: 10,
  });
  assert.deepEqual(long.closed.map(shown), ["quiet 60 #1 10"]);

  const { machine } = play([], { maxClosed: 1 });
  machine.restore("A", 5);
  machine.restore("B", 3);
  machine.take({ ...instance("1", "CT", "A"), at: 0 });
  machine.take({ ...instance("1", "CT", "B"), at: 0 });
  const generations = machine.take({ type: "time", at: 60 }).map(({ unit, generation }) => [unit, generation]);
  assert.deepEqual(generations, [["A", 1], ["B", 3]]);
});

Deno.test("what was only announced closes nothing that has come, and gives way to it", () => {
  const two = (...units: string[]) => play(units.map((unit): Step => [0, instance("1", "CT", unit)]), { maxUnits: 2 });
  const full = two("A", "B").machine;
  assert.deepEqual(full.take({ ...lists("mpps", "1"), unit: "C", at: 1 }), []);
  assert.deepEqual([...full.coming()].map(({ unit }) => unit), ["A", "B"]);
  const { machine } = two("A");
  machine.take({ ...lists("mpps", "1", "2"), unit: "B", at: 1 });
  assert.deepEqual([...machine.coming()], [
    { unit: "A", since: 0, instances: 1, missing: 0 },
    { unit: "B", since: 1, instances: 0, missing: 2 },
  ]);
  assert.deepEqual(machine.take({ ...instance("1", "CT", "C"), at: 2 }), []);
  assert.deepEqual([...machine.coming()].map(({ unit }) => unit), ["A", "C"]);
});

Deno.test("UIDs of all units have one limit, and a unit that is closed leaves its room to others", () => {
  const { machine } = play([[0, instance("1", "CT", "A")], [0, instance("2", "CT", "A")]], { maxRemembered: 3 });
  const of = (uid: string) => ({ ...instance(uid, "CT", "B"), at: 1 });
  machine.take(of("1"));
  machine.take(of("2"));
  assert.deepEqual(machine.take({ ...lists("mpps", "1"), unit: "B", at: 1 }), [], "not all of it is remembered");
  assert.deepEqual(machine.take({ type: "time", at: 60 }).map(shown), ["quiet 60 #1 2"]);
  assert.deepEqual(machine.take({ type: "time", at: 61 }).map(shown), ["quiet 61 #1 1"]);
  for (const uid of ["1", "2"]) machine.take({ ...of(uid), at: 70 });
  assert.deepEqual(machine.take({ ...counts(2), unit: "B", at: 71 }).map(shown), ["count 71 #2 2"]);
});

Deno.test("a machine tells which units wait for a source that has nothing open", () => {
  const { machine } = play([[0, opened("CT")], [0, opened("MR")], [1, instance("1", "CT", "A")], [
    2,
    instance("1", "CT", "B"),
  ], [3, instance("2", "MR", "B")]]);
  assert.deepEqual([machine.has("A"), machine.has("C"), machine.waitingFor("CT")], [true, false, []]);
  machine.take({ ...ended("CT"), at: 4 });
  assert.deepEqual([machine.waitingFor("CT"), machine.waitingFor("MR")], [["A"], []]);
  machine.take({ ...ended("MR"), at: 5 });
  assert.deepEqual([machine.waitingFor("CT"), machine.waitingFor("MR")], [["A", "B"], ["B"]]);
});

Deno.test("other times hold for units that are open as well", () => {
  const { machine } = play([[0, instance("1")]]);
  machine.adjust({ quiet: 10, cap: 1000 });
  assert.deepEqual(machine.take({ type: "time", at: 20 }).map(shown), ["quiet 10 #1 1"]);
  machine.take({ ...instance("1"), at: 30 });
  machine.adjust({ quiet: 100, cap: 1000 });
  assert.deepEqual(machine.take({ type: "time", at: 129 }), []);
  assert.deepEqual(machine.take({ type: "time", at: 130 }).map(shown), ["quiet 130 #2 1"]);
});

Deno.test("any interleaving: every instance is in one unit, none is closed early, and none stays open", () => {
  const source = fc.constantFrom("CT", "MR", "US");
  const unit = fc.constantFrom("A", "B", "C");
  const uid = fc.integer({ min: 0, max: 30 }).map(String);
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant("instance" as const), unit, source, sopInstanceUid: uid }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("opened" as const, "ended" as const), source }) },
    { weight: 1, arbitrary: fc.constant(TIME) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant("evidence" as const),
        unit,
        evidence: fc.record({ kind: fc.constant("mpps" as const), sopInstanceUids: fc.array(uid, { maxLength: 6 }) }),
      }),
    },
  );
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), step), { maxLength: 80 });
  fc.assert(
    fc.property(steps, (steps) => {
      const machine = new UnitMachine({ quiet: QUIET, cap: CAP });
      const model = new Model();
      let at = 0;
      for (const [after, event] of steps) {
        at += after;
        model.check(machine.take({ ...event, at } as UnitEvent), { ...event, at } as UnitEvent);
      }
      model.check(machine.take({ type: "time", at: at + CAP }), { type: "time", at: at + CAP });
      assert.equal(machine.size, 0);
      assert.deepEqual(model.left(), []);
    }),
    { seed: 42, numRuns: 500 },
  );
});

/** What has to hold, found out the slow way: from everything that ever happened. */
class Model {
  readonly #past: UnitEvent[] = [];
  readonly #pending = new Map<string, { at: number; sopInstanceUid: string; source: string }[]>();
  readonly #generations = new Map<string, number>();

  check(closed: readonly ClosedUnit[], event: UnitEvent): void {
    const byTime = closed.filter(({ closedBy }) => closedBy === "quiet" || closedBy === "cap");
    for (const unit of byTime) this.#checkClosed(unit);
    this.#past.push(event);
    if (event.type === "instance") this.#pending.set(event.unit, [...this.#pending.get(event.unit) ?? [], event]);
    for (const unit of closed.filter((unit) => !byTime.includes(unit))) {
      assert.equal(unit.at, event.at);
      this.#checkClosed(unit);
    }
  }

  left(): string[] {
    return [...this.#pending].filter(([, pending]) => pending.length > 0).map(([unit]) => unit);
  }

  #checkClosed({ unit, generation, closedBy, at, instances }: ClosedUnit): void {
    const members = this.#pending.get(unit) ?? [];
    this.#pending.set(unit, []);
    assert.equal(new Set(members.map(({ sopInstanceUid }) => sopInstanceUid)).size, instances);
    assert.equal(generation, (this.#generations.get(unit) ?? 0) + 1);
    this.#generations.set(unit, generation);
    const last = members.at(-1)!.at;
    const idle = (source: string) => {
      let count = 0;
      for (let moment = last; moment < at; moment++) if (!this.#isOpen(source, moment)) count++;
      return count;
    };
    const leastIdle = Math.min(...members.map(({ source }) => idle(source)));
    if (closedBy === "quiet") assert.equal(leastIdle, QUIET);
    if (closedBy === "cap") assert.equal(at, members[0]!.at + CAP);
    if (closedBy === "mpps") assert.ok(at <= members[0]!.at + CAP && leastIdle < QUIET);
  }

  #isOpen(source: string, moment: number): boolean {
    let open = 0;
    for (const event of this.#past) {
      if (event.at > moment || !("source" in event) || event.source !== source) continue;
      if (event.type === "opened") open++;
      if (event.type === "ended") open = Math.max(0, open - 1);
    }
    return open > 0;
  }
}
