import assert from "node:assert/strict";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { makeInstance, readContent } from "../../support/instances.ts";
import { grayImage, grayOf, pictureOf } from "./pictures.ts";
import { archiveOf, assertProblem, instanceOf, ROOT } from "./support.ts";

const made = makeInstance();
const compressed = makeInstance({ transferSyntax: UID.JPEGBaseline8Bit });
const { app } = await archiveOf([made, compressed]);

function url({ sopInstanceUid }: { sopInstanceUid: string }, more = ""): string {
  return `${ROOT}/wado?requestType=WADO&studyUID=1.2.3.2&seriesUID=1.2.3.3&objectUID=${sopInstanceUid}${more}`;
}

Deno.test("WADO-URI: an instance as a file", async () => {
  for (
    const more of [
      "&contentType=application/dicom",
      "&transferSyntax=*",
      "&contentType=application%2Fdicom&transferSyntax=*",
    ]
  ) {
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
  const range = await app.request(url(made, "&contentType=application/dicom"), { headers: { range: "bytes=128-131" } });
  assert.equal(await range.text(), "DICM");
});

Deno.test("WADO-URI: what is wrong is said", async () => {
  const cases: [url: string, status: number, detail: RegExp][] = [
    [`${ROOT}/wado`, 400, /parameter requestType: found nothing, expected WADO/],
    [`${ROOT}/wado?requestType=GET`, 400, /requestType: found "GET", expected WADO/],
    [`${ROOT}/wado?requestType=WADO`, 400, /parameter studyUID: found nothing, expected a UID/],
    [
      `${ROOT}/wado?requestType=WADO&studyUID=1.2.3.2&seriesUID=..&objectUID=1`,
      400,
      /parameter seriesUID: found "\.\.", expected a UID/,
    ],
    [url({ sopInstanceUid: "9.9" }), 404, /no such instance/],
    [url(made).replace("1.2.3.3", "9"), 404, /no such instance/],
    [
      url(made, "&contentType=image/webp"),
      406,
      /contentType "image\/webp", expected one of application\/dicom, image\/jpeg, /,
    ],
    [url(made, "&anonymize=yes"), 406, /not de-identified on request/],
    [url(compressed, `&transferSyntax=${UID.ExplicitVRLittleEndian}`), 406, /Cannot read a JPEG codestream/],
    [
      url(compressed, `&transferSyntax=${UID.JPEG2000Lossless}`),
      406,
      /found "1\.2\.840\.10008\.1\.2\.4\.90" as transferSyntax; it is stored in 1\.2\.840\.10008\.1\.2\.4\.50, and can be had in 1\.2\.840\.10008\.1\.2\.1, /,
    ],
  ];
  for (const [url, status, detail] of cases) await assertProblem(await app.request(url), status, detail);
});

const IMAGE = `${ROOT}/wado?requestType=WADO&studyUID=1.2.9&seriesUID=1.2.9.1&objectUID=1.2.9.1.1`;

Deno.test("WADO-URI: an image of one frame is a JPEG where nobody says otherwise, and one of several frames a file", async () => {
  const { app } = await archiveOf([instanceOf(grayImage())]);
  const html = "text/html,image/avif,image/webp,*/*;q=0.8";
  const cases: [more: string, accept: string | undefined, type: string][] = [
    ["", undefined, "image/jpeg"],
    ["", "*/*", "image/jpeg"],
    ["", html, "image/jpeg"],
    ["", "image/*", "image/jpeg"],
    ["", "application/dicom, */*", "application/dicom; transfer-syntax=1.2.840.10008.1.2.1"],
    ["&contentType=image/png", html, "image/png"],
    ["&contentType=image/gif", html, "image/gif"],
    ["&contentType=image%2Fwebp,image/jpeg", html, "image/jpeg"],
    ["&contentType=application/dicom", "image/jpeg", "application/dicom; transfer-syntax=1.2.840.10008.1.2.1"],
  ];
  for (const [more, accept, type] of cases) {
    const response = await app.request(IMAGE + more, accept === undefined ? {} : { headers: { accept } });
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, type], `${more} ${accept}`);
    if (type.startsWith("image/")) {
      const { width, height, middle } = await pictureOf(response);
      assert.deepEqual([width, height, middle], [16, 12, 10]);
    } else await response.body?.cancel();
  }
  const several = await archiveOf([instanceOf(grayImage(3))]);
  assert.match((await several.app.request(IMAGE)).headers.get("content-type") ?? "", /^application\/dicom/);
});

Deno.test("WADO-URI: frames, windows, sizes and regions, by the names of this service and those of WADO-RS", async () => {
  const { app } = await archiveOf([instanceOf(grayImage(4))]);
  const picture = async (more: string) => {
    const { width, height, middle } = await pictureOf(await app.request(`${IMAGE}&contentType=image/png${more}`));
    return [width, height, middle];
  };
  const cases: [more: string, width: number, height: number, middle: number][] = [
    ["", 16, 12, grayOf(1)],
    ["&frameNumber=4", 16, 12, grayOf(3)],
    ["&frameNumber=4&windowCenter=40&windowWidth=1", 16, 12, 255],
    ["&frameNumber=4&window=41,1,linear", 16, 12, 0],
    ["&rows=6", 8, 6, grayOf(1)],
    ["&columns=8", 8, 6, grayOf(1)],
    ["&rows=6&columns=4", 4, 3, grayOf(1)],
    ["&region=0,0,0.5,0.5", 8, 6, grayOf(1)],
    ["&region=0.5,0.5,1,1&rows=12", 16, 12, grayOf(1)],
    ["&viewport=8,8", 8, 6, grayOf(1)],
    ["&imageQuality=50&FRAMENUMBER=1", 16, 12, grayOf(0)],
  ];
  for (const [more, ...expected] of cases) assert.deepEqual(await picture(more), expected, more);
  const tagOf = async (more: string) => {
    const response = await app.request(`${IMAGE}&contentType=image/png${more}`);
    await response.body?.cancel();
    return response.headers.get("etag");
  };
  assert.notEqual(await tagOf("&rows=6"), await tagOf("&rows=5"));
  const annotated = await app.request(`${IMAGE}&contentType=image/png&annotation=patient`);
  assert.match(annotated.headers.get("warning") ?? "", /annotation is not supported/);
  await annotated.body?.cancel();
});

Deno.test("WADO-URI: parameters of pictures that can't be understood", async () => {
  const { app } = await archiveOf([instanceOf(grayImage(4))]);
  const cases: [more: string, status: number, detail: RegExp][] = [
    ["&frameNumber=5", 404, /frame 5|4 frames/i],
    ["&frameNumber=0", 400, /frame/i],
    ["&frameNumber=1,2", 400, /frameNumber: found "1,2", expected one frame number/],
    ["&windowCenter=40", 400, /windowWidth: found nothing, expected one beside windowCenter/],
    ["&windowWidth=40", 400, /windowCenter: found nothing, expected one beside windowWidth/],
    ["&windowCenter=x&windowWidth=1", 400, /windowCenter,windowWidth: found "x,1,linear", expected center,width/],
    ["&window=x,1", 400, /parameter window: found "x,1", expected center,width,function/],
    ["&rows=0", 400, /rows: found "0", expected a whole number from 1/],
    ["&columns=99999", 400, /columns: found "99999", expected a whole number/],
    ["&region=0,0,1", 400, /region: found "0,0,1", expected xmin/],
    ["&region=0.5,0,0.5,1", 400, /region: found "[-\d.,]+", expected/],
    ["&region=0,0,1,1.5", 400, /region: found "[-\d.,]+", expected/],
    ["&region=-1,0,1,1", 400, /region: found "[-\d.,]+", expected/],
    ["&imageQuality=0", 400, /parameter imageQuality: found "0", expected a whole number from 1 to 100/],
    ["&presentationUID=1.2.3", 406, /Presentation states are not applied/],
  ];
  for (const [more, status, detail] of cases) {
    await assertProblem(await app.request(`${IMAGE}&contentType=image/jpeg${more}`), status, detail);
  }
  await assertProblem(await app.request(`${IMAGE}&contentType=application/pdf`), 406, /image\/jpeg/);
});
