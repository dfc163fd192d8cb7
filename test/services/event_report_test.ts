import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { NActionRq, NEventReportRq } from "../../src/dimse/command_set.ts";
import { readMessageDataSet } from "../../src/dimse/message_data_set.ts";
import type { DimseProvider } from "../../src/dimse/provider.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { reportEvent } from "../../src/services/normalized.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";

const sopClassUid = UID.StorageCommitmentPushModel;
const sopInstanceUid = UID.StorageCommitmentPushModelInstance;
const commitmentContexts = (abstractSyntax: string) => abstractSyntax === sopClassUid ? anyTransferSyntax : undefined;

/** Commits to everything, and says so on the association that it was asked on, once the N-ACTION is answered. */
function commitmentScp(): Service & { readonly reported: Promise<number> } {
  const { promise: reported, resolve, reject } = Promise.withResolvers<number>();
  const report = async (provider: DimseProvider, dataSet: DataSet) => {
    const { status } = await reportEvent(provider, { sopClassUid, sopInstanceUid, eventTypeId: 1, dataSet });
    resolve(status);
  };
  return {
    reported,
    performs: ["N-ACTION-RQ"],
    transferSyntaxes: commitmentContexts,
    async perform(request) {
      const asked = await readMessageDataSet(request);
      assert.equal((request.command as NActionRq).actionTypeId, 1);
      queueMicrotask(() => report(request.provider, asked).catch(reject));
      return { status: Status.Success };
    },
  };
}

Deno.test("A service reports an event on the association that it was asked on", async () => {
  const events: { type: number; transaction: string | undefined }[] = [];
  const told = Promise.withResolvers<void>();
  const listening: Service = {
    performs: ["N-EVENT-REPORT-RQ"],
    transferSyntaxes: commitmentContexts,
    async perform(request) {
      const transaction = (await readMessageDataSet(request)).get("TransactionUID");
      events.push({ type: (request.command as NEventReportRq).eventTypeId, transaction });
      told.resolve();
      return { status: Status.Success };
    },
  };
  const commitment = commitmentScp();
  const [here, there] = connectionPair();
  await using scp = createScp({ services: [commitment] });
  scp.accept(there);
  await using association = await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: [{ abstractSyntax: sopClassUid, transferSyntaxes: [UID.ExplicitVRLittleEndian] }],
    services: [listening],
  });
  const dataSet = new DataSet({ TransactionUID: "2.25.7" });
  const { status } = await association.requestAction({ sopClassUid, sopInstanceUid, actionTypeId: 1, dataSet });
  assert.equal(status, Status.Success);
  await told.promise;
  assert.equal(await commitment.reported, Status.Success);
  assert.deepEqual(events, [{ type: 1, transaction: "2.25.7" }]);
});
