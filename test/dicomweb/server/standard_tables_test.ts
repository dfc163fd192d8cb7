/** Tables of PS3.18 as it prints them, against a whole archive: written down here, and read from nothing of what is tested. */

import assert from "node:assert/strict";
import { EncapsulatedElement } from "../../../src/dicom/data_set/data_element.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { makeInstance } from "../../support/instances.ts";
import { grayImage, INSTANCE } from "./pictures.ts";
import { multipart, storeServer } from "./store_support.ts";
import { archiveOf, find, instanceOf, type JsonAnswer, partsOf, ROOT } from "./support.ts";

/** An instance that has all that the tables name. */
function complete(study: string, series: string, instance: string) {
  const dataSet = grayImage(3);
  dataSet.set("SpecificCharacterSet", "ISO_IR 192").set("StudyDate", "20250102").set("StudyTime", "101500");
  dataSet.set("AccessionNumber", "A1").set("Modality", "OT").set("ReferringPhysicianName", "Röntgen^Wilhelm");
  dataSet.set("TimezoneOffsetFromUTC", "+0100").set("SeriesDescription", "Axial").set("PatientName", "Müller^Jörg");
  dataSet.set("PatientID", "P1").set("PatientBirthDate", "19700101").set("PatientSex", "M").set("StudyID", "S1");
  dataSet.set("SeriesNumber", 4).set("InstanceNumber", 5).set("PerformedProcedureStepStartDate", "20250102");
  dataSet.set("PerformedProcedureStepStartTime", "1016");
  dataSet.set("RequestAttributesSequence", [{ ScheduledProcedureStepID: "SPS1", RequestedProcedureID: "RP1" }]);
  return instanceOf(dataSet, UID.ExplicitVRLittleEndian, { study, series, instance });
}

const { app } = await archiveOf([
  ...[complete("1.2.9", "1.2.9.1", "1.2.9.1.1"), complete("1.2.9", "1.2.9.1", "1.2.9.1.2")],
  complete("1.2.9", "1.2.9.2", "1.2.9.2.1"),
]);

/** Tables 10.6.3-3 to 10.6.3-5: tags by level, those in a sequence behind its tag. */
const RETURNED = {
  study:
    "00080020 00080030 00080050 00080056 00080061 00080090 00080201 00081190 00100010 00100020 00100030 00100040 " +
    "0020000D 00200010 00201206 00201208",
  series: "00080060 00080201 0008103E 00081190 0020000E 00200011 00201209 00400244 00400245 00400275.00400009 " +
    "00400275.00401001",
  instance: "00080016 00080018 00080056 00080201 00081190 00083002 00200013 00280010 00280011 00280100 00280008",
} as const;

function valueAt(answer: JsonAnswer, path: string): unknown {
  const [tag = "", inner] = path.split(".");
  const [value] = answer[tag]?.Value ?? [];
  return inner === undefined ? value : (value as JsonAnswer | undefined)?.[inner]?.Value?.[0];
}

for (
  const [path, levels] of [
    ["/studies", ["study"]],
    ["/series", ["series", "study"]],
    ["/instances", ["instance", "series", "study"]],
    ["/studies/1.2.9/series", ["series"]],
    ["/studies/1.2.9/instances", ["instance", "series"]],
    ["/studies/1.2.9/series/1.2.9.1/instances", ["instance"]],
  ] as const
) {
  Deno.test(`PS3.18 Tables 10.6.3-3 to 10.6.3-5: what an archive answers at ${path}`, async () => {
    const answers = await find(app, path);
    for (const answer of answers) {
      for (const level of levels) {
        for (const tag of RETURNED[level].split(" ")) assert.ok(valueAt(answer, tag) !== undefined, `${level}: ${tag}`);
      }
    }
  });
}

Deno.test("PS3.18 10.6.3.3: attributes of lower levels are not returned, whoever asks for them", async () => {
  for (const include of ["SeriesDescription,InstanceNumber", "0008103E&includefield=00200013", "all"]) {
    const [study] = await find(app, `/studies?includefield=${include}`);
    assert.deepEqual([study!["0008103E"], study!["00200013"]], [undefined, undefined], include);
    const [series] = await find(app, `/studies/1.2.9/series?includefield=${include}`);
    assert.equal(series!["00200013"], undefined, include);
  }
  const [series] = await find(app, "/studies/1.2.9/series?includefield=PatientName,AccessionNumber");
  assert.deepEqual([series!["00080050"]?.Value, series!["00100010"]?.Value], [["A1"], [{ Alphabetic: "Müller^Jörg" }]]);
});

/** Table 10.6.1-5: tags by level, a value that matches, and one that does not. */
const MATCHED:
  readonly (readonly [path: string, rows: readonly (readonly [tag: string, matches: string, other: string])[]])[] = [
    ["/studies", [
      ["00080020", "20250101-20250131", "20240101-20241231"],
      ["00080030", "1000-1100", "1100-"],
      ["00080050", "A?", "B*"],
      ["00080061", "OT", "CT"],
      ["00080090", "röntgen*", "curie*"],
      ["00100010", "*jörg", "*maria"],
      ["00100020", "P1", "P2"],
      ["0020000D", "1.2.8,1.2.9", "1.2.8"],
      ["00200010", "S1", "S2"],
    ]],
    ["/studies/1.2.9/series", [
      ["00080060", "OT", "CT"],
      ["0020000E", "1.2.9.1", "1.2.9.3"],
      ["00200011", "4", "5"],
      ["00400244", "-20250102", "20250103-"],
      ["00400245", "1016", "1017"],
      ["00400275.00400009", "SPS*", "X*"],
      ["00400275.00401001", "RP1", "RP2"],
    ]],
    ["/studies/1.2.9/series/1.2.9.1/instances", [
      ["00080016", UID.MultiFrameGrayscaleByteSecondaryCaptureImageStorage, UID.CTImageStorage],
      ["00080018", "1.2.9.1.1", "1.2.9.1.9"],
      ["00200013", "5", "6"],
    ]],
  ];

for (const [path, rows] of MATCHED) {
  Deno.test(`PS3.18 Table 10.6.1-5: what is matched at ${path}`, async () => {
    for (const [tag, matches, other] of rows) {
      assert.ok((await find(app, `${path}?${tag}=${encodeURIComponent(matches)}`)).length > 0, `${tag}=${matches}`);
      assert.equal((await find(app, `${path}?${tag}=${encodeURIComponent(other)}`)).length, 0, `${tag}=${other}`);
    }
  });
}

/** Table 10.5.3-1: what is sent, and the status. */
Deno.test("PS3.18 Table 10.5.3-1: the status of a request to store", async () => {
  await using server = await storeServer("dicom: { unknownSopClasses: refuse }");
  const [one, other] = [makeInstance(), makeInstance()];
  const changed = makeInstance({ sopInstanceUid: one.sopInstanceUid, pixel: 1 });
  const unsupported = makeInstance({ sopClassUid: "1.2.3.4.5" });
  const [file, dicom] = [{ body: one.file }, { "content-type": "application/dicom" }];
  const rows: readonly (readonly [what: string, status: number, send: () => ReturnType<typeof server.send>])[] = [
    ["all instances are stored", 200, () => server.sendParts([file, { body: other.file }])],
    ["the same instance again", 200, () => server.sendParts([file])],
    ["some are not", 202, () => server.sendParts([file, { body: unsupported.file }])],
    ["a warning exists", 202, () => server.sendParts([{ body: changed.file }])],
    ["the syntax is bad", 400, () => server.send({ body: "nothing that is multipart" })],
    ["no body", 400, () => server.send({ body: multipart([]) })],
    ["an unsupported SOP class", 409, () => server.sendParts([{ body: unsupported.file }])],
    ["another study", 409, () => server.sendParts([file], { path: "/dicom-web/studies/1.2.3.9999" })],
    ["a mixture of reasons", 409, () => server.sendParts([{ body: unsupported.file }, { body: "no file" }])],
    [
      "a media type that is not supported",
      415,
      () => server.send({ headers: { "content-type": "text/plain" }, body: "x" }),
    ],
    ["parts of such a type", 415, () => server.sendParts([{ type: "image/png", body: "x" }])],
    ["too long", 413, () => server.send({ headers: { ...dicom, "content-length": "99999999999999" }, body: "x" })],
  ];
  for (const [what, expected, send] of rows) {
    const { status, text } = await send();
    assert.equal(status, expected, `${what}: ${text}`);
  }
});

/** Table 8.7.3-5: transfer syntaxes by media type, the default first. */
const COMPRESSED: readonly (readonly [type: string, syntaxes: readonly string[]])[] = [
  ["image/jpeg", ["4.70", "4.50", "4.51", "4.57"]],
  ["image/dicom-rle", ["5"]],
  ["image/jls", ["4.80", "4.81"]],
  ["image/jp2", ["4.90", "4.91"]],
  ["image/jpx", ["4.92", "4.93"]],
  ["image/jphc", ["4.201", "4.202", "4.203"]],
  ["image/jxl", ["4.110", "4.111", "4.112"]],
  ["video/mpeg", ["4.100", "4.101"]],
  ["video/mp4", ["4.102", "4.103", "4.104", "4.105", "4.106"]],
];

Deno.test("PS3.18 Table 8.7.3-5: stored frames come by their media type, in parts and alone, and by octets", async () => {
  const codestream = Uint8Array.from({ length: 20 }, (_, at) => at);
  for (const [type, syntaxes] of COMPRESSED) {
    for (const last of syntaxes) {
      const syntax = `1.2.840.10008.1.2.${last}`;
      const image = grayImage(1).setElement(
        new EncapsulatedElement(0x7fe0_0010, "OB", [new Uint8Array(0), codestream]),
      );
      const { app } = await archiveOf([instanceOf(image, syntax)]);
      for (const asked of [type, "application/octet-stream"]) {
        const expected = `${asked}; transfer-syntax=${syntax}`;
        for (const parameter of [`; transfer-syntax=${syntax}`, "; transfer-syntax=*"]) {
          const accept = `multipart/related; type="${asked}"${parameter}`;
          const [part] = await partsOf(await app.request(`${ROOT}${INSTANCE}/frames/1`, { headers: { accept } }));
          assert.equal(part!.headers.get("content-type"), expected, accept);
          assert.deepEqual(part!.body, codestream);
          const single = await app.request(`${ROOT}${INSTANCE}/frames/1`, { headers: { accept: asked + parameter } });
          assert.equal(single.headers.get("content-type"), expected, asked + parameter);
          assert.deepEqual(await single.bytes(), codestream);
        }
      }
    }
  }
});

/** What each resource gives by default, and in all forms that it has to have (Tables 8.7.3-2, 8.7.3-3, 8.7.3-4 and 8.7.4-1). */
const FORMS: readonly (readonly [resource: string, forms: readonly (readonly [accept: string, type: RegExp])[]])[] = [
  [INSTANCE, [
    ["*/*", /^multipart\/related; type="application\/dicom"; boundary=/],
    ["application/dicom", /^application\/dicom; transfer-syntax=1\.2\.840\.10008\.1\.2\.1$/],
    ['multipart/related; type="application/dicom"', /^multipart\/related; type="application\/dicom"; boundary=/],
  ]],
  [`${INSTANCE}/metadata`, [
    ["*/*", /^application\/dicom\+json$/],
    ["application/dicom+json", /^application\/dicom\+json$/],
    [
      'multipart/related; type="application/dicom+xml"',
      /^multipart\/related; type="application\/dicom\+xml"; boundary=/,
    ],
  ]],
  [`${INSTANCE}/frames/1`, [
    ["application/octet-stream", /^application\/octet-stream; transfer-syntax=1\.2\.840\.10008\.1\.2\.1$/],
    ['multipart/related; type="application/octet-stream"', /^multipart\/related; type="application\/octet-stream"/],
  ]],
  [`${INSTANCE}/rendered`, [
    ["*/*", /^image\/jpeg$/],
    ["image/jpeg", /^image\/jpeg$/],
    ["image/gif", /^image\/gif$/],
    ["image/png", /^image\/png$/],
  ]],
  ["/studies", [
    ["*/*", /^application\/dicom\+json$/],
    ["application/dicom+json", /^application\/dicom\+json$/],
    ['multipart/related; type="application/dicom+xml"', /^multipart\/related; type="application\/dicom\+xml"/],
  ]],
];

for (const [resource, forms] of FORMS) {
  Deno.test(`PS3.18 8.7.3 and 8.7.4: the media types of ${resource.replace(INSTANCE, "an instance")}`, async () => {
    for (const [accept, type] of forms) {
      const response = await app.request(ROOT + resource, { headers: { accept } });
      await response.body?.cancel();
      assert.equal(response.status, 200, accept);
      assert.match(response.headers.get("content-type") ?? "", type, accept);
    }
    const none = await app.request(ROOT + resource, { headers: { accept: "text/css" } });
    await none.body?.cancel();
    assert.equal(none.status, 406);
  });
}
