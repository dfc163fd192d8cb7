import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import * as Status from "../../src/dimse/status.ts";
import { AssociationAbortedError, AssociationStateError } from "../../src/errors.ts";
import { AssociationRejectedError } from "../../src/upper_layer/association_rejected_error.ts";
import { createScp, type ScpOptions } from "../../src/services/scp.ts";
import { requestAssociation, type ScuOptions } from "../../src/services/scu.ts";
import { echo, verification } from "../../src/services/verification.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { reject } from "../../src/upper_layer/admission.ts";
import { Witness } from "../support/associations.ts";
import { expectMessage, invoking, nextMessage } from "../support/providers.ts";
import { commandPdv, dataPdv, echoRq, echoRsp, pData, scriptedPeer } from "../support/scripted_peer.ts";

const options: ScuOptions = {
  calledAeTitle: "GANTRY",
  presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
};

/** Asks an SCP for an association. */
async function associate(scu: Partial<ScuOptions> = {}, scp: Partial<ScpOptions> = {}) {
  const [near, far] = connectionPair();
  const served = createScp({ services: [verification()], ...scp }).accept(far);
  try {
    const association = await requestAssociation(near, { ...options, ...scu });
    return { association, served };
  } catch (error) {
    await served;
    throw error;
  }
}

Deno.test("requestAssociation() gives an association that echoes and is released", async () => {
  const witness = new Witness();
  const { association, served } = await associate({ observers: [witness.observe] });
  assert.equal(await association.echo(), Status.Success);
  assert.equal(await association.echo(), Status.Success);
  assert.equal(association.info.state, "Sta6");
  assert.equal(association.agreement.answer.calledAeTitle, "GANTRY");
  await association.release();
  assert.deepEqual(await association.closed, { how: "released", by: "local" });
  await served;
  assert.deepEqual(witness.types, [
    "association-opened",
    "association-established",
    "operation-started",
    "operation-ended",
    "operation-started",
    "operation-ended",
    "association-ended",
  ]);
  await assert.rejects(association.echo(), AssociationStateError);
});

Deno.test("requestAssociation() gives an association that is released when it is disposed of", async () => {
  const { association, served } = await associate();
  {
    await using _ = association;
    await association.echo();
  }
  assert.equal((await association.closed).how, "released");
  await served;
});

Deno.test("requestAssociation() gives an association that can be aborted", async () => {
  const { association, served } = await associate();
  association.abort(new Error("enough"));
  const end = await association.closed;
  assert.deepEqual([end.how, end.how === "aborted" && end.by], ["aborted", "local"]);
  await served;
  await assert.rejects(association.echo(), AssociationAbortedError);
  await assert.rejects(association.release(), AssociationStateError);
  await association[Symbol.asyncDispose]();
});

Deno.test("requestAssociation() throws when the SCP rejects", async () => {
  await assert.rejects(associate({}, { admit: () => reject("calling-ae-title-not-recognized") }), (error) => {
    assert.ok(error instanceof AssociationRejectedError);
    assert.equal(
      error.message,
      "Cannot associate: rejected-permanent by service-user, calling-ae-title-not-recognized",
    );
    return true;
  });
});

Deno.test("requestAssociation() lets the peer ask for the services that are offered in return, and no others", async () => {
  await using conversation = await invoking({}, {}, [verification()]);
  const { peer } = conversation;
  await peer.send(pData(commandPdv(1, echoRq(1))));
  await expectMessage(peer, echoRsp(1));
  await using none = await invoking();
  await none.peer.send(pData(commandPdv(1, echoRq(1))));
  await expectMessage(none.peer, echoRsp(1, Status.UnrecognizedOperation));
});

Deno.test("echo() resolves with any status", async () => {
  await using conversation = await invoking();
  const echoing = echo(conversation.provider);
  await nextMessage(conversation.peer);
  await conversation.peer.send(pData(commandPdv(1, echoRsp(1, Status.SopClassNotSupported))));
  assert.equal(await echoing, Status.SopClassNotSupported);
});

Deno.test("echo() throws when Verification was not accepted", async () => {
  await using conversation = await invoking({}, {
    presentationContexts: [1, 3, 5].map((id) => ({ id, result: "user-rejection", transferSyntax: "" })),
  });
  await assert.rejects(echo(conversation.provider), { name: "PresentationContextError" });
});

Deno.test("echo() reads over a data set that should not be there", async () => {
  await using conversation = await invoking();
  const { peer, provider } = conversation;
  for (const messageId of [1, 2]) {
    const echoing = echo(provider);
    await nextMessage(peer);
    const response = { ...echoRsp(messageId), hasDataSet: true } as ReturnType<typeof echoRsp>;
    await peer.send(pData(commandPdv(1, response), dataPdv(1, new Uint8Array(100))));
    assert.equal(await echoing, Status.Success);
  }
});

Deno.test("requestAssociation() says what went wrong when nobody speaks DICOM there", async () => {
  const [connection, peer] = scriptedPeer();
  const requesting = assert.rejects(requestAssociation(connection, options), /the bytes look like an HTTP response/);
  await peer.expectType("A-ASSOCIATE-RQ");
  await peer.send(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await peer.expectAbort("service-provider", "unrecognized-pdu");
  await requesting;
});
