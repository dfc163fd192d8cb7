/**
 * What a gateway accepts: a gateway of the same configuration runs in memory, and is asked for everything that PS3.6 lists.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { isStorageSopClass } from "../../dicom/sop_classes.ts";
import { sopClasses } from "../../dicom/uid_registry.ts";
import { transferSyntaxes } from "../../dicom/transfer_syntaxes.ts";
import type { UidDefinition } from "../../dicom/uid_registry.ts";
import { createGateway, type Gateway } from "../../gateway/gateway.ts";
import { createMemoryStore } from "../../objects/memory_store.ts";
import { requestAssociation, type ScuAssociation, type ScuOptions } from "../../services/scu.ts";
import { connectionPair } from "../../transport/memory.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS } from "../../upper_layer/negotiation.ts";
import type { UserInformation } from "../../upper_layer/pdu.ts";

/** A SOP class that the gateway accepts. */
export interface AcceptedSopClass extends UidDefinition {
  /** UIDs of the transfer syntaxes that it accepts, each when it is the only one proposed. */
  readonly transferSyntaxes: readonly string[];
  /** Whether the requestor may be its SCP, by role selection. */
  readonly requestorMayBeScp: boolean;
  /** Application information that answers one of five bytes of 1 (PS3.7 D.3.3.5); undefined without an answer. */
  readonly extendedNegotiation: Uint8Array | undefined;
}

/** A method of a resource of a DICOMweb server. */
export interface WebTransaction {
  /** Of HTTP. */
  readonly method: string;
  /** Below the server's root, with `{study}` for what a client puts there. */
  readonly path: string;
}

/** What was found. */
export interface GatewayAnswers {
  /** In the order of PS3.6. */
  readonly sopClasses: readonly AcceptedSopClass[];
  /** Whether a SOP class that PS3.6 does not have is accepted. */
  readonly acceptsPrivateSopClass: boolean;
  /** Whether a transfer syntax that PS3.6 does not have is accepted, for a storage SOP class. */
  readonly acceptsPrivateTransferSyntax: boolean;
  /** Of an A-ASSOCIATE-AC. */
  readonly userInformation: UserInformation;
  /** What it answers over HTTP. */
  readonly web: readonly WebTransaction[];
}

/** UIDs that are not registered. */
const PRIVATE = { sopClass: "2.25.1", transferSyntax: "2.25.2" };

type Proposal = ScuOptions["presentationContexts"][number];

/** Asks a gateway of this configuration, without its access rules: those say which peers may ask, not which services exist. */
export async function askGateway(config: Config): Promise<GatewayAnswers> {
  await using store = createMemoryStore();
  const open = { ...config.dicom, allow: [], requireCalledAeTitle: false, maxMemory: 0 };
  await using gateway = createGateway({
    store,
    config: { ...config, dicom: open, http: withoutTokens(config.http) },
    connect: () => Promise.reject(new Error("Cannot connect: this gateway has no network")),
  });
  const all = transferSyntaxes().map(({ uid }) => uid);
  const classes = sopClasses();
  const taken = await accepted(gateway, classes.map(({ uid }) => ({ abstractSyntax: uid, transferSyntaxes: all })));
  const takenClasses = classes.filter(({ uid }) => taken.some(({ abstractSyntax }) => abstractSyntax === uid));
  const pairs = await accepted(
    gateway,
    takenClasses.flatMap(({ uid }) => all.map((syntax) => ({ abstractSyntax: uid, transferSyntaxes: [syntax] }))),
  );
  const syntaxesOf = Map.groupBy(pairs, ({ abstractSyntax }) => abstractSyntax);
  const roles = await answersFor(gateway, takenClasses);
  const [privateClass, privateSyntax, { userInformation }] = [
    await accepted(gateway, [{ abstractSyntax: PRIVATE.sopClass, transferSyntaxes: all }]),
    await accepted(gateway, [{
      abstractSyntax: UID.CTImageStorage,
      transferSyntaxes: [PRIVATE.transferSyntax],
    }]),
    await answerTo(gateway, [{ abstractSyntax: UID.Verification, transferSyntaxes: all }]),
  ];
  return {
    sopClasses: takenClasses.map((definition) => ({
      ...definition,
      transferSyntaxes: (syntaxesOf.get(definition.uid) ?? []).map(({ transferSyntax }) => transferSyntax),
      ...roles.get(definition.uid)!,
    })),
    acceptsPrivateSopClass: privateClass.length > 0,
    acceptsPrivateTransferSyntax: privateSyntax.length > 0,
    userInformation,
    web: await webTransactions(gateway),
  };
}

/** Any peer may ask here. */
function withoutTokens({ token: _token, oidc: _oidc, ...http }: Config["http"]): Config["http"] {
  return { ...http, tokens: {} };
}

/** What the server says that it can do. */
async function webTransactions(gateway: Gateway): Promise<readonly WebTransaction[]> {
  const request = new Request("http://localhost/dicom-web", { headers: { Accept: "application/json" } });
  const { resources } = await (await gateway.fetch(request)).json();
  return resources;
}

/** The contexts that are accepted of any number. */
async function accepted(gateway: Gateway, proposals: readonly Proposal[]) {
  const found: { readonly abstractSyntax: string; readonly transferSyntax: string }[] = [];
  for (const presentationContexts of batches(proposals)) {
    await using association = await associate(gateway, { presentationContexts });
    found.push(...association.agreement.contexts);
  }
  return found;
}

type Answers = Pick<AcceptedSopClass, "requestorMayBeScp" | "extendedNegotiation">;

/** What the gateway answers to role selection and to extended negotiation, by SOP class. */
async function answersFor(gateway: Gateway, classes: readonly UidDefinition[]): Promise<Map<string, Answers>> {
  const answers = new Map<string, Answers>();
  for (const batch of batches(classes)) {
    const { userInformation } = await answerTo(
      gateway,
      batch.map(({ uid }) => ({ abstractSyntax: uid, transferSyntaxes: [UID.ImplicitVRLittleEndian] })),
      {
        roleSelections: batch.map(({ uid }) => ({ sopClassUid: uid, scuRole: true, scpRole: true })),
        extendedNegotiations: batch.filter(({ uid }) => !isStorageSopClass(uid))
          .map(({ uid }) => ({ sopClassUid: uid, applicationInformation: new Uint8Array(5).fill(1) })),
      },
    );
    for (const { uid } of batch) {
      const of = ({ sopClassUid }: { readonly sopClassUid: string }) => sopClassUid === uid;
      answers.set(uid, {
        requestorMayBeScp: userInformation.roleSelections?.find(of)?.scpRole ?? false,
        extendedNegotiation: userInformation.extendedNegotiations?.find(of)?.applicationInformation,
      });
    }
  }
  return answers;
}

async function answerTo(
  gateway: Gateway,
  presentationContexts: readonly Proposal[],
  options: Pick<ScuOptions, "roleSelections" | "extendedNegotiations"> = {},
) {
  await using association = await associate(gateway, { presentationContexts, ...options });
  return association.agreement.answer;
}

function associate(
  gateway: Gateway,
  options: Pick<ScuOptions, "presentationContexts" | "roleSelections" | "extendedNegotiations">,
): Promise<ScuAssociation> {
  const [here, there] = connectionPair();
  gateway.accept(there);
  return requestAssociation(here, { calledAeTitle: "GANTRY", ...options });
}

function* batches<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += MAXIMUM_PRESENTATION_CONTEXTS) {
    yield items.slice(start, start + MAXIMUM_PRESENTATION_CONTEXTS);
  }
}
