/**
 * What belongs to Deno: sockets by TCP and TLS, and a whole gateway as `gantry listen` runs it.
 *
 * @module
 */

export * from "../src/transport/deno.ts";
export * from "../src/hosts/deno.ts";
export { denoCodecPool } from "../src/pixel_data/pool/deno_codec_process.ts";
export type { CodecPool, CodecPoolOptions } from "../src/pixel_data/pool/codec_pool.ts";
