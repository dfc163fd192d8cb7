/**
 * The work of `gantry send`.
 *
 * @module
 */

import { requestAssociation, type ScuAssociation, type ScuOptions } from "../../services/scu.ts";
import { planAssociations } from "../../services/storage_plan.ts";
import type { Transcoding } from "../../services/transcoding.ts";
import { toError } from "../../upper_layer/association_end.ts";
import type { Connection } from "../../upper_layer/connection.ts";
import { connectTo } from "./connect.ts";
import { DataSetFiles } from "../files/data_set_files.ts";
import { findInstances, type InstanceFile, type UnsentFile } from "../files/instance_files.ts";
import type { PeerCall } from "../command_line/peer.ts";
import { Retries } from "./retries.ts";
import { type SentInstance, storeFile } from "./store_file.ts";
import { count, formatDuration } from "../output/units.ts";

/** What to send, and how. */
export interface SendCall {
  readonly peer: PeerCall;
  /** Files, and folders with all that is in them. */
  readonly paths: readonly string[];
  /** Whether to convert nothing, so that the peer gets an instance as it is or not at all. */
  readonly asIs: boolean;
  /** What brings instances into transfer syntaxes that the peer takes, where they can't just be converted. */
  readonly transcoding?: Transcoding | undefined;
  /** How often to associate again after an association on which nothing was answered. */
  readonly retries: number;
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
  /** An association ended with nothing done, for this reason; the next try is in so many milliseconds. */
  | { readonly type: "pause"; readonly milliseconds: number; readonly problem: string }
  | { readonly type: "instance"; readonly instance: SentInstance };

/**
 * Sends, and tells how it goes. An instance that fails ends nothing; one whose association ended before it was answered is
 * tried once more. Throws when no association can be had to begin with.
 */
export type Send = (call: SendCall) => AsyncIterable<SendEvent>;

/** Makes what sends files and folders by C-STORE over connections that `connect` makes. */
export function sender(connect: (peer: PeerCall) => Promise<Connection>): Send {
  return async function* (call) {
    const { instances, bytes, skipped, failed } = findInstances(call.paths);
    yield { type: "found", instances: instances.length, bytes, skipped, failed };
    using sending = new Sending(call, connect);
    for (const { presentationContexts, instances: share } of plan(instances, call)) {
      yield* sending.sendAll(share, presentationContexts);
    }
  };
}

/** Sends files and folders by C-STORE. */
export const send: Send = sender(connectTo);

function plan(instances: readonly InstanceFile[], { asIs, transcoding }: SendCall) {
  return planAssociations(instances, { convert: !asIs, transcoding });
}

/** How an association went, as far as it matters to the next one. */
type Outcome =
  /** The peer answered something, or it was this side that ended it. */
  | { readonly type: "progress" }
  /** It was not to be had, or the peer ended it before it answered anything. */
  | { readonly type: "nothing"; readonly problem: string };

/** One call's sending, over as many associations as it takes. */
class Sending implements Disposable {
  readonly #call: SendCall;
  readonly #connect: (peer: PeerCall) => Promise<Connection>;
  readonly #retries: Retries;
  readonly #files = new DataSetFiles((bytes) => {
    this.#bytes += bytes;
    this.#progressed();
  });
  /** Bytes of data sets that were sent so far, and the callers that wait for more. */
  #bytes = 0;
  #progressed: () => void = () => {};
  #established = false;
  /** Since when nothing was answered. */
  #idleSince = performance.now();
  /** Why nothing more is tried. */
  #givenUp: string | undefined;
  /** The instance whose association ended before it was answered, and when it was begun. */
  #lost: { readonly file: InstanceFile; readonly begun: number } | undefined;

  constructor(call: SendCall, connect: (peer: PeerCall) => Promise<Connection>) {
    this.#call = call;
    this.#connect = connect;
    this.#retries = new Retries(call.retries);
  }

  /** Sends instances over one association; when it ends too early, the rest over another. */
  async *sendAll(instances: readonly InstanceFile[], presentationContexts: Contexts): AsyncGenerator<SendEvent, void> {
    const rest = [...instances].reverse();
    while (rest.length > 0 && this.#givenUp === undefined) {
      const outcome = yield* this.#sendOverOne(rest, presentationContexts);
      if (outcome.type === "progress") this.#noteProgress();
      else if (rest.length > 0) yield* this.#pause(outcome.problem);
    }
    for (const file of rest.reverse()) yield { type: "instance", instance: notSent(file, this.#givenUp ?? "") };
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }

  /** Sends from the end of the list, and takes off what is done with, for as long as an association lasts. */
  async *#sendOverOne(rest: InstanceFile[], presentationContexts: Contexts): AsyncGenerator<SendEvent, Outcome> {
    let association: ScuAssociation;
    try {
      const connection = await this.#connect(this.#call.peer);
      association = await requestAssociation(connection, { ...this.#call.peer, presentationContexts });
    } catch (error) {
      // The peer was never reachable, which is an error of the whole command, not of single instances.
      if (!this.#established) throw error;
      return { type: "nothing", problem: (error as Error).message };
    }
    this.#established = true;
    yield { type: "association-established" };
    let progress = false;
    let problem: string | undefined;
    try {
      for (let file = rest.at(-1); file !== undefined && association.info.state === "Sta6"; file = rest.at(-1)) {
        const [begun, before] = [performance.now(), this.#bytes];
        const { instance, answered, lost } = yield* this.#sendOne(association, file, rest.at(-2));
        progress ||= answered || !lost;
        if (answered) this.#noteProgress();
        if (lost) problem = instance.problem;
        if (lost && this.#lost?.file !== file) {
          this.#lost = { file, begun };
          this.#bytes = before; // They are sent again.
          break;
        }
        rest.pop();
        yield { type: "instance", instance: lost ? { ...instance, problem: this.#twice(problem) } : instance };
      }
    } finally {
      await association[Symbol.asyncDispose]();
    }
    if (progress) return { type: "progress" };
    const end = await association.closed;
    // This side aborts on its own, without an error, only when the peer is just about to release.
    const aborted = end.how === "aborted" && (end.by === "peer" || end.error !== undefined);
    problem ??= aborted ? toError(end).message : "Cannot go on: the peer released the association";
    return { type: "nothing", problem };
  }

  async *#sendOne(
    association: ScuAssociation,
    file: InstanceFile,
    following: InstanceFile | undefined,
  ): AsyncGenerator<SendEvent, Awaited<ReturnType<typeof storeFile>>> {
    let result: Awaited<ReturnType<typeof storeFile>> | undefined;
    const options = { files: this.#files, following, convert: !this.#call.asIs, transcoding: this.#call.transcoding };
    const sent = storeFile(association, file, options).then((stored) => result = stored);
    while (result === undefined) {
      await Promise.race([sent, new Promise<void>((resolve) => this.#progressed = resolve)]);
      yield { type: "progress", bytes: this.#bytes };
    }
    return result;
  }

  /** Why an instance has failed whose association ended a second time. */
  #twice(problem = ""): string {
    const time = formatDuration(performance.now() - (this.#lost?.begun ?? 0));
    return `Given up after 2 tries in ${time}: ${problem}`;
  }

  #noteProgress(): void {
    this.#retries.progressed();
    this.#idleSince = performance.now();
  }

  /** Waits before the next association, or gives up. */
  async *#pause(problem: string): AsyncGenerator<SendEvent, void> {
    const milliseconds = this.#retries.failed();
    if (milliseconds === undefined) {
      const tries = count(this.#retries.inARow, "try", "tries");
      const time = formatDuration(performance.now() - this.#idleSince);
      this.#givenUp = `Given up after ${tries} in ${time} without a response: ${problem}`;
      return;
    }
    yield { type: "pause", milliseconds, problem };
    await new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  }
}

type Contexts = ScuOptions["presentationContexts"];

function notSent({ dataSetOffset: _, ...file }: InstanceFile, problem: string): SentInstance {
  return { ...file, status: undefined, problem };
}
