/**
 * The seven protocol data units of PS3.8 section 9.3, as plain objects.
 *
 * @module
 */

import type { AbortReason, AbortSource } from "../errors.ts";
import type { RejectReason, RejectResult, RejectSource } from "./association_rejected_error.ts";

/** An item or sub-item that this version does not know; kept so that a PDU can be written back as it came. */
export interface UnknownItem {
  /** Its first byte. */
  readonly itemType: number;
  /** What follows its length field. */
  readonly bytes: Uint8Array;
}

/** A presentation context as the requestor proposes it (PS3.8 9.3.2.2). */
export interface ProposedPresentationContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  /** Abstract syntax UID: a SOP Class UID, mostly. */
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
  /** Of the proposal that it answers. */
  readonly id: number;
  /** Result/Reason. */
  readonly result: PresentationContextOutcome;
  /** Meaningful with `acceptance` only. */
  readonly transferSyntax: string;
}

/** SCP/SCU Role Selection (PS3.7 D.3.3.4). */
export interface RoleSelection {
  /** The SOP class that it is about. */
  readonly sopClassUid: string;
  /** Whether the requestor may be SCU. */
  readonly scuRole: boolean;
  /** Whether the requestor may be SCP. */
  readonly scpRole: boolean;
}

/** SOP Class Extended Negotiation (PS3.7 D.3.3.5). */
export interface ExtendedNegotiation {
  /** The SOP class that it is about. */
  readonly sopClassUid: string;
  /** Its meaning is the service class's. */
  readonly applicationInformation: Uint8Array;
}

/** SOP Class Common Extended Negotiation (PS3.7 D.3.3.6). */
export interface CommonExtendedNegotiation {
  /** The SOP class that it is about. */
  readonly sopClassUid: string;
  /** The service class that the SOP class belongs to. */
  readonly serviceClassUid: string;
  /** SOP classes that the SOP class may be taken for. */
  readonly relatedGeneralSopClassUids: readonly string[];
}

/** User Identity Negotiation request (PS3.7 D.3.3.7.1). */
export interface UserIdentity {
  /** User-Identity-Type. */
  readonly type: "username" | "username-and-passcode" | "kerberos" | "saml" | "jwt";
  /** Whether the acceptor is to answer it. */
  readonly positiveResponseRequested: boolean;
  /** The username, Kerberos ticket, SAML assertion or JSON web token. */
  readonly primaryField: Uint8Array;
  /** The passcode; empty for every other type. */
  readonly secondaryField: Uint8Array;
}

/** The User Information item (PS3.8 9.3.2.3) with the sub-items of PS3.8 Annex D and PS3.7 Annex D.3. */
export interface UserInformation {
  /** Longest P-DATA-TF variable field, in bytes, that the sender of this item receives; 0 means no limit. */
  readonly maximumPduLength: number;
  /** Implementation Class UID (PS3.7 D.3.3.2). */
  readonly implementationClassUid: string;
  /** Implementation Version Name, 1 to 16 characters (PS3.7 D.3.3.2). */
  readonly implementationVersionName?: string;
  /** Asynchronous Operations Window (PS3.7 D.3.3.3), as the requestor invokes and performs; 0 means any number. */
  readonly asynchronousOperationsWindow?: { readonly invoked: number; readonly performed: number };
  /** At most one a SOP class. */
  readonly roleSelections?: readonly RoleSelection[];
  /** At most one a SOP class. */
  readonly extendedNegotiations?: readonly ExtendedNegotiation[];
  /** A-ASSOCIATE-RQ only. */
  readonly commonExtendedNegotiations?: readonly CommonExtendedNegotiation[];
  /** A-ASSOCIATE-RQ only. */
  readonly userIdentity?: UserIdentity;
  /** A-ASSOCIATE-AC only: the server's response (PS3.7 D.3.3.7.2). */
  readonly userIdentityResponse?: Uint8Array;
  /** Sub-items of other types, in order; of those that were received the first 128. */
  readonly unknownItems?: readonly UnknownItem[];
}

/** A-ASSOCIATE-RQ (PS3.8 9.3.2). AE titles are without their padding. */
export interface AAssociateRq {
  /** Type of the PDU. */
  readonly type: "A-ASSOCIATE-RQ";
  /** A bit field; bit 0 is version 1. */
  readonly protocolVersion: number;
  /**
   * 1 to 16 characters. One that was received may be empty, holds what stands before the first NUL, and U+FFFD for each byte
   * that no AE title can hold.
   */
  readonly calledAeTitle: string;
  /** As the called AE title. */
  readonly callingAeTitle: string;
  /** Application context UID; DICOM has one (PS3.7 A.2.1). */
  readonly applicationContextName: string;
  /** 1 to 128, in the order of the requestor. */
  readonly presentationContexts: readonly ProposedPresentationContext[];
  /** The User Information item. */
  readonly userInformation: UserInformation;
  /** Items of other types, in order; of those that were received the first 128. */
  readonly unknownItems?: readonly UnknownItem[];
  /**
   * The 64 bytes of both AE titles and the reserved field behind them, as they came; absent where they say no
   * more than the titles, padded with spaces, and zeros.
   */
  readonly titleFields?: Uint8Array;
  /** Its errors that Gantry tolerates, in words for an operator. */
  readonly warnings?: readonly string[];
}

/** A-ASSOCIATE-AC (PS3.8 9.3.3). The AE titles echo the request and are not to be tested. */
export interface AAssociateAc {
  /** Type of the PDU. */
  readonly type: "A-ASSOCIATE-AC";
  /** A bit field; bit 0 is version 1. */
  readonly protocolVersion: number;
  /** That of the request. */
  readonly calledAeTitle: string;
  /** That of the request. */
  readonly callingAeTitle: string;
  /** Application context UID; DICOM has one (PS3.7 A.2.1). */
  readonly applicationContextName: string;
  /** One for each proposal. */
  readonly presentationContexts: readonly PresentationContextResult[];
  /** The User Information item. */
  readonly userInformation: UserInformation;
  /** Items of other types, in order; of those that were received the first 128. */
  readonly unknownItems?: readonly UnknownItem[];
  /**
   * The 64 bytes of both AE titles and the reserved field behind them, as they came in the request; absent where they say no
   * more than the titles, padded with spaces, and zeros.
   */
  readonly titleFields?: Uint8Array;
}

/** A-ASSOCIATE-RJ (PS3.8 9.3.4). */
export interface AAssociateRj {
  /** Type of the PDU. */
  readonly type: "A-ASSOCIATE-RJ";
  /** Whether trying again can help. */
  readonly result: RejectResult;
  /** The side and layer that rejects. */
  readonly source: RejectSource;
  /** Reason/Diagnostic. */
  readonly reason: RejectReason;
}

/** A presentation data value (PS3.8 9.3.5.1 and Annex E.2). */
export interface Pdv {
  /** Presentation context that it belongs to. */
  readonly contextId: number;
  /** Whether it holds a piece of a command set, else of a data set. */
  readonly command: boolean;
  /** Whether it ends that command set or data set. */
  readonly last: boolean;
  /** The piece itself. */
  readonly bytes: Uint8Array;
}

/** P-DATA-TF (PS3.8 9.3.5), whole. The association itself never holds one: see `PdvFragment`. */
export interface PDataTf {
  /** Type of the PDU. */
  readonly type: "P-DATA-TF";
  /** At least one. */
  readonly pdvs: readonly Pdv[];
}

/** A-RELEASE-RQ (PS3.8 9.3.6). */
export interface AReleaseRq {
  /** Type of the PDU. */
  readonly type: "A-RELEASE-RQ";
}

/** A-RELEASE-RP (PS3.8 9.3.7). */
export interface AReleaseRp {
  /** Type of the PDU. */
  readonly type: "A-RELEASE-RP";
}

/** A-ABORT (PS3.8 9.3.8). */
export interface AAbort {
  /** Type of the PDU. */
  readonly type: "A-ABORT";
  /** The side that aborts. */
  readonly source: Exclude<AbortSource, "transport">;
  /** Reason/Diagnostic; `reason-not-specified` when the source is the service-user. */
  readonly reason: AbortReason;
}

/** Any PDU. */
export type Pdu = AAssociateRq | AAssociateAc | AAssociateRj | PDataTf | AReleaseRq | AReleaseRp | AAbort;

/**
 * As much of one PDV as has arrived. `last` is true on the final fragment of a PDV that ends its command set or data
 * set, and on no other; where PDVs and PDUs begin is of no meaning to DIMSE (PS3.8 Annex E), so it is not told.
 */
export interface PdvFragment extends Pdv {
  /** Type of the PDU that it came in. */
  readonly type: "P-DATA-TF";
}

/** What a stream of PDUs gives, in order: whole control PDUs, and P-DATA-TF by the fragment. */
export type IncomingPdu = Exclude<Pdu, PDataTf> | PdvFragment;
