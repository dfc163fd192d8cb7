/**
 * A gateway in memory whose log can be read, for tests of what the worst peers do.
 *
 * @module
 */

import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { logEvents } from "../../src/cli/output/event_log.ts";
import { createLog } from "../../src/cli/output/log.ts";
import { type Config, defaultConfig } from "../../src/config.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { capture } from "../cli/terminal.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";

/**
 * A gateway and all that it tells. Disposing of it takes its peers away first: one that stayed would have until ARTIM, for
 * which a test that fails on fake time would wait for ever.
 */
export interface WatchedGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Lines of the log in JSON, at level debug. */
  log(): string[];
  /** Lines of the log as people read it. */
  textLog(): string[];
  /** Messages of the warnings so far. */
  warnings(): string[];
  /** A peer whose connection the gateway serves; `details` is what the gateway is told of it. */
  meet(details?: Partial<Connection>): { readonly peer: ScriptedPeer; readonly served: Promise<void> };
}

/** What to start; by default a gateway with a memory store that reaches nobody. */
export type WatchOptions = Partial<Omit<GatewayOptions, "config" | "observers">> & {
  readonly config?: Partial<Config>;
};

/** Starts a gateway. */
export function watchGateway({ config = {}, ...options }: WatchOptions = {}): WatchedGateway {
  const [json, text] = [capture(), capture()];
  const peers: ScriptedPeer[] = [];
  const gateway = createGateway({
    store: createMemoryStore(),
    connect: () => Promise.reject(new Error("Nobody is there")),
    ...options,
    config: { ...defaultConfig, ...config },
    observers: [
      logEvents(createLog(json, { format: "json", level: "debug" })),
      logEvents(createLog(text, { format: "text", level: "debug" })),
    ],
  });
  return {
    gateway,
    log: () => json.lines(),
    textLog: () => text.lines(),
    warnings: () => {
      const lines: { level: string; message: string }[] = json.lines().map((line) => JSON.parse(line));
      return lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    },
    meet(details = {}) {
      const [near, far] = connectionPair();
      const peer = new ScriptedPeer(far);
      peers.push(peer);
      return { peer, served: gateway.accept({ ...near, ...details }) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(peers.map((peer) => peer.vanish()));
      await gateway[Symbol.asyncDispose]();
    },
  };
}
