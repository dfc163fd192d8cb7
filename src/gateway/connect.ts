/**
 * How a gateway reaches peers: its host opens the connections.
 *
 * @module
 */

import type { PeerConfig } from "../config.ts";
import type { Connection } from "../upper_layer/connection.ts";

/** The peer to connect to. */
export type ConnectTarget = Required<Pick<PeerConfig, "host" | "port">> & Pick<PeerConfig, "tls">;

/** How a gateway asks its host to connect. */
export interface ConnectCall {
  /** Longest wait in milliseconds for the connection, and once more for its TLS handshake. */
  readonly timeout: number;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** To be called when the connection is there and its TLS handshake begins. */
  readonly onSecuring: () => void;
}

/** Opens a connection to a peer. Throws TransportError or DeadlineError. */
export type Connect = (target: ConnectTarget, call: ConnectCall) => Promise<Connection>;
