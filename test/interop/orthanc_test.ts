import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { peerTest } from "../support/peers.ts";
import { freePort } from "../support/process.ts";
import { assertKept, HERE } from "./support.ts";

Deno.test(peerTest("Orthanc: C-ECHO and C-STORE, both ways", ["Orthanc"], async (t) => {
  using folder = temporaryFolder();
  await using gateway = await listeningGantry();
  await using orthanc = await startOrthanc({ DicomModalities: { gantry: ["GANTRY", HERE, gateway.port] } });
  const syntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"];
  const instances = syntaxes.map((transferSyntax) => makeInstance({ transferSyntax, pixelBytes: 100_000 }));
  writeInstances(folder.path, instances);
  const peer = `ORTHANC@${HERE}:${orthanc.port}`;

  await t.step("gantry echo", async () => {
    const { code, stderr } = await gantry(["echo", peer]);
    assert.equal(code, 0, stderr);
  });

  await t.step("gantry send", async () => {
    const { code, stderr } = await gantry(["send", peer, folder.path]);
    assert.equal(code, 0, stderr);
    const ids: string[] = await (await orthanc.ask("/instances")).json();
    assert.equal(ids.length, instances.length);
    for (const id of ids) {
      const { sopInstanceUid, transferSyntax, dataSet } = readContent(
        await (await orthanc.ask(`/instances/${id}/file`)).bytes(),
      );
      const sent = instances.find((instance) => instance.sopInstanceUid === sopInstanceUid);
      assert.equal(transferSyntax, sent?.transferSyntax);
      assert.deepEqual(dataSet, sent?.dataSet);
    }
  });

  await t.step("its C-ECHO", async () => {
    const response = await orthanc.ask("/modalities/gantry/echo", {});
    assert.equal(response.status, 200, await response.text());
  });

  await t.step("its C-STORE", async () => {
    const ids: string[] = await (await orthanc.ask("/instances")).json();
    const response = await orthanc.ask("/modalities/gantry/store", ids);
    const { InstancesCount, FailedInstancesCount } = await response.json();
    assert.deepEqual([InstancesCount, FailedInstancesCount], [instances.length, 0]);
    assertKept(gateway, instances);
  });
}));

Deno.test(peerTest("Orthanc: its C-FIND and C-MOVE are answered", ["Orthanc"], async () => {
  using folder = temporaryFolder();
  const port = freePort();
  await using gateway = await listeningGantry({
    config: `peers: { O: { aeTitle: ORTHANC, host: ${HERE}, port: ${port} } }`,
  });
  await using orthanc = await startOrthanc({
    DicomPort: port,
    DicomModalities: { gantry: ["GANTRY", HERE, gateway.port] },
    // Gantry stores what it moves under its own AE title.
    DicomCheckCalledAet: false,
    DicomAlwaysAllowStore: true,
  });
  const uids = { studyInstanceUid: "1.2.826.9.5", seriesInstanceUid: "1.2.826.9.5.1" };
  const syntaxes = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70"];
  writeInstances(folder.path, syntaxes.map((transferSyntax) => makeInstance({ ...uids, transferSyntax })));
  writeInstances(folder.path, [makeInstance({ studyInstanceUid: "1.2.826.9.6", patientName: "Roe^Jane" })]);
  assert.equal((await gantry(["send", `GANTRY@${HERE}:${gateway.port}`, folder.path])).code, 0);

  const asked = await orthanc.ask("/modalities/gantry/query", {
    Level: "Study",
    Query: { PatientName: "doe^*", StudyInstanceUID: "", ModalitiesInStudy: "" },
  });
  const { ID } = await asked.json();
  const answers: string[] = await (await orthanc.ask(`/queries/${ID}/answers`)).json();
  const contents = await Promise.all(answers.map(async (number) => {
    const content = await (await orthanc.ask(`/queries/${ID}/answers/${number}/content?simplify`)).json();
    return [content.StudyInstanceUID, content.ModalitiesInStudy];
  }));
  assert.deepEqual(contents, [["1.2.826.9.5", "OT"]]);
  const retrieved = await orthanc.ask(`/queries/${ID}/answers/0/retrieve`, { TargetAet: "ORTHANC", Synchronous: true });
  assert.equal(retrieved.status, 200, await retrieved.text());
  const ids: string[] = await (await orthanc.ask("/instances")).json();
  assert.equal(ids.length, 2);
}));
