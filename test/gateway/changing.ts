/**
 * Gateways whose routes change instances, and a peer that keeps what it gets.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import { blankingBy } from "../../src/deidentify/blank_compressed.ts";
import { deidentifyStep } from "../../src/deidentify/deidentify_step.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../src/dicom/data_set/reading/read_data_set.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { GatewayEvent } from "../../src/gateway/module.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { transcodingBy } from "../../src/pixel_data/transcoding/transcoding_by.ts";
import type { LaneEvent } from "../../src/routing/lanes/lane_events.ts";
import { Peer } from "../../src/services/peer.ts";
import { storage } from "../../src/services/storage.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { joined } from "../support/instances.ts";
import { image } from "../transform/support.ts";

/** What the peer got by a C-STORE. */
export interface Received {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly dataSet: DataSet;
}

const PLACES = "peers: { PACS: { aeTitle: PACS, host: pacs, port: 104 } }\n";

/** A job that never comes to what a test expects must not hang the suite; milliseconds. */
const LONGEST_WAIT = 30_000;

/** A gateway that changes what it sends on. */
export class ChangingGateway implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly received: Received[] = [];
  readonly events: LaneEvent[] = [];
  readonly #peer: Gateway;
  readonly #waiting: (() => void)[] = [];

  private constructor(options: Omit<GatewayOptions, "connect" | "store"> & Partial<GatewayOptions>) {
    const service = storage(async ({ sopClassUid, sopInstanceUid, transferSyntax, dataSet }) => {
      const pieces: Uint8Array[] = [];
      for (let piece = await dataSet.read(); piece !== undefined; piece = await dataSet.read()) {
        pieces.push(piece.slice());
      }
      const bytes = joined(...pieces);
      const read = readDataSet(bytes, { transferSyntax });
      this.received.push({ sopClassUid, sopInstanceUid, transferSyntax, bytes, dataSet: read });
    });
    const nobody = () => Promise.reject(new Error("nobody is called"));
    this.#peer = createGateway({ store: createMemoryStore(), connect: nobody, services: [service] });
    const codecs = new FrameCodecs();
    this.gateway = createGateway({
      store: createMemoryStore(),
      connect: () => Promise.resolve(this.#connectTo(this.#peer)),
      observers: [(event) => this.#observe(event)],
      transcoding: transcodingBy(codecs),
      deidentify: deidentifyStep(blankingBy(codecs)),
      ...options,
    });
  }

  /** Starts one whose routes stand in a text of YAML. */
  static async start(routes: string, options: Partial<GatewayOptions> = {}): Promise<ChangingGateway> {
    const changing = new ChangingGateway({ config: await configOf(routes), ...options });
    await changing.gateway.start();
    return changing;
  }

  #connectTo(gateway: Gateway) {
    const [here, there] = connectionPair();
    void gateway.accept(there);
    return here;
  }

  #observe(event: GatewayEvent): void {
    if (!("lane" in event)) return;
    this.events.push(event);
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Sends data sets to the gateway, by one association. */
  async send(
    dataSets: readonly DataSet[],
    { transferSyntax = UID.ExplicitVRLittleEndian as string, callingAeTitle = "CT1" } = {},
  ): Promise<void> {
    const connect = () => Promise.resolve(this.#connectTo(this.gateway));
    await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle, connect });
    for (const dataSet of dataSets) {
      const { status } = await peer.store({
        sopClassUid: dataSet.getText("SOPClassUID")!,
        sopInstanceUid: dataSet.getText("SOPInstanceUID")!,
        transferSyntax,
        dataSet: writeDataSet(dataSet, { transferSyntax }),
      });
      assert.equal(status, 0);
    }
  }

  /** Resolves with the attempts that left their job in a state, once there are so many. */
  async until(state: string, times = 1): Promise<(LaneEvent & { type: "job-attempted" })[]> {
    for (;;) {
      const found = this.events.filter((event): event is LaneEvent & { type: "job-attempted" } =>
        event.type === "job-attempted" && event.state === state
      );
      if (found.length >= times) return found;
      await new Promise<void>((resolve, reject) => {
        const what = this.events.map((event) => event.type === "job-attempted" ? event.outcome : event);
        const late = () => reject(new Error(`No ${times} jobs are ${state}: ${JSON.stringify(what)}`));
        const timer = setTimeout(late, LONGEST_WAIT);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Asks the HTTP API; with a body by POST. */
  // deno-lint-ignore no-explicit-any
  async ask(path: string, body?: unknown): Promise<{ status: number; body: any }> {
    const init = body === undefined
      ? {}
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await this.gateway.fetch(new Request(`http://localhost${path}`, init));
    return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.#peer[Symbol.asyncDispose]();
  }
}

/** A configuration of routes. */
export function configOf(routes: string) {
  return parseConfig(`${PLACES}${routes}`);
}

let made = 0;

/** A CT image of its own. */
export function ct(values: Parameters<typeof image>[0] = {}): DataSet {
  return image({ SOPInstanceUID: `1.2.3.4.5.${++made}`, ...values });
}
