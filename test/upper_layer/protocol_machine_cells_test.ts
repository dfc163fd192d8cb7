import assert from "node:assert/strict";
import { AssociationStateError } from "../../src/errors.ts";
import type { AAbort, Pdu } from "../../src/upper_layer/pdu.ts";
import type { Indication } from "../../src/upper_layer/primitives.ts";
import type { ProtocolMachine } from "../../src/upper_layer/protocol_machine.ts";
import { type ActionName, type State, type StateEvent, transition } from "../../src/upper_layer/state_machine.ts";
import { FakeTime } from "../support/fake_time.ts";
import { machineIn, type Meeting, STATES } from "../support/machine_states.ts";
import { associateAc, associateRq, commandPdv, echoRq, pData } from "../support/scripted_peer.ts";

const request = associateRq();
const answer = associateAc(request);
const rejection: Pdu = {
  type: "A-ASSOCIATE-RJ",
  result: "rejected-permanent",
  source: "service-user",
  reason: "no-reason-given",
};
const abort: AAbort = { type: "A-ABORT", source: "service-user", reason: "reason-not-specified" };
const data = pData(commandPdv(1, echoRq(1)));

/** What the peer does for each event that is its own. */
const PEER: Readonly<Partial<Record<StateEvent, (meeting: Meeting) => Promise<void>>>> = {
  "A-ASSOCIATE-AC": ({ peer }) => peer.send(answer),
  "A-ASSOCIATE-RJ": ({ peer }) => peer.send(rejection),
  "A-ASSOCIATE-RQ": ({ peer }) => peer.send(request),
  "P-DATA-TF": ({ peer }) => peer.send(data),
  "A-RELEASE-RQ": ({ peer }) => peer.send({ type: "A-RELEASE-RQ" }),
  "A-RELEASE-RP": ({ peer }) => peer.send({ type: "A-RELEASE-RP" }),
  "A-ABORT": ({ peer }) => peer.send(abort),
  "transport connection closed": ({ peer }) => peer.close(),
  "unrecognized or invalid PDU": ({ peer }) => peer.send(Uint8Array.of(0x47, 0x45, 0x54, 0x20, 0x2f, 0x20)),
};

/** What the local user does for each event that is its own; the machine has a connection from the beginning. */
const USER: Readonly<Partial<Record<StateEvent, (machine: ProtocolMachine) => void>>> = {
  "transport connect confirmation": (machine) => machine.request({ event: "A-ASSOCIATE request", pdu: request }),
  "A-ASSOCIATE response (accept)": (machine) =>
    machine.request({ event: "A-ASSOCIATE response (accept)", pdu: answer }),
  "A-ASSOCIATE response (reject)": (machine) =>
    machine.request({ event: "A-ASSOCIATE response (reject)", pdu: rejection as Pdu & { type: "A-ASSOCIATE-RJ" } }),
  "P-DATA request": (machine) => void machine.send(Uint8Array.of(4, 0, 0, 0, 0, 7, 0, 0, 0, 3, 1, 3, 0)),
  "A-RELEASE request": (machine) => machine.request({ event: "A-RELEASE request" }),
  "A-RELEASE response": (machine) => machine.request({ event: "A-RELEASE response" }),
  "A-ABORT request": (machine) => machine.abort(),
};

/** What the peer hears of each action of PS3.8 Tables 9-6 to 9-9, and what the local user is told. */
const SHOWN: Readonly<Record<Exclude<ActionName, "AE-1" | "AE-5">, { heard?: string; told?: string }>> = {
  "AE-2": { heard: "A-ASSOCIATE-RQ" },
  "AE-3": { told: "A-ASSOCIATE-AC" },
  "AE-4": { told: "A-ASSOCIATE-RJ" },
  "AE-6": { told: "A-ASSOCIATE-RQ" },
  "AE-7": { heard: "A-ASSOCIATE-AC" },
  "AE-8": { heard: "A-ASSOCIATE-RJ", told: "ended by local" },
  "DT-1": { heard: "P-DATA-TF" },
  "DT-2": { told: "P-DATA-TF" },
  "AR-1": { heard: "A-RELEASE-RQ" },
  "AR-2": { told: "A-RELEASE indication" },
  "AR-3": { told: "A-RELEASE confirmation" },
  "AR-4": { heard: "A-RELEASE-RP", told: "ended by local" },
  "AR-5": { told: "ended by local" },
  "AR-6": { told: "P-DATA-TF" },
  "AR-7": { heard: "P-DATA-TF" },
  "AR-8": { told: "A-RELEASE indication" },
  "AR-9": { heard: "A-RELEASE-RP" },
  "AR-10": { told: "A-RELEASE confirmation" },
  "AA-1": { heard: "A-ABORT as service-user", told: "ended by local" },
  "AA-2": { told: "ended by local" },
  "AA-3": { told: "A-ABORT" },
  "AA-4": { told: "ended by peer" },
  "AA-5": { told: "ended by local" },
  "AA-6": { told: "ended by local" },
  // An A-ABORT has closed this side of the connection, so a second one can't be heard.
  "AA-7": { told: "ended by local" },
  "AA-8": { heard: "A-ABORT as service-provider", told: "ended by local" },
};

function toldAs(indication: Indication): string {
  return indication.type === "ended" ? `ended by ${indication.by}` : indication.type;
}

function heardAs(pdu: Pdu): string {
  return pdu.type === "A-ABORT" ? `A-ABORT as ${pdu.source}` : pdu.type;
}

/** Has a machine in `state` meet `event`, and checks what it does against the cell's action. */
async function driveCell(state: Exclude<State, "Sta1">, event: StateEvent, time: FakeTime): Promise<void> {
  const meeting = await machineIn(state, { associate: 1000, release: 1000 });
  const { machine, peer } = meeting;
  const cell = transition(state, event, { requestor: REQUESTORS.includes(state) });
  const { heard, told } = cell === undefined ? {} : SHOWN[cell.action as keyof typeof SHOWN];
  const telling = told === undefined ? undefined : machine.receive();
  const happening = happen(meeting, event, time);
  if (told !== undefined) assert.equal(toldAs(await telling!), told);
  if (heard !== undefined) assert.equal(heardAs((await peer.receive())!), heard);
  await happening;
  // What comes in Sta13 is not looked at, so an A-ABORT does not end it sooner.
  const next = state === "Sta13" && event in PEER && event !== "transport connection closed" ? state : cell?.next;
  assert.equal(machine.state, next ?? state);
  machine.abort();
  await peer.vanish().catch(() => {});
  await machine.finished;
}

/** States that `machineIn` reaches as a requestor. */
const REQUESTORS: readonly State[] = ["Sta4", "Sta5", "Sta7", "Sta9", "Sta11"];

async function happen(meeting: Meeting, event: StateEvent, time: FakeTime): Promise<void> {
  if (event in PEER) await PEER[event]!(meeting);
  else if (event in USER) USER[event]!(meeting.machine);
  else await time.advance(10_000);
}

/**
 * Whether a test can lead there: a machine is made with its connection, reads nothing before it has asked, and where it
 * owes no A-ABORT, aborting is closing.
 */
function isReachable(state: State, event: StateEvent): boolean {
  if (event === "A-ABORT request") return transition(state, event, { requestor: true }) !== undefined;
  if (event === "A-ASSOCIATE request" || event === "transport connection indication") return false;
  return state !== "Sta4" || !(event in PEER) || event === "transport connection closed";
}

/** The nineteen events of PS3.8 Table 9-10. */
const EVENTS = [
  ...Object.keys(PEER),
  ...Object.keys(USER),
  "ARTIM timer expired",
  "A-ASSOCIATE request",
  "transport connection indication",
] as StateEvent[];

for (const state of STATES) {
  Deno.test(`ProtocolMachine in ${state} does for each event what PS3.8 Table 9-10 says`, async (t) => {
    assert.equal(new Set(EVENTS).size, 19);
    for (const event of EVENTS.filter((event) => isReachable(state, event))) {
      await t.step(event, async () => {
        using time = new FakeTime();
        const refused = event in USER && transition(state, event, { requestor: true }) === undefined;
        if (!refused) await driveCell(state, event, time);
        else await assert.rejects(() => driveCell(state, event, time), AssociationStateError);
      });
    }
  });
}
