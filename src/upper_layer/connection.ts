/**
 * What the upper layer asks of a transport.
 *
 * @module
 */

import type { LendingStream } from "../streams/lending_stream.ts";

export type { LendingStream } from "../streams/lending_stream.ts";
export type { LentBytes } from "../streams/lent_bytes.ts";

/** One end of a connection. */
export interface Endpoint {
  /** Host name or IP address, without brackets. */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** What TLS found out about the peer. */
export interface TlsInfo {
  /** SHA-256 fingerprint of the peer's certificate, lower-case hexadecimal; absent when it showed none. */
  readonly peerFingerprint?: string;
  /** Subject common name of the peer's certificate. */
  readonly peerSubject?: string;
  /** DNS, IP and URI names of the peer's certificate. */
  readonly peerNames?: readonly string[];
}

/**
 * A two-way stream of bytes, wherever it came from: a socket, a tunnel, a pair of in-memory pipes.
 *
 * - `readable`: a chunk belongs to its reader for good; the transport never writes to its memory again. Cancelling it
 *   means that no more will be read.
 * - `writable`: a chunk is the transport's until `write()` has resolved and the writer's again afterwards, so a sink
 *   that keeps bytes longer copies them. `close()` says that no more will be written (a TCP FIN); `abort()` drops what
 *   is still waiting.
 * - When both directions are finished (closed, cancelled or aborted), the transport gives all its resources back.
 */
export interface Connection {
  /** The bytes that the peer sends. */
  readonly readable: LendingStream;
  /** The bytes to send to the peer. */
  readonly writable: WritableStream<Uint8Array>;
  /** What carries it, for logs and metrics. */
  readonly transport?: "tcp" | "tls" | "websocket" | "memory";
  /** This side's address, where the transport has addresses. */
  readonly local?: Endpoint;
  /** The peer's address, which admission rules look at. */
  readonly remote?: Endpoint;
  /** What TLS found out; absent without TLS. */
  readonly tls?: TlsInfo;
}
