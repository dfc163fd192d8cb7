/**
 * The requestor's side of association establishment (PS3.8 7.1), step by step: send the A-ASSOCIATE-RQ, receive the
 * answer, check it.
 *
 * @module
 */

import { DeadlineError } from "../errors.ts";
import { AssociationRejectedError } from "./association_rejected_error.ts";
import { agree } from "./agreement.ts";
import { Association } from "./association.ts";
import type { Connection } from "./connection.ts";
import { awaitIndication, establish } from "./establishment.ts";
import { assignContextIds } from "./negotiation.ts";
import type {
  AAssociateRq,
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  ProposedPresentationContext,
  RoleSelection,
  UserIdentity,
} from "./pdu.ts";
import {
  APPLICATION_CONTEXT_NAME,
  type AssociationSettings,
  type CompleteSettings,
  introduce,
  PROTOCOL_VERSION,
} from "./settings.ts";
import { Timer } from "./timeouts.ts";

/** What to ask for. */
export interface RequestorOptions extends AssociationSettings {
  /** AE title of the peer. */
  readonly calledAeTitle: string;
  /** Default `GANTRY`. */
  readonly callingAeTitle?: string;
  /** 1 to 128; the first gets id 1, the second 3, and so on. */
  readonly presentationContexts: readonly Omit<ProposedPresentationContext, "id">[];
  /** Roles that this side would like; default: SCU of everything. */
  readonly roleSelections?: readonly RoleSelection[];
  /** Asked of the acceptor; its answers are in `agreement.answer`. */
  readonly extendedNegotiations?: readonly ExtendedNegotiation[];
  /** Told to the acceptor. */
  readonly commonExtendedNegotiations?: readonly CommonExtendedNegotiation[];
  /** Identity of the user; without TLS a passcode travels in the clear. */
  readonly userIdentity?: UserIdentity;
}

/**
 * Asks for an association on a connection. Throws AssociationRejectedError when the peer rejects it,
 * AssociationAbortedError when it aborts, closes, answers what was not asked or doesn't answer in time, RangeError or
 * TypeError when the request itself can't be written. The connection is closed in time in all these cases.
 */
export function initiateAssociation(connection: Connection, options: RequestorOptions): Promise<Association> {
  return establish(connection, "requestor", options, async ({ machine, record, settings }) => {
    const deadline = new Timer();
    try {
      if (machine.state !== "Sta4") await awaitIndication(machine); // It has been aborted already.
      const request = buildRequest(options, settings);
      record.identify(request);
      machine.request({ event: "A-ASSOCIATE request", pdu: request });
      const { associate } = settings.timeouts;
      deadline.start(associate, () => machine.abort(new DeadlineError("associate", associate)));
      const answer = await awaitIndication(machine, "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ");
      if (answer.type === "A-ASSOCIATE-RJ") throw new AssociationRejectedError(answer);
      return new Association(machine, record, agree("requestor", request, answer), settings.timeouts);
    } finally {
      deadline.stop();
    }
  });
}

/** The A-ASSOCIATE-RQ: what is proposed, and how Gantry introduces itself. */
function buildRequest(options: RequestorOptions, settings: CompleteSettings): AAssociateRq {
  const { roleSelections, extendedNegotiations, commonExtendedNegotiations, userIdentity } = options;
  const { invoked, performed } = settings.operations;
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: PROTOCOL_VERSION,
    calledAeTitle: options.calledAeTitle,
    callingAeTitle: options.callingAeTitle ?? "GANTRY",
    applicationContextName: APPLICATION_CONTEXT_NAME,
    presentationContexts: assignContextIds(options.presentationContexts),
    userInformation: {
      ...introduce(settings.maxPduLength),
      ...((invoked !== 1 || performed !== 1) && { asynchronousOperationsWindow: settings.operations }),
      ...(roleSelections !== undefined && { roleSelections }),
      ...(extendedNegotiations !== undefined && { extendedNegotiations }),
      ...(commonExtendedNegotiations !== undefined && { commonExtendedNegotiations }),
      ...(userIdentity !== undefined && { userIdentity }),
    },
  };
}
