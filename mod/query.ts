/**
 * Queries (PS3.4 Annex C): their form, the matcher, and the sources that answer them.
 *
 * @module
 */

export {
  type ArchiveSource,
  type ArchiveSourceOptions,
  createArchiveSource,
  type PageOptions,
} from "../src/archive/archive_source.ts";
export { compileQuery } from "../src/query/compile.ts";
export type { AnswerDetail, AnswerOptions, InstanceAvailability } from "../src/query/answer.ts";
export type * from "../src/query/compile.ts";
export type * from "../src/query/criterion.ts";
export type * from "../src/query/dialect.ts";
export type * from "../src/query/instance_source.ts";
export type * from "../src/query/levels.ts";
export type * from "../src/query/matcher.ts";
export { type Entity, MemorySource } from "../src/query/memory_source.ts";
export { MergedSource } from "../src/query/merged_source.ts";
export type * from "../src/query/person_name_key.ts";
export { createQuery, toIdentifier } from "../src/query/query.ts";
export type * from "../src/query/query.ts";
export { type IdentifierOptions, type ReadIdentifier, readIdentifier } from "../src/query/identifier.ts";
export type * from "../src/query/temporal.ts";
export type * from "../src/query/wildcard.ts";
export { findScp, type FindScpOptions } from "../src/services/find_scp.ts";
export { getScp, type GetScpOptions } from "../src/services/get_scp.ts";
export { moveScp, type MoveScpOptions } from "../src/services/move_scp.ts";
export type { MoveDestination } from "../src/services/moving.ts";
export type { SourceFace } from "../src/services/source_face.ts";
export type { Transcoding } from "../src/services/transcoding.ts";
export { PeerSource } from "../src/services/peer_source.ts";
