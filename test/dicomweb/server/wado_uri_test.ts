import assert from "node:assert/strict";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { makeInstance, readContent } from "../../support/instances.ts";
import { archiveOf, assertProblem, ROOT } from "./support.ts";

const made = makeInstance();
const compressed = makeInstance({ transferSyntax: UID.JPEGBaseline8Bit });
const { app } = await archiveOf([made, compressed]);

function url({ sopInstanceUid }: { sopInstanceUid: string }, more = ""): string {
  return `${ROOT}/wado?requestType=WADO&studyUID=1.2.3.2&seriesUID=1.2.3.3&objectUID=${sopInstanceUid}${more}`;
}

Deno.test("WADO-URI: an instance as a file", async () => {
  for (const more of ["&contentType=application/dicom", "", "&contentType=application%2Fdicom&transferSyntax=*"]) {
    const response = await app.request(url(made, more));
    assert.equal(response.headers.get("content-type"), "application/dicom; transfer-syntax=1.2.840.10008.1.2.1");
    assert.deepEqual(readContent(new Uint8Array(await response.arrayBuffer())).dataSet, made.dataSet);
  }
  const implicit = await app.request(
    url(made, `&contentType=application/dicom&transferSyntax=${UID.ImplicitVRLittleEndian}`),
  );
  assert.equal(readContent(new Uint8Array(await implicit.arrayBuffer())).transferSyntax, UID.ImplicitVRLittleEndian);
  const asStored = await app.request(url(compressed, "&contentType=application/dicom"));
  assert.equal(readContent(new Uint8Array(await asStored.arrayBuffer())).transferSyntax, UID.JPEGBaseline8Bit);
  const range = await app.request(url(made), { headers: { range: "bytes=128-131" } });
  assert.equal(await range.text(), "DICM");
});

Deno.test("WADO-URI: what is wrong is said", async () => {
  const cases: [url: string, status: number, detail: RegExp][] = [
    [`${ROOT}/wado`, 400, /parameter requestType: expected WADO/],
    [`${ROOT}/wado?requestType=WADO`, 400, /parameter studyUID: expected a UID/],
    [`${ROOT}/wado?requestType=WADO&studyUID=1.2.3.2&seriesUID=..&objectUID=1`, 400, /parameter seriesUID/],
    [url({ sopInstanceUid: "9.9" }), 404, /no such instance/],
    [url(made).replace("1.2.3.3", "9"), 404, /no such instance/],
    [url(made, "&contentType=image/jpeg"), 406, /Expected contentType to be application\/dicom/],
    [url(compressed, `&transferSyntax=${UID.ExplicitVRLittleEndian}`), 406, /Cannot read a JPEG codestream/],
    [
      url(compressed, `&transferSyntax=${UID.JPEG2000Lossless}`),
      406,
      /it is stored in 1\.2\.840\.10008\.1\.2\.4\.50, and can be had in 1\.2\.840\.10008\.1\.2\.1, /,
    ],
  ];
  for (const [url, status, detail] of cases) await assertProblem(await app.request(url), status, detail);
});
