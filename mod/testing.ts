/**
 * For tests of what is built on Gantry: connections, stores and an index in memory. Nothing here opens a socket or a file.
 *
 * @example A handler, tested without a network
 * ```ts
 * import { createScp, requestAssociation, UID, verification } from "@gantry/dicom";
 * import { connectionPair } from "@gantry/dicom/testing";
 *
 * const [here, there] = connectionPair();
 * createScp({ services: [verification()] }).accept(there);
 * const association = await requestAssociation(here, {
 *   calledAeTitle: "GANTRY",
 *   presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
 * });
 * console.log(await association.echo()); // 0
 * await association.release();
 * ```
 *
 * @module
 */

export { createMemoryIndex } from "../src/index/memory_index.ts";
export { createMemoryStore, type MemoryStoreOptions } from "../src/objects/memory_store.ts";
export { connectionPair } from "../src/transport/memory.ts";
export { ScriptedPeer } from "../src/testing/scripted_peer.ts";
