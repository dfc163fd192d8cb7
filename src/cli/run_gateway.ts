/**
 * The work of `gantry listen`.
 *
 * @module
 */

import { openFileStore } from "../archive/file_store.ts";
import type { Config } from "../config.ts";
import type { DimseEvent } from "../dimse/events.ts";
import { createGateway } from "../gateway.ts";
import { endpointText } from "../transport/endpoint.ts";
import { transportError } from "../transport/failure.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import type { Observer } from "../upper_layer/events.ts";
import { connect, listenForDicom } from "./connect.ts";
import type { Log } from "./log.ts";

/** What to run. */
export interface ListenCall {
  readonly config: Config;
  readonly observers: readonly Observer<DimseEvent>[];
  readonly log: Log;
}

/** A gateway that listens. */
export interface RunningGateway {
  /** Where it really listens. */
  readonly dicom: Endpoint;
  readonly http: Endpoint;
  /** Takes no new associations; resolves when the running ones have ended or the drain timeout has aborted them. */
  drain(): Promise<void>;
  /** Aborts everything; `drain()` then resolves as well. */
  abort(): void;
}

/** Starts a gateway; resolves when it listens, and leaves nothing behind when it throws. */
export type Listen = (call: ListenCall) => Promise<RunningGateway>;

/** Runs the gateway on TCP or TLS, with the sidecar. */
export const listen: Listen = async ({ config, observers, log }) => {
  await using starting = new AsyncDisposableStack();
  const { path, durable, reserve } = config.archive;
  const store = starting.use(await openFileStore(path, { durable, reserve }));
  const onError = (error: unknown) => log.write("error", "failed", (error as Error).message);
  const shortage = () => shortageOfMemory(config.dicom.maxMemory);
  const gateway = starting.use(createGateway({ store, connect, config, observers, onError, shortage }));
  const onConnectionError = (error: Error) => log.write("warn", "connection-failed", error.message);
  const listener = starting.use(await listenForDicom(config, onConnectionError));
  const server = starting.use(serve(config, (request) => gateway.fetch(request)));
  const running = starting.move();

  (async () => {
    for await (const connection of listener) gateway.accept(connection);
  })();
  const abort = new AbortController();
  return {
    dicom: listener.addr,
    http: { hostname: server.addr.hostname, port: server.addr.port },
    abort: () => abort.abort(new DOMException("The gateway was told to end at once", "AbortError")),
    async drain() {
      const limit = setTimeout(
        () => abort.abort(new DOMException("The drain timeout has passed", "TimeoutError")),
        config.dicom.timeouts.drain,
      );
      await gateway.drain(abort.signal);
      clearTimeout(limit);
      await running.disposeAsync();
    },
  };
};

/** What is said when the process has more than `maximum` bytes of memory; 0 means that it may. */
function shortageOfMemory(maximum: number): string | undefined {
  const { rss } = Deno.memoryUsage();
  return maximum > 0 && rss > maximum ? `the process uses ${rss} bytes of memory (maxMemory is ${maximum})` : undefined;
}

/** Serves HTTP as configured. Throws TransportError when the port can't be had. */
function serve({ http }: Config, handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  const where = { hostname: http.host, port: http.port };
  try {
    return Deno.serve({ ...where, onListen: () => {} }, handler);
  } catch (cause) {
    throw transportError(`listen on ${endpointText(where)}`, "connect", cause);
  }
}
