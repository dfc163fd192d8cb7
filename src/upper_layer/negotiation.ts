/**
 * What two peers agree on when an association is made: presentation contexts (PS3.8 7.1.1.13 and 9.3.3.2), the length of
 * PDUs (PS3.8 D.1), roles, outstanding operations and extended negotiation (PS3.7 D.3.3). All of it is pure.
 *
 * @module
 */

import { findTransferSyntax } from "../dicom/transfer_syntaxes.ts";
import { isValidUid } from "../dicom/uids.ts";
import { LimitError, PduError } from "../errors.ts";
import type { PresentationContext } from "./events.ts";
import type {
  AAssociateAc,
  AAssociateRq,
  ExtendedNegotiation,
  PresentationContextOutcome,
  PresentationContextResult,
  ProposedPresentationContext,
  RoleSelection,
  UserInformation,
} from "./pdu.ts";

/** Most presentation contexts that an association can have: their ids are the odd numbers from 1 to 255. */
export const MAXIMUM_PRESENTATION_CONTEXTS = 128;

/** Longest P-DATA-TF variable field, in bytes, that is sent to a peer that would take longer ones. */
const SEND_LENGTH_CEILING = 128 * 1024;

/** A PDV's length, context id and message control header, and the least that it can carry: two bytes. */
const LEAST_SEND_LENGTH = 4 + 1 + 1 + 2;

/** Chooses one of the transfer syntaxes that a presentation context proposes; undefined when none will do. */
export type TransferSyntaxPolicy = (proposed: readonly string[]) => string | undefined;

/**
 * Takes any transfer syntax: the first proposed one that PS3.6 knows, whose data sets can be read; where there is none, the
 * first unknown one. A peer may propose text that is not a UID; such text is never chosen.
 */
export function anyTransferSyntax(proposed: readonly string[]): string | undefined {
  return proposed.find((transferSyntax) => findTransferSyntax(transferSyntax) !== undefined) ??
    proposed.find(isValidUid);
}

/** Takes the first proposed transfer syntax that is supported: the requestor's preference decides. */
export function firstSupported(supported: Iterable<string>): TransferSyntaxPolicy {
  const known = new Set(supported);
  return (proposed) => proposed.find((transferSyntax) => known.has(transferSyntax));
}

/** Takes the first supported transfer syntax that is proposed: this side's preference decides. */
export function firstPreferred(supported: readonly string[]): TransferSyntaxPolicy {
  return (proposed) => supported.find((transferSyntax) => proposed.includes(transferSyntax));
}

/** Answer of an acceptor to an abstract syntax: a policy, a specific refusal, or undefined if it is not supported. */
export type PresentationContextOffer = (
  abstractSyntax: string,
) => TransferSyntaxPolicy | "user-rejection" | "no-reason" | undefined;

/** Answers every proposed presentation context, in order. */
export function negotiate(
  proposed: readonly ProposedPresentationContext[],
  offer: PresentationContextOffer,
): PresentationContextResult[] {
  return proposed.map(({ id, abstractSyntax, transferSyntaxes }) => {
    const { result, transferSyntax } = choose(transferSyntaxes, offer(abstractSyntax));
    // Not significant in a refusal (PS3.8 9.3.3.2), but some peers want to find one.
    return { id, result, transferSyntax: transferSyntax ?? transferSyntaxes[0] ?? "" };
  });
}

function choose(
  proposed: readonly string[],
  offered: ReturnType<PresentationContextOffer>,
): { result: PresentationContextOutcome; transferSyntax?: string } {
  if (offered === undefined) return { result: "abstract-syntax-not-supported" };
  if (typeof offered === "string") return { result: offered };
  const transferSyntax = offered(proposed);
  if (transferSyntax === undefined || !proposed.includes(transferSyntax)) {
    return { result: "transfer-syntaxes-not-supported" };
  }
  return { result: "acceptance", transferSyntax };
}

/** Gives each proposal its id: 1, 3, 5 and so on. Throws `LimitError` when there are more than 128. */
export function assignContextIds(
  proposals: readonly Omit<ProposedPresentationContext, "id">[],
): ProposedPresentationContext[] {
  if (proposals.length > MAXIMUM_PRESENTATION_CONTEXTS) {
    throw new LimitError(
      `Cannot propose ${proposals.length} presentation contexts: an association has at most ${MAXIMUM_PRESENTATION_CONTEXTS}`,
      { limit: "presentationContexts", maximum: MAXIMUM_PRESENTATION_CONTEXTS },
    );
  }
  return proposals.map((proposal, index) => ({ ...proposal, id: 2 * index + 1 }));
}

/** A proposed presentation context with what the acceptor says to it. */
export interface AnsweredPresentationContext extends PresentationContext {
  /** The acceptor's answer. */
  readonly result: PresentationContextOutcome;
}

/**
 * Reads the answers to the proposed presentation contexts, in the order of the proposals; one that is not answered is
 * refused with no reason. Throws `PduError` for an answer to a context that was not proposed, and for an accepted transfer
 * syntax that was not.
 */
export function readAnswers(
  proposed: readonly ProposedPresentationContext[],
  results: readonly PresentationContextResult[],
): AnsweredPresentationContext[] {
  const resultById = new Map(results.map((result) => [result.id, result]));
  const answered = proposed.map(({ id, abstractSyntax, transferSyntaxes }): AnsweredPresentationContext => {
    const { result, transferSyntax } = resultById.get(id) ?? { result: "no-reason", transferSyntax: "" };
    resultById.delete(id);
    if (result === "acceptance" && !transferSyntaxes.includes(transferSyntax)) {
      throw invalidAnswer(
        `presentation context ${id} is accepted with ${transferSyntax}, which was not proposed for it`,
      );
    }
    return { id, abstractSyntax, transferSyntax, result };
  });
  for (const id of resultById.keys()) throw invalidAnswer(`presentation context ${id} was not proposed`);
  return answered;
}

/**
 * Longest P-DATA-TF variable field to send, in bytes, even, given the peer's Maximum Length (0 means no limit). Throws
 * `PduError` when no PDV fits into it.
 */
export function maximumSendLength(peerMaximum: number, ceiling: number = SEND_LENGTH_CEILING): number {
  if (peerMaximum === 0) return ceiling;
  if (peerMaximum < LEAST_SEND_LENGTH) {
    throw invalidAnswer(`the peer receives ${peerMaximum} bytes a PDU, expected 0 or at least ${LEAST_SEND_LENGTH}`);
  }
  // Fragments are kept at even lengths, as everything in DICOM is.
  const length = Math.min(peerMaximum, ceiling);
  return length - (length % 2);
}

/** Roles that the association requestor plays for a SOP class. */
export interface RequestorRoles {
  /** Whether it may invoke operations. */
  readonly scu: boolean;
  /** Whether it performs operations. */
  readonly scp: boolean;
}

/** Roles without a negotiation (PS3.7 D.3.3.4). */
const DEFAULT_ROLES: RequestorRoles = { scu: true, scp: false };

/**
 * Answers role selections with at most what is proposed and offered. One whose SOP class is not offered is left out, which
 * means the default: the requestor is SCU, the acceptor SCP.
 */
export function answerRoleSelections(
  proposed: readonly RoleSelection[],
  offer: (sopClassUid: string) => RequestorRoles | undefined,
): RoleSelection[] {
  return proposed.flatMap(({ sopClassUid, scuRole, scpRole }) => {
    const offered = offer(sopClassUid);
    if (offered === undefined) return [];
    return [{ sopClassUid, scuRole: scuRole && offered.scu, scpRole: scpRole && offered.scp }];
  });
}

/** Roles of the requestor that both sides have agreed on for a SOP class. */
export function requestorRoles(
  request: Pick<AAssociateRq, "userInformation">,
  answer: Pick<AAssociateAc, "userInformation">,
  sopClassUid: string,
): RequestorRoles {
  const proposed = findRoles(request.userInformation, sopClassUid);
  const answered = findRoles(answer.userInformation, sopClassUid);
  if (proposed === undefined || answered === undefined) return DEFAULT_ROLES;
  return { scu: proposed.scuRole && answered.scuRole, scp: proposed.scpRole && answered.scpRole };
}

/** Most operations at once that one side invokes and performs. */
export interface OperationLimits {
  /** 0 means any number. */
  readonly invoked: number;
  /** 0 means any number. */
  readonly performed: number;
}

/** The window without a negotiation (PS3.7 D.3.3.3). */
const SYNCHRONOUS: OperationLimits = { invoked: 1, performed: 1 };

/**
 * Answers an asynchronous operations window with at most what is proposed; undefined where none is proposed. What is
 * proposed and answered are limits of the requestor, `acceptor` are limits of the acceptor.
 */
export function answerWindow(
  proposed: OperationLimits | undefined,
  acceptor: OperationLimits,
): OperationLimits | undefined {
  if (proposed === undefined) return undefined;
  return {
    invoked: lesser(proposed.invoked, acceptor.performed),
    performed: lesser(proposed.performed, acceptor.invoked),
  };
}

/** How many operations each side may have outstanding as their invoker; `Infinity` for any number. */
export function agreedWindow(
  request: Pick<AAssociateRq, "userInformation">,
  answer: Pick<AAssociateAc, "userInformation">,
): { requestorInvokes: number; acceptorInvokes: number } {
  const proposed = request.userInformation.asynchronousOperationsWindow ?? SYNCHRONOUS;
  const answered = answer.userInformation.asynchronousOperationsWindow ?? SYNCHRONOUS;
  return {
    requestorInvokes: lesser(proposed.invoked, answered.invoked) || Infinity,
    acceptorInvokes: lesser(proposed.performed, answered.performed) || Infinity,
  };
}

/**
 * The answers to extended negotiation items that were proposed, `given` or those of `extend`; others must not be sent
 * (PS3.7 D.3.3.5).
 */
export function answerExtendedNegotiations(
  proposed: readonly ExtendedNegotiation[],
  given: readonly ExtendedNegotiation[],
  extend: (proposed: ExtendedNegotiation) => Uint8Array | undefined = () => undefined,
): ExtendedNegotiation[] {
  return proposed.flatMap((item) => {
    const { sopClassUid } = item;
    const applicationInformation = given.find((answer) => answer.sopClassUid === sopClassUid)?.applicationInformation ??
      extend(item);
    return applicationInformation === undefined ? [] : [{ sopClassUid, applicationInformation }];
  });
}

function findRoles({ roleSelections }: UserInformation, sopClassUid: string): RoleSelection | undefined {
  return roleSelections?.find((selection) => selection.sopClassUid === sopClassUid);
}

/** The lesser of two numbers where 0 means any. */
function lesser(first: number, second: number): number {
  if (first === 0 || second === 0) return first + second;
  return Math.min(first, second);
}

function invalidAnswer(problem: string): PduError {
  return new PduError(`Cannot associate: ${problem}`, { reason: "invalid-pdu-parameter-value" });
}
