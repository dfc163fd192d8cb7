/**
 * Gantry: DICOM over Web Streams. Everything here runs on Web APIs alone.
 *
 * The steps of an SCP: `createScp`, then `accept` each connection. The steps of an SCU: connect, `requestAssociation`, then
 * `echo`, `store`. A whole gateway, with archive and HTTP sidecar: `createGateway`. Sockets are in `@gantry/dicom/deno` and
 * `@gantry/dicom/node`; data sets and files are in `@gantry/dicom/data-set`.
 *
 * @example An SCP
 * ```ts
 * import { createScp, storage, verification } from "@gantry/dicom";
 * import { listenTcp } from "@gantry/dicom/deno";
 *
 * const scp = createScp({
 *   services: [verification(), storage(async (instance) => {
 *     for await (const _bytes of instance.file().stream()); // keep them, then return: the sender is told that all is safe
 *   })],
 * });
 * for await (const connection of await listenTcp({ port: 11112 })) scp.accept(connection);
 * ```
 *
 * @module
 */

// The gateway
export type { Connect, ConnectCall, ConnectTarget } from "./src/gateway/connect.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./src/gateway/gateway.ts";
export type { RouteStepOptions } from "./src/gateway/step_kinds.ts";
export type { Commitment, CommitmentEvent, CommitmentState } from "./src/commitment/commitment.ts";
export type { HttpSender } from "./src/http/part.ts";
export type { GatewayContext, GatewayEvent, GatewayModule, HealthChecks, MakeModule } from "./src/gateway/module.ts";

// Services, both roles, and DIMSE (PS3.4, PS3.7)
export type { DimseEvent } from "./src/dimse/events.ts";
export { readMessageDataSet } from "./src/dimse/message_data_set.ts";
export type { PerformRequest, PerformResponse, Service } from "./src/dimse/service.ts";
export * as Status from "./src/dimse/status.ts";
export { AwaitedReports } from "./src/services/awaited_reports.ts";
export { find } from "./src/services/find.ts";
export { Peer, type PeerOptions } from "./src/services/peer.ts";
export { get, move } from "./src/services/retrieve.ts";
export { createScp, type Scp, type ScpOptions } from "./src/services/scp.ts";
export { requestAssociation, ScuAssociation, type ScuOptions } from "./src/services/scu.ts";
export { type ReceivedInstance, storage } from "./src/services/storage.ts";
export { COMMITMENT_CONTEXT, storageCommitment } from "./src/services/storage_commitment.ts";
export { planAssociations } from "./src/services/storage_plan.ts";
export { verification } from "./src/services/verification.ts";
export { probe } from "./src/services/verification_probe.ts";

// Associations (PS3.8), and which peers may have one
export { inNetworks } from "./src/ip_address.ts";
export { type AccessRule, admitByRules } from "./src/access/access_rules.ts";
export { accept, type Admit, reject } from "./src/upper_layer/admission.ts";
export type { Connection } from "./src/upper_layer/connection.ts";
export type { AssociationEvent, Observer } from "./src/upper_layer/events.ts";
export { firstSupported } from "./src/upper_layer/negotiation.ts";
export { identifyUsers } from "./src/access/user_file.ts";

// Where instances live
export { createArchive } from "./src/archive/archive.ts";
export type { InstanceIndex } from "./src/index/instance_index.ts";
export { createMemoryIndex } from "./src/index/memory_index.ts";
export { createMemoryStore } from "./src/objects/memory_store.ts";
export type { ObjectStore } from "./src/objects/object_store.ts";

// Identifiers of the standard, and the version of Gantry
export { VERSION } from "./src/dicom/implementation.ts";
export * as UID from "./src/dicom/generated/uid.ts";

// Errors
export {
  AssociationAbortedError,
  AssociationStateError,
  DataSetError,
  DeadlineError,
  DimseStatusError,
  InstanceNotKeptError,
  LimitError,
  PduError,
  TransportError,
} from "./src/errors.ts";
export { ConfigError } from "./src/config/config_error.ts";
export { CommandSetError } from "./src/dimse/command_set_error.ts";
export { PresentationContextError } from "./src/dimse/presentation_context_error.ts";
export { IdentifierError } from "./src/query/identifier_error.ts";
export { AssociationRejectedError } from "./src/upper_layer/association_rejected_error.ts";
