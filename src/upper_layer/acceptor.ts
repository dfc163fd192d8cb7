/**
 * The acceptor's side of association establishment (PS3.8 7.1), step by step: receive the A-ASSOCIATE-RQ, decide, build
 * the answer, accept or reject.
 *
 * @module
 */

import { AssociationRejectedError } from "./association_rejected_error.ts";
import { type Acceptance, type Admission, type Admit, type Offered, reject, type Rejection } from "./admission.ts";
import { agree } from "./agreement.ts";
import { Association } from "./association.ts";
import type { Connection } from "./connection.ts";
import { awaitIndication, establish } from "./establishment.ts";
import { answerExtendedNegotiations, answerRoleSelections, answerWindow, negotiate } from "./negotiation.ts";
import type { AAssociateAc, AAssociateRq, UserInformation } from "./pdu.ts";
import type { ProtocolMachine } from "./protocol_machine.ts";
import {
  APPLICATION_CONTEXT_NAME,
  type AssociationSettings,
  type CompleteSettings,
  introduce,
  PROTOCOL_VERSION,
} from "./settings.ts";
import { Timer } from "./timeouts.ts";

/** How to answer association requests. */
export interface AcceptorOptions extends AssociationSettings, Offered {
  /** Accepts or rejects. */
  readonly admit: Admit;
}

/**
 * Waits for an A-ASSOCIATE-RQ on a connection and answers it. Throws AssociationRejectedError if the association is
 * rejected, AssociationAbortedError if no request arrives (deadline, bytes that are not DICOM, a closed connection),
 * and RangeError if the answer can't be encoded. Each error comes after the connection is closed.
 */
export function acceptAssociation(connection: Connection, options: AcceptorOptions): Promise<Association> {
  return establish(connection, "acceptor", options, async ({ machine, record, settings }) => {
    const request = await awaitIndication(machine, "A-ASSOCIATE-RQ");
    record.identify(request);
    for (const warning of request.warnings ?? []) record.warn(warning);
    const admission = checkProtocol(request) ?? await decide(options.admit, request, connection, settings);
    // The association may have been aborted while admission was decided.
    if (machine.state !== "Sta3") await awaitIndication(machine);
    if (admission.type === "reject") throw sendReject(machine, admission);
    record.user = admission.user;
    const answer = buildAnswer(request, admission, admission.narrow?.(options, record) ?? options, settings);
    const agreement = agree("acceptor", request, answer);
    machine.request({ event: "A-ASSOCIATE response (accept)", pdu: answer });
    return new Association(machine, record, agreement, settings.timeouts);
  });
}

/** What the service provider itself has to reject (PS3.8 9.3.2, 9.3.4). */
function checkProtocol(request: AAssociateRq): Rejection | undefined {
  if ((request.protocolVersion & PROTOCOL_VERSION) === 0) return reject("protocol-version-not-supported");
  if (request.applicationContextName === APPLICATION_CONTEXT_NAME) return undefined;
  return reject("application-context-name-not-supported");
}

/** An error of the handler admits no peer, and a handler that does not decide gives none a place for long. */
async function decide(
  admit: Admit,
  request: AAssociateRq,
  connection: Connection,
  { timeouts: { associate } }: CompleteSettings,
): Promise<Admission> {
  const timer = new Timer();
  try {
    return await Promise.race([
      admit(request, connection),
      new Promise<never>((_resolve, fail) => {
        timer.start(associate, () => fail(new Error(`Cannot decide: admission took longer than ${associate} ms`)));
      }),
    ]);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ...reject("no-reason-given", "rejected-transient"), detail };
  } finally {
    timer.stop();
  }
}

function sendReject(machine: ProtocolMachine, rejection: Rejection): AssociationRejectedError {
  const { result, source, reason } = rejection;
  machine.request({ event: "A-ASSOCIATE response (reject)", pdu: { type: "A-ASSOCIATE-RJ", result, source, reason } });
  return new AssociationRejectedError(rejection);
}

/** The A-ASSOCIATE-AC: every presentation context with its result, every negotiation item with its answer. */
function buildAnswer(
  request: AAssociateRq,
  admission: Acceptance,
  { offer, roles, extend = () => undefined }: Offered,
  { maxPduLength, operations }: CompleteSettings,
): AAssociateAc {
  const asked = request.userInformation;
  const window = answerWindow(asked.asynchronousOperationsWindow, operations);
  const roleSelections = answerRoleSelections(asked.roleSelections ?? [], roles ?? (() => undefined));
  const extended = answerExtendedNegotiations(
    asked.extendedNegotiations ?? [],
    admission.extendedNegotiations ?? [],
    extend,
  );
  const identified = asked.userIdentity?.positiveResponseRequested ? admission.userIdentityResponse : undefined;
  const userInformation: UserInformation = {
    ...introduce(maxPduLength),
    ...(window !== undefined && { asynchronousOperationsWindow: window }),
    ...(roleSelections.length > 0 && { roleSelections }),
    ...(extended.length > 0 && { extendedNegotiations: extended }),
    ...(identified !== undefined && { userIdentityResponse: identified }),
  };
  return {
    type: "A-ASSOCIATE-AC",
    protocolVersion: PROTOCOL_VERSION,
    calledAeTitle: request.calledAeTitle,
    callingAeTitle: request.callingAeTitle,
    ...(request.titleFields !== undefined && { titleFields: request.titleFields }),
    applicationContextName: APPLICATION_CONTEXT_NAME,
    presentationContexts: negotiate(request.presentationContexts, offer),
    userInformation,
  };
}
