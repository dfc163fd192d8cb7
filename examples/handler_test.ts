/**
 * How to test a handler without sockets: the two ends of a connection are in memory.
 *
 *     deno test examples/handler_test.ts
 *
 * @module
 */

import assert from "node:assert/strict";
import { createScp, requestAssociation, Status, storage, UID } from "@gantry/dicom";
import { DataSet } from "@gantry/dicom/data-set";
import { connectionPair } from "@gantry/dicom/testing";

/** The handler under test: it refuses what is not a CT image. */
const onlyCt = storage(({ sopClassUid }) =>
  Promise.resolve({ status: sopClassUid === UID.CTImageStorage ? Status.Success : Status.NotAuthorized })
);

Deno.test("the handler stores CT images and refuses others", async () => {
  await using scp = createScp({ services: [onlyCt] });
  const [here, there] = connectionPair();
  scp.accept(there);
  const transferSyntax = UID.ExplicitVRLittleEndian;
  await using association = await requestAssociation(here, {
    calledAeTitle: "TEST",
    presentationContexts: [UID.CTImageStorage, UID.MRImageStorage]
      .map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [transferSyntax] })),
  });
  const send = async (sopClassUid: string) => {
    const dataSet = new DataSet({ SOPClassUID: sopClassUid, SOPInstanceUID: "2.25.1" });
    const { status } = await association.store({ sopClassUid, sopInstanceUid: "2.25.1", transferSyntax, dataSet });
    return status;
  };
  assert.equal(await send(UID.CTImageStorage), Status.Success);
  assert.equal(await send(UID.MRImageStorage), Status.NotAuthorized);
});
