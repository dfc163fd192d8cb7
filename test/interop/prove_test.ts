/** `gantry prove` with Orthanc as source and destination, by DIMSE and over DICOMweb. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { dicomwebPlugin, missingOfPlugin, startOrthanc } from "../support/orthanc.ts";
import { testWith } from "../support/peers.ts";
import { until } from "../support/until.ts";

Deno.test(testWith({
  name: "gantry prove finds what Orthanc has lost, by C-FIND and by QIDO-RS, and has it sent again",
  missing: missingOfPlugin(),
  async fn() {
    using folder = temporaryFolder();
    await using orthanc = await startOrthanc({ DicomAlwaysAllowFind: true });
    await using web = await startOrthanc({ Plugins: [dicomwebPlugin()], DicomWeb: { Enable: true } });
    const config = `peers:
  PACS: { aeTitle: ORTHANC, host: 127.0.0.1, port: ${orthanc.port} }
  CLOUD: { url: "${web.url}/dicom-web" }
routes: [{ name: all, to: [PACS, CLOUD] }]
`;
    await using gateway = await listeningGantry({ config, logLevel: "info" });
    const file = `${folder.path}/gantry.yaml`;
    Deno.writeTextFileSync(
      file,
      `${config}http: { port: ${new URL(gateway.origin).port} }\ndicom: { port: ${gateway.port} }\n` +
        `archive: { path: "${gateway.data}" }\n`,
    );
    const study = "1.2.77";
    const made = Array.from(
      { length: 6 },
      () => makeInstance({ studyInstanceUid: study, seriesInstanceUid: "1.2.77.1" }),
    );
    Deno.mkdirSync(`${folder.path}/in`);
    writeInstances(`${folder.path}/in`, made);
    assert.equal((await gantry(["send", `GANTRY@127.0.0.1:${gateway.port}`, `${folder.path}/in`])).code, 0);
    for (const lane of ["PACS", "CLOUD"]) {
      for (const { sopInstanceUid } of made) {
        const uid = sopInstanceUid.replaceAll(".", "\\.");
        await gateway.logged(new RegExp(`"lane":"${lane}".*"sopInstance":"${uid}","class":"delivered"`));
      }
    }
    const prove = (...args: string[]) => gantry(["prove", study, "-c", file, ...args]);
    const whole = await prove("--source", "PACS");
    assert.deepEqual([whole.code, whole.stdout.split("\n").at(-2)], [0, "Proved"], whole.stdout + whole.stderr);
    assert.match(whole.stdout, /^destination {2}CLOUD {4}6 of 6 confirmed; 6 found$/m);

    for (const { url } of [orthanc, web]) {
      const [first] = await (await fetch(`${url}/instances`)).json();
      await (await fetch(`${url}/instances/${first}`, { method: "DELETE" })).body?.cancel();
    }
    const lost = await prove("--requeue");
    assert.equal(lost.code, 1);
    assert.equal(lost.stdout.match(/confirmed, but missing there/g)?.length, 2, lost.stdout + lost.stderr);
    assert.match(lost.stdout, /^2 jobs queued again$/m);
    for (const { url } of [orthanc, web]) {
      const isWhole = async () => (await (await fetch(`${url}/instances`)).json()).length >= 6;
      await until("six instances are there again", isWhole, { every: 50 });
    }
    assert.equal((await prove()).code, 0);
  },
}));

Deno.test(testWith({
  name:
    "gantry prove finds at Orthanc what its route has given other UIDs, by C-FIND and by QIDO-RS, and misses one of them",
  missing: missingOfPlugin(),
  async fn() {
    using folder = temporaryFolder();
    await using orthanc = await startOrthanc({
      ...{ DicomAlwaysAllowFind: true, Plugins: [dicomwebPlugin()], DicomWeb: { Enable: true } },
    });
    const config = `peers:
  PACS: { aeTitle: ORTHANC, host: 127.0.0.1, port: ${orthanc.port} }
  CLOUD: { url: "${orthanc.url}/dicom-web" }
routes:
  - { name: one, to: PACS, acknowledge: delivered-all, change: [{ mapUids: { key: 0123456789abcdef0123456789abcdef } }] }
  - { name: two, to: CLOUD, acknowledge: committed, change: [{ mapUids: { key: fedcba9876543210fedcba9876543210 } }] }
`;
    await using gateway = await listeningGantry({ config, logLevel: "info" });
    const file = `${folder.path}/gantry.yaml`;
    Deno.writeTextFileSync(
      file,
      `${config}http: { port: ${new URL(gateway.origin).port} }\ndicom: { port: ${gateway.port} }\n` +
        `archive: { path: "${gateway.data}" }\n`,
    );
    const uids = { studyInstanceUid: "1.2.78", seriesInstanceUid: "1.2.78.1" };
    Deno.mkdirSync(`${folder.path}/in`);
    writeInstances(`${folder.path}/in`, Array.from({ length: 3 }, () => makeInstance(uids)));
    const sent = await gantry(["send", `GANTRY@127.0.0.1:${gateway.port}`, `${folder.path}/in`]);
    assert.equal(sent.code, 0, sent.stderr);
    const prove = () => gantry(["prove", "1.2.78", "-c", file]);
    const whole = await prove();
    assert.equal(whole.code, 0, whole.stdout + whole.stderr);
    assert.match(whole.stdout, /^destination {2}PACS {5}3 of 3 confirmed; 3 found$/m);
    assert.match(whole.stdout, /^destination {2}CLOUD {4}3 of 3 confirmed; 3 found$/m);

    const [first] = await (await fetch(`${orthanc.url}/instances`)).json();
    await (await fetch(`${orthanc.url}/instances/${first}`, { method: "DELETE" })).body?.cancel();
    const lost = await prove();
    assert.equal(lost.code, 1);
    assert.equal(lost.stdout.match(/confirmed as 2\.25\.\d+, but missing there/g)?.length, 1, lost.stdout);
  },
}));
