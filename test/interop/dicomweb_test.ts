/** Orthanc's DICOMweb plugin and curl as clients of a gateway. */

import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { serveGateway } from "../dicomweb/server/served.ts";
import { joined } from "../dicomweb/multipart/messages.ts";
import { temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";
import { dicomwebPlugin, missingOfPlugin, startOrthanc } from "../support/orthanc.ts";
import { find, peerTest, testWith } from "../support/peers.ts";
import { run } from "../support/process.ts";

Deno.test(testWith({
  name: "Orthanc's DICOMweb plugin asks a gateway, and retrieves a study from it",
  missing: missingOfPlugin(),
  async fn() {
    const made = [
      makeInstance({ studyInstanceUid: "1.2.77", seriesInstanceUid: "1.2.77.1", pixelBytes: 100_000 }),
      makeInstance({ studyInstanceUid: "1.2.77", seriesInstanceUid: "1.2.77.1" }),
      makeInstance({
        studyInstanceUid: "1.2.77",
        seriesInstanceUid: "1.2.77.2",
        transferSyntax: UID.ImplicitVRLittleEndian,
      }),
    ];
    await using served = await serveGateway(made);
    await using orthanc = await startOrthanc({
      Plugins: [dicomwebPlugin()],
      DicomWeb: { Enable: true, Servers: { gantry: [`${served.url}/`] } },
    });
    const ask = async (path: string, body: object) => {
      const response = await orthanc.ask(`/dicom-web/servers/gantry/${path}`, body);
      const text = await response.text();
      assert.equal(response.status, 200, `${path}: ${text}`);
      return JSON.parse(text);
    };
    const studies = await ask("qido", { Uri: "/studies", Arguments: { PatientID: "ID-1" } });
    assert.equal(studies.length, 1, JSON.stringify(studies));
    const series = await ask("get", { Uri: "/studies/1.2.77/series", HttpHeaders: { Accept: "application/json" } });
    assert.deepEqual(series.map((one: Record<string, { Value: string[] }>) => one["0020000E"]!.Value[0]).sort(), [
      "1.2.77.1",
      "1.2.77.2",
    ]);
    await ask("retrieve", { Resources: [{ Study: "1.2.77" }], Synchronous: true });
    const instances: string[] = await (await orthanc.ask("/instances")).json();
    assert.equal(instances.length, 3);
    const tags = await Promise.all(
      instances.map(async (id) =>
        (await (await orthanc.ask(`/instances/${id}/simplified-tags`)).json()).SOPInstanceUID
      ),
    );
    assert.deepEqual(tags.sort(), made.map(({ sopInstanceUid }) => sopInstanceUid).sort());
  },
}));

Deno.test(peerTest("curl: a study to disk, a range, a condition, compressed metadata", ["curl"], async () => {
  const made = makeInstance({ studyInstanceUid: "1.2.78", seriesInstanceUid: "1.2.78.1", pixelBytes: 500_000 });
  await using served = await serveGateway([made]);
  const url = `${served.url}/studies/1.2.78/series/1.2.78.1`;
  const curl = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(find("curl") ?? "curl", ["-sS", ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const folder = Deno.makeTempDirSync();
  try {
    const file = `${folder}/instance.dcm`;
    await curl(
      "-H",
      "Accept: application/dicom; transfer-syntax=*",
      "-o",
      file,
      `${url}/instances/${made.sopInstanceUid}`,
    );
    assert.deepEqual(Deno.readFileSync(file).subarray(-made.dataSet.length), made.dataSet);
    const range = await curl(
      "-r",
      "128-131",
      "-H",
      "Accept: application/dicom",
      `${url}/instances/${made.sopInstanceUid}`,
    );
    assert.equal(range, "DICM");
    const plain = await curl(`${url}/metadata`);
    assert.equal(await curl("--compressed", `${url}/metadata`), plain);
    const heads = await curl("-D", "-", "-o", "/dev/null", `${url}/metadata`);
    const etag = /^etag: (.*)\r$/im.exec(heads)?.[1];
    const status = await curl(
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "-H",
      `If-None-Match: ${etag}`,
      `${url}/metadata`,
    );
    assert.equal(status, "304");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}));

Deno.test(peerTest("curl stores a file, and a multipart message as python's client writes it", ["curl"], async () => {
  await using served = await serveGateway();
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const made = [1, 2, 3].map((pixel) => makeInstance({ studyInstanceUid: "1.2.79", pixel }));
  const post = async (...args: string[]) => {
    const answer = `${folder}/answer`;
    const options = ["-sS", "-o", answer, "-w", "%{http_code} %{content_type}"];
    const { code, stdout, stderr } = await run(find("curl") ?? "curl", [...options, ...args, `${served.url}/studies`]);
    assert.equal(code, 0, stderr);
    return `${stdout} ${Deno.readTextFileSync(answer).match(/1\.2\.3\.1\.\d+(?=")/g)}`;
  };
  const [single, ...others] = made;
  Deno.writeFileSync(`${folder}/single.dcm`, single!.file);
  const stored = (uids: string) => `200 application/dicom+json ${uids}`;
  const type = "Content-Type: application/dicom";
  const chunked = "Transfer-Encoding: chunked";
  for (const more of [[], ["-H", chunked], ["-H", "Expect: 100-continue"]]) {
    const answer = await post("-H", type, ...more, "--data-binary", `@${folder}/single.dcm`);
    assert.match(answer, new RegExp(`^${stored(".*").replaceAll("+", "\\+")}`));
    assert(answer.includes(single!.sopInstanceUid));
  }
  const boundary = "0f3cf5c0-70e0-41ef-baef-c6f9f65ec3e1";
  const parts = others.flatMap(({ file }) => [`\r\n--${boundary}\r\n${type}\r\n\r\n`, file]);
  Deno.writeFileSync(`${folder}/body`, joined(...parts, `\r\n--${boundary}--`));
  const header = `Content-Type: multipart/related; type="application/dicom"; boundary="${boundary}"`;
  const answer = await post(
    "-H",
    header,
    "-H",
    chunked,
    "-H",
    "Accept: application/dicom+json",
    "--data-binary",
    `@${folder}/body`,
  );
  for (const { sopInstanceUid } of others) assert(answer.includes(sopInstanceUid), answer);
}));
