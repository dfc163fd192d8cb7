/** What is told of lanes, and when. */

import assert from "node:assert/strict";
import { Alerts } from "../../src/routing/alerts.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import type { LaneEvent } from "../../src/routing/lanes/lane_events.ts";
import type { WebhookEvent } from "../../src/routing/destinations/signed_webhook.ts";
import { FakeTime } from "../support/fake_time.ts";

/** Alerts, with a webhook that answers so. */
function told(time: FakeTime, answer: () => Promise<number> = () => Promise.resolve(202)) {
  const clock = { jump: 0 };
  const events: WebhookEvent[] = [];
  const ids: string[] = [];
  const errors: unknown[] = [];
  const alerts = new Alerts({
    webhook: {
      async post(id, event) {
        ids.push(id);
        const status = await answer();
        events.push(event);
        return status;
      },
    },
    onError: (error) => errors.push(error),
    now: () => time.now + clock.jump,
  });
  return { clock, alerts, events, ids, errors };
}

const opened = (isConfiguration = false): LaneEvent => ({
  type: "lane-opened",
  lane: "PACS",
  why: "it is down",
  isConfiguration,
});
const closed: LaneEvent = { type: "lane-closed", lane: "PACS", milliseconds: 70_000 };

function attempted(id: number, state: "dead" | "held" | "waiting", lane = "PACS", outcome = "permanent"): LaneEvent {
  const job = {
    id,
    studyInstanceUid: "1.2",
    sopInstanceUid: `1.2.${id}`,
  } as (LaneEvent & { type: "job-attempted" })["job"];
  const of = { class: outcome, status: "0xC000", error: "no" } as (LaneEvent & { type: "job-attempted" })["outcome"];
  return { type: "job-attempted", lane, job, outcome: of, state, milliseconds: 1 };
}

Deno.test("many jobs that are given up are one alert, with how many, why, and some of them", async () => {
  using time = new FakeTime();
  const { alerts, events } = told(time);
  await using _ = alerts;
  for (let id = 1; id <= 1_000; id++) alerts.observe(attempted(id, "dead"));
  alerts.observe(attempted(1_001, "held", "PACS", "unchangeable"));
  alerts.observe(attempted(1_002, "dead", "VNA"));
  alerts.observe(attempted(1_003, "waiting"));
  assert.equal(events.length, 0);
  await time.advance(10_000);
  assert.deepEqual(events.map(({ type, subject, data }) => [type, subject, (data as { count: number }).count]), [
    ["gantry.jobs.dead", "PACS", 1_000],
    ["gantry.jobs.held", "PACS", 1],
    ["gantry.jobs.dead", "VNA", 1],
  ]);
  const { jobs, ...data } = events[0]!.data as { jobs: object[] };
  // What the destination has said may name a patient.
  const error = "The destination does not take it";
  assert.deepEqual(data, { lane: "PACS", class: "permanent", count: 1_000, status: "0xC000", error });
  assert.equal((events[1]?.data as { error?: string } | undefined)?.error, "no");
  assert.deepEqual([jobs.length, jobs[0]], [10, { id: 1, studyInstanceUid: "1.2", sopInstanceUid: "1.2.1" }]);
  await time.advance(600_000);
  assert.deepEqual([events.length, time.pending], [3, 0]);
});

Deno.test("a destination that fails is told after a minute, and that it works again; one that works sooner is nobody's business", async () => {
  using time = new FakeTime();
  const { alerts, events } = told(time);
  await using _ = alerts;
  alerts.observe(opened());
  await time.advance(30_000);
  alerts.observe(closed);
  await time.advance(100_000);
  assert.deepEqual(events, []);
  alerts.observe(opened());
  await time.advance(50_000);
  assert.deepEqual(events, []);
  await time.advance(20_000);
  assert.partialDeepStrictEqual(events[0], {
    ...{ type: "gantry.lane.opened", subject: "PACS" },
    data: { lane: "PACS", why: "it is down", isConfiguration: false },
  });
  alerts.observe(closed);
  await time.advance(10_000);
  assert.deepEqual(events.map(({ type }) => type), ["gantry.lane.opened", "gantry.lane.closed"]);
});

Deno.test("a clock that is set back delays no alert", async () => {
  using time = new FakeTime();
  const { alerts, clock, events } = told(time);
  await using _ = alerts;
  alerts.observe(opened());
  clock.jump = -3_600_000;
  await time.advance(70_000);
  assert.deepEqual(events.map(({ type }) => type), ["gantry.lane.opened"]);
});

Deno.test("a destination that refuses this gateway is told at once", async () => {
  using time = new FakeTime();
  const { alerts, events } = told(time);
  await using _ = alerts;
  alerts.observe(opened(true));
  await time.advance(10_000);
  assert.deepEqual(events.map(({ type }) => type), ["gantry.lane.opened"]);
});

Deno.test("what a webhook does not take is posted again with the same id, after pauses that grow; what it refuses is not", async () => {
  using time = new FakeTime();
  let failing: DeliveryError | undefined = new DeliveryError("Cannot post: it is down", { class: "transport" });
  const { alerts, events, ids, errors } = told(
    time,
    () => failing === undefined ? Promise.resolve(200) : Promise.reject(failing),
  );
  await using _ = alerts;
  alerts.observe(attempted(1, "dead"));
  await time.advance(3_600_000);
  assert.ok(ids.length >= 10 && ids.length <= 20, `${ids.length} tries in an hour`);
  assert.equal(new Set(ids).size, 1);
  assert.equal(errors.length, ids.length);
  failing = undefined;
  await time.advance(300_000);
  assert.equal(events.length, 1);
  failing = new DeliveryError("Cannot post: it is refused", { class: "permanent" });
  ids.length = 0;
  alerts.observe(attempted(2, "dead"));
  await time.advance(600_000);
  assert.deepEqual([ids.length, events.length], [1, 1]);
});

Deno.test("a webhook that never answers costs bounded memory, and the end waits for nobody", async () => {
  using time = new FakeTime();
  const { alerts, errors } = told(time, () => Promise.reject(new DeliveryError("down", { class: "transport" })));
  for (let lane = 0; lane < 300; lane++) alerts.observe(attempted(lane, "dead", `LANE${lane}`));
  await time.advance(10_000);
  assert.equal(errors.filter((error) => /more than 100 wait/.test((error as Error).message)).length, 200);
  await alerts[Symbol.asyncDispose]();
  assert.equal(time.pending, 0);
});
