/** A gateway over HTTP, and behind it a PACS that speaks DIMSE alone; all of it in this process. */

import { parseConfig } from "../../src/config.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../src/dicom/data_set/reading/read_data_set.ts";
import type { DimseEvent } from "../../src/dimse/events.ts";
import type { Service } from "../../src/dimse/service.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import type { Dialect } from "../../src/query/dialect.ts";
import type { HeldInstance, InstanceSource } from "../../src/query/instance_source.ts";
import { MemorySource } from "../../src/query/memory_source.ts";
import { deferred } from "../../src/scheduling/deferred.ts";
import { findScp } from "../../src/services/find_scp.ts";
import { getScp } from "../../src/services/get_scp.ts";
import { moveScp } from "../../src/services/move_scp.ts";
import { Peer } from "../../src/services/peer.ts";
import { createScp, type Scp } from "../../src/services/scp.ts";
import type { SourceFace } from "../../src/services/source_face.ts";
import type { Transcoding } from "../../src/services/transcoding.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import type { MadeInstance } from "../support/instances.ts";

/** How the PACS is. */
export interface PacsOptions {
  /** What it has. */
  readonly instances?: readonly MadeInstance[];
  /** What is asked in its place, in front of what it has. */
  readonly source?: (own: InstanceSource) => InstanceSource;
  /** Services in the place of those of query and retrieve. */
  readonly services?: readonly Service[];
  /** How it understands questions. Default: strictly. */
  readonly dialect?: Partial<Dialect>;
  /** The configuration of the gateway; `PEER` stands for host and port of the PACS. */
  readonly yaml?: string;
  /** Where what was retrieved is held. */
  readonly retrieved?: ObjectStore;
  /** What the gateway can transcode. */
  readonly transcoding?: Transcoding;
}

/** The two of them. */
export interface Bridge extends AsyncDisposable {
  /** `…/peers/PACS/dicom-web`. */
  readonly url: string;
  readonly gateway: Gateway;
  /** The archive of the gateway. */
  readonly store: ObjectStore;
  readonly pacs: Scp;
  /** Operations that the PACS was asked for and that have ended: `C-FIND 0x0`. */
  readonly performed: string[];
  /** Resolves when the PACS was asked for an operation of a service, or one has ended, also when that was before. */
  once(moment: "started" | "ended", service: string): Promise<void>;
  /** What the gateway was told went wrong. */
  readonly errors: string[];
  /** Somebody who calls the gateway, from the place of the PACS. */
  caller(callingAeTitle?: string): Peer;
}

/** The peer of the configuration. */
export const PACS = "aeTitle: PACS, host: pacs.example, port: 104, web: true";

export async function bridge(options: PacsOptions = {}): Promise<Bridge> {
  const { instances = [], services, dialect = { strict: true }, yaml = `peers: { PACS: { ${PACS} } }` } = options;
  const own = new MemorySource(instances.map(dataSetOf));
  const encoded = new Map(instances.map((instance) => [instance.sopInstanceUid, instance]));
  const asTheyAre: InstanceSource = {
    find: (query, asked) => own.find(query, asked),
    async *retrieve(selection, asked) {
      for await (const { sopInstanceUid } of own.retrieve(selection, asked)) yield heldOf(encoded.get(sopInstanceUid)!);
    },
  };
  const source = options.source?.(asTheyAre) ?? asTheyAre;
  const open: AsyncDisposable[] = [];
  const toGateway = (callingAeTitle: string) => {
    const connect = () => {
      const [here, there] = connectionPair();
      gateway.accept(there);
      return Promise.resolve(here);
    };
    const peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle, connect, keepOpen: 0 });
    open.push(peer);
    return peer;
  };
  const face: SourceFace = { sourceFor: () => source, dialectFor: () => dialect };
  const performed: string[] = [];
  const moments = new Map<string, ReturnType<typeof deferred<void>>>();
  const momentOf = (name: string) => {
    const known = moments.get(name) ?? deferred<void>();
    moments.set(name, known);
    return known;
  };
  const observe = (event: DimseEvent) => {
    if (event.type === "operation-started") momentOf(`started ${event.operation.service}`).resolve();
    if (event.type !== "operation-ended") return;
    momentOf(`ended ${event.operation.service}`).resolve();
    performed.push(`${event.operation.service} ${event.outcome.status?.toString(16)}`);
  };
  const pacs = createScp({
    services: services ?? [
      findScp(face),
      moveScp({ ...face, destinationFor: (title) => title === "GANTRY" ? toGateway("PACS") : undefined }),
      ...getScp(face),
    ],
    observers: [observe],
  });
  const errors: string[] = [];
  const store = createMemoryStore();
  const gateway = createGateway({
    ...{ store, config: await parseConfig(yaml), retrieved: options.retrieved },
    ...(options.transcoding !== undefined && { transcoding: options.transcoding }),
    connect() {
      const [here, there] = connectionPair();
      pacs.accept(there);
      return Promise.resolve(here);
    },
    onError: (error) => void errors.push((error as Error).message),
  });
  await gateway.start();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (r) => gateway.fetch(r));
  return {
    ...{ gateway, store, pacs, performed, errors },
    once: (moment, service) => momentOf(`${moment} ${service}`).promise,
    url: `http://127.0.0.1:${server.addr.port}/peers/PACS/dicom-web`,
    caller: (callingAeTitle = "PACS") => toGateway(callingAeTitle),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      for (const one of open.reverse()) await one[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await pacs[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** An instance as a source gives it. */
export function heldOf({ sopClassUid, sopInstanceUid, transferSyntax, dataSet }: MadeInstance): HeldInstance {
  const stream = () => new Blob([dataSet]).stream();
  return { sopClassUid, sopInstanceUid, transferSyntax, length: dataSet.length, stream };
}

function dataSetOf({ dataSet, transferSyntax }: MadeInstance): DataSet {
  return readDataSet(dataSet, { transferSyntax });
}
