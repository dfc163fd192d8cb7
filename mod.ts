/**
 * Gantry: DICOM over Web Streams. Everything here runs on Web APIs alone; sockets are in `@gantry/dicom/deno` and
 * `@gantry/dicom/node`.
 *
 * The steps of an SCP: `createScp`, then `accept` each connection. The steps of an SCU: connect, `requestAssociation`,
 * then `echo`, `store`. A whole gateway, with archive and HTTP sidecar: `createGateway`.
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
export type * from "./src/gateway/connect.ts";
export * from "./src/gateway/gateway.ts";
export type * from "./src/gateway/module.ts";
export * from "./src/config.ts";

// Part 4: services
export * from "./src/services/scp.ts";
export * from "./src/services/scu.ts";
export * from "./src/services/find.ts";
export * from "./src/services/normalized.ts";
export { Peer, type PeerOptions, type PeerRetrieval } from "./src/services/peer.ts";
export type { AssociationNeeds, Proposal } from "./src/services/association_pool.ts";
export * from "./src/services/retrieve.ts";
export * from "./src/services/verification.ts";
export * from "./src/services/verification_probe.ts";
export * from "./src/services/storage.ts";
export * from "./src/services/storage_plan.ts";

// Part 7: DIMSE
export { decodeCommandSet, encodeCommandSet, respond, type ResponseDetail } from "./src/dimse/command_set.ts";
export type * from "./src/dimse/commands.ts";
export * from "./src/dimse/events.ts";
export { type MessageDataSetOptions, readMessageDataSet } from "./src/dimse/message_data_set.ts";
export type { IncomingResponse, InvokeOptions } from "./src/dimse/invoker.ts";
export type { IncomingDataSet } from "./src/dimse/message_reader.ts";
export type { EncodableDataSet, OutgoingBytes, OutgoingDataSet } from "./src/dimse/message_writer.ts";
export * from "./src/dimse/provider.ts";
export * from "./src/dimse/serve_association.ts";
export * from "./src/dimse/service.ts";
export * as Status from "./src/dimse/status.ts";
export * from "./src/dimse/statuses.ts";

// What operators look at
export type { Health, HealthCheck, HealthStatus } from "./src/http/health_format.ts";
export type * from "./src/http/part.ts";
export { LIMIT_NAMES, type LimitName, type RefusalReason } from "./src/telemetry/passed_limits.ts";
export * from "./src/telemetry/prometheus.ts";
export * from "./src/telemetry/statistics.ts";
export type * from "./src/telemetry/statistics_report.ts";

// Who may do what
export * from "./src/access/access_rules.ts";
export {
  DEFAULT_ITERATIONS,
  hashPasscode,
  parsePasscodeHash,
  type PasscodeHash,
  verifyPasscode,
} from "./src/access/passcode.ts";
export * from "./src/access/user_file.ts";
export * from "./src/access/user_identity.ts";

// Part 8: the upper layer
export * from "./src/upper_layer/acceptor.ts";
export * from "./src/upper_layer/admission.ts";
export type { Agreement } from "./src/upper_layer/agreement.ts";
export { Association } from "./src/upper_layer/association.ts";
export * from "./src/upper_layer/codec/pdu_decode.ts";
export * from "./src/upper_layer/codec/pdu_encode.ts";
export * from "./src/upper_layer/codec/pdu_reader.ts";
export * from "./src/upper_layer/connection.ts";
export type { ByteBody } from "./src/streams/lent_bytes.ts";
export * from "./src/upper_layer/events.ts";
export * from "./src/upper_layer/negotiation.ts";
export * from "./src/upper_layer/pdu.ts";
export * from "./src/upper_layer/requestor.ts";
export type { AssociationSettings } from "./src/upper_layer/settings.ts";
export { DEFAULT_TIMEOUTS, type Timeouts } from "./src/upper_layer/timeouts.ts";

// Parts 5, 6 and 10: data sets
export * from "./src/dicom/charsets/character_set.ts";
export * from "./src/dicom/conversion/convert_transfer_syntax.ts";
export {
  type AttributeKey,
  type AttributeKeyword,
  type AttributePath,
  parsePath,
} from "./src/dicom/data_set/attribute_path.ts";
export type * from "./src/dicom/generated/attribute_types.ts";
export type * from "./src/dicom/data_set/attribute_values.ts";
export type { ByteSource } from "./src/dicom/data_set/byte_source.ts";
export { type ConversionOptions, convertToUtf8 } from "./src/dicom/data_set/character_set_conversion.ts";
export * from "./src/dicom/data_set/data_element.ts";
export * from "./src/dicom/data_set/data_set.ts";
export type * from "./src/dicom/data_set/data_set_like.ts";
export { DataSetReader, type DataSetReaderOptions } from "./src/dicom/data_set/data_set_reader.ts";
export type { WrittenForm } from "./src/dicom/data_set/written_form.ts";
export { textWarnings } from "./src/dicom/data_set/element_text.ts";
export * from "./src/dicom/data_set/pixel_frames.ts";
export * from "./src/dicom/data_set/private_block.ts";
export * from "./src/dicom/data_set/read_data_set.ts";
export * from "./src/dicom/data_set/read_file.ts";
export { streamDataSet, writeDataSet, type WriteOptions } from "./src/dicom/data_set/write_data_set.ts";
export { strayBytesOf } from "./src/dicom/data_set/as_read.ts";
export * from "./src/dicom/data_set/write_file.ts";
export * from "./src/dicom/dictionary.ts";
export * from "./src/dicom/implied_vr.ts";
export type { ElementScannerOptions } from "./src/dicom/encoding/scan_events.ts";
export type { StrayBytes } from "./src/dicom/encoding/stray_bytes.ts";
export * from "./src/dicom/implementation.ts";
export * from "./src/dicom/models/from_json.ts";
export * from "./src/dicom/models/json_model.ts";
export * from "./src/dicom/models/json_text.ts";
export * from "./src/dicom/models/to_json.ts";
export * from "./src/dicom/models/to_xml.ts";
export * from "./src/dicom/part10.ts";
export * from "./src/dicom/tag.ts";
export * from "./src/dicom/sop_classes.ts";
export * from "./src/dicom/transfer_syntaxes.ts";
export * from "./src/dicom/uid_registry.ts";
export * from "./src/dicom/uids.ts";
export * as UID from "./src/dicom/generated/uid.ts";
export type { BinaryValues } from "./src/dicom/values/binary_values.ts";
export * from "./src/dicom/values/date_time.ts";
export * from "./src/dicom/values/date_time_conversion.ts";
export * from "./src/dicom/values/date_time_range.ts";
export * from "./src/dicom/values/decimal.ts";
export type { EncodedValue } from "./src/dicom/values/encoded_value.ts";
export * from "./src/dicom/values/person_name.ts";
export type { TextValue } from "./src/dicom/values/text_values.ts";
export * from "./src/dicom/vr.ts";

// Where instances live
export * from "./src/archive/archive.ts";
export * from "./src/archive/audit.ts";
export * from "./src/archive/events.ts";
export * from "./src/archive/rebuild.ts";
export type { ExistingPolicy, TasksFor } from "./src/archive/transaction.ts";
export * from "./src/index/instance_index.ts";
export * from "./src/index/memory_index.ts";
export * from "./src/objects/memory_store.ts";
export * from "./src/objects/object_store.ts";

// Connections in memory, for tests and for tunnels
export * from "./src/transport/memory.ts";

// Who is behind a load balancer
export {
  parseProxyHeader,
  type ProxyHeader,
  type ProxyProtocolOptions,
  readProxyProtocol,
} from "./src/transport/proxy_protocol.ts";

export { inNetworks } from "./src/ip_address.ts";
export * from "./src/config/config_error.ts";
export * from "./src/dimse/command_set_error.ts";
export * from "./src/dimse/presentation_context_error.ts";
export * from "./src/query/identifier_error.ts";
export * from "./src/upper_layer/association_rejected_error.ts";
export * from "./src/errors.ts";
