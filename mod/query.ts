/**
 * Queries (PS3.4 Annex C): what they are, what matches them, and who answers them.
 *
 * @module
 */

export { createArchiveSource } from "../src/archive/archive_source.ts";
export { compileQuery } from "../src/query/compile.ts";
export type { AnswerDetail } from "../src/query/answer.ts";
export type * from "../src/query/compile.ts";
export type * from "../src/query/criterion.ts";
export type * from "../src/query/dialect.ts";
export type * from "../src/query/instance_source.ts";
export type * from "../src/query/levels.ts";
export type * from "../src/query/matcher.ts";
export { MemorySource } from "../src/query/memory_source.ts";
export { MergedSource } from "../src/query/merged_source.ts";
export type * from "../src/query/person_name_key.ts";
export { createQuery, toIdentifier } from "../src/query/query.ts";
export type * from "../src/query/query.ts";
export { readIdentifier } from "../src/query/identifier.ts";
export type * from "../src/query/temporal.ts";
export type * from "../src/query/wildcard.ts";
export { findScp } from "../src/services/find_scp.ts";
export { getScp } from "../src/services/get_scp.ts";
export { moveScp } from "../src/services/move_scp.ts";
export { PeerSource } from "../src/services/peer_source.ts";
