/** What a peer may do, by the access rules that it matches: held where presentation contexts are negotiated. */

import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { decodeCommandSet } from "../../src/dimse/command_set.ts";
import type { Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { createGateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { GatewayEvent } from "../../src/gateway/module.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { Peer } from "../../src/services/peer.ts";
import { requestAssociation, type ScuAssociation, type ScuOptions } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { accept } from "../../src/upper_layer/admission.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";
import { dataSetOf as instanceDataSet } from "../archive/instances.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { CT, sourceOf } from "../services/query_support.ts";
import { associateRq, commandPdv, dataPdv, pData, ScriptedPeer, storeRq } from "../support/scripted_peer.ts";

const PRIVATE_STORAGE = "1.2.826.0.1.3680043.9.1";
const PRIVATE_SERVICE = "1.2.826.0.1.3680043.9.2";

/** Services as a host or a later version may bring them: each takes one abstract syntax, and performs nothing. */
function taking(abstractSyntax: string, performs: Service["performs"]): Service {
  return {
    performs,
    transferSyntaxes: (uid) => uid === abstractSyntax ? anyTransferSyntax : undefined,
    perform: () => Promise.resolve({ status: Status.Success }),
  };
}

const MORE: readonly Service[] = [
  taking(UID.ModalityWorklistInformationModelFind, ["C-FIND-RQ"]),
  taking(UID.ModalityPerformedProcedureStep, ["N-CREATE-RQ", "N-SET-RQ"]),
  taking(UID.StorageCommitmentPushModel, ["N-ACTION-RQ"]),
  taking(UID.InstanceAvailabilityNotification, ["N-CREATE-RQ"]),
  taking(PRIVATE_SERVICE, ["N-ACTION-RQ"]),
];

/** Abstract syntaxes, and what a rule calls their service. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  echo: [UID.Verification],
  store: [UID.CTImageStorage, PRIVATE_STORAGE],
  find: [UID.PatientRootQueryRetrieveInformationModelFind, UID.StudyRootQueryRetrieveInformationModelFind],
  retrieve: [UID.StudyRootQueryRetrieveInformationModelMove, UID.StudyRootQueryRetrieveInformationModelGet],
  worklist: [UID.ModalityWorklistInformationModelFind],
  mpps: [UID.ModalityPerformedProcedureStep],
  commit: [UID.StorageCommitmentPushModel],
  other: [UID.InstanceAvailabilityNotification, PRIVATE_SERVICE],
};
const ALL = Object.values(SERVICES).flat();

interface Running extends AsyncDisposable {
  readonly events: GatewayEvent[];
  associate(options?: Partial<ScuOptions>): Promise<ScuAssociation>;
  peer(callingAeTitle: string): Peer;
  meet(): ScriptedPeer;
}

async function gateway(allow: string, options: Partial<GatewayOptions> = {}): Promise<Running> {
  const events: GatewayEvent[] = [];
  const config = await parseConfig(`dicom: { allow: ${allow} }`);
  const running = createGateway({
    store: createMemoryStore(),
    source: sourceOf(),
    connect: () => Promise.reject(new Error("Nobody is there")),
    config,
    services: MORE,
    observers: [(event) => void events.push(event)],
    ...options,
  });
  const meet = () => {
    const [near, far] = connectionPair();
    running.accept(far);
    return near;
  };
  const connect = () => Promise.resolve(meet());
  return {
    events,
    associate: async (options) =>
      await requestAssociation(await connect(), {
        callingAeTitle: "CT1",
        calledAeTitle: "GANTRY",
        presentationContexts: ALL.map((abstractSyntax) => ({
          abstractSyntax,
          transferSyntaxes: [UID.ImplicitVRLittleEndian],
        })),
        ...options,
      }),
    meet: () => new ScriptedPeer(meet()),
    peer: (callingAeTitle) => new Peer({ callingAeTitle, calledAeTitle: "GANTRY", connect }),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Abstract syntaxes of the contexts that are accepted. */
async function acceptedOf(running: Running, options?: Partial<ScuOptions>): Promise<readonly string[]> {
  await using association = await running.associate(options);
  const { answer: { presentationContexts } } = association.agreement;
  for (const { result } of presentationContexts) {
    assert.ok(result === "acceptance" || result === "abstract-syntax-not-supported", result);
  }
  return association.agreement.contexts.map(({ abstractSyntax }) => abstractSyntax);
}

Deno.test("a rule that says nothing of services, or none at all, lets one do everything", async () => {
  for (const allow of ["[{ aeTitle: CT1 }]", "[{ aeTitle: CT1 }, { aeTitle: CT1, may: [echo] }]"]) {
    await using running = await gateway(allow);
    assert.deepEqual(await acceptedOf(running), ALL, allow);
  }
});

for (const [name, uids] of Object.entries(SERVICES)) {
  Deno.test(`a rule with may: [${name}] lets one use that service, and no other that is there or may come`, async () => {
    await using running = await gateway(`[{ aeTitle: CT1, may: [${name}] }]`);
    assert.deepEqual(await acceptedOf(running), uids);
  });
}

Deno.test("who matches several rules may do what any of them lets him, and no more", async () => {
  await using running = await gateway("[{ aeTitle: CT1, may: [store] }, { may: [echo] }, { aeTitle: MR1 }]");
  assert.deepEqual(await acceptedOf(running), [...SERVICES.echo!, ...SERVICES.store!]);
  assert.deepEqual(await acceptedOf(running, { callingAeTitle: "STRANGER" }), SERVICES.echo);
  assert.deepEqual(await acceptedOf(running, { callingAeTitle: "MR1" }), ALL);
});

Deno.test("what a rule refuses is told, once, by its services", async () => {
  await using running = await gateway("[{ aeTitle: CT1, may: [store] }]");
  await acceptedOf(running);
  const warnings = running.events.flatMap((event) => event.type === "association-warning" ? [event.warning] : []);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /^No access rule lets it echo, find, retrieve, worklist, mpps, commit, other: refused 1\.2\.840\.10008\.1\.1, .* and 5 more$/,
  );
  // What nobody here offers is no matter of rules.
  const unknown = [{ abstractSyntax: UID.BasicFilmSession, transferSyntaxes: [UID.ImplicitVRLittleEndian] }];
  assert.deepEqual(await acceptedOf(running, { presentationContexts: unknown }), []);
  assert.equal(running.events.filter(({ type }) => type === "association-warning").length, 1);
});

const STUDY = dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.1" });

/** Retrieves a study by C-GET. */
async function get(peer: Peer): Promise<{ readonly got: number; readonly status: number | undefined }> {
  let got = 0;
  const keep = async ({ dataSet }: { readonly dataSet: { cancel(): Promise<void> } }) => {
    await dataSet.cancel();
    got++;
  };
  const steps = await Array.fromAsync(peer.get({ identifier: STUDY, sopClassUids: [CT], keep }));
  return { got, status: steps.at(-1)?.status };
}

Deno.test("who may retrieve and not store gets instances by C-GET, and can send none", async () => {
  await using running = await gateway("[{ may: [retrieve] }]");
  await using peer = running.peer("WORKSTATION");
  assert.deepEqual(await get(peer), { got: 3, status: Status.Success });

  const transferSyntaxes = [UID.ExplicitVRLittleEndian];
  const context = { abstractSyntax: CT, transferSyntaxes };
  // Without the SCP role it would be there to store.
  assert.deepEqual(await acceptedOf(running, { presentationContexts: [context] }), []);
  for (const scuRole of [true, false]) {
    const roleSelections = [{ sopClassUid: CT, scuRole, scpRole: true }];
    const sender = running.meet();
    await sender.send(
      associateRq({ presentationContexts: [{ id: 3, ...context }], userInformation: { roleSelections } }),
    );
    const answer = await sender.receive();
    assert.ok(answer?.type === "A-ASSOCIATE-AC");
    assert.deepEqual(answer.userInformation.roleSelections, [{ sopClassUid: CT, scuRole: false, scpRole: true }]);
    const dataSet = instanceDataSet({ sopInstance: "1.2.3.4" });
    await sender.send(pData(commandPdv(3, storeRq(1))), pData(dataPdv(3, dataSet)));
    const response = await sender.receive();
    assert.ok(response?.type === "P-DATA-TF");
    const command = decodeCommandSet(response.pdvs[0]!.bytes);
    assert.deepEqual("status" in command && [command.type, command.status], ["C-STORE-RSP", Status.NotAuthorized]);
    await sender.vanish();
  }
  assert.equal(running.events.filter(({ type }) => type === "instance-kept").length, 0);
});

Deno.test("who may store and not retrieve is given no SCP role, and no C-GET", async () => {
  await using running = await gateway("[{ may: [store] }]");
  await using association = await running.associate({
    presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [UID.ExplicitVRLittleEndian] }],
    roleSelections: [{ sopClassUid: CT, scuRole: true, scpRole: true }],
  });
  assert.deepEqual(association.agreement.answer.userInformation.roleSelections, [
    { sopClassUid: CT, scuRole: true, scpRole: false },
  ]);
  const stored = await association.store({
    sopClassUid: CT,
    sopInstanceUid: "1.2.9",
    transferSyntax: UID.ExplicitVRLittleEndian,
    dataSet: dataSetOf({
      SOPClassUID: CT,
      SOPInstanceUID: "1.2.9",
      StudyInstanceUID: "1.2",
      SeriesInstanceUID: "1.2.3",
    }),
  });
  assert.equal(stored.status, Status.Success);
  await using peer = running.peer("CT1");
  await assert.rejects(get(peer), { name: "PresentationContextError" });
});

Deno.test("extended negotiation of what one may not do is not answered", async () => {
  await using running = await gateway("[{ may: [echo] }]");
  const sopClassUid = UID.StudyRootQueryRetrieveInformationModelFind;
  await using association = await running.associate({
    extendedNegotiations: [{ sopClassUid, applicationInformation: Uint8Array.of(1) }],
  });
  assert.equal(association.agreement.answer.userInformation.extendedNegotiations, undefined);
});

Deno.test("a host's own admission narrows what the rules offer, and widens nothing", async () => {
  const admit = () =>
    accept({
      narrow: (offered) => ({
        ...offered,
        offer: (uid) =>
          uid === UID.CTImageStorage ? undefined : uid === UID.Verification ? anyTransferSyntax : offered.offer(uid),
      }),
    });
  await using running = await gateway("[{ may: [store] }]", { admit });
  assert.deepEqual(await acceptedOf(running), [PRIVATE_STORAGE]);
});

Deno.test("may takes the names of services, and at least one", async () => {
  const allow = (may: string) => parseConfig(`dicom: { allow: [{ aeTitle: CT1, may: ${may} }] }`);
  await assert.rejects(allow("[]"), /dicom\.allow\[0\]\.may: found .*, expected at least one of echo, store, find/);
  await assert.rejects(allow("[print]"), /dicom\.allow\[0\]\.may\[0\]: found "print", expected echo or store or find/);
  await assert.rejects(allow("store"), /dicom\.allow\[0\]\.may: found "store", expected a list of echo, store/);
  assert.deepEqual((await allow("[store, commit]")).dicom.allow[0]?.may, ["store", "commit"]);
});
