/**
 * What belongs to Node and Bun: sockets by TCP and TLS, and a whole gateway as `gantry listen` runs it.
 *
 * @module
 */

export * from "../src/transport/node.ts";
export * from "../src/hosts/node.ts";
export { nodeCodecPool, type NodeCodecPoolOptions } from "../src/pixel_data/pool/node_codec_process.ts";
export type { CodecPool, CodecPoolOptions } from "../src/pixel_data/pool/codec_pool.ts";
