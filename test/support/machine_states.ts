/**
 * Protocol machines in every state of PS3.8 Table 9-10.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ProtocolMachine } from "../../src/upper_layer/protocol_machine.ts";
import type { State } from "../../src/upper_layer/state_machine.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "../../src/upper_layer/timeouts.ts";
import { associateAc, associateRq, type ScriptedPeer, scriptedPeer } from "./scripted_peer.ts";

/** A machine, and the peer on the other end. */
export interface Meeting {
  readonly machine: ProtocolMachine;
  readonly peer: ScriptedPeer;
}

type Reach = (meeting: Meeting) => Promise<void>;

const request = associateRq();
const answer = associateAc(request);

const associateAsAcceptor: Reach = async ({ machine, peer }) => {
  await Promise.all([peer.send(request), machine.receive()]);
  machine.request({ event: "A-ASSOCIATE response (accept)", pdu: answer });
  await peer.expectType("A-ASSOCIATE-AC");
};

const associateAsRequestor: Reach = async ({ machine, peer }) => {
  machine.request({ event: "A-ASSOCIATE request", pdu: request });
  await peer.expectType("A-ASSOCIATE-RQ");
  await Promise.all([peer.send(answer), machine.receive()]);
};

const collide: Reach = async ({ machine, peer }) => {
  machine.request({ event: "A-RELEASE request" });
  await peer.expect({ type: "A-RELEASE-RQ" });
  const [indication] = await Promise.all([machine.receive(), peer.send({ type: "A-RELEASE-RQ" })]);
  assert.deepEqual(indication, { type: "A-RELEASE indication" });
};

/** How to get there; `acceptor` or `requestor` says as what. Sta1 is where all of them end. */
const reach: Readonly<Record<Exclude<State, "Sta1">, readonly ["acceptor" | "requestor", Reach]>> = {
  Sta2: ["acceptor", async () => {}],
  Sta3: ["acceptor", async ({ machine, peer }) => {
    await Promise.all([peer.send(request), machine.receive()]);
  }],
  Sta4: ["requestor", async () => {}],
  Sta5: ["requestor", async ({ machine, peer }) => {
    machine.request({ event: "A-ASSOCIATE request", pdu: request });
    await peer.expectType("A-ASSOCIATE-RQ");
  }],
  Sta6: ["acceptor", associateAsAcceptor],
  Sta7: ["requestor", async (meeting) => {
    await associateAsRequestor(meeting);
    meeting.machine.request({ event: "A-RELEASE request" });
    await meeting.peer.expect({ type: "A-RELEASE-RQ" });
  }],
  Sta8: ["acceptor", async (meeting) => {
    await associateAsAcceptor(meeting);
    await Promise.all([meeting.peer.send({ type: "A-RELEASE-RQ" }), meeting.machine.receive()]);
  }],
  Sta9: ["requestor", async (meeting) => {
    await associateAsRequestor(meeting);
    await collide(meeting);
  }],
  Sta10: ["acceptor", async (meeting) => {
    await associateAsAcceptor(meeting);
    await collide(meeting);
  }],
  Sta11: ["requestor", async (meeting) => {
    await associateAsRequestor(meeting);
    await collide(meeting);
    meeting.machine.request({ event: "A-RELEASE response" });
    await meeting.peer.expect({ type: "A-RELEASE-RP" });
  }],
  Sta12: ["acceptor", async (meeting) => {
    await associateAsAcceptor(meeting);
    await collide(meeting);
    await Promise.all([meeting.peer.send({ type: "A-RELEASE-RP" }), meeting.machine.receive()]);
  }],
  Sta13: ["acceptor", async (meeting) => {
    await associateAsAcceptor(meeting);
    meeting.machine.abort();
    await meeting.peer.expect({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
  }],
};

/** Every state but Sta1. */
export const STATES = Object.keys(reach) as Exclude<State, "Sta1">[];

/** A machine in `state`, after everything that leads there. */
export async function machineIn(state: Exclude<State, "Sta1">, timeouts: Partial<Timeouts> = {}): Promise<Meeting> {
  const [role, proceed] = reach[state];
  const [connection, peer] = scriptedPeer();
  const machine = new ProtocolMachine(connection, role, 16384, { ...DEFAULT_TIMEOUTS, ...timeouts });
  const meeting = { machine, peer };
  await proceed(meeting);
  assert.equal(machine.state, state);
  return meeting;
}
