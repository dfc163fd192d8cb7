import assert from "node:assert/strict";
import { compareStudy, type StudyFacts, type StudyJob } from "../../../src/cli/proofs/compare_study.ts";

const found = (...uids: string[]) => ({ uids: new Set(uids) });

let id = 0;
function jobs(lane: string, states: Readonly<Record<string, string>>, recipe = ""): StudyJob[] {
  return Object.entries(states).map(([sopInstanceUid, state]) => ({ id: ++id, lane, recipe, state, sopInstanceUid }));
}

const DONE = { a: "delivered", b: "delivered" };

function compare(facts: Partial<StudyFacts>) {
  const { places, differences, proved } = compareStudy({
    ...{ archive: found("a", "b"), jobs: jobs("PACS", DONE), destinations: new Map([["PACS", found("a", "b")]]) },
    ...{ expected: [], open: [] },
    ...facts,
  });
  return {
    places,
    proved,
    differences: differences.map(({ kind, place, sopInstanceUid }) => `${kind} ${place} ${sopInstanceUid}`),
  };
}

Deno.test("a study is proved once all that its source has arrived, was confirmed and is found", () => {
  const { places, differences, proved } = compare({ source: { name: "CT1", found: found("a", "b") } });
  assert.deepEqual([differences, proved], [[], true]);
  assert.deepEqual(places, [
    { role: "source", name: "CT1", found: 2 },
    { role: "archive", name: "ARCHIVE", found: 2 },
    { role: "destination", name: "PACS", queued: 2, confirmed: 2, found: 2 },
  ]);
});

Deno.test("what differs has a name, a place and an instance", () => {
  const { differences, proved } = compare({
    source: { name: "CT1", found: found("a", "b", "c") },
    jobs: [...jobs("PACS", DONE), ...jobs("VNA", { a: "dead", b: "held" })],
    destinations: new Map([["PACS", found("a", "x")], ["VNA", found("a")]]),
    expected: ["PACS", "NEW"],
  });
  assert.deepEqual(differences, [
    "not-arrived ARCHIVE c",
    "not-there PACS b",
    "not-queued NEW a",
    "not-queued NEW b",
    "not-delivered VNA a",
    "not-delivered VNA b",
  ]);
  assert.equal(proved, false);
});

Deno.test("a place that could not be asked proves nothing; one that can't be asked has its log", () => {
  assert.deepEqual(compare({ destinations: new Map([["PACS", { problem: "it is down" }]]) }).proved, false);
  assert.deepEqual(compare({ archive: { problem: "it is locked" } }).proved, false);
  assert.deepEqual(compare({ source: { name: "CT1", found: { problem: "no" } } }).proved, false);
  const folder = compare({ destinations: new Map([["PACS", undefined]]) });
  assert.deepEqual([folder.proved, folder.differences], [true, []]);
  assert.match(folder.places[1]?.note ?? "", /can't be asked/);
});

Deno.test("what is changed on the way is looked for by the UIDs that it was sent with", () => {
  const sentAs = (uid: string) => ({ sentAs: { sopInstanceUid: uid, studyInstanceUid: "2.25.1" } });
  const [a, b] = jobs("PACS", DONE, "r1");
  const changed = [{ ...a!, ...sentAs("x") }, { ...b!, ...sentAs("y") }];
  const whole = compare({ jobs: changed, destinations: new Map([["PACS", found("x", "y")]]) });
  assert.deepEqual([whole.proved, whole.places[1]?.note], [true, undefined]);
  const lost = compare({ jobs: changed, destinations: new Map([["PACS", found("x", "b")]]) });
  assert.deepEqual([lost.proved, lost.differences], [false, ["not-there PACS b"]]);
});

Deno.test("of what is changed on the way the log is all there is where nobody knows as what it was sent", () => {
  const { proved, places } = compare({
    jobs: jobs("PACS", DONE, "r1"),
    destinations: new Map([["PACS", found()]]),
  });
  assert.equal(proved, true);
  assert.match(places[1]?.note ?? "", /changed on the way/);
  assert.match(places[1]?.note ?? "", /^2 /);
  const some = compare({ jobs: jobs("PACS", DONE, "r1"), destinations: new Map([["PACS", found("a")]]) });
  assert.match(some.places[1]?.note ?? "", /^1 changed/);
});

Deno.test("what the archive has besides is no difference; a study that it does not have is not proved", () => {
  const more = compare({ source: { name: "CT1", found: found("a") } });
  assert.deepEqual([more.proved, more.differences, more.places[1]?.note], [
    true,
    [],
    "the source lacks 1 of them",
  ]);
  assert.equal(compare({ archive: found(), jobs: [], destinations: new Map() }).proved, false);
});

Deno.test("a study of which some is still coming is not proved", () => {
  const { proved, places } = compare({ open: [{ route: "studies", open: { instances: 2, missing: 1 } }] });
  assert.equal(proved, false);
  assert.deepEqual(places[1], {
    ...{ role: "route", name: "studies" },
    pending: "still arriving: 2 wait until it is complete, 1 more are announced",
  });
});
