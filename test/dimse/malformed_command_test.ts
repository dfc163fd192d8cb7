import assert from "node:assert/strict";
import * as Status from "../../src/dimse/status.ts";
import { verification } from "../../src/services/verification.ts";
import {
  DATA,
  echoMessage,
  expectMessage,
  invokeEcho,
  invokeStore,
  invoking,
  nextMessage,
  performing,
  readAll,
  storeRsp,
  storeService,
} from "../support/providers.ts";
import {
  commandPdv,
  concat,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRsp,
  pData,
  type ScriptedPeer,
  STUDY_ROOT_FIND,
} from "../support/scripted_peer.ts";
import { settle } from "../support/fake_time.ts";

/** An element of group 0000. */
function element(number: number, value: Uint8Array | string, group = 0): Uint8Array {
  const bytes = typeof value === "string" ? Uint8Array.from(value, (character) => character.charCodeAt(0)) : value;
  const header = new DataView(new ArrayBuffer(8));
  header.setUint16(0, group, true);
  header.setUint16(2, number, true);
  header.setUint32(4, bytes.length, true);
  return concat([new Uint8Array(header.buffer), bytes]);
}

function us(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

const even = (text: string) => text.length % 2 === 0 ? text : `${text}\0`;

/** Elements of a command set by number; `undefined` leaves one out. */
type Elements = Readonly<Record<number, Uint8Array | string | undefined>>;

function build(elements: Elements, more: Uint8Array = new Uint8Array(0)): Uint8Array {
  const written = Object.entries(elements).flatMap(([number, value]) =>
    value === undefined ? [] : [element(Number(number), value)]
  );
  return concat([...written, more]);
}

/** A sound C-STORE-RQ with message ID 7. */
const STORE: Elements = {
  0x0002: even(CT_IMAGE_STORAGE),
  0x0100: us(0x0001),
  0x0110: us(7),
  0x0700: us(0),
  0x0800: us(0x0001),
  0x1000: even("1.2.3"),
};

const FIND: Elements = {
  0x0002: even(STUDY_ROOT_FIND),
  0x0100: us(0x0020),
  0x0110: us(7),
  0x0700: us(0),
  0x0800: us(0x0001),
};

const requestOn = (code: number, more: Elements, dataSet = 0x0101): Elements => ({
  0x0003: even(CT_IMAGE_STORAGE),
  0x0100: us(code),
  0x0110: us(7),
  0x0800: us(dataSet),
  0x1001: even("1.2.3"),
  ...more,
});

/** The elements of a response, and their values. */
async function response(peer: ScriptedPeer): Promise<Map<number, Uint8Array>> {
  const { pdvs: [pdv] } = await peer.expectType("P-DATA-TF");
  assert.ok(pdv?.command && pdv.last);
  const view = new DataView(pdv.bytes.buffer, pdv.bytes.byteOffset, pdv.bytes.length);
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < pdv.bytes.length;) {
    assert.equal(view.getUint16(at, true), 0, "an element of another group");
    const length = view.getUint32(at + 4, true);
    found.set(view.getUint16(at + 2, true), pdv.bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return found;
}

const number = (bytes: Uint8Array | undefined) => bytes === undefined ? undefined : bytes[0]! + 256 * bytes[1]!;

/** What is wrong, whether a data set follows, Command Field and status of the response, and the element it names. */
const refused: readonly [
  name: string,
  command: Uint8Array,
  dataSet: boolean,
  code: number,
  status: number,
  at?: number,
][] = [
  ["C-STORE-RQ without a SOP instance", build({ ...STORE, 0x1000: undefined }), true, 0x8001, 0x0117, 0x1000],
  ["C-STORE-RQ with an empty SOP instance", build({ ...STORE, 0x1000: "" }), true, 0x8001, 0x0117, 0x1000],
  ["C-STORE-RQ with a SOP instance of NULs", build({ ...STORE, 0x1000: "\0\0" }), true, 0x8001, 0x0117, 0x1000],
  ["C-STORE-RQ with a SOP instance of 8 bits", build({ ...STORE, 0x1000: "1.2\xe9" }), true, 0x8001, 0x0117, 0x1000],
  [
    "C-STORE-RQ with a line break in its SOP instance",
    build({ ...STORE, 0x1000: "1\n" }),
    true,
    0x8001,
    0x0117,
    0x1000,
  ],
  ["C-STORE-RQ with two SOP instances", build({ ...STORE, 0x1000: "1.2\\1.3\0" }), true, 0x8001, 0x0117, 0x1000],
  ["C-STORE-RQ with 600 characters", build({ ...STORE, 0x1000: "1".repeat(600) }), true, 0x8001, 0x0117, 0x1000],
  [
    "C-STORE-RQ with its SOP instance twice",
    build(STORE, element(0x1000, "1.2.4\0")),
    true,
    0x8001,
    0x0117,
    0x1000,
  ],
  ["C-STORE-RQ without a SOP class", build({ ...STORE, 0x0002: undefined }), true, 0x8001, 0x0122, 0x0002],
  ["C-STORE-RQ with letters in its SOP class", build({ ...STORE, 0x0002: "1.2.CT" }), true, 0x8001, 0x0122, 0x0002],
  ["C-STORE-RQ without a data set", build({ ...STORE, 0x0800: us(0x0101) }), false, 0x8001, 0xC000],
  ["C-STORE-RQ with a data element", build(STORE, element(0x0010, "AB", 0x0010)), true, 0x8001, 0x0212],
  ["C-STORE-RQ that ends early", build(STORE, Uint8Array.of(0, 0, 0x30, 0x10)), true, 0x8001, 0x0212],
  ["C-STORE-RQ with a length beyond its end", build(STORE, element(0x1030, "AB").subarray(0, 9)), true, 0x8001, 0x0212],
  ["C-FIND-RQ without an identifier", build({ ...FIND, 0x0800: us(0x0101) }), false, 0x8020, 0xC000],
  ["C-FIND-RQ without a SOP class", build({ ...FIND, 0x0002: undefined }), true, 0x8020, 0x0122, 0x0002],
  ["C-MOVE-RQ without a destination", build({ ...FIND, 0x0100: us(0x0021) }), true, 0x8021, 0xA801, 0x0600],
  [
    "C-MOVE-RQ with a destination of 17 characters",
    build({ ...FIND, 0x0100: us(0x0021), 0x0600: `${"A".repeat(17)} ` }),
    true,
    0x8021,
    0xA801,
    0x0600,
  ],
  ["unknown operation", build({ ...STORE, 0x0100: us(0x0002) }), true, 0x8002, 0x0211, 0x0100],
  [
    "unknown operation of nothing",
    build({ 0x0100: us(0x0666), 0x0110: us(7), 0x0800: us(0x0101) }),
    false,
    0x8666,
    0x0211,
    0x0100,
  ],
  ["N-ACTION-RQ without an action", build(requestOn(0x0130, {})), false, 0x8130, 0x0123, 0x1008],
  [
    "N-EVENT-REPORT-RQ of four bytes' event",
    build({
      0x0002: even(CT_IMAGE_STORAGE),
      0x0100: us(0x0100),
      0x0110: us(7),
      0x0800: us(0x0101),
      0x1000: "1.20",
      0x1002: Uint8Array.of(1, 0, 0, 0),
    }),
    false,
    0x8100,
    0x0113,
    0x1002,
  ],
  ["N-GET-RQ with half a tag", build(requestOn(0x0110, { 0x1005: us(8) })), false, 0x8110, 0x0212, 0x1005],
  ["N-GET-RQ without an instance", build(requestOn(0x0110, { 0x1001: undefined })), false, 0x8110, 0x0117, 0x1001],
  ["N-SET-RQ without a data set", build(requestOn(0x0120, {})), false, 0x8120, 0x0212],
  [
    "N-CREATE-RQ with a SOP instance of 8 bits",
    build({
      0x0002: even(CT_IMAGE_STORAGE),
      0x0100: us(0x0140),
      0x0110: us(7),
      0x0800: us(0x0101),
      0x1000: "1.\xff2",
    }),
    false,
    0x8140,
    0x0117,
    0x1000,
  ],
];

for (const [name, command, dataSet, code, status, at] of refused) {
  Deno.test(`A ${name} is answered with 0x${status.toString(16).padStart(4, "0")}, and the association goes on`, async () => {
    await using conversation = await performing([verification(), storeService(() => assert.fail("it was performed"))]);
    const { peer, witness } = conversation;
    const pdvs = [commandPdv(3, command), ...(dataSet ? [dataPdv(3, DATA, false), dataPdv(3, DATA)] : [])];
    for (let time = 0; time < 3; time++) {
      await peer.send(pData(...pdvs));
      const elements = await response(peer);
      assert.equal(number(elements.get(0x0100)), code);
      assert.equal(number(elements.get(0x0120)), 7);
      assert.equal(number(elements.get(0x0800)), 0x0101);
      assert.equal(number(elements.get(0x0900)), status);
      const offending = elements.get(0x0901);
      assert.deepEqual(offending && [...offending], at === undefined ? undefined : [0, 0, at & 0xff, at >> 8]);
      assert.ok(elements.has(0x0902), "it has no Error Comment");
    }
    await peer.send(echoMessage(8));
    await expectMessage(peer, echoRsp(8));
    await settle();
    assert.deepEqual(witness.outcomes.map(({ status }) => status), [status, status, status, Status.Success]);
    assert.match(witness.outcomes[0]?.error ?? "", /^Cannot read the command set: /);
  });
}

const performed: readonly [name: string, command: Uint8Array, sopInstanceUid: string][] = [
  ["letters in its SOP instance", build({ ...STORE, 0x1000: "dccc9599" }), "dccc9599"],
  ["65 characters", build({ ...STORE, 0x1000: `2.25.${"7".repeat(60)}\0` }), `2.25.${"7".repeat(60)}`],
  ["250 characters", build({ ...STORE, 0x1000: "7".repeat(250) }), "7".repeat(250)],
  ["a space in its SOP instance", build({ ...STORE, 0x1000: " 1.2 3" }), "1.2 3"],
  ["leading zeros", build({ ...STORE, 0x1000: "1.02" }), "1.02"],
  ["no data set type", build({ ...STORE, 0x0800: undefined }), "1.2.3"],
  ["a priority of no meaning", build({ ...STORE, 0x0700: us(9) }), "1.2.3"],
  ["a priority of four bytes", build({ ...STORE, 0x0700: Uint8Array.of(0, 0, 0, 0) }), "1.2.3"],
  ["an originator of 8 bits", build({ ...STORE, 0x1030: "CT\xe9 " }), "1.2.3"],
  ["an originator's message ID of four bytes", build({ ...STORE, 0x1031: Uint8Array.of(1, 0, 0, 0) }), "1.2.3"],
];

for (const [name, command, sopInstanceUid] of performed) {
  Deno.test(`A C-STORE-RQ with ${name} is performed`, async () => {
    let seen: string | undefined;
    await using conversation = await performing([storeService(async (request) => {
      assert.ok(request.command.type === "C-STORE-RQ");
      seen = request.command.affectedSopInstanceUid;
      assert.deepEqual(await readAll(request), DATA);
      return { status: Status.Success };
    })]);
    const { peer } = conversation;
    await peer.send(pData(commandPdv(3, command), dataPdv(3, DATA)));
    const { command: answer } = await nextMessage(peer);
    assert.deepEqual(answer, { ...storeRsp(7, Status.Success), affectedSopInstanceUid: sopInstanceUid });
    assert.equal(seen, sopInstanceUid);
  });
}

/** What nobody can answer, or tell whether a data set follows. */
const hopeless: readonly [name: string, command: Uint8Array][] = [
  ["without a message ID", build({ ...STORE, 0x0110: undefined })],
  ["with a message ID of four bytes", build({ ...STORE, 0x0110: Uint8Array.of(7, 0, 0, 0) })],
  ["with two message IDs", build(STORE, element(0x0110, us(8)))],
  ["without a command field", build({ ...STORE, 0x0100: undefined })],
  ["with a command field of one byte", build({ ...STORE, 0x0100: Uint8Array.of(1) })],
  ["with two command fields", build({ ...STORE, 0x0110: undefined }, element(0x0100, us(0x0030)))],
  ["of an unknown operation that doesn't say whether it has a data set", build({ 0x0100: us(2), 0x0110: us(7) })],
  ["of an N-ACTION-RQ that doesn't say so", build({ ...requestOn(0x0130, { 0x1008: us(1) }), 0x0800: undefined })],
  ["of an unknown response", build({ 0x0100: us(0x8002), 0x0120: us(7), 0x0800: us(0x0101), 0x0900: us(0) })],
  ["of nothing", new Uint8Array(0)],
];

for (const [name, command] of hopeless) {
  Deno.test(`A command set ${name} aborts the association`, async () => {
    await using conversation = await performing([storeService(() => assert.fail("it was performed"))]);
    const { peer, association, witness } = conversation;
    const sending = peer.send(pData(commandPdv(3, command), dataPdv(3, DATA)));
    await peer.expectAbort("service-user");
    await Promise.all([sending, association.closed]);
    assert.match(witness.abort.error?.message ?? "", /^Cannot read the command set: /);
  });
}

Deno.test("A C-CANCEL-RQ that doesn't say what it cancels is passed over with a warning", async () => {
  await using conversation = await performing([verification()]);
  const { peer, witness } = conversation;
  await peer.send(pData(commandPdv(1, build({ 0x0100: us(0x0FFF), 0x0800: us(0x0101) }))));
  await peer.send(pData(commandPdv(1, build({ 0x0100: us(0x0FFF), 0x0120: "1234" }))));
  await peer.send(echoMessage(8));
  await expectMessage(peer, echoRsp(8));
  const warnings = witness.events.flatMap((event) => event.type === "association-warning" ? [event.warning] : []);
  assert.deepEqual(warnings.map((warning) => warning.split(".", 1)[0]), Array(2).fill("Passed over a C-CANCEL-RQ"));
});

/** Responses to the C-STORE-RQ with message ID 1. */
const wrongResponses: readonly [name: string, command: Uint8Array, dataSet: boolean][] = [
  ["without a status", build({ 0x0100: us(0x8001), 0x0120: us(1), 0x0800: us(0x0101) }), false],
  [
    "with a status of four bytes",
    build({ 0x0100: us(0x8001), 0x0120: us(1), 0x0800: us(0x0101), 0x0900: "\0\0\0\0" }),
    false,
  ],
  [
    "with two statuses",
    build({ 0x0100: us(0x8001), 0x0120: us(1), 0x0900: us(0) }, element(0x0900, us(0xC000))),
    false,
  ],
  [
    "that ends early and has a data set",
    build({ 0x0100: us(0x8001), 0x0120: us(1), 0x0800: us(1), 0x0900: us(0) }, us(0)),
    true,
  ],
];

for (const [name, command, dataSet] of wrongResponses) {
  Deno.test(`A response ${name} fails its own operation, and the association goes on`, async () => {
    await using conversation = await invoking();
    const { peer, witness } = conversation;
    const storing = assert.rejects(invokeStore(conversation), { name: "CommandSetError" });
    await nextMessage(peer);
    await peer.send(pData(commandPdv(3, command), ...(dataSet ? [dataPdv(3, DATA)] : [])));
    await storing;
    assert.equal(witness.outcomes[0]?.status, undefined);
    const echoing = invokeEcho(conversation);
    await nextMessage(peer);
    await peer.send(pData(commandPdv(1, echoRsp(2))));
    assert.equal((await echoing).command.status, Status.Success);
  });
}

Deno.test("What a response says wrongly beside its status is passed over", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  const storing = invokeStore(conversation);
  await nextMessage(peer);
  const command = build({
    0x0002: "no UID",
    0x0100: us(0x8001),
    0x0120: us(1),
    0x0900: us(0xB000),
    0x0901: us(8),
    0x0903: "\0\0\0\0",
    0x1000: "\xff\xfe",
  });
  await peer.send(pData(commandPdv(3, command)));
  assert.equal((await storing).command.status, 0xB000);
});

Deno.test("store() sends a SOP instance whose UID is none", async () => {
  await using conversation = await invoking();
  const { peer, provider } = conversation;
  for (const affectedSopInstanceUid of ["dccc9599", "7".repeat(65), "1.02", "a b"]) {
    const storing = provider.invoke(provider.context(CT_IMAGE_STORAGE), {
      type: "C-STORE-RQ",
      affectedSopClassUid: CT_IMAGE_STORAGE,
      affectedSopInstanceUid,
      priority: "medium",
    }, { dataSet: DATA });
    const { command } = await nextMessage(peer);
    assert.ok(command.type === "C-STORE-RQ");
    assert.equal(command.affectedSopInstanceUid, affectedSopInstanceUid);
    await peer.send(pData(commandPdv(3, { ...storeRsp(command.messageId, 0), affectedSopInstanceUid } as never)));
    assert.equal((await storing).command.status, 0);
  }
});
