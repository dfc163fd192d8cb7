/**
 * The seven protocol data units of PS3.8 section 9.3, as plain objects.
 *
 * @module
 */

import type { AbortReason, AbortSource, RejectReason, RejectResult, RejectSource } from "../errors.ts";

/** An item or sub-item that this version does not know; kept so that a PDU can be written back as it came. */
export interface UnknownItem {
  readonly itemType: number;
  readonly bytes: Uint8Array;
}

/** A presentation context as the requestor proposes it (PS3.8 9.3.2.2). */
export interface ProposedPresentationContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  readonly abstractSyntax: string;
  /** At least one. */
  readonly transferSyntaxes: readonly string[];
}

/** The acceptor's answer to one presentation context (PS3.8 9.3.3.2). */
export type PresentationContextOutcome =
  | "acceptance"
  | "user-rejection"
  | "no-reason"
  | "abstract-syntax-not-supported"
  | "transfer-syntaxes-not-supported";

/** A presentation context as the acceptor answers it. */
export interface PresentationContextResult {
  readonly id: number;
  readonly result: PresentationContextOutcome;
  /** Meaningful with `acceptance` only. */
  readonly transferSyntax: string;
}

/** SCP/SCU Role Selection (PS3.7 D.3.3.4). */
export interface RoleSelection {
  readonly sopClassUid: string;
  readonly scuRole: boolean;
  readonly scpRole: boolean;
}

/** SOP Class Extended Negotiation (PS3.7 D.3.3.5). */
export interface ExtendedNegotiation {
  readonly sopClassUid: string;
  /** Its meaning is the service class's. */
  readonly applicationInformation: Uint8Array;
}

/** SOP Class Common Extended Negotiation (PS3.7 D.3.3.6). */
export interface CommonExtendedNegotiation {
  readonly sopClassUid: string;
  readonly serviceClassUid: string;
  readonly relatedGeneralSopClassUids: readonly string[];
}

/** User Identity Negotiation request (PS3.7 D.3.3.7.1). */
export interface UserIdentity {
  readonly type: "username" | "username-and-passcode" | "kerberos" | "saml" | "jwt";
  readonly positiveResponseRequested: boolean;
  readonly primaryField: Uint8Array;
  /** The passcode; empty for every other type. */
  readonly secondaryField: Uint8Array;
}

/** The User Information item (PS3.8 9.3.2.3) with the sub-items of PS3.8 Annex D and PS3.7 Annex D.3. */
export interface UserInformation {
  /** Longest P-DATA-TF variable field, in bytes, that the sender of this item receives; 0 means no limit. */
  readonly maximumPduLength: number;
  readonly implementationClassUid: string;
  readonly implementationVersionName?: string;
  readonly asynchronousOperationsWindow?: { readonly invoked: number; readonly performed: number };
  readonly roleSelections?: readonly RoleSelection[];
  readonly extendedNegotiations?: readonly ExtendedNegotiation[];
  /** A-ASSOCIATE-RQ only. */
  readonly commonExtendedNegotiations?: readonly CommonExtendedNegotiation[];
  /** A-ASSOCIATE-RQ only. */
  readonly userIdentity?: UserIdentity;
  /** A-ASSOCIATE-AC only: the server's response (PS3.7 D.3.3.7.2). */
  readonly userIdentityResponse?: Uint8Array;
  readonly unknownItems?: readonly UnknownItem[];
}

/** A-ASSOCIATE-RQ (PS3.8 9.3.2). AE titles are without their padding. */
export interface AAssociateRq {
  readonly type: "A-ASSOCIATE-RQ";
  /** A bit field; bit 0 is version 1. */
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContextName: string;
  readonly presentationContexts: readonly ProposedPresentationContext[];
  readonly userInformation: UserInformation;
  readonly unknownItems?: readonly UnknownItem[];
}

/** A-ASSOCIATE-AC (PS3.8 9.3.3). The AE titles echo the request and are not to be tested. */
export interface AAssociateAc {
  readonly type: "A-ASSOCIATE-AC";
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContextName: string;
  readonly presentationContexts: readonly PresentationContextResult[];
  readonly userInformation: UserInformation;
  readonly unknownItems?: readonly UnknownItem[];
}

/** A-ASSOCIATE-RJ (PS3.8 9.3.4). */
export interface AAssociateRj {
  readonly type: "A-ASSOCIATE-RJ";
  readonly result: RejectResult;
  readonly source: RejectSource;
  readonly reason: RejectReason;
}

/** A presentation data value (PS3.8 9.3.5.1 and Annex E.2). */
export interface Pdv {
  readonly contextId: number;
  /** Whether it holds a piece of a command set, else of a data set. */
  readonly command: boolean;
  /** Whether it ends that command set or data set. */
  readonly last: boolean;
  readonly bytes: Uint8Array;
}

/** P-DATA-TF (PS3.8 9.3.5), whole. The association itself never holds one: see `PdvFragment`. */
export interface PDataTf {
  readonly type: "P-DATA-TF";
  readonly pdvs: readonly Pdv[];
}

/** A-RELEASE-RQ (PS3.8 9.3.6). */
export interface AReleaseRq {
  readonly type: "A-RELEASE-RQ";
}

/** A-RELEASE-RP (PS3.8 9.3.7). */
export interface AReleaseRp {
  readonly type: "A-RELEASE-RP";
}

/** A-ABORT (PS3.8 9.3.8). */
export interface AAbort {
  readonly type: "A-ABORT";
  readonly source: Exclude<AbortSource, "transport">;
  readonly reason: AbortReason;
}

/** Any PDU. */
export type Pdu = AAssociateRq | AAssociateAc | AAssociateRj | PDataTf | AReleaseRq | AReleaseRp | AAbort;

/**
 * As much of one PDV as has arrived. `last` is true on the final fragment of a PDV that ends its command set or data
 * set, and on no other; where PDVs and PDUs begin is of no meaning to DIMSE (PS3.8 Annex E), so it is not told.
 */
export interface PdvFragment extends Pdv {
  readonly type: "P-DATA-TF";
}

/** What a stream of PDUs gives, in order: whole control PDUs, and P-DATA-TF by the fragment. */
export type IncomingPdu = Exclude<Pdu, PDataTf> | PdvFragment;
