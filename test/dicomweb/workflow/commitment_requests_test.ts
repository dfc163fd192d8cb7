import assert from "node:assert/strict";
import { createArchive } from "../../../src/archive/archive.ts";
import { Commitments } from "../../../src/commitment/commitments.ts";
import { createMemoryDocuments } from "../../../src/documents/memory_documents.ts";
import { webCommitments } from "../../../src/gateway/web_workflow.ts";
import { createMemoryIndex } from "../../../src/index/memory_index.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import { deferred } from "../../../src/scheduling/deferred.ts";
import { CT_IMAGE_STORAGE as CT, dataSetOf, incoming } from "../../archive/instances.ts";
import { serverOf } from "../server/support.ts";
import { type Answer, WorkflowServer } from "./support.ts";

const PATH = "/commitment-requests/2.25.5";

const item = (instance: string, sopClass = CT) => ({
  "00081150": { vr: "UI", Value: [sopClass] },
  "00081155": { vr: "UI", Value: [instance] },
});
const requestOf = (...instances: string[]) => ({ "00081199": { vr: "SQ", Value: instances.map((one) => item(one)) } });

interface Item {
  readonly [tag: string]: { readonly Value?: readonly (Item | string | number)[] } | undefined;
}

/** UIDs in a sequence of an answer, with failure reasons. */
function listed({ text }: Answer, tag: string): string[] {
  const [module] = [JSON.parse(text) as Item];
  return ((module[tag]?.Value ?? []) as Item[]).map((item) => {
    const reason = item["00081197"]?.Value?.[0];
    return `${item["00081155"]?.Value?.[0]}${reason === undefined ? "" : ` ${Number(reason).toString(16)}`}`;
  });
}

/** A gateway with the instances 1.2.3.4 and 1.2.3.5. */
async function served(yaml?: string): Promise<WorkflowServer> {
  const [store, index] = [createMemoryStore(), createMemoryIndex()];
  await using archive = createArchive({ store, index });
  for (const sopInstance of ["1.2.3.4", "1.2.3.5"]) {
    await archive.keep(incoming(dataSetOf({ sopInstance }), { sopInstanceUid: sopInstance }));
  }
  return await WorkflowServer.of(yaml, { store, index });
}

Deno.test("commitment over HTTP: the answer says what is committed and what is not, and can be had again", async () => {
  await using server = await served();
  const answer = await server.ask(PATH, { json: requestOf("1.2.3.4", "1.2.3.5", "1.2.3.6") });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("content-type"), "application/dicom+json");
  assert.deepEqual(listed(answer, "00081199"), ["1.2.3.4", "1.2.3.5"]);
  assert.deepEqual(listed(answer, "00081198"), ["1.2.3.6 112"]);
  const again = await server.ask(PATH);
  assert.deepEqual([again.status, again.text], [200, answer.text]);
  const [shown] = JSON.parse((await server.ask("//commitments")).text).commitments;
  assert.deepEqual([shown.transactionUid, shown.aeTitle, shown.state], ["2.25.5", "192.0.2.7", "reported"]);
});

Deno.test("commitment over HTTP: instances by study and series are answered by study and series", async () => {
  await using server = await served();
  const sequence = (Value: unknown[]) => ({ vr: "SQ", Value });
  const uid = (text: string) => ({ vr: "UI", Value: [text] });
  const instances = ["1.2.3.4", "1.2.3.9"].map((one) => ({ "00081155": uid(one) }));
  const ofClass = { "00081150": uid(CT), "0008114A": sequence(instances) };
  const series = { "0020000E": uid("1.2.3.2"), "00081112": sequence([ofClass]) };
  const json = { "00081110": sequence([{ "0020000D": uid("1.2.3.1"), "00081115": sequence([series]) }]) };
  for (const answer of [await server.ask(PATH, { json }), await server.ask(PATH)]) {
    assert.equal(answer.status, 200, answer.text);
    const module = JSON.parse(answer.text);
    const found = (tag: string) => {
      const [study] = module[tag].Value;
      const [ofSeries] = study["00081115"].Value;
      const [ofClass] = ofSeries["00081112"].Value;
      const [instance] = ofClass["0008114A"].Value;
      const uids = [study["0020000D"], ofSeries["0020000E"], ofClass["00081150"], instance["00081155"]];
      return [...uids.map(({ Value: [text] }) => text), instance["00081197"]?.Value[0]];
    };
    assert.deepEqual(found("00081110"), ["1.2.3.1", "1.2.3.2", CT, "1.2.3.4", undefined]);
    assert.deepEqual(found("0008119B"), ["1.2.3.1", "1.2.3.2", CT, "1.2.3.9", 0x0112]);
    assert.equal(module["00081199"], undefined);
  }
});

Deno.test("commitment over HTTP: XML and multipart by Accept", async () => {
  await using server = await served();
  const json = requestOf("1.2.3.4");
  for (const accept of ["application/dicom+xml", 'multipart/related; type="application/dicom+xml"']) {
    const { status, headers, text } = await server.ask(PATH, { json, headers: { accept } });
    assert.equal(status, 200, text);
    assert.ok(headers.get("content-type")!.startsWith(accept));
    assert.match(text, /keyword="ReferencedSOPSequence"/);
  }
  assert.equal((await server.ask(PATH, { json, headers: { accept: "text/html" } })).status, 406);
});

Deno.test("commitment over HTTP: the statuses of PS3.18 Table 13.4.3-1 for requests that are wrong", async () => {
  await using server = await served("commitment: { maxReferences: 2 }");
  const cases: readonly (readonly [path: string, json: unknown, status: number, detail: RegExp])[] = [
    [PATH, requestOf(), 400, /no instance/],
    [PATH, {}, 400, /no instance/],
    [PATH, requestOf("1.2.3.4", "1.2.3.5", "1.2.3.6"), 400, /more than 2 instances/],
    [PATH, requestOf("PATIENT NAME"), 400, /ReferencedSOPInstanceUID, or one that is no UID/],
    [
      PATH,
      { "00081110": { vr: "SQ", Value: [{ "0020000D": { vr: "UI", Value: ["1.2"] } }] } },
      400,
      /no Referenced Series/,
    ],
    ["/commitment-requests/PATIENT", requestOf("1.2.3.4"), 400, /no UID/],
    [PATH, requestOf("1.2.3.4"), 200, /^$/],
    [PATH, requestOf("1.2.3.4"), 200, /^$/],
    [PATH, requestOf("1.2.3.5"), 409, /Another request has this Transaction UID/],
  ];
  for (const [path, json, status, detail] of cases) {
    const answer = await server.ask(path, { json });
    assert.equal(answer.status, status, answer.text);
    const text = answer.status === 200 ? "" : JSON.parse(answer.text).detail;
    assert.match(text, detail);
    assert.doesNotMatch(answer.text, /PATIENT NAME/);
  }
  assert.equal((await server.ask("/commitment-requests/2.25.6")).status, 404);
  assert.deepEqual(server.errors, []);
});

Deno.test("commitment over HTTP: a result that takes long is fetched later, also after a restart", async () => {
  const documents = createMemoryDocuments();
  const mayEnd = deferred<void>();
  const options = { documents, deliver: () => Promise.reject(new Error("Nobody is told")) };
  const body = JSON.stringify(requestOf("1.2.3.4"));
  const url = `http://pacs.example/dicom-web${PATH}`;
  const ask = async (commitments: Commitments, init: RequestInit = {}) => {
    const app = serverOf(undefined, { workflow: { commitments: webCommitments(commitments, 10) } });
    return await app.request(url, { headers: { "content-type": "application/dicom+json" }, ...init });
  };
  {
    await using commitments = new Commitments({
      ...options,
      check: (_, signal) =>
        new Promise((resolve, reject) => {
          mayEnd.promise.then(() => resolve(0));
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    });
    await commitments.start();
    const headers = { "content-type": "application/dicom+json", "prefer": "respond-async" };
    const taken = await ask(commitments, { method: "POST", body, headers });
    assert.deepEqual([taken.status, taken.headers.get("retry-after"), await taken.text()], [202, "2", ""]);
    assert.equal((await ask(commitments)).status, 202);
  }
  await using commitments = new Commitments({ ...options, check: () => Promise.resolve(0) });
  await commitments.start();
  await commitments.checked("2.25.5", new AbortController().signal);
  const answer = await ask(commitments);
  assert.equal(answer.status, 200);
  assert.deepEqual(listed({ ...answer, text: await answer.text() } as Answer, "00081199"), ["1.2.3.4"]);
  mayEnd.resolve();
});

Deno.test("commitment over HTTP: a client that leaves waits no longer, and as many requests as may be are refused with 503", async () => {
  await using commitments = new Commitments({
    documents: createMemoryDocuments(),
    deliver: () => Promise.resolve(),
    check: (_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    maxOpen: 1,
  });
  const keeper = webCommitments(commitments, 10);
  const instances = [{ sopClassUid: CT, sopInstanceUid: "1.2.3.4" }];
  assert.equal(await keeper.take({ transactionUid: "1.2.1", instances, sender: undefined }), "taken");
  const leaving = new AbortController();
  const waiting = keeper.checked("1.2.1", leaving.signal);
  leaving.abort();
  await waiting;
  assert.equal(await keeper.take({ transactionUid: "1.2.2", instances, sender: undefined }), "too-many");
  const app = serverOf(undefined, { workflow: { commitments: keeper } });
  const response = await app.request(`http://pacs.example/dicom-web/commitment-requests/1.2.3`, {
    method: "POST",
    body: JSON.stringify(requestOf("1.2.3.4")),
    headers: { "content-type": "application/dicom+json" },
  });
  assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "60"]);
  await response.body?.cancel();
});

Deno.test("commitment over HTTP: what a modality asked by DIMSE is not told to others, nor mixed up", async () => {
  await using commitments = new Commitments({
    documents: createMemoryDocuments(),
    deliver: () => Promise.resolve(),
    check: () => Promise.resolve(0),
  });
  const keeper = webCommitments(commitments, 10);
  const instances = [{ sopClassUid: CT, sopInstanceUid: "1.2.3.4" }];
  await commitments.take({ transactionUid: "1.2.1", instances }, { aeTitle: "CT1", calledAeTitle: "GANTRY" });
  assert.equal(await keeper.result("1.2.1"), undefined);
  assert.equal(await keeper.take({ transactionUid: "1.2.1", instances, sender: "CT1" }), "in-use");
});

Deno.test("commitment over HTTP: a gateway that answers for nothing has no such resource", async () => {
  for (const yaml of ["commitment: { enabled: false }", "archive: { durable: false }"]) {
    await using server = await served(yaml);
    assert.equal((await server.ask(PATH, { json: requestOf("1.2.3.4") })).status, 404, yaml);
    assert.doesNotMatch(
      (await server.ask("", { headers: { accept: "application/json" } })).text,
      /commitment-requests/,
    );
  }
});
