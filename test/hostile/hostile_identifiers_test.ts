/** Identifiers that nobody means well with, to a whole gateway: each costs its own operation, and little memory. */

import assert from "node:assert/strict";
import { SequenceElement } from "../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { describeStatus } from "../../src/dimse/statuses.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError } from "../../src/errors.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";
import { CT, sourceOf } from "../services/query_support.ts";
import { type WatchedGateway, watchGateway } from "./watched_gateway.ts";

const GATEWAY = { source: sourceOf({ studies: 2 }) };

function asker({ gateway }: WatchedGateway): Peer {
  const connect = () => {
    const [near, far] = connectionPair();
    gateway.accept(far);
    return Promise.resolve(near);
  };
  return new Peer({ calledAeTitle: "GANTRY", callingAeTitle: "HOSTILE", maxAssociations: 1, connect });
}

type Operation = "find" | "move" | "get";
const OPERATIONS: readonly Operation[] = ["find", "move", "get"];

/** The final status of an operation. */
async function statusOf(peer: Peer, operation: Operation, identifier: DataSet | Uint8Array): Promise<number> {
  const keep = async ({ dataSet }: { readonly dataSet: { cancel(): Promise<void> } }) => await dataSet.cancel();
  try {
    if (operation === "find") {
      await Array.fromAsync(peer.find({ identifier }));
      return Status.Success;
    }
    const steps = operation === "get"
      ? peer.get({ identifier, sopClassUids: [CT], keep })
      : peer.move({ identifier, destination: "NOBODY" });
    return (await Array.fromAsync(steps)).at(-1)!.status;
  } catch (error) {
    assert.ok(error instanceof DimseStatusError, String(error));
    return error.status;
  }
}

/** The association goes on after whatever was asked. */
async function stillAnswers(peer: Peer): Promise<void> {
  const identifier = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" });
  assert.equal((await Array.fromAsync(peer.find({ identifier }))).length, 2);
}

const million = Array.from({ length: 1_000_000 }, (_, number) => `1.2.3.${number}`).join("\\");

/** Identifiers of 10 MB and more. */
const TOO_LONG: Readonly<Record<string, () => DataSet>> = {
  "one value of 10 MB": () =>
    dataSetOf({ StudyInstanceUID: "1.2.1", "(0009,0010) LO": "X", "(0009,1001) UT": "x".repeat(1e7) }),
  "a million UIDs in a list": () => dataSetOf({ "(0009,0010) LO": "X", "(0009,1001) UT": million }),
  "fifty thousand keys of 100 bytes": () => {
    const items = Array.from({ length: 50_000 }, () => dataSetOf({ PatientComments: "y".repeat(100) }));
    const keys = dataSetOf({ StudyInstanceUID: "1.2.1" });
    keys.setElement(new SequenceElement(0x0008_1110, items));
    return keys;
  },
};

for (const [what, make] of Object.entries(TOO_LONG)) {
  Deno.test(`Identifiers with ${what} get 0xA700, and are counted`, async () => {
    await using watched = watchGateway(GATEWAY);
    await using peer = asker(watched);
    const identifier = make();
    identifier.set("QueryRetrieveLevel", "STUDY");
    for (const operation of OPERATIONS) {
      assert.equal(await statusOf(peer, operation, identifier), Status.OutOfResources, operation);
      await stillAnswers(peer);
    }
    const report = await (await watched.gateway.fetch(new Request("http://localhost/associations"))).json();
    const { limits } = report.totals;
    assert.deepEqual(limits, [{ limit: "maxIdentifierLength", outcome: "failed", count: 3 }]);
  });
}

Deno.test("A million UIDs in a list of Implicit VR, where it may be that long, get 0xA700 as well", async () => {
  await using watched = watchGateway(GATEWAY);
  await using peer = asker(watched);
  // StudyInstanceUID in Implicit VR Little Endian: four bytes of length, whatever the VR.
  const text = new TextEncoder().encode(million + (million.length % 2 === 0 ? "" : "\0"));
  const level = Uint8Array.of(8, 0, 0x52, 0, 6, 0, 0, 0, ...new TextEncoder().encode("STUDY "));
  const identifier = new Uint8Array(level.length + 8 + text.length);
  identifier.set(level);
  new DataView(identifier.buffer).setUint32(level.length, 0x000d_0020, true);
  new DataView(identifier.buffer).setUint32(level.length + 4, text.length, true);
  identifier.set(text, level.length + 8);
  const abstractSyntax = UID.StudyRootQueryRetrieveInformationModelFind;
  const needs = { presentationContexts: [{ abstractSyntax, transferSyntaxes: [UID.ImplicitVRLittleEndian] }] };
  const status = await peer.use(needs, async (association) => {
    const asked = Array.fromAsync(association.find({ identifier }));
    return await asked.then(() => Status.Success, (error: DimseStatusError) => error.status);
  });
  assert.equal(status, Status.OutOfResources);
});

Deno.test("As many UIDs as an identifier has room for are looked for, in time", async () => {
  await using watched = watchGateway(GATEWAY);
  await using peer = asker(watched);
  const uids = Array.from({ length: 9_000 }, (_, number) => `1.2.${number}`).join("\\").slice(0, 65_000);
  const identifier = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: uids });
  const found = await Array.fromAsync(peer.find({ identifier }));
  assert.equal(found.length, 2);
  assert.equal(await statusOf(peer, "get", identifier), Status.Success);
});

const REFUSED = Status.IdentifierDoesNotMatchSopClass;

/** Identifiers that break the rules, and what a C-FIND, and a retrieval, is answered. The level is inferred where it can be. */
const WRONG: readonly (readonly [what: string, keys: Attributes, find: number, retrieve: number])[] = [
  ["no level", {}, Status.Success, REFUSED],
  ["a level that nobody knows", { QueryRetrieveLevel: "FOO" }, Status.Success, REFUSED],
  ["levels of hostile text", { QueryRetrieveLevel: "<script>\\..\\STUDY" }, Status.Success, REFUSED],
  ["a date that is none", { QueryRetrieveLevel: "STUDY", StudyDate: "yesterday" }, REFUSED, REFUSED],
  [
    "a range that runs backwards",
    { QueryRetrieveLevel: "STUDY", StudyDate: "20250131-20250101" },
    Status.Success,
    REFUSED,
  ],
  ["a number that is none", { QueryRetrieveLevel: "SERIES", SeriesNumber: "one" }, REFUSED, REFUSED],
  [
    "a UID that is none",
    { QueryRetrieveLevel: "STUDY", StudyInstanceUID: "'; drop table study; --" },
    Status.Success,
    Status.Success,
  ],
];

Deno.test("Identifiers that break the rules get a status, name nothing of the sender, and cost nothing else", async () => {
  await using watched = watchGateway(GATEWAY);
  await using peer = asker(watched);
  for (const [what, keys, find, retrieve] of WRONG) {
    for (const operation of OPERATIONS) {
      const status = await statusOf(peer, operation, dataSetOf(keys));
      const expected = operation === "find"
        ? find
        : operation === "move" && retrieve === Status.Success
        ? Status.MoveDestinationUnknown
        : retrieve;
      const { meaning } = describeStatus(status, "C-FIND");
      assert.equal(status.toString(16), expected.toString(16), `${what}: ${operation}: ${meaning}`);
      await stillAnswers(peer);
    }
  }
  const log = watched.log().join("\n");
  for (const text of ["yesterday", "drop table", "<script>"]) assert.ok(!log.includes(text), text);
});

Deno.test("A strict peer's queries that break the hierarchy get 0xA900", async () => {
  const { parseConfig } = await import("../../src/config.ts");
  const config = await parseConfig("peers: { H: { aeTitle: HOSTILE, host: h, port: 104, dialect: { strict: true } } }");
  await using watched = watchGateway({ ...GATEWAY, config });
  await using peer = asker(watched);
  for (const level of ["SERIES", "IMAGE"]) {
    for (const operation of OPERATIONS) {
      const identifier = dataSetOf({ QueryRetrieveLevel: level, SeriesInstanceUID: "1.2.1.1", SOPInstanceUID: "" });
      assert.equal(
        await statusOf(peer, operation, identifier),
        Status.IdentifierDoesNotMatchSopClass,
        `${level} ${operation}`,
      );
    }
  }
  await stillAnswers(peer);
});
