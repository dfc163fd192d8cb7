/**
 * The commands' work: what they ask of the library, on Deno. Imported when one of them runs.
 *
 * @module
 */

import type { ScuAssociation } from "../services/scu.ts";
import type { Connection } from "../upper_layer/connection.ts";
import { connect, listenForDicom } from "./connect.ts";
import type { Echo } from "./echo.ts";
import { findInstances, type InstanceFile, openDataSet } from "./instance_files.ts";
import type { Listen } from "./listen.ts";
import type { PeerCall } from "./peer.ts";
import type { Send, SendEvent } from "./send.ts";

/** Sends C-ECHOs on one association. */
export const echo: Echo = async function* ({ peer, repeat }) {
  const { probe } = await import("../services/verification_probe.ts");
  yield* probe({ ...peer, repeat, connect: (onSecuring) => connectTo(peer, onSecuring) });
};

function connectTo(peer: PeerCall, onSecuring: () => void = () => {}): Promise<Connection> {
  return connect(peer, { timeout: peer.timeouts.connect, signal: new AbortController().signal, onSecuring });
}

/** Sends files and folders by C-STORE. */
export const send: Send = async function* ({ peer, paths }) {
  const { planAssociations } = await import("../services/storage_plan.ts");
  const { instances, skipped } = findInstances(paths);
  yield { type: "found", instances: instances.length, bytes: sum(instances), skipped };
  const sending = new Sending(peer);
  for (const { presentationContexts, instances: share } of planAssociations(instances)) {
    yield* sending.sendAll(share, presentationContexts);
  }
};

function sum(instances: readonly InstanceFile[]): number {
  return instances.reduce((total, { bytes }) => total + bytes, 0);
}

/** One call's sending, over as many associations as it takes. */
class Sending {
  readonly #peer: PeerCall;
  /** Bytes of data sets that were read so far, and who waits for more. */
  #bytes = 0;
  #progressed: () => void = () => {};
  #answered = false;

  constructor(peer: PeerCall) {
    this.#peer = peer;
  }

  /** Sends instances over one association; when it is lost, over another from the instance after that. */
  async *sendAll(instances: readonly InstanceFile[], presentationContexts: Contexts): AsyncGenerator<SendEvent, void> {
    for (let next = 0; next < instances.length;) {
      let association: ScuAssociation;
      try {
        association = await this.#associate(presentationContexts);
      } catch (error) {
        // Nothing was ever answered: the peer is not to be had, which is no matter of single instances.
        if (!this.#answered) throw error;
        for (; next < instances.length; next++) yield failed(instances[next]!, error);
        return;
      }
      yield { type: "association-established" };
      try {
        while (next < instances.length && association.info.state === "Sta6") {
          yield* this.#sendOne(association, instances[next++]!);
        }
      } finally {
        await association[Symbol.asyncDispose]();
      }
    }
  }

  async #associate(presentationContexts: Contexts): Promise<ScuAssociation> {
    const { requestAssociation } = await import("../services/scu.ts");
    const connection = await connectTo(this.#peer);
    return await requestAssociation(connection, { ...this.#peer, presentationContexts });
  }

  async *#sendOne(association: ScuAssociation, instance: InstanceFile): AsyncGenerator<SendEvent, void> {
    let result: SendEvent | undefined;
    const sent = this.#store(association, instance).then((event) => result = event);
    while (result === undefined) {
      await Promise.race([sent, new Promise<void>((resolve) => this.#progressed = resolve)]);
      yield { type: "progress", bytes: this.#bytes };
    }
    yield result;
  }

  async #store(association: ScuAssociation, file: InstanceFile): Promise<SendEvent> {
    try {
      association.provider.context(file.sopClassUid, file.transferSyntax);
      const dataSet = openDataSet(file, (bytes) => {
        this.#bytes += bytes;
        this.#progressed();
      });
      const { status, errorComment } = await association.store({ ...file, dataSet });
      this.#answered = true;
      const instance = { ...describe(file), status, ...(errorComment !== undefined && { problem: errorComment }) };
      return { type: "instance", instance };
    } catch (error) {
      return failed(file, error);
    }
  }
}

type Contexts = Parameters<typeof import("../services/scu.ts").requestAssociation>[1]["presentationContexts"];

function describe({ dataSetOffset: _, ...file }: InstanceFile): Omit<InstanceFile, "dataSetOffset"> {
  return file;
}

function failed(file: InstanceFile, error: unknown): SendEvent {
  return { type: "instance", instance: { ...describe(file), status: undefined, problem: (error as Error).message } };
}

/** Runs the gateway on TCP or TLS, with the sidecar. */
export const listen: Listen = async ({ config, observers, log }) => {
  const { openFileStore } = await import("../archive/file_store.ts");
  const { createGateway } = await import("../gateway.ts");
  await using starting = new AsyncDisposableStack();
  const { path, durable } = config.archive;
  const store = starting.use(await openFileStore(path, { durable }));
  const onError = (error: unknown) => log.write("error", "failed", (error as Error).message);
  const gateway = starting.use(createGateway({ store, connect, config, observers, onError }));
  const onConnectionError = (error: Error) => log.write("warn", "connection-failed", error.message);
  const listener = starting.use(await listenForDicom(config, onConnectionError));
  const { host: hostname, port } = config.http;
  const server = starting.use(Deno.serve({ hostname, port, onListen: () => {} }, (request) => gateway.fetch(request)));
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
