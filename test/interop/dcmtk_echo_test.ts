import assert from "node:assert/strict";
import { listeningGantry } from "../support/gantry.ts";
import { dcmtk, peerTest } from "../support/peers.ts";
import { associated, associations, HERE } from "./support.ts";

Deno.test(peerTest("echoscu: C-ECHO is answered, whatever is proposed", ["echoscu"], async () => {
  await using gantry = await listeningGantry();
  const calls = [
    [],
    ["--repeat", "20"],
    ["--propose-ts", "38"],
    ["--propose-pc", "128"],
    ["--max-pdu", "4096"],
    ["--max-pdu", "131072"],
    ["-aet", "A", "-aec", "SIXTEEN LETTERS."],
  ];
  for (const call of calls) {
    const { code, stdout, stderr } = await dcmtk("echoscu", ["-v", ...call, HERE, String(gantry.port)]);
    assert.equal(code, 0, `${call.join(" ")}\n${stdout}${stderr}`);
    assert.match(stderr + stdout, /Received Echo Response \(Success\)/);
  }
  const { recent, totals } = await associations(gantry);
  assert.equal(recent.length, calls.length);
  assert.equal(recent[0]?.calledAeTitle, "SIXTEEN LETTERS.");
  assert.equal(totals.operations[0]?.finished.success, 26);
  assert.equal(totals.associations[0]?.released, calls.length);
}));

Deno.test(
  peerTest("echoscu --abort: an abort in place of a release is noted, and nothing else", ["echoscu"], async () => {
    await using gantry = await listeningGantry();
    const { code } = await dcmtk("echoscu", ["--abort", HERE, String(gantry.port)]);
    assert.equal(code, 0);
    const { how, by, source, message } = await gantry.logged(/"association-ended"/);
    assert.deepEqual({ how, by, source }, { how: "aborted", by: "peer", source: "service-user" });
    assert.match(message, /^Association aborted by the peer/);
    assert.equal((await dcmtk("echoscu", [HERE, String(gantry.port)])).code, 0);
  }),
);

Deno.test(peerTest("echoscu: who may not associate is rejected with the exact reason", ["echoscu"], async () => {
  const config = `
aeTitle: ARCHIVE
dicom:
  requireCalledAeTitle: true
  allow: [{ aeTitle: CT1 }]
`;
  await using gantry = await listeningGantry({ config });
  const call = (calling: string, called: string) =>
    dcmtk("echoscu", ["-aet", calling, "-aec", called, HERE, String(gantry.port)]);
  assert.equal((await call("CT1", "ARCHIVE")).code, 0);

  const stranger = await call("CT2", "ARCHIVE");
  assert.notEqual(stranger.code, 0);
  assert.match(
    stranger.stderr,
    /Result: Rejected Permanent, Source: Service User\s[^]*Reason: Calling AE Title Not Recognized/,
  );

  const lost = await call("CT1", "PACS");
  assert.notEqual(lost.code, 0);
  assert.match(
    lost.stderr,
    /Result: Rejected Permanent, Source: Service User\s[^]*Reason: Called AE Title Not Recognized/,
  );

  const { totals } = await associations(gantry);
  assert.deepEqual(totals.rejections.map(({ reason, count }: { reason: string; count: number }) => [reason, count]), [
    ["calling-ae-title-not-recognized", 1],
    ["called-ae-title-not-recognized", 1],
  ]);
}));

Deno.test(peerTest("echoscu: one association too many is rejected, and the next is not", ["echoscu"], async () => {
  await using gantry = await listeningGantry({ config: "dicom: { maxAssociations: 1 }" });
  const held = await associated(gantry);
  const rejected = await dcmtk("echoscu", [HERE, String(gantry.port)]);
  assert.match(rejected.stderr, /Rejected Transient[^]*Local Limit Exceeded/);
  await held.vanish();
  await gantry.logged(/"association-ended".*"how":"aborted"/);
  assert.equal((await dcmtk("echoscu", [HERE, String(gantry.port)])).code, 0);
}));
