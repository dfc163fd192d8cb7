import assert from "node:assert/strict";
import fc from "fast-check";
import { type CommandSet, encodeCommandSet } from "../../src/dimse/command_set.ts";
import { type IncomingDataSet, MAXIMUM_COMMAND_SET_LENGTH, MessageReader } from "../../src/dimse/message_reader.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import type { Pdu, Pdv } from "../../src/upper_layer/pdu.ts";
import { accepted } from "../support/associations.ts";
import { settle } from "../support/fake_time.ts";
import {
  commandPdv,
  concat,
  dataPdv,
  echoRq,
  findRq,
  pData,
  type ScriptedPeer,
  storeRq,
} from "../support/scripted_peer.ts";

/** A reader, and the peer that it reads from. */
async function reading(maxDataSetLength = Infinity) {
  const { association, peer } = await accepted({ maxPduLength: 0 });
  const stop = async () => {
    association.abort();
    await peer.vanish().catch(() => {});
    await association.closed;
  };
  return {
    messages: new MessageReader(association, maxDataSetLength),
    association,
    peer,
    [Symbol.asyncDispose]: stop,
  };
}

/** What came, with data sets whole. */
interface Read {
  readonly contextId: number;
  readonly command: CommandSet;
  readonly dataSet?: Uint8Array;
}

async function readAll(messages: MessageReader): Promise<Read[]> {
  const read: Read[] = [];
  for (let message = await messages.next(); message !== undefined; message = await messages.next()) {
    const { context, command, dataSet } = message;
    assert.ok(command.type !== "malformed");
    read.push({
      contextId: context.id,
      command,
      ...(dataSet !== undefined && { dataSet: await bytesOf(dataSet.stream()) }),
    });
  }
  return read;
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return concat(await Array.fromAsync(stream));
}

/** Sends bytes in these pieces; a piece that is taken after the reader has ended does not matter. */
async function feed(peer: ScriptedPeer, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) await peer.send(piece);
}

const data = Uint8Array.from({ length: 1000 }, (_, index) => index);

const conversation: readonly Read[] = [
  { contextId: 1, command: echoRq(1) },
  { contextId: 3, command: storeRq(2), dataSet: data },
  { contextId: 5, command: findRq(3), dataSet: new Uint8Array(0) },
  { contextId: 1, command: echoRq(4) },
];

/** Each message as one PDV for the command and one for the data. */
const plainPdvs: readonly Pdv[] = conversation.flatMap(({ contextId, command, dataSet }) => [
  commandPdv(contextId, command),
  ...(dataSet === undefined ? [] : [dataPdv(contextId, dataSet)]),
]);

const release: Pdu = { type: "A-RELEASE-RQ" };

/** Cuts PDVs into smaller ones of at most `length` bytes; of nothing for 0 length. */
function cut(pdvs: readonly Pdv[], length: number): Pdv[] {
  return pdvs.flatMap((pdv) => {
    const pieces: Pdv[] = [];
    for (let offset = 0; offset < pdv.bytes.length; offset += length) {
      pieces.push({ ...pdv, last: false, bytes: pdv.bytes.subarray(offset, offset + length) });
    }
    return [...pieces.slice(0, -1), { ...(pieces.at(-1) ?? pdv), last: true }];
  });
}

/** The same PDVs, with one of no bytes in front of each and after each, which then is the last one. */
function padWithEmpty(pdvs: readonly Pdv[]): Pdv[] {
  const bytes = new Uint8Array(0);
  return pdvs.flatMap((pdv) => [{ ...pdv, last: false, bytes }, { ...pdv, last: false }, { ...pdv, bytes }]);
}

const packings: Readonly<Record<string, Pdu[]>> = {
  "one PDV a PDU": plainPdvs.map((pdv) => pData(pdv)),
  "everything in one PDU": [pData(...plainPdvs)],
  "PDVs of one byte, one a PDU": cut(plainPdvs, 1).map((pdv) => pData(pdv)),
  "PDVs of one byte, all in one PDU": [pData(...cut(plainPdvs, 1))],
  "PDVs of seven bytes": cut(plainPdvs, 7).map((pdv) => pData(pdv)),
  "PDVs of no bytes between the others": padWithEmpty(plainPdvs).map((pdv) => pData(pdv)),
  "PDVs of no bytes between the others, all in one PDU": [pData(...padWithEmpty(plainPdvs))],
};

for (const [name, pdus] of Object.entries(packings)) {
  const bytes = concat([...pdus, release].map(encodePdu));

  Deno.test(`MessageReader reads ${name}`, async () => {
    await using setup = await reading();
    const [read] = await Promise.all([readAll(setup.messages), setup.peer.send(bytes)]);
    assert.deepEqual(read, conversation);
  });

  Deno.test(`MessageReader reads ${name}, byte by byte`, async () => {
    await using setup = await reading();
    const bytewise = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const [read] = await Promise.all([readAll(setup.messages), feed(setup.peer, bytewise)]);
    assert.deepEqual(read, conversation);
  });
}

Deno.test("MessageReader reads any packing in any split of the bytes", async () => {
  const cuts = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.array(fc.nat({ max: 4 }), { minLength: 1 }), cuts, async (lengths, groups, splits) => {
      await using setup = await reading();
      const pdus = group(plainPdvs.flatMap((pdv, index) => cut([pdv], 1 + lengths[index % lengths.length]!)), groups);
      const bytes = concat([...pdus, release].map(encodePdu));
      const [read] = await Promise.all([readAll(setup.messages), feed(setup.peer, split(bytes, splits))]);
      assert.deepEqual(read, conversation);
    }),
    { seed: 42, numRuns: 60 },
  );
});

/** Puts PDVs into PDUs, as many at a time as `sizes` says, over and over. */
function group(pdvs: readonly Pdv[], sizes: readonly number[]): Pdu[] {
  const pdus: Pdu[] = [];
  for (let offset = 0, turn = 0; offset < pdvs.length; turn++) {
    const size = 1 + sizes[turn % sizes.length]!;
    pdus.push(pData(...pdvs.slice(offset, offset + size)));
    offset += size;
  }
  return pdus;
}

function split(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
    const length = 1 + lengths[turn % lengths.length]!;
    pieces.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  return pieces;
}

/** What breaks the rules of messages, the error, and the reason that goes on the wire. */
const faults: readonly [name: string, pdvs: readonly Pdv[], error: string, message: RegExp][] = [
  ["a data set before any command", [dataPdv(3, data)], "PduError", /a data set fragment came where a command set/],
  [
    "a data set inside a command set",
    [commandPdv(3, encodeCommandSet(storeRq(1)), false), dataPdv(3, data)],
    "PduError",
    /a data set fragment came inside a command set/,
  ],
  [
    "a command set inside a data set",
    [commandPdv(3, storeRq(1)), dataPdv(3, data, false), commandPdv(3, storeRq(2))],
    "PduError",
    /a command set fragment came inside a data set/,
  ],
  [
    "another context inside a command set",
    [commandPdv(1, encodeCommandSet(echoRq(1)), false), commandPdv(3, echoRq(2))],
    "PduError",
    /came inside one of presentation context 1/,
  ],
  [
    "another context inside a data set",
    [commandPdv(3, storeRq(1)), dataPdv(3, data, false), dataPdv(5, data)],
    "PduError",
    /came inside one of presentation context 3/,
  ],
  [
    "a context that was not accepted",
    [commandPdv(7, echoRq(1))],
    "PduError",
    /presentation context 7 was not accepted/,
  ],
  [
    "a command set in one PDV that is too long",
    [commandPdv(1, new Uint8Array(MAXIMUM_COMMAND_SET_LENGTH + 1))],
    "LimitError",
    /^Cannot read the command set: longer than 65536 bytes$/,
  ],
  [
    "a command set in many PDVs that is too long",
    Array(70).fill(commandPdv(1, new Uint8Array(1024), false)),
    "LimitError",
    /^Cannot read the command set: longer than 65536 bytes$/,
  ],
  ["a command set that is none", [commandPdv(1, new Uint8Array(10))], "CommandSetError", /^Cannot read/],
  ["an empty command set", [commandPdv(1, new Uint8Array(0))], "CommandSetError", /^Cannot read/],
];

for (const [name, pdvs, error, message] of faults) {
  Deno.test(`MessageReader refuses ${name}`, async () => {
    await using setup = await reading();
    const sending = setup.peer.send(...pdvs.map((pdv) => pData(pdv)));
    await assert.rejects(
      (async () => {
        const first = await setup.messages.next();
        await first?.dataSet?.cancel();
        await setup.messages.next();
      })(),
      { name: error, message },
    );
    await sending;
  });
}

Deno.test("MessageReader takes a command set of the maximum length", async () => {
  await using setup = await reading();
  const command = encodeCommandSet(echoRq(9));
  const filler = new Uint8Array(MAXIMUM_COMMAND_SET_LENGTH - command.length);
  // An element that nobody knows: (0000,FFFE).
  filler.set([0, 0, 0xFE, 0xFF]);
  new DataView(filler.buffer).setUint32(4, filler.length - 8, true);
  const [message] = await Promise.all([
    setup.messages.next(),
    setup.peer.send(pData(commandPdv(1, concat([command, filler])))),
  ]);
  assert.deepEqual(message?.command, echoRq(9));
});

Deno.test("MessageReader takes a release inside a command set as an abort", async () => {
  await using setup = await reading();
  const next = setup.messages.next();
  await setup.peer.send(pData(commandPdv(1, encodeCommandSet(echoRq(1)), false)), release);
  await assert.rejects(next, {
    name: "AssociationAbortedError",
    message: "Cannot read a command set: the peer released the association in the middle of it",
  });
});

Deno.test("MessageReader takes a release inside a data set as an abort", async () => {
  await using setup = await reading();
  const [message] = await Promise.all([
    setup.messages.next(),
    setup.peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, data, false)), release),
  ]);
  await assert.rejects(bytesOf(message!.dataSet!.stream()), /released the association in the middle of it/);
  await assert.rejects(setup.messages.next(), /released the association in the middle of it/);
});

Deno.test("MessageReader reads nothing of a data set that nobody reads", async () => {
  await using setup = await reading();
  const first = setup.messages.next();
  await setup.peer.send(pData(commandPdv(3, storeRq(1))));
  const message = await first;
  const second = setup.messages.next();
  let taken = 0;
  const sending = (async () => {
    for (let sent = 0; sent < 20; sent++) {
      await setup.peer.send(pData(dataPdv(3, data, sent === 19)));
      taken++;
    }
    await setup.peer.send(pData(commandPdv(1, echoRq(2))));
  })();
  await settle();
  assert.equal(taken, 0);
  const reader = message!.dataSet!.stream().getReader();
  await reader.read();
  await settle();
  assert.equal(taken, 1);
  assert.equal(message!.dataSet!.length, 1000);
  assert.equal(setup.messages.insideMessage, true);
  reader.releaseLock();
  assert.equal((await bytesOf(message!.dataSet!.stream())).length, 19_000);
  assert.deepEqual((await second)?.command, echoRq(2));
  await sending;
  assert.equal(setup.messages.insideMessage, false);
});

Deno.test("MessageReader lends a data set piece by piece, and reads on when the last piece is done with", async () => {
  await using setup = await reading();
  const sending = setup.peer.send(
    pData(commandPdv(3, storeRq(1)), dataPdv(3, data, false), dataPdv(3, new Uint8Array(0), false), dataPdv(3, data)),
    pData(commandPdv(1, echoRq(2))),
  );
  const message = await setup.messages.next();
  let goneOn = false;
  const next = setup.messages.next().finally(() => goneOn = true);
  const dataSet = message!.dataSet!;
  assert.deepEqual(await dataSet.read(), data);
  assert.deepEqual(await dataSet.read(), data);
  await settle();
  assert.deepEqual([dataSet.ended, goneOn], [true, false]);
  assert.equal(await dataSet.read(), undefined);
  assert.deepEqual((await next)?.command, echoRq(2));
  await sending;
});

Deno.test("MessageReader goes on when a data set is discarded whose last piece is still lent", async () => {
  await using setup = await reading();
  const sending = setup.peer.send(
    pData(commandPdv(3, storeRq(1)), dataPdv(3, data)),
    pData(commandPdv(1, echoRq(2))),
  );
  const message = await setup.messages.next();
  assert.deepEqual(await message!.dataSet!.read(), data);
  await message!.dataSet!.cancel();
  assert.deepEqual((await setup.messages.next())?.command, echoRq(2));
  await assert.rejects(message!.dataSet!.read(), { name: "AbortError" });
  await sending;
});

Deno.test("MessageReader lends nothing of a data set that ends early, however often it is asked", async () => {
  await using setup = await reading();
  const [message] = await Promise.all([
    setup.messages.next(),
    setup.peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, data, false)), release),
  ]);
  assert.deepEqual(await message!.dataSet!.read(), data);
  await assert.rejects(message!.dataSet!.read(), /released the association in the middle of it/);
  await assert.rejects(message!.dataSet!.read(), /released the association in the middle of it/);
});

const endings: Readonly<Record<string, (stream: ReadableStream<Uint8Array>) => Promise<unknown>>> = {
  "cancelled unread": (stream) => stream.cancel(),
  "cancelled after a part": async (stream) => {
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
  },
  "cancelled while a read waits": async (stream) => {
    const reader = stream.getReader();
    const waiting = reader.read();
    await settle();
    await Promise.all([reader.cancel(), waiting]);
  },
  "left by a break": async (stream) => {
    for await (const _ of stream) break;
  },
};

for (const [name, end] of Object.entries(endings)) {
  Deno.test(`MessageReader goes on after a data set that is ${name}`, async () => {
    await using setup = await reading();
    const sending = setup.peer.send(pData(commandPdv(3, storeRq(1)))).then(async () => {
      await settle();
      for (let sent = 0; sent < 10; sent++) await setup.peer.send(pData(dataPdv(3, data, sent === 9)));
      await setup.peer.send(pData(commandPdv(1, echoRq(2))));
    });
    const message = await setup.messages.next();
    await end(message!.dataSet!.stream());
    assert.deepEqual((await setup.messages.next())?.command, echoRq(2));
    await sending;
    assert.equal(message?.dataSet?.length, 10_000);
  });
}

Deno.test("MessageReader gives nothing of the next message to whoever still reads a discarded data set", async () => {
  await using setup = await reading();
  const sending = setup.peer.send(
    pData(commandPdv(3, storeRq(1)), dataPdv(3, data, false), dataPdv(3, data)),
    pData(commandPdv(3, storeRq(2)), dataPdv(3, data)),
  );
  const first = await setup.messages.next();
  const reader = first!.dataSet!.stream().getReader();
  await reader.read();
  await first!.dataSet!.cancel();
  await assert.rejects(reader.read(), /^AbortError: Cannot read the data set: it was discarded$/);
  const second = await setup.messages.next();
  assert.deepEqual(second?.command, storeRq(2));
  assert.deepEqual(await bytesOf(second!.dataSet!.stream()), data);
  await sending;
});

Deno.test("MessageReader fails a read that waits when its data set is discarded", async () => {
  await using setup = await reading();
  const next = setup.messages.next();
  await setup.peer.send(pData(commandPdv(3, storeRq(1))));
  const message = await next;
  const waiting = message!.dataSet!.stream().getReader().read();
  const failing = assert.rejects(waiting, /it was discarded/);
  const discarding = message!.dataSet!.cancel();
  await setup.peer.send(pData(dataPdv(3, data)));
  await Promise.all([failing, discarding]);
});

Deno.test("MessageReader fails the data set, its discarding and the next message when the peer vanishes", async () => {
  await using setup = await reading();
  const next = setup.messages.next();
  await setup.peer.send(pData(commandPdv(3, storeRq(1))));
  const message = await next;
  const lost = /the connection was closed without a release or an abort/;
  const failing = assert.rejects(bytesOf(message!.dataSet!.stream()), lost);
  await setup.peer.vanish();
  await failing;
  await assert.rejects(message!.dataSet!.cancel(), lost);
  await assert.rejects(setup.messages.next(), lost);
});

const takings: Record<string, (dataSet: IncomingDataSet) => Promise<unknown>> = {
  "read": (dataSet) => bytesOf(dataSet.stream()),
  "discarded": (dataSet) => dataSet.cancel(),
};

for (const [name, take] of Object.entries(takings)) {
  Deno.test(`MessageReader gives up a data set that is longer than it may be and ${name}`, async () => {
    await using setup = await reading(2500);
    const sending = setup.peer.send(
      pData(
        commandPdv(3, storeRq(1)),
        dataPdv(3, data, false),
        dataPdv(3, data, false),
        dataPdv(3, data.subarray(500)),
      ),
      pData(commandPdv(3, storeRq(2)), dataPdv(3, data, false), dataPdv(3, data, false), dataPdv(3, data, false)),
    );
    const asLongAsItMayBe = await setup.messages.next();
    await take(asLongAsItMayBe!.dataSet!);
    assert.equal(asLongAsItMayBe!.dataSet!.length, 2500);
    const tooLong = {
      name: "LimitError",
      limit: "maxDataSetLength",
      maximum: 2500,
      message: "Cannot read the data set: longer than 2500 bytes",
    };
    await assert.rejects(take((await setup.messages.next())!.dataSet!), tooLong);
    await assert.rejects(setup.messages.next(), tooLong);
    await sending;
  });
}
