import assert from "node:assert/strict";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { toJson } from "../../../src/dicom/models/to_json.ts";
import { toXml } from "../../../src/dicom/models/to_xml.ts";
import { creation, ending } from "../../procedure_steps/steps.ts";
import { dataSetOf } from "../../query/data_sets.ts";
import { jsonItem } from "../../worklist/items.ts";
import { type Answer, dataSetsOf, WorkflowServer } from "./support.ts";

const UID = "2.25.77";
const PATH = `/modality-performed-procedure-steps/${UID}`;

const value = (answer: Answer, tag: string) => dataSetsOf(answer)[0]![tag]?.Value?.[0];
const detailOf = ({ text }: Answer) => JSON.parse(text).detail as string;

Deno.test("performed steps over HTTP: created, changed, ended, and found as modalities find them", async () => {
  await using server = await WorkflowServer.of();
  await server.ask("//worklist/1", { method: "PUT", json: jsonItem() });
  const created = await server.ask(PATH, { json: toJson(creation()) });
  assert.deepEqual([created.status, created.text], [201, ""]);
  assert.equal(created.headers.get("location"), `http://localhost/dicom-web${PATH}`);
  const listed = JSON.parse((await server.ask(`//mpps`)).text).steps;
  assert.deepEqual([listed[0].sopInstanceUid, listed[0].callingAeTitle], [UID, "192.0.2.7"]);
  // The scheduled step is under way.
  const scheduled = await server.ask("//worklist/1");
  assert.equal(scheduled.status, 200);
  assert.match((await server.ask("//worklist")).text, /"status":"IN PROGRESS"/);

  const described = { json: toJson(dataSetOf({ PerformedProcedureStepDescription: "HEAD" })) };
  for (const path of [`${PATH}?update`, `${PATH}?update=true`, `${PATH}/update`]) {
    const { status, headers } = await server.ask(path, described);
    assert.deepEqual([status, headers.get("warning")], [200, null], path);
  }
  assert.equal((await server.ask(`${PATH}?update`, { json: toJson(ending()) })).status, 200);
  const found = await server.ask(PATH);
  assert.equal(found.headers.get("content-type"), "application/dicom+json");
  assert.deepEqual([value(found, "00400252"), value(found, "00400254")], ["COMPLETED", "HEAD"]);
  assert.match((await server.ask("//worklist")).text, /"status":"COMPLETED"/);
});

Deno.test("performed steps over HTTP: the statuses of PS3.18 Tables 15.4.3-1, 15.5.3-1 and 15.6.3-1", async () => {
  await using server = await WorkflowServer.of();
  const json = toJson(creation());
  const statusOf = async (path: string, body?: DataSet | unknown) => {
    const json = body instanceof DataSet ? toJson(body) : body;
    const answer = await server.ask(path, body === undefined ? {} : { json });
    return [answer.status, answer.text === "" || answer.text.startsWith("[") ? "" : detailOf(answer)] as const;
  };
  const cases: readonly (readonly [path: string, body: unknown, status: number, detail: RegExp])[] = [
    [PATH, undefined, 404, /No performed procedure step has this UID/],
    [`${PATH}?update`, ending(), 404, /no N-CREATE created it/],
    [PATH, ending(), 400, /it has no .*PerformedStationAETitle|it has no /],
    [PATH, creation({ PerformedProcedureStepStatus: "COMPLETED" }), 400, /expected IN PROGRESS/],
    [PATH, json, 201, /^$/],
    [PATH, json, 409, /its SOP Instance UID exists/],
    [
      `${PATH}?update`,
      dataSetOf({ PerformedProcedureStepStatus: "DONE" }),
      400,
      /PerformedProcedureStepStatus|0040,0252/,
    ],
    [`${PATH}?update=maybe`, ending(), 400, /the parameter update/],
    [`${PATH}?update`, ending({ PerformedProcedureStepStatus: "DISCONTINUED" }), 200, /^$/],
    [`${PATH}?update`, ending(), 409, /it is DISCONTINUED/],
    ["/modality-performed-procedure-steps/01.2", json, 400, /no UID/],
    ["/modality-performed-procedure-steps/PATIENT", undefined, 400, /no UID/],
  ];
  for (const [path, body, status, detail] of cases) {
    const [found, text] = await statusOf(path, body);
    assert.equal(found, status, `${path}: ${text}`);
    assert.match(text, detail, path);
  }
  assert.deepEqual(server.errors, []);
});

Deno.test("performed steps over HTTP: what may not be changed stays, and a Warning names it", async () => {
  await using server = await WorkflowServer.of();
  await server.ask(PATH, { json: toJson(creation()) });
  const changes = { PatientName: "Other^Name", PerformedProcedureStepDescription: "HEAD" };
  const { status, headers } = await server.ask(`${PATH}?update`, { json: toJson(dataSetOf(changes)) });
  assert.equal(status, 200);
  assert.match(headers.get("warning") ?? "", /^299 .*may not be changed: .*0010,0010/);
  const found = await server.ask(PATH);
  assert.deepEqual([value(found, "00100010"), value(found, "00400254")], [{ Alphabetic: "Adams^Jane" }, "HEAD"]);
});

Deno.test("performed steps over HTTP: includefield takes lists, all, and names what no step has", async () => {
  await using server = await WorkflowServer.of();
  await server.ask(PATH, { json: toJson(creation()) });
  const tagsOf = async (query: string) => Object.keys(dataSetsOf(await server.ask(PATH + query))[0]!);
  assert.deepEqual(await tagsOf("?includefield=00100010,PerformedProcedureStepStatus"), ["00100010", "00400252"]);
  assert.deepEqual(await tagsOf("?includefield=00100010&includefield=00400252"), ["00100010", "00400252"]);
  assert.deepEqual(await tagsOf("?includefield=all"), await tagsOf(""));
  const { status, headers, text } = await server.ask(`${PATH}?includefield=PatientName,Rows&PatientID=SECRET`);
  assert.equal(status, 200, text);
  const warning = headers.get("warning") ?? "";
  assert.match(warning, /No performed procedure step has these attributes: .*0028,0010/);
  assert.match(warning, /ignored: .PatientID./);
  assert.doesNotMatch(warning, /SECRET/);
});

Deno.test("performed steps over HTTP: XML, JSON lists, multipart and gzip are taken, and given", async () => {
  await using server = await WorkflowServer.of();
  const xml = toXml(creation()).replace("Adams", "Müller");
  const gzip = new Blob([xml]).stream().pipeThrough(new CompressionStream("gzip"));
  const bodies: readonly (readonly [type: string, body: BodyInit, headers?: Record<string, string>])[] = [
    ["application/dicom+xml", xml],
    ["application/dicom+xml; charset=utf-8", await new Response(gzip).bytes(), { "content-encoding": "gzip" }],
    ["application/dicom+json", JSON.stringify([toJson(creation())])],
    [
      "multipart/related; type=application/dicom+xml; boundary=X",
      `--X\r\nContent-Type: application/dicom+xml\r\n\r\n${xml}\r\n--X--`,
    ],
  ];
  for (const [index, [type, body, headers]] of bodies.entries()) {
    const path = `/modality-performed-procedure-steps/1.2.${index + 1}`;
    const { status, text } = await server.ask(path, { body, headers: { "content-type": type, ...headers } });
    assert.equal(status, 201, text);
    const given = await server.ask(path, { headers: { accept: "application/dicom+xml" } });
    assert.equal(given.headers.get("content-type"), "application/dicom+xml");
    if (index !== 2) assert.match(given.text, /Müller/);
  }
});

Deno.test("performed steps over HTTP: hostile bodies are refused, and leave nothing", async () => {
  await using server = await WorkflowServer.of();
  const json = "application/dicom+json";
  const bomb = new Blob([new Uint8Array(64 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream("gzip"));
  const uri = { ...toJson(creation()), "00400254": { vr: "LO", BulkDataURI: "http://169.254.169.254/latest" } };
  const cases: readonly (readonly [headers: Record<string, string>, body: BodyInit, status: number])[] = [
    [{ "content-type": "application/dicom" }, "DICM", 415],
    [{ "content-type": "text/plain" }, "{}", 415],
    [{ "content-type": json, "content-encoding": "br" }, "{}", 415],
    [{ "content-type": json }, "not json", 400],
    [{ "content-type": json }, "[]", 400],
    [{ "content-type": json }, "[{},{}]", 400],
    [{ "content-type": json }, JSON.stringify(uri), 400],
    [{ "content-type": json }, "[".repeat(100_000), 400],
    [{ "content-type": json, "content-encoding": "gzip" }, await new Response(bomb).bytes(), 413],
    [
      { "content-type": "application/dicom+xml" },
      "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
      400,
    ],
    [{ "content-type": "multipart/related; boundary=X" }, "--X\r\nContent-Type: image/png\r\n\r\nx\r\n--X--", 415],
    [{ "content-type": "multipart/related; boundary=X" }, "no boundary", 400],
  ];
  for (const [headers, body, status] of cases) {
    const answer = await server.ask(PATH, { headers, body });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
  }
  assert.equal((await server.ask(PATH)).status, 404);
  assert.deepEqual(server.errors, []);
  const { text: metrics } = await server.ask("//metrics");
  assert.match(metrics, /^gantry_limits_passed_total\{limit="maxRequestLength",outcome="failed"\} 1$/m);
});
