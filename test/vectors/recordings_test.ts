import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { PduReader } from "../../src/upper_layer/codec/pdu_reader.ts";
import type { IncomingPdu } from "../../src/upper_layer/pdu.ts";
import { pieces } from "../dicom/encoding/scanning.ts";
import { playBack } from "../support/playback.ts";
import { Random } from "../support/random.ts";
import { Witness } from "../support/associations.ts";
import { INSTANCE } from "../fuzz/seeds.ts";
import { concat } from "../support/scripted_peer.ts";
import { readRecordings, type Recording, saidBy } from "./recordings.ts";

const RECORDINGS = readRecordings();
const SPLITS = 20;

/** Turns as they are, by the byte, and in pieces of random lengths; no piece is of two turns. */
function* splits(turns: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  yield turns;
  yield turns.flatMap((turn) => [...pieces(turn, 1)]);
  const random = new Random(42);
  for (let count = 0; count < SPLITS; count++) {
    const longest = random.pick([8, 100, 2000]);
    const lengths = Array.from({ length: 16 }, () => 1 + random.below(longest));
    yield turns.flatMap((turn) => [...pieces(turn, ...lengths)]);
  }
}

/** What a reader gives; PDVs are joined, since where they are cut depends on the pieces. */
function readPdus(chunks: readonly Uint8Array[]): IncomingPdu[] {
  const reader = new PduReader({ maxPduLength: 0 });
  const pdus: IncomingPdu[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) {
      const before = pdus.at(-1);
      if (before?.type === "P-DATA-TF" && !before.last && pdu.type === "P-DATA-TF") {
        pdus[pdus.length - 1] = { ...pdu, bytes: concat([before.bytes, pdu.bytes]) };
      } else pdus.push(pdu);
    }
  }
  reader.end();
  return pdus;
}

Deno.test("There are recordings of DCMTK, dcmjs-dimse and Gantry in either role", () => {
  const names = RECORDINGS.map(({ name }) => name).join(" ");
  for (const name of ["echoscu-gantry", "storescu-gantry", "dcmsend-gantry", "dcmjs-dimse-gantry"]) {
    assert.match(names, new RegExp(`\\b${name}\\b`));
  }
  for (const name of ["gantry-echo-storescp", "gantry-send-storescp"]) assert.match(names, new RegExp(name));
});

for (const recording of RECORDINGS) {
  Deno.test(`PduReader gives the same however it gets what was recorded: ${recording.about}`, () => {
    for (const speaker of ["requestor", "acceptor"] as const) {
      const whole = [concat(saidBy(speaker, recording))];
      const expected = readPdus(whole);
      assert.ok(expected.length > 0);
      for (const split of splits(whole)) assert.deepEqual(readPdus(split), expected);
    }
  });
}

/** Serves a requestor that says this; what happened, what was answered and what is kept. */
async function serve(
  chunks: readonly Uint8Array[],
): Promise<{ readonly answers: Uint8Array; readonly [fact: string]: unknown }> {
  const witness = new Witness();
  await using gateway = createGateway({
    store: createMemoryStore(),
    connect: () => Promise.reject(new Error("Nobody is to be connected to")),
    observers: [(event) => !("association" in event) || witness.observe(event)],
  });
  const peer = playBack(chunks);
  await gateway.accept(peer.connection);
  return { types: witness.types, outcomes: witness.outcomes, end: witness.end, answers: peer.heard() };
}

for (const recording of RECORDINGS.filter(({ name }) => name.endsWith("-gantry"))) {
  Deno.test(`A gateway does the same however it gets what was recorded: ${recording.about}`, async () => {
    const turns = saidBy("requestor", recording);
    const expected = await serve(turns);
    assert.equal(expected.answers.length, concat(saidBy("acceptor", recording)).length, "as long as was recorded");
    for (const split of splits(turns)) assert.deepEqual(await serve(split), expected);
  });
}

/** Asks an acceptor that says this for the same as the recorded requestor did; what happened, and what came of it. */
async function ask(recording: Recording, chunks: readonly Uint8Array[]): Promise<unknown> {
  const [request] = readPdus([concat(saidBy("requestor", recording))]);
  assert.ok(request?.type === "A-ASSOCIATE-RQ");
  const witness = new Witness();
  const peer = playBack(chunks);
  let results: unknown;
  try {
    await using association = await requestAssociation(peer.connection, {
      calledAeTitle: "STORESCP",
      presentationContexts: request.presentationContexts,
      observers: [witness.observe],
    });
    results = recording.name.includes("send")
      ? await association.store(INSTANCE)
      : [await association.echo(), await association.echo()];
  } catch (error) {
    results = String(error);
  }
  return { results, types: witness.types, outcomes: witness.outcomes, end: witness.end };
}

for (const recording of RECORDINGS.filter(({ name }) => name.startsWith("gantry-"))) {
  Deno.test(`A requestor does the same however it gets what was recorded: ${recording.about}`, async () => {
    const turns = saidBy("acceptor", recording);
    const expected = await ask(recording, turns);
    for (const split of splits(turns)) assert.deepEqual(await ask(recording, split), expected);
    assert.match(JSON.stringify(expected), recording.name.includes("refused") ? /rejected/ : /"released"/);
  });
}
