/**
 * The work of `gantry listen`.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { createGateway } from "../gateway/gateway.ts";
import type { GatewayEvent } from "../gateway/module.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import type { Observer } from "../upper_layer/events.ts";
import type { Identify } from "../access/user_identity.ts";
import { connect } from "./connect.ts";
import { withinDrainTimeout } from "./drain_timeout.ts";
import { errorText, escapeText } from "./escape.ts";
import { listenForDicom, serveHttp } from "./listeners.ts";
import type { Log } from "./log.ts";
import { openArchive } from "./open_archive.ts";

/** What to run. */
export interface ListenCall {
  readonly config: Config;
  readonly observers: readonly Observer<GatewayEvent>[];
  readonly log: Log;
}

/** A gateway that listens. */
export interface RunningGateway {
  /** Where it really listens. */
  readonly dicom: Endpoint;
  readonly http: Endpoint;
  /**
   * Takes no new associations; resolves when the running ones have ended or were aborted, and all is closed. Resolves within
   * the drain timeout whatever else goes on: the process is to end then.
   */
  drain(): Promise<void>;
  /** Aborts everything; `drain()` then resolves as well. */
  abort(): void;
}

/** Starts a gateway; resolves when it listens, and leaves nothing behind when it throws. */
export type Listen = (call: ListenCall) => Promise<RunningGateway>;

/** Runs the gateway on TCP or TLS, with the sidecar. */
export const listen: Listen = async ({ config, observers, log }) => {
  await using starting = new AsyncDisposableStack();
  const { store, index } = starting.use(await openArchive(config.archive, log));
  const onError = (error: unknown) => log.write("error", "failed", (error as Error).message);
  const identify = await identifyByFile(config.dicom.users);
  const shortage = () => shortageOfMemory(config.dicom.maxMemory);
  const options = { store, index, connect, config, observers, onError, shortage, ...(identify && { identify }) };
  const gateway = starting.use(createGateway(options));
  const listener = await listenForDicom(config, gateway, log, starting);
  const http = await serveHttp(config, (request) => gateway.fetch(request), log, starting);
  const running = starting.move();

  (async () => {
    for await (const connection of listener) gateway.accept(connection);
  })();
  const abort = new AbortController();
  return {
    dicom: listener.addr,
    http: { hostname: http.hostname, port: http.port },
    abort: () => abort.abort(new DOMException("The gateway was told to end at once", "AbortError")),
    async drain() {
      const ended = async () => {
        await gateway.drain(abort.signal);
        await running.disposeAsync();
      };
      if (await withinDrainTimeout(config.dicom.timeouts.drain, abort, ended())) return;
      log.write("warn", "cut-off", "The drain timeout has passed: what is still open is cut off");
    },
  };
};

/** What is said when the process has more than `maximum` bytes of memory; 0 means that it may. */
function shortageOfMemory(maximum: number): string | undefined {
  const { rss } = Deno.memoryUsage();
  return maximum > 0 && rss > maximum ? `the process uses ${rss} bytes of memory (maxMemory is ${maximum})` : undefined;
}

/** What checks user identities against a file, which can be read now. Throws what a user should read. */
async function identifyByFile(path: string | undefined): Promise<Identify | undefined> {
  if (path === undefined) return undefined;
  const { identifyUsers, parseUsers } = await import("../access/user_file.ts");
  try {
    parseUsers(await Deno.readTextFile(path));
  } catch (error) {
    throw new Error(`Cannot use the users in ${escapeText(path)}: ${errorText(error)}`);
  }
  return identifyUsers(() => Deno.readTextFile(path));
}
