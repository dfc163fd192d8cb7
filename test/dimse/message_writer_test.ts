import assert from "node:assert/strict";
import fc from "fast-check";
import { type CommandSet, decodeCommandSet, encodeCommandSet } from "../../src/dimse/command_set.ts";
import { AssociationAbortedError } from "../../src/errors.ts";
import { MessageWriter } from "../../src/dimse/message_writer.ts";
import type { LentBytes } from "../../src/streams/lent_bytes.ts";
import { decodePdu } from "../../src/upper_layer/codec/pdu_decode.ts";
import type { Pdv } from "../../src/upper_layer/pdu.ts";
import { requested } from "../support/associations.ts";
import { settle } from "../support/fake_time.ts";
import { concat, echoRq, findRq, storeRq } from "../support/scripted_peer.ts";

/** A writer whose peer takes PDUs of that length. */
async function writing(maximumPduLength = 16384) {
  const { association, peer } = await requested({}, { userInformation: { maximumPduLength } });
  const serving = association.receive().catch(() => undefined);
  const stop = async () => {
    association.abort();
    await peer.vanish().catch(() => {});
    await Promise.all([association.closed, serving]);
  };
  return { writer: new MessageWriter(association), association, peer, [Symbol.asyncDispose]: stop };
}

type Writing = Awaited<ReturnType<typeof writing>>;

/** Reads PDVs until `messages` messages are whole; checks that no PDU is longer than the peer takes. */
async function readMessages({ peer }: Writing, messages: number, maximumPduLength: number) {
  const read: { contextId: number; command: CommandSet; dataSet: Uint8Array | undefined }[] = [];
  let open: { command: CommandSet; pdvs: Pdv[] } | undefined;
  let commandPdvs: Pdv[] = [];
  while (read.length < messages) {
    const pdu = await peer.expectType("P-DATA-TF");
    let length = 0;
    for (const pdv of pdu.pdvs) {
      length += 6 + pdv.bytes.length;
      if (pdv.command) {
        assert.equal(open, undefined, "a command set inside a data set");
        commandPdvs.push(pdv);
        if (!pdv.last) continue;
        const command = decodeCommandSet(concat(commandPdvs.map(({ bytes }) => bytes)));
        commandPdvs = [];
        if (command.hasDataSet) open = { command, pdvs: [] };
        else read.push({ contextId: pdv.contextId, command, dataSet: undefined });
      } else {
        assert.ok(open !== undefined, "a data set without a command set");
        open.pdvs.push(pdv);
        if (!pdv.last) continue;
        const dataSet = concat(open.pdvs.map(({ bytes }) => bytes));
        read.push({ contextId: pdv.contextId, command: open.command, dataSet });
        open = undefined;
      }
    }
    assert.ok(length <= maximumPduLength || maximumPduLength === 0, `a PDU of ${length} bytes`);
  }
  return read;
}

const pattern = Uint8Array.from({ length: 1_000_000 }, (_, index) => index % 251);

function streamOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}

/** Lends pieces, and spoils each as soon as it may. */
function lent(pieces: readonly Uint8Array[]): LentBytes {
  const left = pieces.map((piece) => piece.slice());
  let piece: Uint8Array | undefined;
  return {
    read() {
      piece?.fill(0xee);
      return Promise.resolve(piece = left.shift());
    },
  };
}

for (const maximum of [8, 16, 17, 64, 4096, 16384, 131072, 0]) {
  Deno.test(`MessageWriter keeps to PDUs of ${maximum} bytes (0 means any)`, async () => {
    await using setup = await writing(maximum);
    const dataSet = pattern.subarray(0, 3002);
    const [length, , , read] = await Promise.all([
      setup.writer.write(3, encodeCommandSet(storeRq(1)), dataSet),
      setup.writer.write(1, encodeCommandSet(echoRq(2))),
      setup.writer.write(5, encodeCommandSet(findRq(3)), streamOf(dataSet.subarray(0, 1), dataSet.subarray(1))),
      readMessages(setup, 3, maximum),
    ]);
    assert.equal(length, 3002);
    assert.deepEqual(read, [
      { contextId: 3, command: storeRq(1), dataSet },
      { contextId: 1, command: echoRq(2), dataSet: undefined },
      { contextId: 5, command: findRq(3), dataSet },
    ]);
  });
}

Deno.test("MessageWriter writes any data set, in any chunks, to any peer", async () => {
  const chunks = fc.array(fc.nat({ max: 40_000 }), { maxLength: 12 });
  const maximum = fc.oneof(fc.integer({ min: 8, max: 200 }), fc.integer({ min: 200, max: 300_000 }));
  const how = fc.constantFrom("whole", "streamed", "lent");
  await fc.assert(
    fc.asyncProperty(chunks, maximum, how, async (lengths, maximumPduLength, how) => {
      // Tiny PDUs of large data sets take long and show nothing new.
      const scale = maximumPduLength < 200 ? 50 : 1;
      let offset = 0;
      const pieces = lengths.map((length) => {
        const piece = pattern.subarray(offset, offset + Math.floor(length / scale));
        offset += piece.length;
        return piece;
      });
      if (offset % 2 === 1) pieces.push(pattern.subarray(0, 1));
      const whole = concat(pieces);
      const dataSet = how === "whole" ? whole : how === "streamed" ? streamOf(...pieces) : lent(pieces);
      await using setup = await writing(maximumPduLength);
      const [length, , read] = await Promise.all([
        setup.writer.write(3, encodeCommandSet(storeRq(1)), dataSet),
        setup.writer.write(1, encodeCommandSet(echoRq(2))),
        readMessages(setup, 2, maximumPduLength),
      ]);
      assert.equal(length, whole.length);
      assert.deepEqual(read[0]?.dataSet, whole);
      assert.deepEqual(read[1]?.command, echoRq(2));
    }),
    { seed: 42, numRuns: 60 },
  );
});

/** Writes that the connection has seen, each with the number of PDUs in it. */
async function countWrites(setup: Writing, done: Promise<unknown>): Promise<number[]> {
  const writes: number[] = [];
  let ended = false;
  done.finally(() => ended = true);
  while (!ended) {
    const bytes = await setup.peer.receiveBytes();
    let pdus = 0;
    for (let offset = 0; offset < bytes!.length; pdus++) {
      const length = 6 + new DataView(bytes!.buffer, bytes!.byteOffset).getUint32(offset + 2);
      assert.equal(decodePdu(bytes!.subarray(offset, offset + length)).type, "P-DATA-TF");
      offset += length;
    }
    writes.push(pdus);
    await settle();
  }
  return writes;
}

Deno.test("MessageWriter writes a small message in one piece", async () => {
  await using setup = await writing();
  const small = setup.writer.write(3, encodeCommandSet(storeRq(1)), pattern.subarray(0, 3000));
  assert.deepEqual(await countWrites(setup, small), [2]);
  const echo = setup.writer.write(1, encodeCommandSet(echoRq(2)));
  assert.deepEqual(await countWrites(setup, echo), [1]);
  const streamed = setup.writer.write(3, encodeCommandSet(storeRq(3)), streamOf(pattern.subarray(0, 3000)));
  assert.deepEqual(await countWrites(setup, streamed), [2]);
});

Deno.test("MessageWriter writes many PDUs at once", async () => {
  await using setup = await writing(4096);
  const large = setup.writer.write(3, encodeCommandSet(storeRq(1)), pattern);
  const writes = await countWrites(setup, large);
  assert.ok(writes.length <= 6, `${writes.length} writes for 1 MB`);
});

Deno.test("MessageWriter pulls a stream no faster than the peer reads", async () => {
  await using setup = await writing();
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 65536;
      controller.enqueue(pattern.subarray(0, 65536));
    },
  }, { highWaterMark: 0 });
  const failing = assert.rejects(setup.writer.write(3, encodeCommandSet(storeRq(1)), endless));
  await settle();
  const before = pulled;
  assert.ok(before <= 512 * 1024, `${before} bytes were pulled and none were taken`);
  await setup.peer.receiveBytes();
  await settle();
  assert.ok(pulled > before && pulled <= before + 512 * 1024);
  setup.association.abort();
  await Promise.all([failing, setup.peer.vanish()]);
  await settle();
  const after = pulled;
  await settle();
  assert.equal(pulled, after);
});

Deno.test("MessageWriter aborts the association when a data set fails on its way", async () => {
  await using setup = await writing();
  const reason = new Error("the file is gone");
  let pulls = 0;
  const failing = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulls++ < 20) controller.enqueue(pattern.subarray(0, 65536));
      else controller.error(reason);
    },
  });
  const failed = assert.rejects(setup.writer.write(3, encodeCommandSet(storeRq(1)), failing), reason);
  const next = assert.rejects(setup.writer.write(1, encodeCommandSet(echoRq(2))), {
    name: "AssociationAbortedError",
    message: "Cannot go on: this side aborted the association (the file is gone)",
  });
  for (;;) {
    const pdu = await setup.peer.receive();
    if (pdu?.type === "P-DATA-TF") continue;
    assert.deepEqual(pdu, { type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
    break;
  }
  await Promise.all([failed, next]);
});

Deno.test("MessageWriter aborts the association when a data set turns out to be of odd length", async () => {
  await using setup = await writing();
  const odd = assert.rejects(setup.writer.write(3, encodeCommandSet(storeRq(1)), streamOf(pattern.subarray(0, 7))), {
    name: "DataSetError",
    message: "Cannot send the data set: its length is odd, 7 bytes",
  });
  await setup.peer.expectAbort("service-user");
  await odd;
});

Deno.test("MessageWriter writes fragments of even length only", async () => {
  await using setup = await writing(17);
  const written = setup.writer.write(3, encodeCommandSet(storeRq(1)), streamOf(...cutOdd(pattern.subarray(0, 3002))));
  for (let length = 0; length < 3002;) {
    const { pdvs } = await setup.peer.expectType("P-DATA-TF");
    for (const pdv of pdvs) {
      assert.equal(pdv.bytes.length % 2, 0);
      if (!pdv.command) length += pdv.bytes.length;
    }
  }
  await written;
});

function cutOdd(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; offset += 7) pieces.push(bytes.subarray(offset, offset + 7));
  return pieces;
}

Deno.test("MessageWriter cancels a stream that can't be sent", async () => {
  await using setup = await writing();
  let cancelled: unknown;
  const stream = new ReadableStream<Uint8Array>({ cancel: (reason) => void (cancelled = reason) });
  setup.association.abort(new Error("enough"));
  await assert.rejects(setup.writer.write(3, encodeCommandSet(storeRq(1)), stream), /enough/);
  assert.match(String(cancelled), /enough/);
});

Deno.test("MessageWriter cancels what is lent to it, before its first piece and after", async () => {
  for (const begun of [false, true]) {
    await using setup = await writing();
    let cancelled: unknown;
    const dataSet = {
      read: () => Promise.resolve(pattern.subarray(0, 65536)),
      cancel: (reason?: unknown) => Promise.resolve(void (cancelled = reason)),
    };
    if (!begun) setup.association.abort(new Error("enough"));
    const failing = assert.rejects(setup.writer.write(3, encodeCommandSet(storeRq(1)), dataSet), /enough/);
    if (begun) {
      await setup.peer.receiveBytes();
      setup.association.abort(new Error("enough"));
    }
    await Promise.all([failing, setup.peer.vanish()]);
    assert.match(String(cancelled), /enough/);
  }
});

Deno.test("MessageWriter waits for a stream that is stuck no longer than the association lasts", async () => {
  await using setup = await writing();
  let cancelled = false;
  const stuck = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  const failing = assert.rejects(setup.writer.write(3, encodeCommandSet(storeRq(1)), stuck), AssociationAbortedError);
  await settle();
  await setup.peer.vanish();
  await failing;
  assert.equal(cancelled, true);
});

Deno.test("MessageWriter cancels a stream in the middle when the association ends", async () => {
  await using setup = await writing();
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(pattern.subarray(0, 65536)),
    cancel: () => void (cancelled = true),
  });
  const failing = assert.rejects(setup.writer.write(3, encodeCommandSet(storeRq(1)), stream), /enough/);
  await setup.peer.receiveBytes();
  setup.association.abort(new Error("enough"));
  await Promise.all([failing, setup.peer.vanish()]);
  assert.equal(cancelled, true);
});
