import assert from "node:assert/strict";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { worklistKeys } from "../../../src/query/worklist_keys.ts";
import { requestAssociation } from "../../../src/services/scu.ts";
import { findWorklist } from "../../../src/services/worklist.ts";
import { connectionPair } from "../../../src/transport/memory.ts";
import type { Attributes } from "../../query/data_sets.ts";
import { jsonItem } from "../../worklist/items.ts";
import type { JsonAnswer } from "../server/support.ts";
import { dataSetsOf, WorkflowServer } from "./support.ts";

const PATH = "/modality-scheduled-procedure-steps";

const ITEMS: readonly (readonly [Attributes, Attributes])[] = [
  [{ ScheduledProcedureStepID: "S1" }, { AccessionNumber: "A1", StudyInstanceUID: "1.2.1" }],
  [
    { ScheduledProcedureStepID: "S2", Modality: "MR", ScheduledStationAETitle: "MR1" },
    { AccessionNumber: "A2", StudyInstanceUID: "1.2.2", PatientName: "" },
  ],
  [
    { ScheduledProcedureStepID: "S3", ScheduledProcedureStepStartDate: "20250302" },
    {
      AccessionNumber: "A3",
      StudyInstanceUID: "1.2.3",
      PatientName: "Baker^Ann",
      OtherPatientIDsSequence: [{ PatientID: "P9" }],
    },
  ],
];

async function served(): Promise<WorkflowServer> {
  const server = await WorkflowServer.of();
  for (const [index, [step, around]] of ITEMS.entries()) {
    const json = jsonItem(step, around);
    if (around.PatientName === "") json["00100010"] = { vr: "PN", Value: [{ Alphabetic: "Müller^Jürgen" }] };
    const { status, text } = await server.ask(`//worklist/${index}`, { method: "PUT", json });
    assert.equal(status, 201, text);
  }
  return server;
}

const stepIn = (answer: JsonAnswer) => (answer["00400100"]!.Value as JsonAnswer[])[0]!;
const ids = (answers: readonly JsonAnswer[]) => answers.map((answer) => stepIn(answer)["00400009"]!.Value![0]);

Deno.test("worklist over HTTP: steps are matched as by C-FIND, in the order in which they begin", async () => {
  await using server = await served();
  const cases: readonly (readonly [query: string, steps: string[]])[] = [
    ["", ["S1", "S2", "S3"]],
    ["?ScheduledProcedureStepSequence.Modality=MR", ["S2"]],
    ["?00400100.00080060=CT", ["S1", "S3"]],
    ["?Modality=CT", ["S1", "S3"]],
    ["?00400100.00400002=20250302-", ["S3"]],
    ["?ScheduledProcedureStepSequence.ScheduledStationAETitle=CT1&PatientName=B*", ["S3"]],
    [`?PatientName=${encodeURIComponent("müller*")}`, ["S2"]],
    ["?PatientName=j&fuzzymatching=true", ["S1", "S2"]],
    ["?StudyInstanceUID=1.2.1,1.2.3", ["S1", "S3"]],
    ["?limit=1&offset=1", ["S2"]],
  ];
  for (const [query, expected] of cases) {
    const answer = await server.ask(PATH + query);
    assert.equal(answer.status, 200, query);
    assert.equal(answer.headers.get("content-type"), "application/dicom+json");
    assert.deepEqual(ids(dataSetsOf(answer)), expected, query);
  }
});

Deno.test("worklist over HTTP: the answer has all of PS3.4 Table K.6-1 that an SCP has to return, and what is asked for", async () => {
  await using server = await served();
  const [answer] = dataSetsOf(await server.ask(`${PATH}?AccessionNumber=A2`));
  const name = (tag: number) => tag.toString(16).toUpperCase().padStart(8, "0");
  for (const { path: [first = 0, second, third], returning } of worklistKeys()) {
    if (returning === "3" || third !== undefined) continue;
    const isOfStep = name(first) === "00400100";
    if (second === undefined) assert.ok(name(first) in answer!, name(first));
    else if (isOfStep) assert.ok(name(second) in stepIn(answer!), name(second));
  }
  const hasOther = async (query: string) =>
    dataSetsOf(await server.ask(`${PATH}?AccessionNumber=A3${query}`))[0]!["00101002"] !== undefined;
  assert.deepEqual(
    await Promise.all(["", "&includefield=OtherPatientIDsSequence", "&includefield=all"].map(hasOther)),
    [
      ...[false, true, true],
    ],
  );
});

Deno.test("worklist over HTTP: what it answers is what C-FIND answers", async () => {
  await using server = await served();
  const [here, there] = connectionPair();
  server.gateway.accept(there);
  const presentationContexts = [{
    abstractSyntax: UID.ModalityWorklistInformationModelFind,
    transferSyntaxes: [UID.ExplicitVRLittleEndian],
  }];
  await using modality = await requestAssociation(here, {
    ...{ calledAeTitle: "GANTRY", callingAeTitle: "CT1", presentationContexts },
  });
  const found = await Array.fromAsync(findWorklist(modality.provider, { modality: "CT" }));
  const answers = dataSetsOf(await server.ask(`${PATH}?00400100.00080060=CT`));
  const text = (answer: JsonAnswer, tag: string) => (answer[tag]?.Value?.[0] ?? "") as string;
  assert.equal(found.length, 2);
  for (const [index, { dataSet }] of found.entries()) {
    const answer = answers[index]!;
    assert.equal(text(answer, "00080050"), dataSet.getText("AccessionNumber"));
    assert.equal(
      text(stepIn(answer), "00400002"),
      dataSet.getText("ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate"),
    );
    assert.equal((answer["00100010"]!.Value![0] as { Alphabetic: string }).Alphabetic, dataSet.getText("PatientName"));
  }
});

Deno.test("worklist over HTTP: pages are counted and lead to the next; nothing found is 204", async () => {
  await using server = await served();
  const answer = await server.ask(`${PATH}?limit=2&Modality=CT,MR`);
  assert.equal(answer.headers.get("x-total-count"), "3");
  assert.match(answer.headers.get("warning") ?? "", /^299 .*There are additional results that can be requested/);
  const [, next] = /^<http:\/\/localhost\/dicom-web(.*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")!;
  const rest = await server.ask(next!);
  assert.deepEqual(ids(dataSetsOf(rest)), ["S3"]);
  assert.deepEqual([rest.headers.get("link"), rest.headers.get("warning")], [null, null]);
  for (const query of ["?PatientID=NOBODY", "?offset=9"]) {
    const { status, text } = await server.ask(PATH + query);
    assert.deepEqual([status, text], [204, ""]);
  }
});

Deno.test("worklist over HTTP: every form of PS3.18 Table 14.1.3-1", async () => {
  await using server = await served();
  const cases: readonly (readonly [accept: string, query: string, type: RegExp, parts: number])[] = [
    ["*/*", "", /^application\/dicom\+json$/, 0],
    ["application/dicom+xml", "?AccessionNumber=A1", /^application\/dicom\+xml$/, 0],
    ["application/dicom+xml", "", /^multipart\/related; type="application\/dicom\+xml"; boundary=\w+$/, 3],
    [
      'multipart/related; type="application/dicom+xml"',
      "?AccessionNumber=A1",
      /^multipart\/related; type="application\/dicom\+xml"/,
      1,
    ],
    ["multipart/related; type=application/dicom+json", "", /^multipart\/related; type="application\/dicom\+json"/, 3],
  ];
  for (const [accept, query, type, parts] of cases) {
    const { status, headers, text } = await server.ask(PATH + query, { headers: { accept } });
    assert.equal(status, 200, accept);
    assert.match(headers.get("content-type") ?? "", type, accept);
    assert.equal(text.match(/^Content-Type: /gm)?.length ?? 0, parts, accept);
    if (accept.endsWith("xml") && parts === 0) assert.match(text, /^<\?xml .*<NativeDicomModel/s);
    if (accept.includes("json")) assert.equal(text.match(/^\[\{.*\}\]\r$/gm)?.length, 3, text);
  }
  const { status } = await server.ask(PATH, { headers: { accept: "image/png" } });
  assert.equal(status, 406);
});

Deno.test("worklist over HTTP: what can't be understood is told, without its value", async () => {
  await using server = await served();
  for (
    const query of ["?PatientNam=SECRET", "?00400100.00400002=SECRET", "?PatientID.Modality=SECRET"]
  ) {
    const { status, text } = await server.ask(PATH + query);
    assert.equal(status, 400, query);
    assert.doesNotMatch(text, /SECRET/);
  }
  const { headers } = await server.ask(`${PATH}?nonsense=1`);
  assert.match(headers.get("warning") ?? "", /These parameters were ignored/);
});
