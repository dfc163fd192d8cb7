/**
 * What has to hold of an association, whatever the peer says.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as gantry from "../../mod.ts";
import { createArchive } from "../../src/archive/archive.ts";
import type { ArchiveEvent } from "../../src/archive/events.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import type { DimseEvent } from "../../src/dimse/events.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { decodePdu } from "../../src/upper_layer/codec/pdu_decode.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";
import type { Pdu } from "../../src/upper_layer/pdu.ts";
import { CONTEXTS } from "../support/associations.ts";
import { STUDY_ROOT_FIND } from "../support/scripted_peer.ts";
import { idle, playBack } from "../support/playback.ts";
import { INSTANCE } from "./seeds.ts";

/** No deadlines: an association with a peer that has hung up ends without them. */
const NO_TIMEOUTS = { associate: 0, idle: 0, response: 0, release: 0 };

/** Reads a query to its end and finds three things, until it is cancelled. */
const FINDING: Service = {
  performs: ["C-FIND-RQ"],
  transferSyntaxes: (abstractSyntax) => abstractSyntax === STUDY_ROOT_FIND ? anyTransferSyntax : undefined,
  async *perform({ dataSet, signal }) {
    let length = 0;
    for await (const bytes of dataSet?.stream() ?? []) length += bytes.length;
    for (let found = 0; found < 3 && !signal.aborted; found++) {
      yield { status: Status.Pending, dataSet: new Uint8Array(length) };
      await idle();
    }
    yield { status: signal.aborted ? Status.Cancel : Status.Success };
  },
};

/** Serves a requestor that says this and hangs up. */
export async function checkAcceptor(pieces: readonly Uint8Array[]): Promise<void> {
  const peer = playBack(pieces);
  const events: DimseEvent[] = [];
  const store = new CountingStore();
  const kept: ArchiveEvent[] = [];
  const archive = createArchive({ store, observers: [(event) => void kept.push(event)] });
  const scp = createScp({
    services: [verification(), storage(async (instance) => void await archive.keep(instance)), FINDING],
    observers: [(event) => void events.push(event)],
    timeouts: NO_TIMEOUTS,
    operations: { invoked: 4, performed: 4 },
  });
  await scp.accept(peer.connection);
  await operationsEnded(events);

  assert.ok(peer.over(), "the connection is not closed");
  assert.equal(scp.associations.length, 0);
  checkEvents(events);
  const said = readPdus(peer.heard());
  checkAnswers(said, "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ");
  assert.equal(store.pending, 0, "an object is neither committed nor discarded");
  const successes = outcomes(events).filter(({ service, status }) => service === "C-STORE" && status === 0);
  assert.ok(kept.length >= successes.length, "a C-STORE was acknowledged and not kept");
  const isNew = kept.filter(({ kept: { outcome } }) => outcome === "created" || outcome === "replaced");
  assert.equal(store.committed, isNew.length, "an instance was told of and not committed");
}

/** Asks an acceptor that says this and hangs up for an association, a C-ECHO, a C-STORE and a release. */
export async function checkRequestor(pieces: readonly Uint8Array[]): Promise<void> {
  const peer = playBack(pieces);
  const events: DimseEvent[] = [];
  try {
    await using association = await requestAssociation(peer.connection, {
      calledAeTitle: "PEER",
      presentationContexts: CONTEXTS,
      observers: [(event) => void events.push(event)],
      timeouts: NO_TIMEOUTS,
    });
    await association.echo();
    await association.store(INSTANCE);
    await association.release();
  } catch (error) {
    checkError(error);
  }
  await operationsEnded(events);

  assert.ok(peer.over(), "the connection is not closed");
  checkEvents(events);
  checkAnswers(readPdus(peer.heard()), "A-ASSOCIATE-RQ");
}

/** Classes of errors that are meant. */
const OWN_ERRORS: readonly ErrorClass[] = (Object.values(gantry) as unknown[]).filter(isErrorClass);

type ErrorClass = abstract new (...args: never[]) => Error;

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === "function" && value.prototype instanceof Error;
}

/** Refuses errors that are a mistake of the program; a peer's mistake has a class of its own. */
function checkError(error: unknown): void {
  const own = OWN_ERRORS.some((OwnError) => error instanceof OwnError);
  if (own || (error instanceof DOMException && error.name === "AbortError")) return;
  throw new Error("Cannot go on: this error is not one of Gantry's", { cause: error });
}

/** Longest that an operation goes on without its association, in milliseconds. */
const PATIENCE = 10_000;

/** An operation may go on for a moment when its association has ended. */
async function operationsEnded(events: readonly DimseEvent[]): Promise<void> {
  const count = (type: DimseEvent["type"]) => events.filter((event) => event.type === type).length;
  const missing = () =>
    count("association-ended") < count("association-opened") || count("operation-ended") < count("operation-started");
  for (const begun = performance.now(); missing();) {
    assert.ok(performance.now() - begun < PATIENCE, "an association or an operation does not end");
    await idle();
  }
}

/** Opened and ended once, established at most once, every operation ended once; warnings may come in between. */
function checkEvents(events: readonly DimseEvent[]): void {
  const types = events.map(({ type }) => type).filter((type) =>
    !type.startsWith("operation") && type !== "association-warning"
  );
  assert.match(types.join(" "), /^association-opened( association-established)? association-ended$/);
  const started = events.filter(({ type }) => type === "operation-started").length;
  assert.equal(outcomes(events).length, started);
  for (const event of events) {
    if (event.type === "operation-ended" && event.outcome.error) checkError(event.outcome.error);
    if (event.type !== "association-ended") continue;
    if (event.end.how === "aborted" && event.end.error) checkError(event.end.error);
  }
}

function outcomes(events: readonly DimseEvent[]): { service: string; status: number | undefined }[] {
  return events.flatMap((event) =>
    event.type === "operation-ended" ? [{ service: event.operation.service, status: event.outcome.status }] : []
  );
}

/** Whole, legal PDUs; anything else throws. */
function readPdus(bytes: Uint8Array): Pdu[] {
  const pdus: Pdu[] = [];
  for (let at = 0; at < bytes.length;) {
    assert.ok(bytes.length >= at + 6, "a PDU was not written to its end");
    const end = at + 6 + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(2);
    pdus.push(decodePdu(bytes.subarray(at, end)));
    at = end;
  }
  return pdus;
}

const LAST_WORDS: readonly Pdu["type"][] = ["A-ASSOCIATE-RJ", "A-ABORT"];

/** One of `openings` first and only there; nothing after an A-ASSOCIATE-RJ or A-ABORT. */
function checkAnswers(said: readonly Pdu[], ...openings: readonly Pdu["type"][]): void {
  said.forEach(({ type }, index) => {
    const isOpening = openings.includes(type);
    assert.ok(index === 0 ? isOpening || type === "A-ABORT" : !isOpening, `${type} at place ${index}`);
    assert.ok(index === said.length - 1 || !LAST_WORDS.includes(type), `something follows an ${type}`);
  });
}

/** Counts what is begun and how it ends. */
class CountingStore implements ObjectStore {
  pending = 0;
  committed = 0;
  readonly #store = createMemoryStore();

  create(): ReturnType<ObjectStore["create"]> {
    const object = this.#store.create();
    let open = true;
    this.pending++;
    const end = () => {
      if (open) this.pending--;
      open = false;
    };
    return {
      write: (bytes) => object.write(bytes),
      read: (start) => object.read(start),
      commit: async (name, options) => {
        end();
        await object.commit(name, options);
        this.committed++;
      },
      discard: async () => {
        end();
        await object.discard();
      },
    };
  }

  get(name: string): ReturnType<ObjectStore["get"]> {
    return this.#store.get(name);
  }

  list(): ReturnType<ObjectStore["list"]> {
    return this.#store.list();
  }

  delete(name: string): Promise<void> {
    return this.#store.delete(name);
  }

  persist(name: string): Promise<void> {
    return this.#store.persist(name);
  }

  check(): ReturnType<ObjectStore["check"]> {
    return this.#store.check();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#store[Symbol.asyncDispose]());
  }
}
