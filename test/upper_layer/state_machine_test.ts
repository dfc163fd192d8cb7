import assert from "node:assert/strict";
import { type State, type StateEvent, transition } from "../../src/upper_layer/state_machine.ts";

const states = Array.from({ length: 13 }, (_, index) => `Sta${index + 1}` as State);

/** State by state, event: action and next state; what is not named is undefined. */
const expected: Record<State, Partial<Record<StateEvent, string>>> = {
  Sta1: {
    "A-ASSOCIATE request": "AE-1 Sta4",
    "transport connection indication": "AE-5 Sta2",
  },
  Sta2: {
    "A-ASSOCIATE-AC": "AA-1 Sta13",
    "A-ASSOCIATE-RJ": "AA-1 Sta13",
    "A-ASSOCIATE-RQ": "AE-6 Sta3",
    "P-DATA-TF": "AA-1 Sta13",
    "A-RELEASE-RQ": "AA-1 Sta13",
    "A-RELEASE-RP": "AA-1 Sta13",
    "A-ABORT": "AA-2 Sta1",
    "transport connection closed": "AA-5 Sta1",
    "ARTIM timer expired": "AA-2 Sta1",
    "unrecognized or invalid PDU": "AA-1 Sta13",
  },
  Sta3: {
    ...unexpectedPdus(),
    "A-ASSOCIATE response (accept)": "AE-7 Sta6",
    "A-ASSOCIATE response (reject)": "AE-8 Sta13",
    ...aborts(),
  },
  Sta4: {
    "transport connect confirmation": "AE-2 Sta5",
    "A-ABORT request": "AA-2 Sta1",
    "transport connection closed": "AA-4 Sta1",
  },
  Sta5: {
    ...unexpectedPdus(),
    "A-ASSOCIATE-AC": "AE-3 Sta6",
    "A-ASSOCIATE-RJ": "AE-4 Sta1",
    ...aborts(),
  },
  Sta6: {
    ...unexpectedPdus(),
    "P-DATA request": "DT-1 Sta6",
    "P-DATA-TF": "DT-2 Sta6",
    "A-RELEASE request": "AR-1 Sta7",
    "A-RELEASE-RQ": "AR-2 Sta8",
    ...aborts(),
  },
  Sta7: {
    ...unexpectedPdus(),
    "P-DATA-TF": "AR-6 Sta7",
    "A-RELEASE-RQ": "AR-8 Sta9",
    "A-RELEASE-RP": "AR-3 Sta1",
    ...aborts(),
  },
  Sta8: {
    ...unexpectedPdus(),
    "P-DATA request": "AR-7 Sta8",
    "A-RELEASE response": "AR-4 Sta13",
    ...aborts(),
  },
  Sta9: { ...unexpectedPdus(), "A-RELEASE response": "AR-9 Sta11", ...aborts() },
  Sta10: { ...unexpectedPdus(), "A-RELEASE-RP": "AR-10 Sta12", ...aborts() },
  Sta11: { ...unexpectedPdus(), "A-RELEASE-RP": "AR-3 Sta1", ...aborts() },
  Sta12: { ...unexpectedPdus(), "A-RELEASE response": "AR-4 Sta13", ...aborts() },
  Sta13: {
    "A-ASSOCIATE-AC": "AA-6 Sta13",
    "A-ASSOCIATE-RJ": "AA-6 Sta13",
    "A-ASSOCIATE-RQ": "AA-7 Sta13",
    "P-DATA-TF": "AA-6 Sta13",
    "A-RELEASE-RQ": "AA-6 Sta13",
    "A-RELEASE-RP": "AA-6 Sta13",
    "A-ABORT": "AA-2 Sta1",
    "transport connection closed": "AR-5 Sta1",
    "ARTIM timer expired": "AA-2 Sta1",
    "unrecognized or invalid PDU": "AA-7 Sta13",
  },
};

const everyEvent: StateEvent[] = [
  "A-ASSOCIATE request",
  "transport connect confirmation",
  "A-ASSOCIATE-AC",
  "A-ASSOCIATE-RJ",
  "transport connection indication",
  "A-ASSOCIATE-RQ",
  "A-ASSOCIATE response (accept)",
  "A-ASSOCIATE response (reject)",
  "P-DATA request",
  "P-DATA-TF",
  "A-RELEASE request",
  "A-RELEASE-RQ",
  "A-RELEASE-RP",
  "A-RELEASE response",
  "A-ABORT request",
  "A-ABORT",
  "transport connection closed",
  "ARTIM timer expired",
  "unrecognized or invalid PDU",
];

function unexpectedPdus(): Partial<Record<StateEvent, string>> {
  return {
    "A-ASSOCIATE-AC": "AA-8 Sta13",
    "A-ASSOCIATE-RJ": "AA-8 Sta13",
    "A-ASSOCIATE-RQ": "AA-8 Sta13",
    "P-DATA-TF": "AA-8 Sta13",
    "A-RELEASE-RQ": "AA-8 Sta13",
    "A-RELEASE-RP": "AA-8 Sta13",
    "unrecognized or invalid PDU": "AA-8 Sta13",
  };
}

function aborts(): Partial<Record<StateEvent, string>> {
  return {
    "A-ABORT request": "AA-1 Sta13",
    "A-ABORT": "AA-3 Sta1",
    "transport connection closed": "AA-4 Sta1",
  };
}

Deno.test("transition() answers every one of the 13 x 19 cells of PS3.8 Table 9-10", () => {
  let cells = 0;
  for (const state of states) {
    for (const event of everyEvent) {
      const found = transition(state, event, { requestor: true });
      const shown = found === undefined ? undefined : `${found.action} ${found.next}`;
      assert.equal(shown, expected[state][event], `${state}, ${event}`);
      cells++;
    }
  }
  assert.equal(cells, 13 * 19);
});

Deno.test("transition() tells the sides of a release collision apart", () => {
  assert.equal(transition("Sta7", "A-RELEASE-RQ", { requestor: true })?.next, "Sta9");
  assert.equal(transition("Sta7", "A-RELEASE-RQ", { requestor: false })?.next, "Sta10");
});

Deno.test("transition() rejects an A-ASSOCIATE-RQ that the service provider finds unacceptable", () => {
  const rejected = transition("Sta2", "A-ASSOCIATE-RQ", { requestor: false, acceptable: false });
  assert.deepEqual(rejected, {
    action: "AE-6",
    effects: [{ type: "stop ARTIM" }, { type: "send", pdu: "A-ASSOCIATE-RJ" }, { type: "start ARTIM" }],
    next: "Sta13",
  });
});

/** What each action does, as PS3.8 Tables 9-6 to 9-9 say; one place where each happens. */
const effectsByPlace: [State, StateEvent, string][] = [
  ["Sta1", "A-ASSOCIATE request", "AE-1: open transport"],
  ["Sta4", "transport connect confirmation", "AE-2: send A-ASSOCIATE-RQ"],
  ["Sta5", "A-ASSOCIATE-AC", "AE-3: indicate A-ASSOCIATE confirmation (accept)"],
  ["Sta5", "A-ASSOCIATE-RJ", "AE-4: indicate A-ASSOCIATE confirmation (reject), close transport"],
  ["Sta1", "transport connection indication", "AE-5: start ARTIM"],
  ["Sta2", "A-ASSOCIATE-RQ", "AE-6: stop ARTIM, indicate A-ASSOCIATE indication"],
  ["Sta3", "A-ASSOCIATE response (accept)", "AE-7: send A-ASSOCIATE-AC"],
  ["Sta3", "A-ASSOCIATE response (reject)", "AE-8: send A-ASSOCIATE-RJ, start ARTIM"],
  ["Sta6", "P-DATA request", "DT-1: send P-DATA-TF"],
  ["Sta6", "P-DATA-TF", "DT-2: indicate P-DATA indication"],
  ["Sta6", "A-RELEASE request", "AR-1: send A-RELEASE-RQ"],
  ["Sta6", "A-RELEASE-RQ", "AR-2: indicate A-RELEASE indication"],
  ["Sta7", "A-RELEASE-RP", "AR-3: indicate A-RELEASE confirmation, close transport"],
  ["Sta8", "A-RELEASE response", "AR-4: send A-RELEASE-RP, start ARTIM"],
  ["Sta13", "transport connection closed", "AR-5: stop ARTIM"],
  ["Sta7", "P-DATA-TF", "AR-6: indicate P-DATA indication"],
  ["Sta8", "P-DATA request", "AR-7: send P-DATA-TF"],
  ["Sta7", "A-RELEASE-RQ", "AR-8: indicate A-RELEASE indication"],
  ["Sta9", "A-RELEASE response", "AR-9: send A-RELEASE-RP"],
  ["Sta10", "A-RELEASE-RP", "AR-10: indicate A-RELEASE confirmation"],
  ["Sta6", "A-ABORT request", "AA-1: send A-ABORT as service-user, start ARTIM"],
  ["Sta2", "ARTIM timer expired", "AA-2: stop ARTIM, close transport"],
  ["Sta6", "A-ABORT", "AA-3: indicate A-ABORT indication, close transport"],
  ["Sta6", "transport connection closed", "AA-4: indicate A-P-ABORT indication"],
  ["Sta2", "transport connection closed", "AA-5: stop ARTIM"],
  ["Sta13", "P-DATA-TF", "AA-6: "],
  ["Sta13", "A-ASSOCIATE-RQ", "AA-7: send A-ABORT as service-provider"],
  ["Sta6", "A-ASSOCIATE-RQ", "AA-8: send A-ABORT as service-provider, indicate A-P-ABORT indication, start ARTIM"],
];

Deno.test("transition() names what every action does, in order", () => {
  for (const [state, event, shown] of effectsByPlace) {
    const found = transition(state, event, { requestor: true });
    const effects = found?.effects.map((effect) => {
      if (effect.type === "indicate") return `indicate ${effect.primitive}`;
      if (effect.type !== "send") return effect.type;
      return `send ${effect.pdu}${"source" in effect ? ` as ${effect.source}` : ""}`;
    });
    assert.equal(`${found?.action}: ${effects?.join(", ")}`, shown);
  }
});
