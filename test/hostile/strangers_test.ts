import assert from "node:assert/strict";
import { decodeCommandSet } from "../../src/dimse/command_set.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import { defaultConfig } from "../../src/config.ts";
import type { Pdu } from "../../src/upper_layer/pdu.ts";
import { hex } from "../dicom/encoding/elements.ts";
import { idle } from "../support/playback.ts";
import { FakeTime } from "../support/fake_time.ts";
import {
  associateRq,
  commandPdv,
  concat,
  dataPdv,
  echoRq,
  echoRsp,
  pData,
  type ScriptedPeer,
  storeRq,
} from "../support/scripted_peer.ts";
import { watchGateway } from "./watched_gateway.ts";
import "../support/late_gateway_parts.ts";

/** Somebody at the door who does not leave by himself. */
interface Stranger {
  /** May be cut short by the end of the connection. */
  readonly says: (peer: ScriptedPeer, wait: (milliseconds: number) => Promise<void>) => Promise<void>;
  /** Takes nothing of what comes back. */
  readonly deaf?: true;
  /** What comes back. */
  readonly hears: readonly string[];
  /** When the connection is closed at the latest, in milliseconds after it was opened. */
  readonly by: number;
  /** The warning in the log; none when absent. */
  readonly told?: readonly RegExp[];
}

const ACCEPTED = "A-ASSOCIATE-AC";
/** AA-1: whoever is to blame, the service user. */
const BY_USER = "A-ABORT by service-user, reason-not-specified";
const byProvider = (reason: string) => `A-ABORT by service-provider, ${reason}`;

/** A peer that was told to go has this long to close, and then the connection is cut (ARTIM). */
const ARTIM = 10_000;
const ASSOCIATE = 30_000;
/** Silence is noticed after the limit and at most a quarter of it more. */
const IDLE = 60_000 * 1.25;
/** So is what is as good as silence, and at most half of it more. */
const TRICKLE = 60_000 * 1.5;

const TEXT = new TextEncoder();
const RQ = encodePdu(associateRq());
const CT = new Uint8Array(1000);

/** An A-ASSOCIATE-RQ of 256 KiB that is nothing but empty items. */
function itemBomb(): Uint8Array {
  const items = new Uint8Array(256 * 1024 - 68).fill(0);
  for (let at = 0; at < items.length; at += 4) items[at] = 0x60;
  return concat([hex("01 00 00040000"), RQ.subarray(6, 74), items]);
}

/** Says pieces one after the other for as long as somebody takes them, and far too long otherwise. */
async function endlessly(say: () => Promise<void>): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    await say();
    await idle(); // Promises alone would leave no room for anybody else.
  }
}

/** Associates, and then says pieces, the last one again and again, at one byte a second. */
async function trickle(
  peer: ScriptedPeer,
  wait: (milliseconds: number) => Promise<void>,
  ...pieces: (Pdu | Uint8Array)[]
): Promise<void> {
  await peer.send(RQ);
  const bytes = pieces.map((piece) => piece instanceof Uint8Array ? piece : encodePdu(piece));
  await peer.send(...bytes.slice(0, -1));
  await endlessly(async () => {
    for (const byte of bytes.at(-1)!) {
      await wait(1000);
      await peer.send(Uint8Array.of(byte));
    }
  });
}

const STRANGERS: Readonly<Record<string, Stranger>> = {
  "HTTP": {
    says: (peer) => peer.send(TEXT.encode("GET / HTTP/1.1\r\nHost: pacs\r\n\r\n")),
    hears: [BY_USER],
    by: ARTIM,
    told: [/^Connection aborted by this gateway: .*the bytes look like an HTTP request$/],
  },
  "TLS to plain": {
    says: (peer) => peer.send(hex("16 03 01 00 2e 01 00 00 2a 03 03")),
    hears: [BY_USER],
    by: ARTIM,
    told: [/^Connection aborted by this gateway: .*the bytes look like a TLS handshake$/],
  },
  "a client that says nothing": {
    says: () => Promise.resolve(),
    hears: [],
    by: ASSOCIATE,
    told: [/^Connection aborted by this gateway: .*nothing came in the associate phase for 30000 ms$/],
  },
  "a client that says nothing after its association": {
    says: (peer) => peer.send(RQ),
    hears: [ACCEPTED, BY_USER],
    by: IDLE + ARTIM,
    told: [/^Association aborted by this gateway: .*nothing came in the idle phase for 60000 ms$/],
  },
  "a client that says nothing after half a data set": {
    says: (peer) => peer.send(RQ, pData(commandPdv(3, storeRq(1)), dataPdv(3, CT, false))),
    hears: [ACCEPTED, BY_USER],
    by: IDLE + ARTIM,
    told: [/^C-STORE unfinished: .*idle phase/, /^Association aborted by this gateway: .*idle phase for 60000 ms$/],
  },
  "a client that says nothing in the middle of a PDU": {
    says: (peer) => peer.send(RQ, hex("04 00 00001000 00000ffc 01")),
    hears: [ACCEPTED, BY_USER],
    by: IDLE + ARTIM,
    told: [/^Association aborted by this gateway: .*idle phase for 60000 ms$/],
  },
  "one byte a second": {
    async says(peer, wait) {
      for (const byte of RQ) {
        await wait(1000);
        await peer.send(Uint8Array.of(byte));
      }
    },
    hears: [],
    by: ASSOCIATE + 1000,
    told: [/^Connection aborted by this gateway: .*too little came in the associate phase for 30000 ms$/],
  },
  "one byte a second in the middle of a PDU": {
    says: (peer, wait) => trickle(peer, wait, hex("04 00 00001000 00000ffc 01 03")),
    hears: [ACCEPTED, BY_USER],
    by: TRICKLE + ARTIM,
    told: [/^Association aborted by this gateway: .*too little came in the idle phase for 60000 ms$/],
  },
  "one byte a second in the middle of a data set, in whole PDUs": {
    says: (peer, wait) =>
      trickle(peer, wait, pData(commandPdv(3, storeRq(1))), pData(dataPdv(3, new Uint8Array(1), false))),
    hears: [ACCEPTED, BY_USER],
    by: TRICKLE + ARTIM,
    told: [
      /^C-STORE unfinished: .*idle phase/,
      /^Association aborted by this gateway: .*too little came in the idle phase/,
    ],
  },
  "one byte a second in the middle of a command set, in whole PDUs": {
    says: (peer, wait) => trickle(peer, wait, pData(commandPdv(1, new Uint8Array(1), false))),
    hears: [ACCEPTED, BY_USER],
    by: TRICKLE + ARTIM,
    told: [/^Association aborted by this gateway: .*too little came in the idle phase for 60000 ms$/],
  },
  "a PDU bomb: an A-ASSOCIATE-RQ of 4 GiB": {
    says: (peer) => peer.send(hex("01 00 ffffffff")),
    hears: [BY_USER],
    by: ARTIM,
    told: [/^Connection aborted by this gateway: Cannot read A-ASSOCIATE-RQ: its length field says 4294967295 bytes; /],
  },
  "a PDU bomb: an A-ASSOCIATE-RQ of 65,000 items": {
    says: (peer) => peer.send(itemBomb()),
    hears: [BY_USER],
    by: ARTIM,
    told: [/^Connection aborted by this gateway: Cannot read A-ASSOCIATE-RQ: /],
  },
  "a PDU bomb: a P-DATA-TF of 4 GiB": {
    says: (peer) => peer.send(RQ, hex("04 00 ffffffff 00000007")),
    hears: [ACCEPTED, byProvider("invalid-pdu-parameter-value")],
    by: ARTIM,
    told: [/^Association aborted by this gateway: .* says 4294967295 bytes; expected at most 131072$/],
  },
  "an endless command set": {
    says: (peer) =>
      peer.send(RQ).then(() => endlessly(() => peer.send(pData(commandPdv(1, new Uint8Array(4096), false))))),
    hears: [ACCEPTED, BY_USER],
    by: 2 * ARTIM,
    told: [/^Association aborted by this gateway: Cannot read the command set: longer than 65536 bytes$/],
  },
  "endless PDVs without data": {
    says: (peer) =>
      peer.send(RQ).then(() =>
        endlessly(() => peer.send(pData(...Array(1000).fill(dataPdv(3, CT.subarray(0, 0), false)))))
      ),
    hears: [ACCEPTED, byProvider("invalid-pdu-parameter-value")],
    by: 2 * ARTIM,
    told: [/^Association aborted by this gateway: .*more than 1024 PDVs in a row are empty$/],
  },
  "a client that takes nothing of its answers": {
    says: (peer) => peer.send(RQ, pData(commandPdv(1, echoRq(1)))),
    deaf: true,
    hears: [],
    by: IDLE + ARTIM,
    told: [
      /^Association aborted by this gateway: .*nothing was taken in the idle phase for 60000 ms$/,
      /^C-ECHO unfinished: /,
    ],
  },
  "an endless data set": {
    async says(peer) {
      const pieces = Array.from({ length: 16 }, () => pData(dataPdv(3, new Uint8Array(65_536), false)));
      await peer.send(RQ, pData(commandPdv(3, storeRq(1))), ...pieces);
      await endlessly(() => peer.send(pieces[0]!));
    },
    hears: [ACCEPTED, BY_USER],
    by: 2 * ARTIM,
    told: [
      /^C-STORE unfinished: Cannot read the data set: longer than 1048576 bytes$/,
      /^Association aborted by this gateway: Cannot read the data set: longer than 1048576 bytes$/,
    ],
  },
  "PDVs for a context that was never accepted": {
    says: (peer) => peer.send(RQ, pData(commandPdv(99, echoRq(1)))),
    hears: [ACCEPTED, byProvider("invalid-pdu-parameter-value")],
    by: ARTIM,
    told: [/^Association aborted by this gateway: .*presentation context 99 was not accepted$/],
  },
  "a data set in another context than its command": {
    says: (peer) => peer.send(RQ, pData(commandPdv(3, storeRq(1)), dataPdv(1, CT))),
    hears: [ACCEPTED, byProvider("unexpected-pdu-parameter")],
    by: ARTIM,
    told: [
      /^C-STORE unfinished: /,
      /^Association aborted by this gateway: Cannot read a message: a fragment of presentation context 1 /,
    ],
  },
  "a data set without a command": {
    says: (peer) => peer.send(RQ, pData(dataPdv(3, CT))),
    hears: [ACCEPTED, byProvider("unexpected-pdu-parameter")],
    by: ARTIM,
    told: [/^Association aborted by this gateway: .*a data set fragment came where a command set was expected$/],
  },
  "a command set without its required fields": {
    says: (peer) => peer.send(RQ, pData(commandPdv(1, hex("0000 0001 02000000 3000 0000 0008 02000000 0101")))),
    hears: [ACCEPTED, BY_USER],
    by: ARTIM,
    told: [/^Association aborted by this gateway: Cannot read the command set: C-ECHO-RQ without /],
  },
  "P-DATA before an association": {
    says: (peer) => peer.send(pData(commandPdv(1, echoRq(1)))),
    hears: [BY_USER],
    by: ARTIM,
    told: [/^Connection aborted by this gateway: Cannot take the P-DATA-TF: it is not expected in Sta2$/],
  },
  "two A-ASSOCIATE-RQs": {
    says: (peer) => peer.send(RQ, RQ),
    hears: [ACCEPTED, byProvider("unexpected-pdu")],
    by: ARTIM,
    told: [/^Association aborted by this gateway: Cannot take the A-ASSOCIATE-RQ: it is not expected in Sta6$/],
  },
  "a release in the middle of a data set": {
    says: (peer) => peer.send(RQ, pData(commandPdv(3, storeRq(1)), dataPdv(3, CT, false)), { type: "A-RELEASE-RQ" }),
    hears: [ACCEPTED, BY_USER],
    by: ARTIM,
    told: [
      /^C-STORE unfinished: .*released the association in the middle of it$/,
      /^Association aborted by this gateway: .*the peer released the association in the middle of it$/,
    ],
  },
};

function shown(pdu: Pdu): string {
  return pdu.type === "A-ABORT" ? `A-ABORT by ${pdu.source}, ${pdu.reason}` : pdu.type;
}

for (const [name, { says, deaf, hears, by, told = [] }] of Object.entries(STRANGERS)) {
  Deno.test(`A stranger at the door is sent away in time, and the log says why: ${name}`, async () => {
    using time = new FakeTime();
    const dicom = { ...defaultConfig.dicom, maxDataSetLength: 1_048_576 };
    await using watched = watchGateway({ config: { dicom } });
    const { peer, served } = watched.meet();
    let over = false;
    served.then(() => over = true);
    const heard: string[] = [];
    const hearing = deaf || (async () => {
      for (let pdu = await peer.receive(); pdu !== undefined; pdu = await peer.receive()) heard.push(shown(pdu));
    })();
    let now = 0;
    const pass = async (milliseconds: number) => {
      await time.advance(milliseconds);
      now += milliseconds;
    };
    const saying = says(peer, pass).catch(() => {}); // Nobody has to take all of it.
    if (name.startsWith("one byte a second")) await saying;
    for (await time.advance(0); !over && now < by + 1000;) await pass(1000);

    assert.ok(over, `the connection is there after ${now} ms`);
    assert.ok(now <= by, `the connection was there for ${now} ms`);
    await Promise.all([saying, hearing, served]);
    assert.deepEqual(heard, hears);
    const warnings = watched.warnings();
    assert.equal(warnings.length, told.length, warnings.join("\n"));
    told.forEach((pattern, index) => assert.match(warnings[index]!, pattern));
    assert.equal(watched.gateway.associations.length, 0);
    assert.equal(time.pending, 0, "a timer is left");
  });
}

Deno.test("Strangers hold one association each, and nothing else: who comes after them is served at once", async () => {
  using time = new FakeTime();
  await using watched = watchGateway();
  const stuck: Readonly<Record<string, (Pdu | Uint8Array)[]>> = {
    "says nothing": [],
    "in an A-ASSOCIATE-RQ": [RQ.subarray(0, 100)],
    "after its association": [RQ],
    "in a PDU": [RQ, hex("04 00 00001000")],
    "in a command set": [RQ, pData(commandPdv(1, new Uint8Array(10), false))],
    "in a data set": [RQ, pData(commandPdv(3, storeRq(1)), dataPdv(3, CT, false))],
    "takes no answers": [RQ, pData(commandPdv(1, echoRq(1)))],
  };
  const strangers = Object.values(stuck).map((says) => ({ ...watched.meet(), says }));
  await Promise.all(strangers.map(({ peer, says }) => peer.send(...says)));
  await time.advance(0);

  const { peer, served } = watched.meet();
  await peer.send(RQ, pData(commandPdv(1, echoRq(1))));
  await peer.expectType("A-ASSOCIATE-AC");
  assert.deepEqual(decodeCommandSet((await peer.expectType("P-DATA-TF")).pdvs[0]!.bytes), echoRsp(1));
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect({ type: "A-RELEASE-RP" });
  await Promise.all([peer.expectClose(), served]);

  for (let second = 0; second < (TRICKLE + ARTIM) / 1000; second++) await time.advance(1000);
  await Promise.all(strangers.map(({ served }) => served));
  assert.equal(watched.gateway.associations.length, 0);
});

const TALKERS: Readonly<Record<string, (peer: ScriptedPeer) => Promise<void>>> = {
  "says nothing": () => Promise.resolve(),
  "says nothing after its association": (peer) => peer.send(RQ),
  "doesn't end its A-ASSOCIATE-RQ": (peer) =>
    peer.send(hex("01 00 00030000")).then(() => endlessly(() => peer.send(new Uint8Array(1)))),
  "sends C-ECHO after C-ECHO": (peer) =>
    peer.send(RQ).then(() => endlessly(() => peer.send(pData(commandPdv(1, echoRq(1)))))),
  "sends a data set without end": (peer) =>
    peer.send(RQ, pData(commandPdv(3, storeRq(1)))).then(() =>
      endlessly(() => peer.send(pData(dataPdv(3, CT, false))))
    ),
};

for (const [name, says] of Object.entries(TALKERS)) {
  for (const deaf of [false, true]) {
    Deno.test(`A gateway can be disposed of within 10 s while a peer ${name}${deaf ? " and takes nothing" : ""}`, async () => {
      using time = new FakeTime();
      await using watched = watchGateway();
      const { peer, served } = watched.meet();
      const hearing = deaf || (async () => {
        while (await peer.receive() !== undefined);
      })();
      const saying = says(peer).catch(() => {}); // Until nobody takes it.
      for (let turn = 0; turn < 10; turn++) await time.advance(0);
      let over = false;
      const disposing = watched.gateway[Symbol.asyncDispose]().then(() => over = true);
      await time.advance(ARTIM);
      assert.ok(over, "the gateway is still there");
      await Promise.all([disposing, served, saying, hearing]);
      assert.equal(time.pending, 0, "a timer is left");
    });
  }
}
