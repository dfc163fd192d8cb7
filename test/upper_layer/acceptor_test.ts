import assert from "node:assert/strict";
import { acceptAssociation } from "../../src/upper_layer/acceptor.ts";
import { accept, type Admit } from "../../src/upper_layer/admission.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import type { AAssociateRq } from "../../src/upper_layer/pdu.ts";
import { accepted, TAKE_ALL, Witness } from "../support/associations.ts";
import {
  APPLICATION_CONTEXT,
  associateRq,
  CT_IMAGE_STORAGE,
  dataPdv,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  pData,
  scriptedPeer,
  STUDY_ROOT_FIND,
  VERIFICATION,
} from "../support/scripted_peer.ts";

Deno.test("acceptAssociation() takes version 1 among others", async () => {
  const { association, peer } = await accepted({}, associateRq({ protocolVersion: 0b1011 }));
  association.abort();
  await peer.expectAbort("service-user");
  await association.closed;
});

Deno.test("acceptAssociation() shows the request and the connection to admission", async () => {
  const seen: unknown[] = [];
  const admit: Admit = (request, { transport }) => {
    seen.push(request, transport);
    return Promise.resolve(accept());
  };
  const request = associateRq({ callingAeTitle: "CT 1", calledAeTitle: "ANY-SCP" });
  const { association, peer } = await accepted({ admit }, request);
  assert.deepEqual(seen, [request, "memory"]);
  assert.equal(association.info.callingAeTitle, "CT 1");
  assert.equal(association.info.calledAeTitle, "ANY-SCP");
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("acceptAssociation() leaves it to admission what an empty AE title is worth", async () => {
  const [connection, peer] = scriptedPeer();
  const request = encodePdu(associateRq({ calledAeTitle: "GANTRY" }));
  request.fill(0x20, 10, 26); // The called AE title.
  const [association] = await Promise.all([
    acceptAssociation(connection, TAKE_ALL),
    peer.send(request).then(() => peer.expectType("A-ASSOCIATE-AC")),
  ]);
  assert.equal(association.info.calledAeTitle, "");
  association.abort();
  await peer.expectAbort("service-user");
});

/** What is odd in the 64 bytes of AE titles and reserved field, by offset. */
const oddities: readonly [name: string, at: number, bytes: number[], warnings: number][] = [
  ["old memory behind the called AE title's NUL", 6, [0, 1, 0x7f, 0x41, 0x42], 1],
  ["bytes above 127 in the calling AE title", 18, [0xd6, 0xff], 1],
  ["reserved bytes", 32, Array.from({ length: 32 }, (_, index) => index * 8), 0],
  ["all of it", 3, Array(61).fill(0xfe), 2],
];

for (const [name, at, bytes, warnings] of oddities) {
  Deno.test(`acceptAssociation() gives back AE titles and the reserved field as they came: ${name}`, async () => {
    const [connection, peer] = scriptedPeer();
    const witness = new Witness();
    const request = encodePdu(associateRq());
    request.set(bytes, 10 + at);
    const accepting = acceptAssociation(connection, { ...TAKE_ALL, observers: [witness.observe] });
    await peer.send(request);
    const answer = await peer.receiveBytes();
    assert.equal(answer?.[0], 2, "it was not accepted");
    assert.deepEqual(answer.subarray(10, 74), request.subarray(10, 74));
    assert.deepEqual(answer.subarray(8, 10), Uint8Array.of(0, 0));
    assert.equal(witness.types.filter((type) => type === "association-warning").length, warnings);
    (await accepting).abort();
    await peer.expectAbort("service-user");
  });
}

Deno.test("acceptAssociation() answers even presentation context IDs, and takes messages in them", async () => {
  const proposed = associateRq().presentationContexts.map((context, index) => ({ ...context, id: 2 * index }));
  const request = encodePdu(associateRq());
  associateRq().presentationContexts.forEach(({ id, abstractSyntax }, index) => {
    const item = encodePdu(associateRq({ presentationContexts: [associateRq().presentationContexts[index]!] }));
    const at = indexOf(request, item.subarray(10 + 64 + 25, 10 + 64 + 25 + 12));
    assert.equal(request[at + 4], id, abstractSyntax);
    request[at + 4] = proposed[index]!.id;
  });
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const [association, answer] = await Promise.all([
    acceptAssociation(connection, { ...TAKE_ALL, observers: [witness.observe] }),
    peer.send(request).then(() => peer.expectType("A-ASSOCIATE-AC")),
  ]);
  assert.deepEqual(answer.presentationContexts.map(({ id, result }) => [id, result]), [
    [0, "acceptance"],
    [2, "acceptance"],
    [4, "acceptance"],
  ]);
  assert.ok(witness.types.includes("association-warning"));
  await Promise.all([association.receive(), peer.send(pData(dataPdv(2, Uint8Array.of(1, 2))))]);
  assert.equal(association.context(2).abstractSyntax, CT_IMAGE_STORAGE);
  association.abort();
  await peer.expectAbort("service-user");
});

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return bytes.findIndex((_, at) => part.every((byte, index) => bytes[at + index] === byte));
}

Deno.test("acceptAssociation() answers every presentation context with its exact result", async () => {
  const { association, peer, answer } = await accepted(
    {
      offer: (abstractSyntax) => {
        switch (abstractSyntax) {
          case VERIFICATION:
            return (proposed) => proposed.at(-1);
          case CT_IMAGE_STORAGE:
            return () => undefined;
          case STUDY_ROOT_FIND:
            return "user-rejection";
          case "1.2.3.1":
            return "no-reason";
          default:
            return undefined;
        }
      },
    },
    associateRq({
      presentationContexts: [VERIFICATION, CT_IMAGE_STORAGE, STUDY_ROOT_FIND, "1.2.3.1", "1.2.3.2"].map(
        (abstractSyntax, index) => ({
          id: 255 - 2 * index,
          abstractSyntax,
          transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN],
        }),
      ),
    }),
  );
  assert.deepEqual(answer.presentationContexts.map(({ id, result }) => [id, result]), [
    [255, "acceptance"],
    [253, "transfer-syntaxes-not-supported"],
    [251, "user-rejection"],
    [249, "no-reason"],
    [247, "abstract-syntax-not-supported"],
  ]);
  const context = { id: 255, abstractSyntax: VERIFICATION, transferSyntax: EXPLICIT_LITTLE_ENDIAN };
  assert.equal(answer.presentationContexts[0]?.transferSyntax, EXPLICIT_LITTLE_ENDIAN);
  assert.deepEqual(association.agreement.contexts, [context].map((found) => ({ ...found, result: "acceptance" })));
  assert.deepEqual(association.info.contexts, association.agreement.contexts);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("acceptAssociation() accepts an association none of whose contexts it can use", async () => {
  const { association, peer, answer } = await accepted({ offer: () => undefined });
  assert.ok(answer.presentationContexts.every(({ result }) => result === "abstract-syntax-not-supported"));
  assert.deepEqual(association.agreement.contexts, []);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("acceptAssociation() introduces itself and echoes the AE titles", async () => {
  const { association, peer, answer } = await accepted({ maxPduLength: 32768 });
  assert.equal(answer.calledAeTitle, "GANTRY");
  assert.equal(answer.callingAeTitle, "PEER");
  assert.equal(answer.protocolVersion, 1);
  assert.equal(answer.applicationContextName, APPLICATION_CONTEXT);
  const { maximumPduLength, implementationClassUid, implementationVersionName, ...more } = answer.userInformation;
  assert.equal(maximumPduLength, 32768);
  assert.match(implementationClassUid, /^[12]\./);
  assert.match(implementationVersionName ?? "", /^GANTRY/);
  // Nothing is answered that was not asked.
  assert.deepEqual(more, {});
  assert.equal(association.info.implementationVersionName, "SCRIPT_1");
  association.abort();
  await peer.expectAbort("service-user");
});

const negotiating: Partial<AAssociateRq["userInformation"]> = {
  asynchronousOperationsWindow: { invoked: 5, performed: 0 },
  roleSelections: [
    { sopClassUid: CT_IMAGE_STORAGE, scuRole: true, scpRole: true },
    { sopClassUid: STUDY_ROOT_FIND, scuRole: true, scpRole: true },
  ],
  extendedNegotiations: [{ sopClassUid: STUDY_ROOT_FIND, applicationInformation: Uint8Array.of(1, 1) }],
  userIdentity: {
    type: "username",
    positiveResponseRequested: true,
    primaryField: Uint8Array.of(0x61),
    secondaryField: new Uint8Array(0),
  },
};

Deno.test("acceptAssociation() answers what else is negotiated", async () => {
  const { association, peer, answer } = await accepted(
    {
      operations: { invoked: 3, performed: 2 },
      roles: (sopClassUid) => sopClassUid === CT_IMAGE_STORAGE ? { scu: false, scp: true } : undefined,
      admit: () =>
        accept({
          userIdentityResponse: Uint8Array.of(7),
          extendedNegotiations: [
            { sopClassUid: STUDY_ROOT_FIND, applicationInformation: Uint8Array.of(1, 0) },
            { sopClassUid: VERIFICATION, applicationInformation: Uint8Array.of(9) },
          ],
        }),
    },
    associateRq({ userInformation: negotiating }),
  );
  const { userInformation } = answer;
  assert.deepEqual(userInformation.asynchronousOperationsWindow, { invoked: 2, performed: 3 });
  assert.deepEqual(userInformation.roleSelections, [{ sopClassUid: CT_IMAGE_STORAGE, scuRole: false, scpRole: true }]);
  assert.deepEqual(userInformation.extendedNegotiations, [
    { sopClassUid: STUDY_ROOT_FIND, applicationInformation: Uint8Array.of(1, 0) },
  ]);
  assert.deepEqual(userInformation.userIdentityResponse, Uint8Array.of(7));
  assert.equal(association.agreement.maximumPerformed, 2);
  assert.equal(association.agreement.maximumInvoked, 3);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("acceptAssociation() gives no user identity response that was not requested", async () => {
  const userIdentity = { ...negotiating.userIdentity!, positiveResponseRequested: false };
  const { association, peer, answer } = await accepted(
    { admit: () => accept({ userIdentityResponse: Uint8Array.of(7) }) },
    associateRq({ userInformation: { userIdentity } }),
  );
  assert.equal(answer.userInformation.userIdentityResponse, undefined);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("acceptAssociation() lets one operation at a time be performed where no window is negotiated", async () => {
  const { association, peer } = await accepted({ operations: { invoked: 8, performed: 8 } });
  assert.equal(association.agreement.maximumPerformed, 1);
  assert.equal(association.agreement.maximumInvoked, 1);
  association.abort();
  await peer.expectAbort("service-user");
});

/** What a peer announces and what is sent to it at most; 128 KiB is the ceiling. */
const SEND_LENGTHS: readonly [announced: number, used: number][] = [
  [8, 8],
  [16, 16],
  [17, 16],
  [64, 64],
  [4096, 4096],
  [131072, 131072],
  [0xFFFF_FFFF, 131072],
  [0, 131072],
];

for (const [announced, used] of SEND_LENGTHS) {
  Deno.test(`acceptAssociation() sends PDUs of ${used} bytes to a peer that announces ${announced}`, async () => {
    const { association, peer } = await accepted({}, associateRq({ userInformation: { maximumPduLength: announced } }));
    assert.equal(association.maximumSendLength, used);
    association.abort();
    await peer.expectAbort("service-user");
  });
}
