/**
 * The upper layer in detail: PDUs and their codec, associations without DIMSE, negotiation, connections, access rules, and
 * the PROXY protocol in front of them (PS3.8).
 *
 * @module
 */

export {
  type AbortReason,
  type AbortSource,
  AssociationAbortedError,
  AssociationStateError,
  DeadlineError,
  LimitError,
  PduError,
  type Phase,
  type StallKind,
  TransportError,
} from "../src/errors.ts";
export {
  AssociationRejectedError,
  type RejectReason,
  type RejectResult,
  type RejectSource,
} from "../src/upper_layer/association_rejected_error.ts";
export { PresentationContextError } from "../src/dimse/presentation_context_error.ts";
export { inNetworks } from "../src/ip_address.ts";
export type { ByteBody, LentBytes } from "../src/streams/lent_bytes.ts";
export {
  parseProxyHeader,
  type ProxyHeader,
  type ProxyProtocolOptions,
  readProxyProtocol,
} from "../src/transport/proxy_protocol.ts";
export { acceptAssociation, type AcceptorOptions } from "../src/upper_layer/acceptor.ts";
export { type ServiceName, serviceNameOf } from "../src/access/service_names.ts";
export { type AccessOptions, type AccessRule, admitByRules, type CertificateRule } from "../src/access/access_rules.ts";
export {
  accept,
  type Acceptance,
  type Admission,
  type Admit,
  type Narrow,
  type Offered,
  reject,
  type Rejection,
} from "../src/upper_layer/admission.ts";
export type { Agreement } from "../src/upper_layer/agreement.ts";
export { Association } from "../src/upper_layer/association.ts";
export { decodePdu } from "../src/upper_layer/codec/pdu_decode.ts";
export { encodePdu } from "../src/upper_layer/codec/pdu_encode.ts";
export {
  DEFAULT_MAXIMUM_ASSOCIATE_PDU_LENGTH,
  PDU_LENGTH_CEILING,
  PduReader,
} from "../src/upper_layer/codec/pdu_reader.ts";
export type { Connection, Endpoint, TlsInfo } from "../src/upper_layer/connection.ts";
export type { LendingStream } from "../src/streams/lending_stream.ts";
export type {
  AssociationEnd,
  AssociationEvent,
  AssociationInfo,
  Observer,
  PresentationContext,
} from "../src/upper_layer/events.ts";
export {
  type AnsweredPresentationContext,
  anyTransferSyntax,
  firstPreferred,
  firstSupported,
  MAXIMUM_PRESENTATION_CONTEXTS,
  type OperationLimits,
  type PresentationContextOffer,
  type RequestorRoles,
  type TransferSyntaxPolicy,
} from "../src/upper_layer/negotiation.ts";
export {
  DEFAULT_ITERATIONS,
  hashPasscode,
  parsePasscodeHash,
  type PasscodeHash,
  verifyPasscode,
} from "../src/access/passcode.ts";
export type {
  AAbort,
  AAssociateAc,
  AAssociateRj,
  AAssociateRq,
  AReleaseRp,
  AReleaseRq,
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  IncomingPdu,
  PDataTf,
  Pdu,
  Pdv,
  PdvFragment,
  PresentationContextOutcome,
  PresentationContextResult,
  ProposedPresentationContext,
  RoleSelection,
  UnknownItem,
  UserIdentity,
  UserInformation,
} from "../src/upper_layer/pdu.ts";
export { initiateAssociation, type RequestorOptions } from "../src/upper_layer/requestor.ts";
export type { AssociationSettings } from "../src/upper_layer/settings.ts";
export { DEFAULT_TIMEOUTS, type Timeouts } from "../src/upper_layer/timeouts.ts";
export { identifyUsers, parseUsers, type Users } from "../src/access/user_file.ts";
export { type IdentifiedUser, type Identify, usernameIdentity } from "../src/access/user_identity.ts";
