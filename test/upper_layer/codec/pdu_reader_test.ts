import assert from "node:assert/strict";
import fc from "fast-check";
import { type AbortReason, PduError } from "../../../src/errors.ts";
import type { IncomingPdu, Pdu, Pdv } from "../../../src/upper_layer/pdu.ts";
import { encodePdu } from "../../../src/upper_layer/codec/pdu_encode.ts";
import { MAXIMUM_EMPTY_PDVS, PduReader } from "../../../src/upper_layer/codec/pdu_reader.ts";
import { annotated } from "../../vectors/annotated.ts";
import { PDU_VECTORS, PEER_PDU_VECTORS } from "../../vectors/pdus.ts";
import { anyPdu } from "./pdu_arbitraries.ts";

const NO_LIMIT = { maxPduLength: 0 };
const ALL_VECTORS = [...PDU_VECTORS, ...PEER_PDU_VECTORS];

function hex(text: string): Uint8Array {
  return annotated(text).bytes;
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Everything that `next()` gives now. */
function drain(reader: PduReader): IncomingPdu[] {
  const pdus: IncomingPdu[] = [];
  for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) pdus.push(pdu);
  return pdus;
}

/** Everything that a reader gives when it is fed one chunk after the other. */
function readChunks(chunks: Iterable<Uint8Array>, limits = NO_LIMIT): IncomingPdu[] {
  const reader = new PduReader(limits);
  const pdus: IncomingPdu[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    pdus.push(...drain(reader));
  }
  reader.end();
  return pdus;
}

function* byteByByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

/** Cuts bytes into chunks of the given lengths, which are used over and over. */
function* split(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** The same with as few fragments as the bounds of command sets and data sets allow. */
function joined(pdus: readonly IncomingPdu[]): IncomingPdu[] {
  const result: IncomingPdu[] = [];
  for (const pdu of pdus) {
    const before = result.at(-1);
    const continues = pdu.type === "P-DATA-TF" && before?.type === "P-DATA-TF" && !before.last &&
      before.contextId === pdu.contextId && before.command === pdu.command;
    if (continues) result[result.length - 1] = { ...pdu, bytes: concat([before.bytes, pdu.bytes]) };
    else result.push(pdu);
  }
  return result;
}

/** What a reader should make of whole PDUs. */
function expected(pdus: readonly Pdu[]): IncomingPdu[] {
  const incoming: IncomingPdu[] = [];
  for (const pdu of pdus) {
    if (pdu.type !== "P-DATA-TF") incoming.push(pdu);
    else for (const pdv of pdu.pdvs) if (pdv.bytes.length > 0 || pdv.last) incoming.push({ type: "P-DATA-TF", ...pdv });
  }
  return joined(incoming);
}

const STREAM = concat(ALL_VECTORS.map(({ bytes }) => bytes));
const STREAM_PDUS = expected(ALL_VECTORS.map(({ pdu }) => pdu));

Deno.test("PduReader gives the PDUs of one chunk", () => {
  assert.deepEqual(joined(readChunks([STREAM])), STREAM_PDUS);
});

Deno.test("PduReader gives the same when bytes come one at a time", () => {
  assert.deepEqual(joined(readChunks(byteByByte(STREAM))), STREAM_PDUS);
});

Deno.test("PduReader gives the same when all chunks are pushed before any is read", () => {
  const reader = new PduReader(NO_LIMIT);
  for (const chunk of split(STREAM, [5, 0, 1, 100])) reader.push(chunk);
  assert.deepEqual(joined(drain(reader)), STREAM_PDUS);
  reader.end();
});

Deno.test("PduReader gives the same however the bytes are split", () => {
  const pdus = fc.array(anyPdu, { minLength: 1, maxLength: 6 });
  const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(pdus, lengths, (pdus, lengths) => {
      const bytes = concat(pdus.map(encodePdu));
      assert.deepEqual(joined(readChunks(split(bytes, lengths))), expected(pdus));
    }),
    { seed: 42, numRuns: 500 },
  );
});

Deno.test("PduReader gives fragments as views into the chunks", () => {
  const bytes = hex(`04 00 00000012 0000000e 01 02 00010203 04050607 08090a0b`);
  const [first, second] = [bytes.slice(0, 15), bytes.slice(15)];
  const fragments = readChunks([first, second]);
  assert.deepEqual(fragments, [
    { type: "P-DATA-TF", contextId: 1, command: false, last: false, bytes: Uint8Array.of(0, 1, 2) },
    {
      type: "P-DATA-TF",
      contextId: 1,
      command: false,
      last: true,
      bytes: Uint8Array.of(3, 4, 5, 6, 7, 8, 9, 10, 11),
    },
  ]);
  const buffers = fragments.map((fragment) => fragment.type === "P-DATA-TF" && fragment.bytes.buffer);
  assert.deepEqual([buffers[0] === first.buffer, buffers[1] === second.buffer], [true, true]);
});

Deno.test("PduReader gives a fragment of a PDV before the rest of it is there", () => {
  const reader = new PduReader(NO_LIMIT);
  reader.push(hex(`04 00 00010006 00010002 03 02 ff`));
  assert.deepEqual(reader.next(), {
    type: "P-DATA-TF",
    contextId: 3,
    command: false,
    last: false,
    bytes: Uint8Array.of(0xff),
  });
  assert.equal(reader.next(), undefined);
});

Deno.test("PduReader gives an empty fragment for a PDV without data only when it is the last", () => {
  const pdvs = `00000002 01 00 00000002 01 01 00000002 01 03 00000002 01 00`;
  const last = { type: "P-DATA-TF", contextId: 1, command: true, last: true, bytes: new Uint8Array(0) };
  assert.deepEqual(readChunks([hex(`04 00 00000018 ${pdvs}`)]), [last]);
  assert.deepEqual(readChunks(byteByByte(hex(`04 00 00000018 ${pdvs}`))), [last]);
});

Deno.test("PduReader copies what it keeps of a control PDU", () => {
  const { bytes, pdu } = ALL_VECTORS[0]!;
  const chunk = bytes.slice();
  const [request] = readChunks([chunk]);
  chunk.fill(0);
  assert.deepEqual(request, pdu);
});

Deno.test("PduReader takes PDVs of contexts and control bits that it doesn't know", () => {
  const [fragment] = readChunks([hex(`04 00 00000007 00000003 02 fd 00`)]);
  assert.deepEqual(fragment, {
    type: "P-DATA-TF",
    contextId: 2,
    command: true,
    last: false,
    bytes: Uint8Array.of(0),
  });
});

Deno.test("PduReader takes a P-DATA-TF as long as was announced", () => {
  const bytes = hex(`04 00 0000000c 00000008 01 02 00 *5`);
  const [fragment] = readChunks([bytes], { maxPduLength: 12 });
  assert.equal(fragment?.type === "P-DATA-TF" && fragment.bytes.length, 6);
});

for (const { name, bytes } of ALL_VECTORS) {
  Deno.test(`PduReader waits for the rest of ${name}, and says so when it doesn't come`, () => {
    for (let length = 1; length < bytes.length; length++) {
      const reader = new PduReader(NO_LIMIT);
      reader.push(bytes.slice(0, length));
      for (const pdu of drain(reader)) assert.equal(pdu.type, "P-DATA-TF");
      assert.throws(() => reader.end(), {
        name: "PduError",
        message: /^Cannot read .*: the bytes end after \d+ of \d+$/,
      });
    }
  });

  Deno.test(`PduReader reads or refuses ${name} with changed bytes, however they are split`, () => {
    const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), lengths, (changes, lengths) => {
        const mutated = bytes.slice();
        for (const { at, value } of changes) mutated[at] = value;
        assert.deepEqual(outcome(split(mutated, lengths)), outcome([mutated]));
      }),
      { seed: 42, numRuns: 300 },
    );
  });
}

/** What a reader gives, and the PduError that it ends with: any other error fails the test. */
function outcome(chunks: Iterable<Uint8Array>): { pdus: IncomingPdu[]; error?: string; offset?: number | undefined } {
  const reader = new PduReader({ maxPduLength: 16384 });
  const pdus: IncomingPdu[] = [];
  try {
    for (const chunk of chunks) {
      reader.push(chunk);
      for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) pdus.push(pdu);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { pdus: joined(pdus), error: error.message, offset: error.offset };
  }
  return { pdus: joined(pdus) };
}

const INVALID: AbortReason = "invalid-pdu-parameter-value";

/** Headers that are refused before anything else of their PDU is there. */
const REFUSED: readonly [what: string, bytes: Uint8Array, reason: AbortReason, offset: number, message: RegExp][] = [
  ["an unknown type", hex(`08 00 00000004`), "unrecognized-pdu", 0, /: type 0x08 is not defined in PS3\.8$/],
  ["a P-DATA-TF above the maximum", hex(`04 00 00004001`), INVALID, 2, /says 16385 bytes; expected at most 16384$/],
  ["a P-DATA-TF of 4 GiB", hex(`04 00 ffffffff`), INVALID, 2, /4294967295 bytes; expected at most 16384$/],
  ["a P-DATA-TF without PDVs", hex(`04 00 00000000`), INVALID, 2, /expected at least the 6 of a PDV$/],
  ["a huge A-ASSOCIATE-RQ", hex(`01 00 00040001`), INVALID, 2, /says 262145 bytes; expected at most 262144$/],
  ["a tiny A-ASSOCIATE-AC", hex(`02 00 00000043`), INVALID, 2, /says 67 bytes; expected at least 68$/],
  ["a huge A-RELEASE-RQ", hex(`05 00 ffffffff`), INVALID, 2, /expected 4$/],
  [
    "a PDV beyond its PDU",
    hex(`04 00 00004000 00003ffd 01 00`),
    INVALID,
    6,
    /byte 6 says 16381 .* expected 2 to 16380,/,
  ],
  ["a PDV length of 4 GiB", hex(`04 00 00004000 ffffffff 01 00`), INVALID, 6, /says 4294967295 bytes/],
  ["a PDV length below 2", hex(`04 00 00004000 00000001 01 00`), INVALID, 6, /says 1 bytes/],
  [
    "a rest too short for a PDV",
    hex(`04 00 0000000c 00000003 01 00 00`),
    INVALID,
    13,
    /5 bytes are left at byte 13; expected/,
  ],
  ["a second PDV that is wrong", hex(`04 00 00000010 00000003 01 00 00 00000008 01 00`), INVALID, 13, /PDV at byte 13/],
];

for (const [what, bytes, reason, offset, message] of REFUSED) {
  Deno.test(`PduReader refuses ${what} as soon as it is known`, () => {
    for (const chunks of [[bytes], byteByByte(bytes)]) {
      const reader = new PduReader({ maxPduLength: 16384 });
      for (const chunk of chunks) reader.push(chunk);
      const read = () => drain(reader);
      assert.throws(read, (error) => {
        assert.ok(error instanceof PduError, String(error));
        assert.ok(message.test(error.message), error.message);
        assert.deepEqual([error.reason, error.offset], [reason, offset]);
        return true;
      });
      assert.throws(read, { name: "PduError", reason, message });
    }
  });
}

Deno.test("PduReader refuses a P-DATA-TF above its ceiling where no limit was announced", () => {
  const reader = new PduReader(NO_LIMIT);
  reader.push(hex(`04 00 80000000`));
  assert.throws(() => reader.next(), { name: "PduError", message: /expected at most 2147483647$/ });
});

Deno.test("PduReader takes its own maximum for A-ASSOCIATE PDUs", () => {
  const reader = new PduReader({ maxPduLength: 0, maxAssociatePduLength: 400 });
  reader.push(ALL_VECTORS[0]!.bytes);
  assert.throws(() => reader.next(), { name: "PduError", message: /says 446 bytes; expected at most 400$/ });
});

/** Who else comes to a DICOM port. */
const STRANGERS: readonly [start: Uint8Array, name: string][] = [
  [hex(`"GET / HTTP/1.1" 0d0a`), "an HTTP request"],
  [hex(`"POST /instances HTTP/1.1" 0d0a`), "an HTTP request"],
  [hex(`"OPTIONS * HTTP/1.1" 0d0a`), "an HTTP request"],
  [hex(`"HTTP/1.1 400 Bad Request" 0d0a`), "an HTTP response"],
  [hex(`"PRI * HTTP/2.0" 0d0a`), "an HTTP/2 request"],
  [hex(`16 0301 0200 01 0001fc 0303`), "a TLS handshake"],
  [hex(`15 0303 0002 02 28`), "a TLS alert"],
  [hex(`"SSH-2.0-OpenSSH"`), "an SSH greeting"],
  [hex(`"PROXY TCP4 192.0.2.1 192.0.2.2 1 2" 0d0a`), "a PROXY protocol header"],
  [hex(`0d0a0d0a000d0a515549540a21`), "a PROXY protocol header"],
  [hex(`0b "MSH|^~"`), "an HL7 message (MLLP)"],
];

for (const [start, name] of STRANGERS) {
  Deno.test(`PduReader says that bytes look like ${name}: 0x${start[0]!.toString(16)}…`, () => {
    const { error } = outcome(byteByByte(start));
    assert.ok(error?.endsWith(`is not defined in PS3.8; the bytes look like ${name}`), error);
  });
}

Deno.test("PduReader ends quietly between PDUs", () => {
  const reader = new PduReader(NO_LIMIT);
  reader.end();
  reader.push(hex(`05 00 00000004 00000000`));
  assert.deepEqual(drain(reader), [{ type: "A-RELEASE-RQ" }]);
  reader.end();
});

Deno.test("PduReader says where the bytes ended", () => {
  const cases: readonly [bytes: Uint8Array, message: string][] = [
    [hex(`05 00 00`), "Cannot read a PDU's header: the bytes end after 3 of 6"],
    [hex(`05 00 00000004 0000`), "Cannot read A-RELEASE-RQ: the bytes end after 2 of 4"],
    [hex(`04 00 00000010 0000`), "Cannot read P-DATA-TF: the bytes end after 2 of 16"],
    [hex(`04 00 00000010 0000000c 01 02 0000`), "Cannot read P-DATA-TF: the bytes end after 8 of 16"],
    [hex(`04 00 00000010 00000003 01 02 00`), "Cannot read P-DATA-TF: the bytes end after 7 of 16"],
  ];
  for (const [bytes, message] of cases) assert.equal(outcome([bytes]).error, message);
});

Deno.test("PduReader gives up PDVs that hold nothing when they have no end, in one PDU or in many", () => {
  const empty = { contextId: 1, command: false, last: false, bytes: new Uint8Array(0) };
  const full = { ...empty, bytes: new Uint8Array(2) };
  const of = (...pdvs: Pdv[]) => encodePdu({ type: "P-DATA-TF", pdvs });
  const most: Pdv[] = Array(MAXIMUM_EMPTY_PDVS).fill(empty);
  for (const bytes of [of(...most, full, ...most, full), concat([...most.map((pdv) => of(pdv)), of(full)])]) {
    assert.equal(readChunks([bytes]).at(-1)?.type, "P-DATA-TF");
  }
  for (const bytes of [of(...most, empty, full), concat([...most, empty, full].map((pdv) => of(pdv)))]) {
    const reader = new PduReader(NO_LIMIT);
    reader.push(bytes);
    for (let time = 0; time < 2; time++) {
      assert.throws(() => reader.next(), {
        name: "PduError",
        reason: "invalid-pdu-parameter-value",
        message: "Cannot read P-DATA-TF: more than 1024 PDVs in a row are empty",
      });
    }
  }
});
