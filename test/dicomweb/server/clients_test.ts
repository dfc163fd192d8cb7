/** Requests as clients send them, byte by byte where that matters, and what each of them needs in the answer. */

import assert from "node:assert/strict";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { setEncapsulatedFrames } from "../../../src/dicom/data_set/frames/pixel_frames.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { readContent } from "../../support/instances.ts";
import { archiveOf, instanceOf, type JsonAnswer, partsOf, ROOT, serverOf } from "./support.ts";

const FRAME = Uint8Array.of(0xff, 0xd8, ...Array(2000).fill(9));

function ultrasound(): DataSet {
  const dataSet = new DataSet({
    PatientName: "Doe^Jane",
    PatientID: "P1",
    PatientBirthDate: "19700101",
    StudyDate: "20250102",
    StudyTime: "1015",
    AccessionNumber: "A1",
    StudyDescription: "Thorax",
    SeriesDate: "20250102",
    SeriesTime: "1016",
    SeriesDescription: "Loop",
    SeriesNumber: 1,
    Modality: "US",
    NumberOfFrames: 2,
    ReferringPhysicianName: "Roe^Richard",
  });
  setEncapsulatedFrames(dataSet, [FRAME, FRAME.map((byte, index) => index < 2 ? byte : 8)]);
  return dataSet;
}

const made = instanceOf(ultrasound(), UID.JPEGBaseline8Bit);
const { app } = await archiveOf([made]);
const INSTANCE = "/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1";

async function search(path: string, accept?: string): Promise<JsonAnswer[]> {
  const response = await app.request(ROOT + path, accept === undefined ? {} : { headers: { accept } });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

Deno.test("OHIF: the list of studies has what it shows", async () => {
  const fields = "includefield=00081030%2C00080060%2C00080090%2C00100030";
  const filters = [
    "",
    "&PatientName=*doe*",
    "&00100020=*P1*",
    "&AccessionNumber=*A1*",
    "&StudyDescription=*Thorax*",
    "&ModalitiesInStudy=US",
    "&StudyDate=19700102-20251231",
    "&StudyInstanceUID=1.2.9%5C1.2.8",
  ];
  for (const filter of filters) {
    const [study, ...others] = await search(`/studies?limit=101&offset=0&fuzzymatching=false&${fields}${filter}`);
    assert.deepEqual(others, []);
    const tags = "0020000D 00080020 00080030 00080050 00100020 00100030 00201208 00081030 00080061 00080060 00080090";
    for (const tag of tags.split(" ")) assert.ok(study![tag]?.Value?.length, `${tag} with ${filter}`);
    assert.deepEqual(study!["00100010"]?.Value, [{ Alphabetic: "Doe^Jane" }]);
    assert.deepEqual(study!["00080060"]?.Value, ["US"]);
  }
});

Deno.test("OHIF: the series of a study, then their metadata", async () => {
  const [series] = await search("/studies/1.2.9/series?includefield=00080021%2C00080031%2C0008103E%2C00200011");
  for (const tag of ["0020000E", "00080060", "00200011", "00201209", "00080021", "00080031", "0008103E", "0020000D"]) {
    assert.ok(series![tag]?.Value?.length, tag);
  }
  const one = await search("/studies/1.2.9/series?SeriesInstanceUID=1.2.9.1&includefield=0008103E,00080021");
  assert.equal(one.length, 1);
  assert.equal((await search("/studies/1.2.9/series/1.2.9.1/metadata")).length, 1);
  const [instance] = await search("/studies/1.2.9/series/1.2.9.1/instances?limit=1&includefield=00080018");
  assert.equal(instance!["00080018"]?.Value?.[0], "1.2.9.1.1");
});

Deno.test("cornerstone: one frame, its Accept without quotes; the part says what it is", async () => {
  const headers = { accept: "multipart/related; type=application/octet-stream; transfer-syntax=*" };
  const response = await app.request(`${ROOT}${INSTANCE}/frames/1`, { headers });
  assert.ok(Number(response.headers.get("content-length")) > FRAME.length, "for its progress");
  const bytes = new Uint8Array(await response.arrayBuffer());
  // It looks for the line break before the body, then takes the first line that begins with two hyphens for the boundary.
  const text = new TextDecoder("latin1").decode(bytes);
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  const lines = text.slice(0, bodyAt).split("\r\n");
  const boundary = lines.find((line) => line.startsWith("--"))!;
  assert.equal(text.indexOf(boundary, bodyAt) - 2 - bodyAt, FRAME.length);
  assert.ok(
    lines.some((line) => line.startsWith("Content-Type: ") && line.endsWith(`transfer-syntax=${UID.JPEGBaseline8Bit}`)),
  );
  const range = await app.request(`${ROOT}${INSTANCE}/frames/1`, { headers: { ...headers, range: "bytes=0-999" } });
  assert.equal(range.status, 206);
  assert.equal(range.headers.get("content-range"), `bytes 0-999/${bytes.length}`);
  assert.deepEqual(new Uint8Array(await range.arrayBuffer()), bytes.subarray(0, 1000));
});

Deno.test("the Python client: the media type is the very one, pages end with an empty one, double slashes do no harm", async () => {
  const response = await app.request(`${ROOT}/studies`, {
    headers: { accept: "application/dicom+json, application/json" },
  });
  assert.equal(response.headers.get("content-type"), "application/dicom+json");
  await response.body?.cancel();
  let count = 0;
  for (let offset = 0;; offset += 1) {
    const page = await search(`/studies?offset=${offset}&limit=1`, "application/dicom+json, application/json");
    if (page.length === 0) break;
    count += page.length;
  }
  assert.equal(count, 1);
  const doubled = await app.request("http://pacs.example/dicom-web//studies");
  assert.equal(doubled.status, 200);
  await doubled.body?.cancel();
  const headers = { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' };
  const [file] = await partsOf(await app.request(`${ROOT}${INSTANCE}`, { headers }));
  assert.equal(readContent(file!.body).transferSyntax, UID.JPEGBaseline8Bit);
});

Deno.test("Weasis: comma lists, the middle instance of a series, any transfer syntax", async () => {
  const [study] = await search(
    "/studies?0020000D=1.2.9&includefield=00081030,00080061,00080090,00201208",
    "application/dicom+json",
  );
  assert.equal(study!["00081030"]?.Value?.[0], "Thorax");
  const [series] = await search("/studies/1.2.9/series?0020000E=1.2.9.1&includefield=00201209");
  assert.equal(series!["00201209"]?.Value?.[0], 1);
  assert.equal((await search("/studies/1.2.9/series/1.2.9.1/instances?limit=1&offset=0")).length, 1);
  const headers = { accept: 'multipart/related;type="application/dicom";transfer-syntax=*' };
  assert.equal((await partsOf(await app.request(`${ROOT}${INSTANCE}`, { headers }))).length, 1);
});

Deno.test("the microscopy viewer: frames as they are stored, known by their first bytes", async () => {
  const accept = [
    "multipart/related; type=application/octet-stream; transfer-syntax=*",
    `multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50`,
    'multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.80, multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50',
  ];
  for (const one of accept) {
    const [part] = await partsOf(await app.request(`${ROOT}${INSTANCE}/frames/2`, { headers: { accept: one } }));
    assert.deepEqual([...part!.body.subarray(0, 2)], [0xff, 0xd8], one);
  }
});

Deno.test("a viewer on another origin: preflight, then what it needs to read", async () => {
  const server = serverOf((await archiveOf([made])).source, { origins: ["https://viewer.example"] });
  const origin = "https://viewer.example";
  const preflight = await server.request(`${ROOT}${INSTANCE}/frames/1`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "accept,range" },
  });
  assert.equal(preflight.status, 204);
  const response = await server.request(`${ROOT}/studies?limit=0`, { headers: { origin } });
  assert.equal(response.headers.get("access-control-allow-origin"), origin);
  assert.match(response.headers.get("access-control-expose-headers") ?? "", /X-Total-Count/);
  assert.equal(response.headers.get("cross-origin-resource-policy"), "cross-origin");
  await response.body?.cancel();
});
