/** When a destination that fails is left alone, and for how long. */

import assert from "node:assert/strict";
import { pauseAfter } from "../../../src/routing/lanes/backoff.ts";
import { Breaker } from "../../../src/routing/lanes/breaker.ts";
import { OUTCOMES } from "../../../src/routing/destinations/outcomes.ts";

function breakerAt(random = 1) {
  const clock = { now: 0 };
  return { clock, breaker: new Breaker({ now: () => clock.now, random: () => random }) };
}

/** Pauses until the next probes, each of which fails. */
function pauses(breaker: Breaker, clock: { now: number }, count: number): number[] {
  return Array.from({ length: count }, () => {
    breaker.fails("down");
    const pause = breaker.probeAt - clock.now;
    clock.now = breaker.probeAt;
    return pause;
  });
}

Deno.test("pauses grow from a second to five minutes, and differ by chance by half at most", () => {
  const one = breakerAt(1);
  assert.deepEqual(pauses(one.breaker, one.clock, 11).map((pause) => pause / 1000), [
    ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300],
  ]);
  const other = breakerAt(0);
  assert.deepEqual(pauses(other.breaker, other.clock, 3), [500, 1_000, 2_000]);
});

Deno.test("a probe that goes well closes a breaker, and pauses begin short again only with a delivery", () => {
  const { breaker, clock } = breakerAt();
  pauses(breaker, clock, 5);
  assert.equal(breaker.probed(), true);
  assert.equal(breaker.state, "closed");
  assert.deepEqual(pauses(breaker, clock, 1), [32_000]);
  assert.equal(breaker.works(), true);
  assert.deepEqual([breaker.works(), ...pauses(breaker, clock, 1)], [false, 1_000]);
});

Deno.test("what fails while the next probe is waited for says nothing new", () => {
  const { breaker, clock } = breakerAt();
  assert.equal(breaker.fails("down"), true);
  const at = breaker.probeAt;
  assert.equal(breaker.fails("down, too"), false);
  assert.deepEqual([breaker.probeAt, breaker.why, breaker.openedAt], [at, "down", 0]);
  clock.now = at;
  assert.equal(breaker.fails("still down"), false);
  assert.deepEqual([breaker.why, breaker.openedAt], ["still down", 0]);
});

Deno.test("five suspect outcomes in a row open a breaker, with a success in between none do", () => {
  const { breaker } = breakerAt();
  for (let times = 0; times < 4; times++) assert.equal(breaker.suspect("busy"), false);
  breaker.works();
  for (let times = 0; times < 4; times++) assert.equal(breaker.suspect("busy"), false);
  assert.equal(breaker.suspect("busy", { retryAfter: 60_000 }), true);
  assert.equal(breaker.probeAt, 60_000);
});

Deno.test("a destination that refuses this gateway is left alone for the longest pause at once", () => {
  const { breaker } = breakerAt();
  breaker.fails("not recognized", { forLong: true });
  assert.equal(breaker.probeAt, 300_000);
});

Deno.test("a clock that is set back by a day makes a probe wait no longer than any pause", () => {
  const { breaker, clock } = breakerAt();
  clock.now = 86_400_000;
  breaker.fails("down");
  assert.equal(breaker.untilProbe, 1_000);
  clock.now = 0;
  assert.equal(breaker.untilProbe, 0);
  clock.now = 86_500_000;
  assert.equal(breaker.untilProbe, 0);
});

Deno.test("pauseAfter() grows from 5 s to an hour, and keeps to what a server asks for", () => {
  assert.deepEqual([1, 2, 3, 20].map((attempts) => pauseAfter(attempts, 1)), [5_000, 10_000, 20_000, 3_600_000]);
  assert.equal(pauseAfter(1, 0), 2_500);
  assert.equal(pauseAfter(1, 1, 120_000), 120_000);
});

Deno.test("what opens a lane costs no attempt, but for an instance that breaks the connection", () => {
  for (const [name, { lane, counts, done, deadAfter, held }] of Object.entries(OUTCOMES)) {
    if (lane.startsWith("opens")) assert.equal(counts, name === "interrupted", name);
    if (done) assert.deepEqual([lane, deadAfter], ["works", Infinity], name);
    if (held) assert.deepEqual([lane, done], ["unknown", false], name);
  }
});
