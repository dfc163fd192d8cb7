import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { readMessageDataSet } from "../../src/dimse/message_data_set.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { PresentationContextError } from "../../src/dimse/presentation_context_error.ts";
import { retrievalContexts, type RetrieveProgress } from "../../src/services/retrieve.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { storage, store } from "../../src/services/storage.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";

const GET = UID.StudyRootQueryRetrieveInformationModelGet;
const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";

/** A C-GET SCP over instances in memory: what the contract for services makes of it. */
function getScp(instances: readonly DataSet[]): Service {
  return {
    performs: ["C-GET-RQ"],
    transferSyntaxes: (abstractSyntax) => [GET, CT, MR].includes(abstractSyntax) ? anyTransferSyntax : undefined,
    invokes: (sopClassUid) => sopClassUid === CT || sopClassUid === MR,
    async *perform(request) {
      const study = (await readMessageDataSet(request)).get("StudyInstanceUID");
      const wanted = instances.filter((instance) => instance.get("StudyInstanceUID") === study);
      const failed: string[] = [];
      for (const [done, dataSet] of wanted.entries()) {
        if (request.signal.aborted) return yield { status: Status.Cancel };
        yield {
          status: Status.Pending,
          numberOfRemainingSuboperations: wanted.length - done,
          numberOfCompletedSuboperations: done - failed.length,
        };
        const { SOPClassUID: sopClassUid = "", SOPInstanceUID: sopInstanceUid = "" } = dataSet.attributes;
        try {
          const { transferSyntax } = request.provider.context(sopClassUid);
          await store(request.provider, { sopClassUid, sopInstanceUid, transferSyntax, dataSet });
        } catch (error) {
          if (!(error instanceof PresentationContextError)) throw error;
          failed.push(sopInstanceUid);
        }
      }
      yield {
        status: failed.length === 0 ? Status.Success : Status.SuboperationsCompleteWithFailures,
        numberOfCompletedSuboperations: wanted.length - failed.length,
        numberOfFailedSuboperations: failed.length,
        ...(failed.length > 0 && { dataSet: new DataSet({ FailedSOPInstanceUIDList: failed }) }),
      };
    },
  };
}

const instance = (sopClassUid: string, sopInstanceUid: string) =>
  new DataSet({ SOPClassUID: sopClassUid, SOPInstanceUID: sopInstanceUid, StudyInstanceUID: "1.2" });

const INSTANCES = [instance(CT, "1.2.1"), instance(MR, "1.2.2"), instance(CT, "1.2.3")];

/** Asks such an SCP for a study. */
async function retrieve(sopClasses: readonly string[], offered: readonly Service[] = [getScp(INSTANCES)]) {
  const received: string[] = [];
  const keeping = storage(async ({ sopInstanceUid, dataSet }) => {
    received.push(`${sopInstanceUid} in ${dataSet.transferSyntax}`);
    await dataSet.cancel();
  });
  const [here, there] = connectionPair();
  await using scp = createScp({ services: offered });
  scp.accept(there);
  const contexts = retrievalContexts(sopClasses, [UID.ImplicitVRLittleEndian]);
  await using association = await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: [
      { abstractSyntax: GET, transferSyntaxes: [UID.ExplicitVRLittleEndian] },
      ...contexts.presentationContexts,
    ],
    roleSelections: contexts.roleSelections,
    services: [keeping],
  });
  const progress: RetrieveProgress[] = [];
  const identifier = new DataSet({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2" });
  for await (const step of association.get({ identifier })) progress.push(step);
  return { received, progress, association };
}

Deno.test("A C-GET SCP is a service: sub-operations go out on the same association", async () => {
  const { received, progress, association } = await retrieve([CT, MR]);
  const encoding = "in 1.2.840.10008.1.2";
  assert.deepEqual(received, [`1.2.1 ${encoding}`, `1.2.2 ${encoding}`, `1.2.3 ${encoding}`]);
  assert.deepEqual(progress.map(({ status, remaining, completed }) => [status, remaining, completed]), [
    [Status.Pending, 3, 0],
    [Status.Pending, 2, 1],
    [Status.Pending, 1, 2],
    [Status.Success, undefined, 3],
  ]);
  assert.deepEqual(association.provider.roles(CT), { scu: false, scp: true });
});

Deno.test("A C-GET SCP says which instances the negotiated contexts had no place for", async () => {
  const { received, progress } = await retrieve([CT]);
  assert.equal(received.length, 2);
  const last = progress.at(-1)!;
  assert.deepEqual([last.status, last.completed, last.failed], [Status.SuboperationsCompleteWithFailures, 2, 1]);
  assert.deepEqual(last.failedSopInstanceUids, ["1.2.2"]);
});

Deno.test("A C-GET SCP sends instances in the contexts of a storage service as well, which takes none of C-GET", async () => {
  const keeping = storage(() => Promise.reject(new Error("The peer sends nothing")));
  const { received, association } = await retrieve([CT, MR], [keeping, getScp(INSTANCES)]);
  assert.equal(received.length, 3);
  assert.deepEqual(association.provider.roles(MR), { scu: false, scp: true });
});
