/**
 * The agreement of both sides.
 *
 * @module
 */

import type { PresentationContext } from "./events.ts";
import { agreedWindow, maximumSendLength, readAnswers } from "./negotiation.ts";
import type { AAssociateAc, AAssociateRq } from "./pdu.ts";

/** An association's terms, as one side has them. */
export interface Agreement {
  /** The A-ASSOCIATE-RQ. */
  readonly request: AAssociateRq;
  /** The A-ASSOCIATE-AC. */
  readonly answer: AAssociateAc;
  /** Accepted presentation contexts. */
  readonly contexts: readonly PresentationContext[];
  /** Longest P-DATA-TF variable field that may be sent, in bytes. */
  readonly maximumSendLength: number;
  /** How many operations that this side invokes may be outstanding; at least 1, Infinity for any number. */
  readonly maximumInvoked: number;
  /** How many operations that the peer invokes may be outstanding; at least 1, Infinity for any number. */
  readonly maximumPerformed: number;
}

/** Reads an answer against its request. Throws PduError when it holds what was not proposed, or no PDU could be sent. */
export function agree(role: "requestor" | "acceptor", request: AAssociateRq, answer: AAssociateAc): Agreement {
  const { requestorInvokes, acceptorInvokes } = agreedWindow(request, answer);
  const isRequestor = role === "requestor";
  const { maximumPduLength } = (isRequestor ? answer : request).userInformation;
  return {
    request,
    answer,
    contexts: readAnswers(request.presentationContexts, answer.presentationContexts)
      .filter(({ result }) => result === "acceptance"),
    maximumSendLength: maximumSendLength(maximumPduLength),
    maximumInvoked: isRequestor ? requestorInvokes : acceptorInvokes,
    maximumPerformed: isRequestor ? acceptorInvokes : requestorInvokes,
  };
}
