import assert from "node:assert/strict";
import { openFileStore } from "../../src/objects/file_store.ts";
import type { AAssociateRq } from "../../src/upper_layer/pdu.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import { usernameIdentity } from "../../src/access/user_identity.ts";
import { bytesOf, element, EXPLICIT } from "../dicom/encoding/elements.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import {
  associateRq,
  commandPdv,
  CT_IMAGE_STORAGE,
  dataPdv,
  pData,
  type ScriptedPeer,
  storeRq,
} from "../support/scripted_peer.ts";
import { assertOutputsSound, PATIENT_ID, PATIENT_NAME } from "./outputs.ts";
import { watchGateway } from "./watched_gateway.ts";

/** Printable, of at most 16 characters, without backslash: legal AE titles that break whatever doesn't escape them. */
const HOSTILE_TITLES = [
  "../../../etc/pas",
  "/etc/passwd",
  '"} 1',
  'x",how="released',
  "<script>x()",
  "'; DROP TABLE x",
  "$(touch /tmp/x)",
  "%0d%0aX-A: b",
  "a=1 level=error",
  "=cmd|' /C x'!A0",
  "{{7*7}}",
  "..",
  "con",
];

/** What a data set may hold in place of a UID. */
const HOSTILE_UIDS = [
  "../../../../escaped",
  "..",
  ".",
  "...",
  "1.2/../../3",
  "/tmp/escaped",
  "C:\\escaped",
  "1.2\\..\\3",
  "1.2.3\r\nforged",
  "1.2.3\x1b[2J",
  "1.2\0.3",
  "~",
  "-rf",
  "lock",
  "1.2.",
  ".1.2",
  "1..2",
  "a".repeat(500),
  "1.".repeat(200),
  "\xff\xfe\xe9",
  "CON",
  "%2e%2e%2f",
];

/** A CT image of these UIDs, whatever they are. */
function image(sopInstanceUid: string, studyInstanceUid: string, seriesInstanceUid: string): Uint8Array {
  const text = (tag: number, vr: string, value: string) =>
    element(EXPLICIT, tag, vr, value.length % 2 === 0 ? value : `${value} `);
  return bytesOf(
    text(0x0008_0016, "UI", CT_IMAGE_STORAGE),
    text(0x0008_0018, "UI", sopInstanceUid),
    text(0x0010_0010, "PN", PATIENT_NAME),
    text(0x0010_0020, "LO", PATIENT_ID),
    text(0x0020_000d, "UI", studyInstanceUid),
    text(0x0020_000e, "UI", seriesInstanceUid),
  );
}

/** An association of the peer's. */
async function associate(peer: ScriptedPeer, changes: Parameters<typeof associateRq>[0] = {}): Promise<void> {
  await peer.send(associateRq(changes));
  await peer.expectType("A-ASSOCIATE-AC");
}

Deno.test("Hostile AE titles and names are data in logs, reports and metrics, and nothing else", async () => {
  await using watched = watchGateway();
  for (const title of HOSTILE_TITLES) {
    const { peer, served } = watched.meet();
    await associate(peer, {
      callingAeTitle: title,
      calledAeTitle: title,
      userInformation: { implementationVersionName: title.slice(0, 16), implementationClassUid: title },
    });
    await peer.release();
    await served;
  }
  const { metrics, report } = await assertOutputsSound(watched);
  for (const title of HOSTILE_TITLES.filter((title) => title.length > 4)) assert.ok(!metrics.includes(title), title);
  const shown: { callingAeTitle: string }[] = JSON.parse(report).recent;
  assert.deepEqual(shown.map(({ callingAeTitle }) => callingAeTitle).toReversed(), HOSTILE_TITLES);
});

/** Overwrites text in a PDU with bytes that its encoder would refuse. */
function forged(request: AAssociateRq, old: string, bytes: Uint8Array): Uint8Array {
  const pdu = encodePdu(request);
  const at = new TextDecoder("latin1").decode(pdu).indexOf(old);
  assert.ok(at > 0);
  pdu.set(bytes.subarray(0, old.length), at);
  return pdu;
}

const CONTROLS: Readonly<Record<string, Uint8Array>> = {
  "a line break": bytesOf("A\r\nB"),
  "an escape sequence": bytesOf("A\x1b[2J"),
  "a NUL inside": bytesOf("A\0B"),
  "Latin-1": bytesOf("A\xe9\x85B"),
  "a backslash": bytesOf("A\\B"),
};

for (const [what, bytes] of Object.entries(CONTROLS)) {
  Deno.test(`An A-ASSOCIATE-RQ with ${what} in an AE title is warned of, and forges nothing`, async () => {
    await using watched = watchGateway();
    const { peer, served } = watched.meet();
    await peer.send(forged(associateRq({ callingAeTitle: "CALLING_TITLE" }), "CALLING_TITLE", bytes));
    await peer.expectType("A-ASSOCIATE-AC");
    await peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, image("1.2.3", "1.2", "1.2"))));
    assert.equal(statusOf(await peer.expectType("P-DATA-TF")), 0);
    await peer.release();
    await served;
    await assertOutputsSound(watched);
    assert.match(watched.warnings().join(), /^The calling AE title (has other|holds) bytes/);
  });

  Deno.test(`${what} in the names of an implementation is shown as a question mark or not at all`, async () => {
    await using watched = watchGateway();
    const { peer, served } = watched.meet();
    await peer.send(
      forged(associateRq({ userInformation: { implementationVersionName: "VERSIONNAME" } }), "VERSIONNAME", bytes),
    );
    await peer.expectType("A-ASSOCIATE-AC");
    await peer.release();
    await served;
    await assertOutputsSound(watched);
  });
}

Deno.test("Hostile UIDs never name a file: what is no UID is hashed", async () => {
  using folder = temporaryFolder();
  const outside = `${folder.path}/outside`;
  Deno.mkdirSync(outside);
  const data = `${outside}/data`;
  await using store = await openFileStore(data);
  await using watched = watchGateway({ store });
  const { peer, served } = watched.meet();
  await associate(peer);
  let kept = 0;
  for (const [index, uid] of HOSTILE_UIDS.entries()) {
    for (const [study, series] of [[uid, "1.2"], ["1.2", uid], [uid, uid]] as const) {
      const sopInstanceUid = `1.2.3.${index}.${kept}`;
      await peer.send(
        pData(commandPdv(3, storeRq(1, sopInstanceUid)), dataPdv(3, image(sopInstanceUid, study, series))),
      );
      assert.equal(statusOf(await peer.expectType("P-DATA-TF")), 0);
      kept++;
    }
  }
  await peer.release();
  await served;

  const names = filesBelow(`${data}/instances`);
  assert.equal(names.length, kept);
  for (const name of names) {
    assert.match(name, /^([0-9.]+|_[0-9a-f]{64}|_none)\/([0-9.]+|_[0-9a-f]{64}|_none)\/[0-9.]+\.dcm$/);
  }
  for (const name of names) assert.doesNotMatch(name, /(^|\/)\.|\.\//);
  assert.deepEqual([...Deno.readDirSync(outside)].map(({ name }) => name), ["data"]);
  assert.deepEqual(filesBelow(`${data}/incoming`), []);
  await assertOutputsSound(watched);
});

function statusOf({ pdvs: [pdv] }: { readonly pdvs: readonly { readonly bytes: Uint8Array }[] }): number {
  const bytes = pdv!.bytes;
  for (let at = 0; at < bytes.length;) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    if (view.getUint16(2, true) === 0x0900) return view.getUint16(8, true);
    at += 8 + view.getUint32(4, true);
  }
  throw new Error("The response has no status");
}

Deno.test("An instance whose UIDs are no UIDs, or not those of its command, is refused and leaves nothing", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path);
  await using watched = watchGateway({ store });
  const statuses = { "..": 0x0117, "...": 0x0117, "a/b": 0x0117, "1.2.3": 0xa900, [PATIENT_NAME]: 0xa900 };
  for (const [uid, status] of Object.entries({ ...statuses, ["1".repeat(64)]: 0xa900, ["1".repeat(250)]: 0xa900 })) {
    const { peer, served } = watched.meet();
    await associate(peer);
    await peer.send(pData(commandPdv(3, storeRq(1, uid)), dataPdv(3, image("1.2.4", "1.2", "1.2"))));
    assert.equal(statusOf(await peer.expectType("P-DATA-TF")), status);
    await peer.release();
    await served;
  }
  assert.deepEqual(filesBelow(`${folder.path}/instances`), []);
  await assertOutputsSound(watched);
});

Deno.test("A patient's name in place of a UID is not told to anybody", async () => {
  await using watched = watchGateway();
  const { peer, served } = watched.meet();
  await associate(peer);
  await peer.send(
    pData(commandPdv(3, storeRq(1, "1.2.3")), dataPdv(3, image(PATIENT_NAME, PATIENT_NAME, PATIENT_NAME))),
  );
  const response = await peer.expectType("P-DATA-TF");
  assert.equal(statusOf(response), 0xa900);
  assert.doesNotMatch(new TextDecoder().decode(response.pdvs[0]?.bytes), /SECRET/);
  await peer.release();
  await served;
  await assertOutputsSound(watched);
});

Deno.test("What is proposed as a transfer syntax and is no UID is not taken", async () => {
  await using watched = watchGateway();
  const { peer, served } = watched.meet();
  const hostile = ["../../escaped", '"><script>', "1.2.840.10008.1.2 "];
  await peer.send(associateRq({
    presentationContexts: hostile.map((transferSyntax, index) => (
      { id: 2 * index + 1, abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [transferSyntax] }
    )),
  }));
  const { presentationContexts } = await peer.expectType("A-ASSOCIATE-AC");
  assert.deepEqual(presentationContexts.map(({ result }) => result), [
    "transfer-syntaxes-not-supported",
    "transfer-syntaxes-not-supported",
    "acceptance",
  ]);
  await peer.release();
  await served;
  await assertOutputsSound(watched);
});

Deno.test("Hostile names in certificates and addresses stay on their line", async () => {
  await using watched = watchGateway();
  const hostile = 'CT1\r\n{"level":"error"}\x1b[2J\u2028\u202e';
  const { peer, served } = watched.meet({
    transport: "tls",
    remote: { hostname: hostile, port: 1 },
    tls: { peerSubject: hostile, peerNames: [hostile], peerFingerprint: hostile },
  });
  await associate(peer);
  await peer.release();
  await served;
  // deno-lint-ignore no-control-regex
  for (const line of [...watched.log(), ...watched.textLog()]) assert.doesNotMatch(line, /[\r\x1b\u2028\u202e]/);
  for (const line of watched.log()) assert.notEqual(JSON.parse(line).level, "error");
  assert.equal(watched.textLog().length, watched.log().length);
});

Deno.test("A user's name stays on its line, and a passcode is shown nowhere", async () => {
  const name = 'x\r\n{"level":"error"}\x1b[2J';
  const userIdentity = { ...usernameIdentity(name, `${PATIENT_NAME}-passcode`), positiveResponseRequested: false };
  for (const identify of [() => ({ name }), () => undefined, () => Promise.reject(new Error("no users"))]) {
    await using watched = watchGateway({ identify });
    const { peer, served } = watched.meet();
    await peer.send(associateRq({ userInformation: { userIdentity } }));
    const answer = await peer.receive();
    if (answer?.type === "A-ASSOCIATE-AC") await peer.release();
    else await peer.expectClose();
    await served;
    await assertOutputsSound(watched);
    for (const line of watched.log()) assert.notEqual(JSON.parse(line).level, "error");
  }
});
