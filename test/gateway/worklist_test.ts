import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import * as Status from "../../src/dimse/status.ts";
import { TransportError } from "../../src/errors.ts";
import type { Connect } from "../../src/gateway/connect.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { StepDocument } from "../../src/procedure_steps/step_document.ts";
import { createProcedureStep, getProcedureStep, setProcedureStep } from "../../src/services/procedure_steps.ts";
import { createInstance, getAttributes, setAttributes } from "../../src/services/normalized.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { findWorklist, type WorklistQuery } from "../../src/services/worklist.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { creation, ending } from "../procedure_steps/steps.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";
import { assertMatches } from "../http/support.ts";
import { jsonItem } from "../worklist/items.ts";

const SYNTAXES = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian];
const CONTEXTS = [
  UID.ModalityWorklistInformationModelFind,
  UID.ModalityPerformedProcedureStep,
  UID.ModalityPerformedProcedureStepRetrieve,
].map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: SYNTAXES }));

const FOR_EVER = "worklist: { keepDays: 0 }";

/** A gateway of this configuration, in memory. */
async function gatewayOf(yaml = FOR_EVER, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const connect: Connect = () => Promise.reject(new TransportError("Cannot connect", { phase: "connect" }));
  return createGateway({ store: createMemoryStore(), connect, config: await parseConfig(yaml), ...options });
}

function modality(gateway: Gateway, callingAeTitle = "CT1"): Promise<ScuAssociation> {
  const [here, there] = connectionPair();
  gateway.accept(there);
  return requestAssociation(here, { calledAeTitle: "GANTRY", callingAeTitle, presentationContexts: CONTEXTS });
}

async function request(gateway: Gateway, method: string, path: string, body?: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await gateway.fetch(
    new Request(`http://localhost${path}`, {
      method,
      ...(body !== undefined && { body: text, headers: { "Content-Type": "application/dicom+json" } }),
    }),
  );
  const answer = await response.text();
  return { status: response.status, headers: response.headers, body: answer === "" ? undefined : JSON.parse(answer) };
}

async function found(association: ScuAssociation, query: WorklistQuery = {}): Promise<DataSet[]> {
  const answers = await Array.fromAsync(findWorklist(association.provider, query));
  return answers.map(({ dataSet }) => dataSet);
}

const STEP = "ScheduledProcedureStepSequence[0]";

Deno.test("an item that a program puts is found by a modality, with every key that it asks for", async () => {
  await using gateway = await gatewayOf();
  const { status, headers } = await request(gateway, "POST", "/worklist", jsonItem());
  assert.equal(status, 201);
  assert.match(headers.get("location")!, /^\/worklist\/[\w-]{36}$/);
  await using association = await modality(gateway);
  const [item] = await found(association, { modality: "CT", date: "20250301", stationAeTitle: "CT1" });
  assert.equal(item?.getText(`${STEP}.ScheduledProcedureStepID`), "S1");
  for (const key of ["PatientWeight", "MedicalAlerts", "RequestingPhysician"] as const) assert.ok(item?.has(key), key);
  assert.ok(item?.has(`${STEP}.ScheduledStationName`));
  assert.deepEqual(await found(association, { modality: "MR" }), []);
  assert.deepEqual(await found(association, { date: "20250302-" }), []);
});

Deno.test("a sequence key without items, or with an empty one, is answered with the whole sequence", async () => {
  await using gateway = await gatewayOf();
  await request(gateway, "PUT", "/worklist/a", jsonItem());
  await using association = await modality(gateway);
  for (const items of [[], [{}]]) {
    const identifier = dataSetOf({ PatientName: "", ScheduledProcedureStepSequence: items });
    const sopClassUid = UID.ModalityWorklistInformationModelFind;
    const [match] = await Array.fromAsync(association.find({ identifier, sopClassUid }));
    assert.equal(match?.dataSet.getText(`${STEP}.Modality`), "CT");
    assert.equal(match?.dataSet.getText(`${STEP}.ScheduledProcedureStepID`), "S1");
  }
});

Deno.test("text is answered in the character set of the question, of the peer's dialect, or in UTF-8", async () => {
  const peers = "peers: { OLD: { aeTitle: OLD, host: a, port: 9, dialect: { characterSet: [ISO_IR 100] } } }";
  await using gateway = await gatewayOf(`${FOR_EVER}\n${peers}`);
  await request(
    gateway,
    "PUT",
    "/worklist/a",
    jsonItem({}, {
      SpecificCharacterSet: "ISO_IR 192",
      PatientName: "Müller^Jürgen",
    }),
  );
  const answer = async (calling: string, keys: Attributes) => {
    await using association = await modality(gateway, calling);
    const [item] = await found(association, { keys: dataSetOf(keys) });
    return [item?.getText("SpecificCharacterSet"), item?.getText("PatientName")];
  };
  assert.deepEqual(await answer("CT1", {}), ["ISO_IR 192", "Müller^Jürgen"]);
  assert.deepEqual(await answer("CT1", { SpecificCharacterSet: "ISO_IR 100" }), ["ISO_IR 100", "Müller^Jürgen"]);
  assert.deepEqual(await answer("CT1", { SpecificCharacterSet: "ISO_IR 101", PatientName: "Müller*" }), [
    "ISO_IR 101",
    "Müller^Jürgen",
  ]);
  assert.deepEqual(await answer("OLD", {}), ["ISO_IR 100", "Müller^Jürgen"]);
});

Deno.test("an identifier that can't be read, or breaks a VR, costs itself alone", async () => {
  await using gateway = await gatewayOf();
  await request(gateway, "PUT", "/worklist/a", jsonItem());
  await using association = await modality(gateway);
  const sopClassUid = UID.ModalityWorklistInformationModelFind;
  const ask = (identifier: DataSet | Uint8Array) => Array.fromAsync(association.find({ identifier, sopClassUid }));
  const date = dataSetOf({ ScheduledProcedureStepSequence: [{ ScheduledProcedureStepStartDate: "someday" }] });
  await assert.rejects(ask(date), { status: Status.IdentifierDoesNotMatchSopClass });
  await assert.rejects(ask(Uint8Array.of(8, 0, 0x52, 0, 0x43, 0x53, 0xff, 0xff, 1, 2)), {
    status: Status.UnableToProcess,
  });
  assert.equal((await found(association)).length, 1);
});

Deno.test("worklist queries agree on what a hierarchy doesn't need, and a cancelled one ends with FE00", async () => {
  await using gateway = await gatewayOf();
  for (let number = 0; number < 50; number++) await request(gateway, "PUT", `/worklist/${number}`, jsonItem());
  const [here, there] = connectionPair();
  gateway.accept(there);
  const sopClassUid = UID.ModalityWorklistInformationModelFind;
  await using association = await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: CONTEXTS,
    extendedNegotiations: [{ sopClassUid, applicationInformation: Uint8Array.of(1, 1, 1, 1) }],
  });
  assert.deepEqual([...association.provider.extendedNegotiation(sopClassUid)!], [0, 1, 1, 1]);
  const cancel = new AbortController();
  let answers = 0;
  const asked = (async () => {
    for await (const _ of findWorklist(association.provider, { signal: cancel.signal })) {
      if (++answers === 3) cancel.abort();
    }
  })();
  await assert.rejects(asked, { name: "AbortError" });
  assert.ok(answers < 50);
  assert.equal((await found(association)).length, 50);
});

Deno.test("what is no item is refused with the place of each fault, and nothing is kept of it", async () => {
  await using gateway = await gatewayOf();
  const put = async (body: unknown) => {
    const { status, body: invalid } = await request(gateway, "PUT", "/worklist/a", body);
    assertMatches("InvalidRequest", invalid);
    const { type, errors } = invalid;
    assert.equal(status, 422);
    assert.equal(type, "/openapi.json#/components/responses/InvalidWorklistItem");
    return errors.map(({ pointer }: { pointer: string }) => pointer);
  };
  const step = (attributes: Attributes) => put(jsonItem(attributes));
  assert.deepEqual(await step({ ScheduledProcedureStepStartDate: "20250301-" }), ["/00400100/Value/0/00400002"]);
  assert.deepEqual(await step({ Modality: "CT*" }), ["/00400100/Value/0/00080060"]);
  assert.deepEqual(await step({ ScheduledStationAETitle: "", Modality: "" }), [
    "/00400100/Value/0/00080060",
    "/00400100/Value/0/00400001",
  ]);
  assert.deepEqual(await put(jsonItem({}, { StudyInstanceUID: "1.02.3" })), ["/0020000D"]);
  assert.deepEqual(await put({ ...jsonItem(), "00100010": { vr: "LO", Value: ["x"] } }), ["/00100010"]);
  assert.deepEqual(await put({ ...jsonItem(), "00100010": { vr: "PN", Value: [{ Alphabetic: 7 }] } }), ["/00100010"]);
  assert.deepEqual(await put({ ...jsonItem(), "00400100": { vr: "SQ", Value: [{ "00400001": { vr: "??" } }] } }), [
    "/00400100/Value/0/00400001",
  ]);
  assert.deepEqual(await put({}), ["/00100010", "/00100020", "/00400100"]);
  for (const body of ["[]", "null", "7", '"x"', '{"__proto__":{"vr":"LO"}}', '{"00100010":7}']) await put(body);
  const deep = `${'{"00400100":{"vr":"SQ","Value":['.repeat(500)}{}${"]}}".repeat(500)}`;
  assert.deepEqual(await put(deep), [""]);
  assert.deepEqual((await request(gateway, "GET", "/worklist")).body, { items: [] });
});

Deno.test("hostile requests of the worklist get a problem, and nothing else happens", async () => {
  await using gateway = await gatewayOf("worklist: { keepDays: 0, maxItems: 1 }");
  const status = async (method: string, path: string, body?: unknown) =>
    (await request(gateway, method, path, body)).status;
  assert.equal(await status("PUT", "/worklist/a", "{"), 400);
  assert.equal(
    await status("PUT", "/worklist/a", `{"00100010":{"vr":"PN","Value":["${"x".repeat(1_100_000)}"]}}`),
    413,
  );
  assert.equal(await status("PUT", `/worklist/${"k".repeat(65)}`, jsonItem()), 422);
  assert.equal(await status("PUT", "/worklist/a%2Fb", jsonItem()), 422);
  assert.equal(await status("PUT", "/worklist/..%2f..%2fetc", jsonItem()), 422);
  assert.equal(await status("PUT", "/worklist/file:a", jsonItem()), 409);
  assert.equal(await status("DELETE", "/worklist/nobody"), 404);
  assert.equal(await status("GET", "/worklist/nobody"), 404);
  assert.equal(await status("GET", "/worklist?date=someday&limit=0&x=1"), 400);
  assert.equal(await status("PATCH", "/worklist/a", jsonItem()), 405);
  assert.equal(await status("PUT", "/worklist/a", jsonItem()), 201);
  assert.equal(await status("PUT", "/worklist/a", jsonItem()), 200);
  assert.equal(await status("POST", "/worklist", jsonItem()), 507);
  const wrongType = await gateway.fetch(new Request("http://localhost/worklist", { method: "POST", body: "{}" }));
  assert.equal(wrongType.status, 415);
});

Deno.test("items are listed page by page, filtered, and deleted", async () => {
  await using gateway = await gatewayOf();
  for (const key of ["a", "b", "c"]) {
    await request(gateway, "PUT", `/worklist/${key}`, jsonItem({ Modality: key === "b" ? "MR" : "CT" }));
  }
  const list = async (query: string) => {
    const { body } = await request(gateway, "GET", `/worklist${query}`);
    return [body.items.map(({ key }: { key: string }) => key).join(""), body.next];
  };
  assert.deepEqual(await list(""), ["abc", undefined]);
  assert.deepEqual(await list("?limit=2"), ["ab", "b"]);
  assert.deepEqual(await list("?limit=2&after=b"), ["c", undefined]);
  assert.deepEqual(await list("?modality=CT&station=CT1&date=2025-03-01"), ["ac", undefined]);
  assert.deepEqual(await list("?date=2025-03-02/2025-03-05"), ["", undefined]);
  assert.equal((await request(gateway, "DELETE", "/worklist/b")).status, 204);
  assert.deepEqual(await list(""), ["ac", undefined]);
  assert.equal((await request(gateway, "GET", "/worklist/a")).body["00100020"].Value[0], "P1");
});

Deno.test("a modality's performed step is kept, listed, told of, and gives its status to the worklist", async () => {
  const told: string[] = [];
  await using gateway = await gatewayOf(FOR_EVER, {
    observers: [(event) => void (event.type === "procedure-step" && told.push(event.step.status))],
  });
  await request(gateway, "PUT", "/worklist/a", jsonItem());
  await using association = await modality(gateway);
  const { provider } = association;
  const series = { ProtocolName: "HEAD", SeriesInstanceUID: "1.2.3.1" };
  const sopInstanceUid = await createProcedureStep(provider, {
    dataSet: creation({ PerformedSeriesSequence: [series] }),
  });
  assert.match(sopInstanceUid, /^2\.25\.\d+$/);
  const [started] = await found(association);
  assert.equal(started?.getText(`${STEP}.ScheduledProcedureStepStatus`), "IN PROGRESS");
  await setProcedureStep(provider, {
    sopInstanceUid,
    dataSet: dataSetOf({ PerformedProcedureStepStatus: "IN PROGRESS" }),
  });
  await setProcedureStep(provider, { sopInstanceUid, dataSet: ending() });
  assert.deepEqual(await found(association), []);
  const step = await getProcedureStep(provider, { sopInstanceUid });
  assert.equal(step.getText("PerformedProcedureStepStatus"), "COMPLETED");
  assert.ok(step.has("StudyID"), "attributes of type 2 are sent, if without a value");
  assert.deepEqual(told, ["IN PROGRESS", "IN PROGRESS", "COMPLETED"]);

  const listed = async (query: string) => (await request(gateway, "GET", `/mpps${query}`)).body.steps;
  const [entry] = await listed("?status=COMPLETED&date=20250301");
  assert.deepEqual([entry.sopInstanceUid, entry.callingAeTitle, entry.forwards], [sopInstanceUid, "CT1", []]);
  assert.deepEqual(await listed("?status=DISCONTINUED"), []);
  assert.deepEqual(await listed("?date=20250302"), []);
  assert.equal((await request(gateway, "GET", "/mpps?status=DONE")).status, 400);
  const { body, headers } = await request(gateway, "GET", `/mpps/${sopInstanceUid}`);
  assert.equal(headers.get("content-type"), "application/dicom+json");
  assert.deepEqual(body["00400252"], { vr: "CS", Value: ["COMPLETED"] });
  assert.equal((await request(gateway, "GET", "/mpps/1.2")).status, 404);
  assertMatches("ProcedureStepsPage", (await request(gateway, "GET", "/mpps")).body);
  const page = (await request(gateway, "GET", "/worklist?status=COMPLETED")).body;
  assertMatches("WorklistPage", page);
  const [item] = page.items;
  assert.deepEqual(item.steps, [{ scheduledProcedureStepId: "S1", status: "COMPLETED" }]);
  const metrics = await (await gateway.fetch(new Request("http://localhost/metrics"))).text();
  assert.match(metrics, /gantry_procedure_steps_total\{status="completed"\} 1/);
  assert.match(metrics, /gantry_worklist_items\{source="http"\} 1/);
});

Deno.test("performed steps are answered with the statuses of PS3.4 F.7.2", async () => {
  await using gateway = await gatewayOf();
  await using association = await modality(gateway);
  const { provider } = association;
  const sopClassUid = UID.ModalityPerformedProcedureStep;
  const instance = { sopClassUid, sopInstanceUid: "1.9.1" };
  const create = (dataSet: DataSet, sopInstanceUid = "1.9.1") =>
    createInstance(provider, { sopClassUid, sopInstanceUid, dataSet });
  const set = (dataSet: DataSet) => setAttributes(provider, { ...instance, dataSet });
  assert.equal((await set(ending())).status, Status.NoSuchSopInstance);
  const missing = creation();
  missing.delete("Modality");
  const refused = await create(missing);
  assert.deepEqual([refused.status, refused.errorComment], [Status.MissingAttribute, "Modality (0008,0060): missing"]);
  assert.equal((await create(creation({ PerformedProcedureStepStatus: "DONE" }))).status, Status.InvalidAttributeValue);
  assert.equal((await create(creation(), "not.a.uid")).status, Status.InvalidSopInstance);
  assert.equal((await create(creation())).status, Status.Success);
  assert.equal((await create(creation())).status, Status.DuplicateSopInstance);
  assert.equal((await set(dataSetOf({ Modality: "MR" }))).status, Status.AttributeListError);
  assert.equal((await set(ending())).status, Status.Success);
  const late = await set(ending());
  assert.deepEqual([late.status, late.errorId], [Status.ProcessingFailure, 0xa710]);
  const retrieve = UID.ModalityPerformedProcedureStepRetrieve;
  const got = await getAttributes(provider, {
    sopClassUid: retrieve,
    sopInstanceUid: "1.9.1",
    attributes: [0x0008_0060, 0x0020_0010, 0x7777_1001],
  });
  assert.equal(got.status, Status.RequestedOptionalAttributesNotSupported);
  assert.deepEqual([...got.dataSet!].map(({ tag }) => tag), [0x0008_0060, 0x0020_0010]);
  const nobody = await getAttributes(provider, { sopClassUid: retrieve, sopInstanceUid: "1.9.2" });
  assert.equal(nobody.status, Status.NoSuchSopInstance);
  const inOther = await createInstance(provider, {
    sopClassUid: retrieve,
    sopInstanceUid: "1.9.3",
    dataSet: creation(),
  });
  assert.equal(inOther.status, Status.NoSuchSopClass);
});

Deno.test("a modality that goes in the middle leaves what it began, and holds up nobody", async () => {
  await using gateway = await gatewayOf();
  for (let number = 0; number < 20; number++) await request(gateway, "PUT", `/worklist/${number}`, jsonItem());
  const asking = await modality(gateway);
  await assert.rejects(
    (async () => {
      for await (const _ of findWorklist(asking.provider)) asking.abort();
    })(),
    { name: "AssociationAbortedError" },
  );
  const performing = await modality(gateway);
  const instance = { sopClassUid: UID.ModalityPerformedProcedureStep, sopInstanceUid: "1.9.1" };
  await createInstance(performing.provider, { ...instance, dataSet: creation() });
  const lost = setAttributes(performing.provider, { ...instance, dataSet: ending() });
  performing.abort();
  await assert.rejects(lost, { name: "AssociationAbortedError" });
  await performing.closed;
  const { steps: [step] } = (await request(gateway, "GET", "/mpps")).body;
  assert.ok(["IN PROGRESS", "COMPLETED"].includes(step.status));
  await using next = await modality(gateway);
  assert.ok(
    (await found(next, {
      keys: dataSetOf({ ScheduledProcedureStepSequence: [{ ScheduledProcedureStepStatus: step.status }] }),
    })).length > 0,
  );
});

Deno.test("performed steps are forwarded, what waits is visible, and a gateway that starts again goes on", async () => {
  const received: string[] = [];
  await using ris = await gatewayOf("aeTitle: RIS", {
    observers: [({ type, ...event }) => {
      if (type === "procedure-step" && "step" in event) {
        received.push(`${event.step.sopInstanceUid} ${event.step.status}`);
      }
    }],
  });
  let isUp = false;
  const connect: Connect = () => {
    if (!isUp) throw new TransportError("Cannot connect to ris:104: nothing listens there", { phase: "connect" });
    const [here, there] = connectionPair();
    ris.accept(there);
    return Promise.resolve(here);
  };
  const documents = createMemoryDocuments();
  const yaml = "{ peers: { RIS: { aeTitle: RIS, host: ris, port: 104 } }, mpps: { forward: [RIS] } }";
  const errors: string[] = [];
  const told = Promise.withResolvers<void>();
  const onError = (error: unknown) => {
    errors.push(String(error));
    told.resolve();
  };
  {
    await using gateway = await gatewayOf(yaml, { connect, documents, onError });
    await gateway.start();
    await using association = await modality(gateway);
    await createProcedureStep(association.provider, {
      sopInstanceUid: "1.9.1",
      dataSet: creation({ PerformedSeriesSequence: [] }),
    });
    await setProcedureStep(association.provider, { sopInstanceUid: "1.9.1", dataSet: ending() });
    await told.promise;
    const { body } = await request(gateway, "GET", "/mpps");
    assertMatches("ProcedureStepsPage", body);
    const [step] = body.steps;
    assert.partialDeepStrictEqual(step.forwards[0], { peer: "RIS", state: "waiting", sent: 0, waiting: 2 });
    const { checks } = (await request(gateway, "GET", "/health")).body;
    assert.equal(checks["mpps:forwarding"][0].status, "warn");
  }
  assert.match(
    errors.join(),
    /Cannot forward performed procedure steps to RIS, and tries again: Cannot connect to ris:104/,
  );
  assert.deepEqual(received, []);
  // What was tried before isn't tried again before its time; what is due now is another step.
  isUp = true;
  const done = Promise.withResolvers<void>();
  await using gateway = await gatewayOf(yaml, {
    connect,
    documents,
    observers: [(event) => {
      if (event.type === "operation-ended" && event.operation.role === "invoked" && received.length === 2) {
        done.resolve();
      }
    }],
  });
  const waiting = documents.collection<StepDocument>("mpps");
  await waiting.update("1.9.1", (step) => ({ ...step!, forwards: { RIS: { sent: 0, attempts: 1 } } }));
  await gateway.start();
  await done.promise;
  assert.deepEqual(received, ["1.9.1 IN PROGRESS", "1.9.1 COMPLETED"]);
});
