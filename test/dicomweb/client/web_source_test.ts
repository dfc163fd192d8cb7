import assert from "node:assert/strict";
import type { Answer } from "./server.ts";
import { WebSource } from "../../../src/dicomweb/client/web_source.ts";
import { DimseStatusError } from "../../../src/errors.ts";
import { IdentifierError } from "../../../src/query/identifier_error.ts";
import { createQuery, type QueryInit } from "../../../src/query/query.ts";
import { collect } from "../../archive/support.ts";
import { dataSetOf } from "../../query/data_sets.ts";
import { type MadeInstance, makeInstance } from "../../support/instances.ts";
import { joined } from "../multipart/messages.ts";
import { clientOf, held, sentUids, storedAnswer } from "./server.ts";

function sourceOf(answer: Answer): { source: WebSource; asked: string[] } {
  const { client, asked } = clientOf(answer, { retries: 0 });
  return { source: new WebSource({ client, aeTitle: "CLOUD" }), asked };
}

const query = (level: QueryInit["level"], keys: Parameters<typeof dataSetOf>[0], init: Partial<QueryInit> = {}) =>
  createQuery({ ...init, level, keys: dataSetOf(keys) });

const ASKED: readonly (readonly [level: QueryInit["level"], keys: Parameters<typeof dataSetOf>[0], url: string])[] = [
  [
    "STUDY",
    { StudyInstanceUID: "", PatientName: "Doe*", StudyDate: "20250101-" },
    "/studies?00080020=20250101-&00100010=Doe*&includefield=0020000D",
  ],
  ["STUDY", { QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2\\1.3" }, "/studies?0020000D=1.2%5C1.3"],
  [
    "SERIES",
    { StudyInstanceUID: "1.2", Modality: "CT", SeriesInstanceUID: "" },
    "/studies/1.2/series?00080060=CT&includefield=0020000E",
  ],
  ["SERIES", { Modality: "CT" }, "/series?00080060=CT"],
  [
    "IMAGE",
    { StudyInstanceUID: "1.2", SeriesInstanceUID: "1.3", InstanceNumber: "2" },
    "/studies/1.2/series/1.3/instances?00200013=2",
  ],
  ["IMAGE", { StudyInstanceUID: "1.2", Rows: [512] }, "/studies/1.2/instances?00280010=512"],
  ["PATIENT", { PatientID: "*" }, "/studies?includefield=00100020"],
  [
    "STUDY",
    { ProcedureCodeSequence: [{ CodeValue: "A" }], ReferencedStudySequence: [] },
    "/studies?00081032.00080100=A&includefield=00081110",
  ],
];

Deno.test("a server whose answers have no lists of values has nothing that one could rely on", async () => {
  const instance = { sopClassUid: "1.2.840.10008.5.1.4.1.1.2", sopInstanceUid: "1.2.3" };
  for (const Value of [{}, 7, true, "1.2.3", null]) {
    const { source } = sourceOf(() => Response.json([{ "00080018": { vr: "UI", Value } }]));
    assert.equal(await source.check(instance), "unknown", JSON.stringify(Value));
  }
  const { source } = sourceOf(() => Response.json([{ "00080018": null }, { "00080018": 7 }]));
  assert.equal(await source.check(instance), "unknown");
});

Deno.test("a query becomes a search", async () => {
  for (const [level, keys, url] of ASKED) {
    const { source, asked } = sourceOf(() => new Response("[]"));
    await Array.fromAsync(source.find(query(level, keys)));
    assert.deepEqual(asked, [`GET ${url}`]);
  }
  const { source, asked } = sourceOf(() => new Response("[]"));
  await Array.fromAsync(source.find(query("STUDY", {}, { matching: { fuzzyNames: true, emptyValue: true } })));
  assert.deepEqual(asked, ["GET /studies?emptyvaluematching=true&fuzzymatching=true"]);
  await assert.rejects(Array.fromAsync(source.find(query("WORKLIST", {}))), IdentifierError);
});

const text = (value: string, vr = "LO") => ({ vr, Value: [value] });

Deno.test("answers have the UIDs of the path, patients come once, and a warning means unmatched keys", async () => {
  const { source } = sourceOf(() =>
    Response.json([
      { "00100020": text("A"), "00080056": text("NEARLINE", "CS"), "7FE00010": { vr: "OW", BulkDataURI: "x" } },
      { "00100020": text("A") },
      {
        "00100020": text("B"),
        "00100010": { vr: "ZZ" },
      },
    ], { headers: { warning: '299 x "The following are not supported"', "x-total-count": "3" } })
  );
  const patients = await Array.fromAsync(source.find(query("PATIENT", { PatientID: "", PatientSex: "F" })));
  assert.deepEqual(patients.map(({ attributes }) => attributes.getText("PatientID")), ["A", "B"]);
  assert.deepEqual(patients[0]?.unmatched, [0x0010_0040]);
  assert.deepEqual([patients[0]?.availability, patients[0]?.retrieveAeTitles], ["NEARLINE", ["CLOUD"]]);
  const [series] = await Array.fromAsync(source.find(query("SERIES", { StudyInstanceUID: "1.2" })));
  assert.equal(series?.attributes.getText("StudyInstanceUID"), "1.2");
  await assert.rejects(
    Array.fromAsync(source.list(query("STUDY", { PatientSex: "F" }))),
    /PatientSex.*: the server did not match/,
  );
});

const multipart = (made: readonly MadeInstance[]) =>
  new Response(
    joined(...made.flatMap(({ file }) => ["\r\n--b\r\nContent-Type: application/dicom\r\n\r\n", file]), "\r\n--b--"),
    {
      headers: { "content-type": "multipart/related; boundary=b" },
    },
  );
const listed = (made: readonly MadeInstance[]) =>
  Response.json(
    made.map(({ sopInstanceUid, sopClassUid }) => ({
      "00080016": text(sopClassUid, "UI"),
      "00080018": text(sopInstanceUid, "UI"),
      "0020000E": text("1.3", "UI"),
    })),
    { headers: { "x-total-count": String(made.length) } },
  );

Deno.test("what the server doesn't send at first is asked for by itself, and fails alone where it never comes", async () => {
  const [one, two, three] = [makeInstance(), makeInstance(), makeInstance()] as const;
  const { source, asked } = sourceOf((request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/instances")) return listed([one, two, three]);
    if (pathname.endsWith("/studies/1.2")) return multipart([one]);
    return pathname.endsWith(two.sopInstanceUid)
      ? multipart([two])
      : new Response(null, { status: 404, statusText: "Gone" });
  });
  const selection = query("STUDY", { StudyInstanceUID: "1.2" });
  assert.equal((await Array.fromAsync(source.list(selection))).length, 3);
  const outcomes: [string, string | Uint8Array][] = [];
  for await (const { sopInstanceUid, stream } of source.retrieve(selection)) {
    outcomes.push([sopInstanceUid, await collect(stream()).catch((error) => error.message)]);
  }
  assert.deepEqual(outcomes, [
    [one.sopInstanceUid, one.dataSet],
    [two.sopInstanceUid, two.dataSet],
    [
      three.sopInstanceUid,
      `Cannot retrieve ${three.sopInstanceUid}: Cannot retrieve instances: the server answered 404 (Gone)`,
    ],
  ]);
  assert.equal(asked.filter((one) => one.includes("includefield")).length, 1, "listed once");
});

Deno.test("the next instance comes when the stream of the one before was read", async () => {
  const made = [makeInstance({ pixelBytes: 50_000 }), makeInstance()];
  const { source } = sourceOf((request) => request.url.includes("includefield") ? listed(made) : multipart(made));
  const instances = source.retrieve(query("STUDY", { StudyInstanceUID: "1.2" }))[Symbol.asyncIterator]();
  const first = (await instances.next()).value!;
  const stream = first.stream();
  const second = instances.next();
  assert.deepEqual(await collect(stream), made[0]!.dataSet);
  assert.equal((await second).value?.sopInstanceUid, made[1]!.sopInstanceUid);
  await instances.return(undefined);
});

Deno.test("a sink rejects with the server's reason where there is one", async () => {
  const made = makeInstance();
  const answers: Answer[] = [
    async (request) => storedAnswer(await sentUids(request)),
    () => storedAnswer([], { [made.sopInstanceUid]: 0xa900 }, 409),
    () => new Response(null, { status: 403 }),
  ];
  const { source } = sourceOf((request, number) => answers[number]!(request, number));
  await source.store(held(made));
  await assert.rejects(
    source.store(held(made)),
    (error) => error instanceof DimseStatusError && error.status === 0xa900,
  );
  await assert.rejects(
    source.store(held(made)),
    (error) => !(error instanceof DimseStatusError) && /403/.test(String(error)),
  );
});
