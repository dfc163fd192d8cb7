import assert from "node:assert/strict";
import { DataSetError } from "../../src/errors.ts";
import { MessageWriter, type OutgoingBytes } from "../../src/dimse/message_writer.ts";
import { encodeCommandSet } from "../../src/dimse/command_set.ts";
import { requested } from "../support/associations.ts";
import { type ScriptedPeer, storeRq } from "../support/scripted_peer.ts";

/** What a peer takes for a data set: its bytes, and whether it was told that these are all. */
async function received(peer: ScriptedPeer): Promise<{ bytes: number; ended: boolean; last: string | undefined }> {
  let bytes = 0;
  let ended = false;
  for (;;) {
    const pdu = await peer.receive();
    if (pdu?.type !== "P-DATA-TF") {
      await peer.expectClose();
      return { bytes, ended, last: pdu?.type };
    }
    for (const pdv of pdu.pdvs) {
      if (pdv.command) continue;
      bytes += pdv.bytes.length;
      ended ||= pdv.last;
    }
  }
}

const PIECE = 10_000;

/** Gives so many bytes, piece by piece; then ends, or fails. */
function source(length: number, how: "lent" | "streamed", failure?: Error): OutgoingBytes {
  let left = length;
  const next = (): Uint8Array | undefined => {
    if (left === 0 && failure !== undefined) throw failure;
    if (left === 0) return undefined;
    const bytes = new Uint8Array(Math.min(left, PIECE));
    left -= bytes.length;
    return bytes;
  };
  if (how === "lent") return { read: () => new Promise((resolve) => resolve(next())) };
  return new ReadableStream({
    pull(controller) {
      const bytes = next();
      if (bytes === undefined) controller.close();
      else controller.enqueue(bytes);
    },
  }, { highWaterMark: 0 });
}

/** Writes a C-STORE-RQ with that data set. */
async function write(dataSet: OutgoingBytes, announced: number | undefined) {
  const { association, peer } = await requested();
  const serving = association.receive().catch(() => undefined);
  const writing = new MessageWriter(association).write(3, encodeCommandSet(storeRq(1)), dataSet, announced)
    .then((length) => ({ length }), (error: unknown) => ({ error }));
  writing.then((outcome) => "length" in outcome && association.abort()); // What was whole needs an end as well.
  const seen = await received(peer);
  await Promise.all([association.closed, serving]);
  return { ...seen, ...await writing };
}

for (const how of ["lent", "streamed"] as const) {
  for (
    const [announced, given] of [[2, 0], [500_000, 0], [500_000, 20], [500_000, 499_998], [500_000, 499_999], [0, 2], [
      500_000,
      500_002,
    ], [20, 500_000]] as const
  ) {
    Deno.test(`MessageWriter aborts when what is ${how} gives ${given} bytes where ${announced} were announced`, async () => {
      const seen = await write(source(given, how), announced);
      assert.ok("error" in seen && seen.error instanceof DataSetError, "it was written");
      assert.match(
        seen.error.message,
        new RegExp(`^Cannot send the data set: its source gave .* where ${announced} were`),
      );
      assert.equal(seen.ended, false, "the peer was told that it has all of it");
      assert.equal(seen.last, "A-ABORT");
      assert.ok(seen.bytes <= announced, `${seen.bytes} bytes were sent`);
    });
  }

  Deno.test(`MessageWriter aborts in mid message when what is ${how} fails, at its start, in the middle and at its end`, async () => {
    for (const given of [0, 300_000, 500_000]) {
      for (const announced of [undefined, 500_000]) {
        const failure = new Error("the disk is gone");
        const seen = await write(source(given, how, failure), announced);
        assert.equal("error" in seen && seen.error, failure);
        assert.equal(seen.ended, false, "the peer was told that it has all of it");
        assert.equal(seen.last, "A-ABORT");
      }
    }
  });

  Deno.test(`MessageWriter writes what is ${how} and has the announced length`, async () => {
    for (const length of [0, 2, 500_000]) {
      const seen = await write(source(length, how), length);
      assert.deepEqual(seen, { bytes: length, ended: true, last: "A-ABORT", length });
    }
  });
}

Deno.test("MessageWriter aborts when bytes at hand are not as many as announced", async () => {
  for (const [announced, given] of [[4, 2], [2, 4], [0, 2], [500_000, 400_000]] as const) {
    const seen = await write(new Uint8Array(given), announced);
    assert.ok("error" in seen && seen.error instanceof DataSetError, "it was written");
    assert.deepEqual([seen.bytes, seen.ended, seen.last], [0, false, "A-ABORT"]);
  }
});
