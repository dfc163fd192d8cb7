import assert from "node:assert/strict";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { gantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { peerTest, startStoreScp, type StoreScp } from "../support/peers.ts";
import { freePort } from "../support/process.ts";
import { equalBytes, HERE } from "./support.ts";

const ANYTHING = ["+xa", "-pm"];

function peer({ port }: { readonly port: number }): string {
  return `STORESCP@${HERE}:${port}`;
}

/** Expects that `storescp` keeps these, each bit for bit, and nothing else. */
function assertReceived({ folder }: StoreScp, instances: readonly MadeInstance[]): void {
  const contents = filesBelow(folder).map((name) => readContent(Deno.readFileSync(`${folder}/${name}`)));
  const received = new Map(contents.map((content) => [content.sopInstanceUid, content]));
  assert.deepEqual([...received.keys()].sort(), instances.map(({ sopInstanceUid }) => sopInstanceUid).sort());
  for (const { sopInstanceUid, transferSyntax, dataSet } of instances) {
    const content = received.get(sopInstanceUid);
    assert.equal(content?.transferSyntax, transferSyntax);
    assert.ok(
      equalBytes(content?.dataSet ?? new Uint8Array(), dataSet),
      `${sopInstanceUid} differs from what was sent`,
    );
  }
}

Deno.test(peerTest("gantry echo: storescp answers", ["storescp"], async () => {
  await using scp = await startStoreScp("--max-pdu", "20000");
  const { code, stdout, stderr } = await gantry(["echo", peer(scp)]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^STORESCP at ${HERE}:${scp.port} answered in `));
  assert.match(stdout, /PDUs of up to 20000 bytes, transfer syntax 1\.2\.840\.10008\.1\.2/);
  assert.match(stdout, /Implementation: OFFIS_DCMTK_/);
}));

Deno.test(peerTest("gantry echo --repeat --json: every round trip is an object", ["storescp"], async () => {
  await using scp = await startStoreScp();
  const { code, stdout } = await gantry(["echo", peer(scp), "--repeat", "50", "--json"]);
  assert.equal(code, 0);
  const outcomes = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(outcomes.length, 50);
  assert.ok(outcomes.every(({ outcome, status }) => outcome === "answered" && status === 0));
  assert.ok(outcomes[0].timings.connect >= 0);
}));

Deno.test(
  peerTest("gantry echo: a peer that refuses, and one that is not there, are told apart", ["storescp"], async () => {
    await using scp = await startStoreScp("--refuse");
    const refused = await gantry(["echo", peer(scp)]);
    assert.equal(refused.code, 1);
    assert.equal(refused.stdout, "");
    assert.match(refused.stderr, /associate failed: Cannot associate: rejected-\w+ by service-\w+, no-reason-given/);

    const dead = await gantry(["echo", peer({ port: freePort() })]);
    assert.equal(dead.code, 1);
    assert.match(dead.stderr, /connect failed: Cannot connect to .*: nothing listens there/);
  }),
);

Deno.test(
  peerTest("gantry send: files and folders arrive bit for bit, in each transfer syntax", ["storescp"], async () => {
    using folder = temporaryFolder();
    const syntaxes = [
      "1.2.840.10008.1.2",
      "1.2.840.10008.1.2.1",
      "1.2.840.10008.1.2.1.99",
      "1.2.840.10008.1.2.2",
      "1.2.840.10008.1.2.4.50",
      "1.2.840.10008.1.2.4.91",
      "1.2.840.10008.1.2.5",
    ];
    const instances = [2, 3000, 700_000].flatMap((pixelBytes) =>
      syntaxes.map((transferSyntax) => makeInstance({ transferSyntax, pixelBytes }))
    );
    Deno.mkdirSync(`${folder.path}/study/series`, { recursive: true });
    const files = writeInstances(folder.path, instances.slice(0, 3));
    writeInstances(`${folder.path}/study`, instances.slice(3, 8));
    writeInstances(`${folder.path}/study/series`, instances.slice(8));
    Deno.writeTextFileSync(`${folder.path}/study/notes.txt`, "no DICOM");
    for (const options of [[], ["--max-pdu", "4096"], ["--max-pdu", "131072"]]) {
      await using scp = await startStoreScp(...ANYTHING, ...options);
      const { code, stdout, stderr } = await gantry(["send", peer(scp), ...files, `${folder.path}/study`]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^21 instances stored, 1 file skipped; .* 1 association\n$/);
      assert.match(stderr, /Skipped .*notes\.txt: /);
      assertReceived(scp, instances);
    }
  }),
);

Deno.test(peerTest("gantry send --json: each instance, then a summary", ["storescp"], async () => {
  using folder = temporaryFolder();
  const instance = makeInstance();
  const [path = ""] = writeInstances(folder.path, [instance]);
  await using scp = await startStoreScp(...ANYTHING);
  const { code, stdout } = await gantry(["send", peer(scp), path, "--json"]);
  assert.equal(code, 0);
  const [sent, summary] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(sent.sopInstanceUid, instance.sopInstanceUid);
  assert.equal(sent.bytes, instance.dataSet.length);
  assert.deepEqual([sent.status, sent.category], [0, "success"]);
  assert.deepEqual([summary.type, summary.stored, summary.failed], ["summary", 1, 0]);
}));

Deno.test(peerTest("gantry send: what the peer does not take is named, the rest is sent", ["storescp"], async () => {
  using folder = temporaryFolder();
  const taken = makeInstance({ transferSyntax: "1.2.840.10008.1.2" });
  const refused = makeInstance({ transferSyntax: "1.2.840.10008.1.2.4.50" });
  const paths = writeInstances(folder.path, [refused, taken]);
  await using scp = await startStoreScp("--implicit");
  const { code, stdout, stderr } = await gantry(["send", peer(scp), ...paths]);
  assert.equal(code, 1);
  assert.match(stdout, /^1 instance stored, 1 failed; /);
  assert.match(
    stderr,
    new RegExp(
      `${refused.sopInstanceUid}.dcm: Not stored: Cannot use 1\\.2\\.840\\.10008\\.5\\.1\\.4\\.1\\.1\\.7 in transfer ` +
        `syntax 1\\.2\\.840\\.10008\\.1\\.2\\.4\\.50: the peer accepted no such presentation context`,
    ),
  );
  assertReceived(scp, [taken]);
}));

Deno.test(peerTest("gantry send: a failure status is told with its meaning", ["storescp"], async () => {
  using folder = temporaryFolder();
  const paths = writeInstances(folder.path, [makeInstance()]);
  await using scp = await startStoreScp(...ANYTHING);
  Deno.removeSync(scp.folder);
  const { code, stderr } = await gantry(["send", peer(scp), ...paths]);
  Deno.mkdirSync(scp.folder);
  assert.equal(code, 1);
  assert.match(stderr, /\.dcm: 0xA700 Refused: Out of resources/i);
}));

for (const option of ["--abort-after", "--abort-during"]) {
  Deno.test(peerTest(`gantry send: storescp ${option} fails each instance, and ends`, ["storescp"], async () => {
    using folder = temporaryFolder();
    const paths = writeInstances(folder.path, [makeInstance({ pixelBytes: 1_000_000 }), makeInstance()]);
    await using scp = await startStoreScp(...ANYTHING, option);
    const { code, stdout, stderr } = await gantry(["send", peer(scp), ...paths]);
    assert.equal(code, 1);
    assert.match(stdout, /^0 instances stored, 2 failed/);
    assert.match(stderr, /the peer aborted the association|the connection/);
  }));
}
