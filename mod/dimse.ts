/**
 * DIMSE messages and services in detail: command sets, the provider on an association, statuses, normalized services,
 * and the options of the services that `@gantry/dicom` has (PS3.4, PS3.7).
 *
 * @module
 */

export { decodeCommandSet, encodeCommandSet, respond, type ResponseDetail } from "../src/dimse/command_set.ts";
export type {
  AffectedSopClass,
  AffectedSopInstance,
  CCancelRq,
  CEchoRq,
  CEchoRsp,
  CFindRq,
  CFindRsp,
  CGetRq,
  CGetRsp,
  CMoveRq,
  CMoveRsp,
  CommandFields,
  CommandSet,
  CompositeRequestFields,
  CStoreRq,
  CStoreRsp,
  InstanceResponseFields,
  NActionRq,
  NActionRsp,
  NCreateRq,
  NCreateRsp,
  NDeleteRq,
  NDeleteRsp,
  NEventReportRq,
  NEventReportRsp,
  NGetRq,
  NGetRsp,
  NSetRq,
  NSetRsp,
  Priority,
  RequestCommand,
  RequestedSopInstance,
  RequestFields,
  RequestOf,
  ResponseCommand,
  ResponseFields,
  ResponseTo,
  RetrieveResponseFields,
} from "../src/dimse/commands.ts";
export type { DimseEvent, Operation, OperationEvent, OperationOutcome } from "../src/dimse/events.ts";
export type { IncomingResponse, InvokeOptions } from "../src/dimse/invoker.ts";
export { type MessageDataSetOptions, readMessageDataSet } from "../src/dimse/message_data_set.ts";
export { IncomingDataSet } from "../src/dimse/message_reader.ts";
export type { EncodableDataSet, OutgoingBytes, OutgoingDataSet } from "../src/dimse/message_writer.ts";
export { DEFAULT_MAXIMUM_DATA_SET_LENGTH, type ProviderOptions } from "../src/dimse/serve_association.ts";
export { DimseProvider, type RequestToInvoke, type Roles, type Unnumbered } from "../src/dimse/provider.ts";
export type { PerformerFields, PerformRequest, PerformResponse, Service } from "../src/dimse/service.ts";
export { describeStatus, isPending, type StatusDescription } from "../src/dimse/statuses.ts";
export { type StatusCategory } from "../src/dimse/status_meanings.ts";
export { CommandSetError } from "../src/dimse/command_set_error.ts";
export { DimseStatusError } from "../src/errors.ts";
export { IdentifierError } from "../src/query/identifier_error.ts";
export {
  AVAILABILITY_CONTEXT,
  type AvailabilityNotification,
  type AvailableInstances,
  type NotifiedSeries,
  notifyAvailability,
  notifyStudyContent,
  STUDY_CONTENT_CONTEXT,
  type StudyContentNotification,
} from "../src/services/availability_notification.ts";
export {
  availabilityNotificationScp,
  type AvailabilityScpOptions,
  type ReceivedAvailability,
} from "../src/services/availability_scp.ts";
export { AwaitedReports, type AwaitOptions } from "../src/services/awaited_reports.ts";
export {
  COMMITMENT_CONTEXT,
  COMMITMENT_SCP_ROLE,
  type CommitmentCallOptions,
  type CommitmentReport,
  type CommitmentRequest,
  DEFAULT_MAXIMUM_REFERENCES,
  describeFailureReason,
  type FailedInstance,
  FailureReason,
  type ReceivedCommitmentReport,
  type ReceivedCommitmentRequest,
  type ReferencedInstance,
  reportCommitment,
  requestCommitment,
  storageCommitment,
  type StorageCommitmentOptions,
} from "../src/services/storage_commitment.ts";
export type { AssociationNeeds, Proposal } from "../src/services/association_pool.ts";
export type { ConnectionLimits } from "../src/services/connection_limiter.ts";
export { find, type FindQuery, type FoundMatch } from "../src/services/find.ts";
export {
  createInstance,
  deleteInstance,
  getAttributes,
  type NormalizedInstance,
  type NormalizedResult,
  reportEvent,
  requestAction,
  setAttributes,
} from "../src/services/normalized.ts";
export { Peer, type PeerMove, type PeerOptions, type PeerRetrieval } from "../src/services/peer.ts";
export {
  get,
  move,
  type RetrievalContexts,
  retrievalContexts,
  type RetrieveProgress,
  type RetrieveQuery,
} from "../src/services/retrieve.ts";
export { createScp, type Scp, type ScpOptions, type Shortage } from "../src/services/scp.ts";
export { requestAssociation, ScuAssociation, type ScuOptions } from "../src/services/scu.ts";
export {
  type InstanceToSend,
  type MoveOriginator,
  type ReceivedInstance,
  storage,
  type StorageOptions,
  store,
  type StoreOptions,
  type StoreResult,
} from "../src/services/storage.ts";
export {
  chooseTransferSyntax,
  planAssociations,
  type PlannedAssociation,
  type PlannedInstance,
  type PlanOptions,
} from "../src/services/storage_plan.ts";
export { echo, verification } from "../src/services/verification.ts";
export {
  probe,
  type ProbeNegotiated,
  type ProbeOptions,
  type ProbeOutcome,
  type ProbePhase,
  type ProbeTimings,
} from "../src/services/verification_probe.ts";
