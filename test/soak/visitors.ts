/**
 * Visitors of a gateway who come to nothing: they abort, break off, or are sent away.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import { associateRq, commandPdv, concat, dataPdv, echoRq, pData, storeRq } from "../support/scripted_peer.ts";

/** A gateway for them: it takes who calls it `GANTRY`, and one association of each calling AE title. */
export const CONFIG = `
dicom:
  allow: [{ calledAeTitle: GANTRY }]
  maxAssociationsPerAeTitle: 1
  maxUnassociated: 1000
  maxUnassociatedPerAddress: 1000
  timeouts:
    idle: 1h # The one that stays says nothing for as long as it takes.
`;

/** The calling AE title that has all the associations that it may, as long as one is held. */
const FULL = "FULL";

/** A connection of a visitor. */
export class Visitor implements Disposable {
  readonly #connection: Deno.TcpConn;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  async say(...pieces: Uint8Array[]): Promise<void> {
    const bytes = concat(pieces);
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** Expects a PDU of that type, and takes it. */
  async hear(type: number): Promise<void> {
    const head = await this.#take(6);
    assert.equal(head[0], type);
    await this.#take(new DataView(head.buffer).getUint32(2));
  }

  /** Waits until the gateway has nothing more to say. */
  async hearOut(): Promise<void> {
    const bytes = new Uint8Array(1024);
    while (await this.#connection.read(bytes).catch(() => null) !== null);
  }

  /** Takes one byte of what is said, and goes: what is left unread makes this a reset. */
  async hearNoMore(): Promise<void> {
    await this.#take(1);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const count = await this.#connection.read(bytes.subarray(at));
      assert.ok(count !== null, "the gateway closed the connection");
      at += count;
    }
    return bytes;
  }
}

/** Connects to a gateway. */
export async function visit(port: number): Promise<Visitor> {
  return new Visitor(await Deno.connect({ hostname: "127.0.0.1", port }));
}

/** A visitor who has an association, and with it all that `FULL` may have, until it is disposed of. */
export async function visitAndStay(port: number): Promise<Visitor> {
  const visitor = await visit(port);
  await visitor.say(request(FULL));
  await visitor.hear(AC);
  return visitor;
}

/** Types of PDUs (PS3.8 9.3.1). */
const [AC, RJ, DATA, AA] = [2, 3, 4, 7];

const ABORT = encodePdu({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
const ECHO = encodePdu(pData(commandPdv(1, echoRq(1))));
const BEGUN = encodePdu(pData(commandPdv(3, storeRq(2)), dataPdv(3, new Uint8Array(10_000), false)));

function request(callingAeTitle: string, others: Parameters<typeof associateRq>[0] = {}): Uint8Array {
  return encodePdu(associateRq({ callingAeTitle, ...others }));
}

/** What a visitor does before it closes the connection. `title` is a calling AE title that nobody else has. */
type Visit = (visitor: Visitor, title: string) => Promise<void>;

/** On an association that was accepted. */
const associated = (then: (visitor: Visitor) => Promise<void>): Visit => async (visitor, title) => {
  await visitor.say(request(title));
  await visitor.hear(AC);
  await then(visitor);
};

/** Visitors who break off. */
export const BREAKING_OFF: Readonly<Record<string, Visit>> = {
  "abort on the heels of the request": (visitor, title) => visitor.say(request(title), ABORT),
  "abort": associated(async (visitor) => {
    await visitor.say(ABORT);
    await visitor.hearOut();
  }),
  "abort in the middle of a data set": associated(async (visitor) => {
    await visitor.say(BEGUN);
    await visitor.say(ABORT);
    await visitor.hearOut();
  }),
  "reset instead of reading the answer": async (visitor, title) => {
    await visitor.say(request(title));
    await visitor.hearNoMore();
  },
  "reset": associated(async (visitor) => {
    await visitor.say(ECHO);
    await visitor.hearNoMore();
  }),
  "reset in the middle of a data set": associated(async (visitor) => {
    await visitor.say(ECHO, BEGUN);
    await visitor.hearNoMore();
  }),
  "close": associated(() => Promise.resolve()),
  "close in the middle of a data set": associated((visitor) => visitor.say(BEGUN)),
  "close in the middle of the request": (visitor, title) => visitor.say(request(title).subarray(0, 100)),
  "close before anything": () => Promise.resolve(),
};

/** Expects to be rejected. */
const rejected = (bytes: (title: string) => Uint8Array): Visit => async (visitor, title) => {
  await visitor.say(bytes(title));
  await visitor.hear(RJ);
  await visitor.hearOut();
};

/** Visitors who are sent away. */
export const SENT_AWAY: Readonly<Record<string, Visit>> = {
  "by a rule": rejected((title) => request(title, { calledAeTitle: "ANOTHER" })),
  "by a limit": rejected(() => request(FULL)),
  "for another application context": rejected((title) => request(title, { applicationContextName: "1.2.3" })),
  "by a rule, and reset": async (visitor, title) => {
    await visitor.say(request(title, { calledAeTitle: "ANOTHER" }));
    await visitor.hearNoMore();
  },
  "by a rule, and gone by then": (visitor, title) => visitor.say(request(title, { calledAeTitle: "ANOTHER" })),
  "for what is no PDU": async (visitor) => {
    await visitor.say(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    await visitor.hear(AA);
  },
  "for data before an association": async (visitor) => {
    await visitor.say(ECHO);
    await visitor.hear(AA);
  },
};

/** Has a visitor with an association send a C-ECHO. */
export async function echo(visitor: Visitor): Promise<void> {
  await visitor.say(ECHO);
  await visitor.hear(DATA);
}

/** How many visitors come at the same time. */
const TOGETHER = 16;

let titles = 0;

/** Has so many of these visitors come. */
export async function receive(
  port: number,
  visits: Readonly<Record<string, Visit>>,
  number: number,
  onProgress: (received: number) => void = () => {},
): Promise<void> {
  const kinds = Object.entries(visits);
  let next = 0;
  const comeAndGo = async () => {
    while (next < number) {
      const [kind, behave] = kinds[next++ % kinds.length]!;
      using visitor = await visit(port);
      await behave(visitor, `V${titles++}`).catch((cause) => {
        throw new Error(`Cannot ${kind}`, { cause });
      });
      onProgress(next);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, comeAndGo));
}
