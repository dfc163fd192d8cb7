import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { Service } from "../../src/dimse/service.ts";
import { ServiceChoice } from "../../src/dimse/service_choice.ts";
import * as Status from "../../src/dimse/status.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { firstSupported } from "../../src/upper_layer/negotiation.ts";

const PRIVATE = "1.2.3.4.5";
const CT = "1.2.840.10008.5.1.4.1.1.2";

/** A host's own storage of one SOP class, in Implicit VR alone. */
function own(sopClass: string, kept: string[] = []): Service {
  const policy = firstSupported([UID.ImplicitVRLittleEndian]);
  return {
    performs: ["C-STORE-RQ"],
    transferSyntaxes: (abstractSyntax) => abstractSyntax === sopClass ? policy : undefined,
    perform(request) {
      kept.push(request.context.transferSyntax);
      return Promise.resolve({ status: 0xB006 });
    },
  };
}

Deno.test("ServiceChoice: the first that takes an abstract syntax has it, catch-all ones last", () => {
  const [catchAll, first, second] = [storage(async () => {}), own(PRIVATE), own(PRIVATE)];
  const choice = new ServiceChoice([catchAll, first, second, verification()]);
  assert.equal(choice.of(PRIVATE)?.service, first);
  assert.equal(choice.of(CT)?.service, catchAll);
  assert.deepEqual(choice.of(UID.Verification)?.service.performs, ["C-ECHO-RQ"]);
  assert.equal(choice.of(UID.StudyRootQueryRetrieveInformationModelFind), undefined);
});

Deno.test("ServiceChoice answers roles and extended negotiation by its services", () => {
  const retrieving: Service = {
    performs: ["C-GET-RQ"],
    transferSyntaxes: (uid) => uid === "1.9" ? firstSupported([UID.ImplicitVRLittleEndian]) : undefined,
    invokes: (sopClassUid) => sopClassUid === CT,
    negotiate: (_, information) => information.map((byte) => byte & 1),
    perform: () => Promise.resolve({ status: Status.Success }),
  };
  const choice = new ServiceChoice([retrieving, own(PRIVATE)]);
  assert.deepEqual(choice.roles(CT), { scu: false, scp: true });
  assert.deepEqual(choice.roles(PRIVATE), { scu: true, scp: false });
  const applicationInformation = Uint8Array.of(1, 2, 3);
  assert.deepEqual(choice.negotiate({ sopClassUid: "1.9", applicationInformation }), Uint8Array.of(1, 0, 1));
  assert.equal(choice.negotiate({ sopClassUid: PRIVATE, applicationInformation }), undefined);
  assert.equal(choice.negotiate({ sopClassUid: "1.10", applicationInformation }), undefined);
});

Deno.test("ServiceChoice remembers no more than it should of what peers make up", () => {
  let asked = 0;
  const service: Service = {
    ...own(PRIVATE),
    transferSyntaxes: () => {
      asked++;
      return undefined;
    },
  };
  const choice = new ServiceChoice([service]);
  for (let round = 0; round < 3; round++) for (let uid = 0; uid < 100; uid++) choice.of(`1.2.${uid}`);
  assert.equal(asked, 100);
  for (let uid = 0; uid < 5000; uid++) choice.of(`1.3.${uid}`);
  choice.of("1.2.0");
  assert.ok(asked > 5100);
});

Deno.test("createScp() performs what comes in a context by the service that negotiated it, wherever storage stands", async () => {
  const kept: string[] = [];
  const stored: string[] = [];
  const catchAll = storage(async ({ sopClassUid, dataSet }) => {
    stored.push(sopClassUid);
    await dataSet.cancel();
  });
  const [here, there] = connectionPair();
  await using scp = createScp({ services: [catchAll, own(PRIVATE, kept)] });
  scp.accept(there);
  const transferSyntaxes = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian];
  await using association = await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: [PRIVATE, CT].map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes })),
  });
  const store = (sopClassUid: string, transferSyntax: string) =>
    association.store({ sopClassUid, sopInstanceUid: "1.2", transferSyntax, dataSet: new Uint8Array(8) });
  assert.equal((await store(PRIVATE, UID.ImplicitVRLittleEndian)).status, 0xB006);
  assert.equal((await store(CT, UID.ExplicitVRLittleEndian)).status, Status.Success);
  assert.deepEqual([kept, stored], [[UID.ImplicitVRLittleEndian], [CT]]);
});
