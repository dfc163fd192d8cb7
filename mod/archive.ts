/**
 * Where instances live: the archive, object stores and indexes behind one interface each, and the check and rebuild of an
 * index. Stores in files are in `@gantry/dicom/file-archive`.
 *
 * @module
 */

export {
  type Archive,
  type ArchiveLimits,
  type ArchiveOptions,
  createArchive,
  type IncomingInstance,
} from "../src/archive/archive.ts";
export { auditIndex, type AuditOptions, type AuditProgress, type Difference } from "../src/archive/audit.ts";
export { checkInstance, type InstanceCheck, type InstanceReference } from "../src/archive/check_instance.ts";
export type { IntegrityOptions } from "../src/archive/integrity.ts";
export { type ArchiveEvent, KEEP_OUTCOMES, type KeepOutcome, type KeptInstance } from "../src/archive/events.ts";
export { rebuildIndex, type RebuildOptions, type RebuildProgress } from "../src/archive/rebuild.ts";
export type { ExistingPolicy, TasksFor } from "../src/archive/transaction.ts";
export type {
  DocumentCollection,
  DocumentEntry,
  DocumentListOptions,
  DocumentStore,
  DocumentValue,
} from "../src/documents/document_store.ts";
export { createMemoryDocuments } from "../src/documents/memory_documents.ts";
export { InstanceNotKeptError, type NotKeptReason } from "../src/errors.ts";
export type {
  IndexCheck,
  IndexedInstance,
  IndexOptions,
  IndexStatistics,
  InstanceAmount,
  InstanceIndex,
  NewTask,
  SearchOptions,
  Task,
} from "../src/index/instance_index.ts";
export type { KeptAttributes } from "../src/index/kept_attributes.ts";
export { createMemoryIndex } from "../src/index/memory_index.ts";
export { createMemoryStore, type MemoryStoreOptions } from "../src/objects/memory_store.ts";
export {
  type ByteRange,
  checkObjectName,
  type CommitOptions,
  type Crc32,
  isObjectName,
  type ListedObject,
  type ObjectAccount,
  type ObjectStore,
  type PendingObject,
  type StoreCheck,
  type StoredObject,
  type UnsettledObject,
} from "../src/objects/object_store.ts";
