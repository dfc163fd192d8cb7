/**
 * The work of `gantry send`.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import { requestAssociation, type ScuAssociation, type ScuOptions } from "../services/scu.ts";
import { planAssociations } from "../services/storage_plan.ts";
import { connectTo } from "./connect.ts";
import { DataSetFiles } from "./data_set_files.ts";
import { findInstances, type InstanceFile, type UnsentFile } from "./instance_files.ts";
import type { PeerCall } from "./peer.ts";

/** What to send: files, and all files in folders, recursively. */
export interface SendCall {
  readonly peer: PeerCall;
  readonly paths: readonly string[];
}

/** What became of one instance. */
export interface SentInstance {
  readonly path: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  /** Length of its data set. */
  readonly bytes: number;
  /** Status (0000,0900) of the C-STORE-RSP; undefined when there was none. */
  readonly status: number | undefined;
  /** Why there was no status, or the Error Comment (0000,0902). */
  readonly problem?: string;
}

/** What sending tells, in order: first what was found, then how it goes. */
export type SendEvent =
  /** What is not going to be sent: see `FoundFiles`. */
  | {
    readonly type: "found";
    readonly instances: number;
    readonly bytes: number;
    readonly skipped: readonly UnsentFile[];
    readonly failed: readonly UnsentFile[];
  }
  /** Bytes of data sets that were handed to the connection so far. */
  | { readonly type: "progress"; readonly bytes: number }
  | { readonly type: "association-established" }
  | { readonly type: "instance"; readonly instance: SentInstance };

/**
 * Sends, and tells how it goes. An instance that fails ends nothing; throws when no association can be had at all.
 */
export type Send = (call: SendCall) => AsyncIterable<SendEvent>;

/** Sends files and folders by C-STORE. */
export const send: Send = async function* ({ peer, paths }) {
  const { instances, skipped, failed } = findInstances(paths);
  yield { type: "found", instances: instances.length, bytes: sum(instances), skipped, failed };
  using sending = new Sending(peer);
  for (const { presentationContexts, instances: share } of planAssociations(instances)) {
    yield* sending.sendAll(share, presentationContexts);
  }
};

function sum(instances: readonly InstanceFile[]): number {
  return instances.reduce((total, { bytes }) => total + bytes, 0);
}

/** One call's sending, over as many associations as it takes. */
class Sending implements Disposable {
  readonly #peer: PeerCall;
  readonly #files = new DataSetFiles((bytes) => {
    this.#bytes += bytes;
    this.#progressed();
  });
  /** Bytes of data sets that were sent so far, and who waits for more. */
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
          yield* this.#sendOne(association, instances[next++]!, instances[next]);
        }
      } finally {
        await association[Symbol.asyncDispose]();
      }
    }
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }

  async #associate(presentationContexts: Contexts): Promise<ScuAssociation> {
    const connection = await connectTo(this.#peer);
    return await requestAssociation(connection, { ...this.#peer, presentationContexts });
  }

  async *#sendOne(
    association: ScuAssociation,
    file: InstanceFile,
    following: InstanceFile | undefined,
  ): AsyncGenerator<SendEvent, void> {
    let result: SendEvent | undefined;
    const sent = this.#store(association, file, following).then((event) => result = event);
    while (result === undefined) {
      await Promise.race([sent, new Promise<void>((resolve) => this.#progressed = resolve)]);
      yield { type: "progress", bytes: this.#bytes };
    }
    yield result;
  }

  async #store(
    association: ScuAssociation,
    file: InstanceFile,
    following: InstanceFile | undefined,
  ): Promise<SendEvent> {
    let ahead: ReturnType<typeof setImmediate> | undefined;
    try {
      association.provider.context(file.sopClassUid, file.transferSyntax);
      const stored = association.store({ ...file, dataSet: this.#files.open(file) });
      // By then a small instance has gone out, and the peer is busy with it.
      if (following !== undefined) ahead = setImmediate(() => this.#files.begin(following));
      const { status, errorComment } = await stored;
      this.#answered = true;
      const instance = { ...describe(file), status, ...(errorComment !== undefined && { problem: errorComment }) };
      return { type: "instance", instance };
    } catch (error) {
      return failed(file, error);
    } finally {
      clearImmediate(ahead);
    }
  }
}

type Contexts = ScuOptions["presentationContexts"];

function describe({ dataSetOffset: _, ...file }: InstanceFile): Omit<InstanceFile, "dataSetOffset"> {
  return file;
}

function failed(file: InstanceFile, error: unknown): SendEvent {
  return { type: "instance", instance: { ...describe(file), status: undefined, problem: (error as Error).message } };
}
