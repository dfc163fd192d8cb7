/**
 * Peers as DICOMweb servers, whichever protocol they speak themselves.
 *
 * @module
 */

import { dicomwebPart } from "../../dicomweb/server/part.ts";
import { LimitError } from "../../errors.ts";
import { limitRequests } from "../../http/limited_requests.ts";
import type { HttpPart, Json, JsonObject } from "../../http/part.ts";
import { createMemoryStore } from "../../objects/memory_store.ts";
import type { ObjectStore } from "../../objects/object_store.ts";
import type { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import { RetrievedFiles } from "../../retrieved/retrieved_files.ts";
import { RetrievedSource } from "../../retrieved/retrieved_source.ts";
import { takesSopClass } from "../../services/storage.ts";
import type { MetricFamily } from "../../telemetry/prometheus.ts";
import type { Answering } from "../answering.ts";
import { dicomwebLimits } from "../dicomweb_limits.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";
import { peerStore } from "../peer_store.ts";
import { retrievedReserve } from "../retrieved_reserve.ts";
import { PEERS_ROOT, whatHasNoRoute } from "./unknown_web_peers.ts";

/** What the DICOMweb servers of peers are made of. */
export interface WebPeersParts {
  /** Holds bulk data until the instance that it belongs to arrives. */
  readonly store: Pick<ObjectStore, "create">;
  /** Holds instances that were retrieved. The host closes it. Default: in memory. */
  readonly retrieved: ObjectStore | undefined;
  /** Decodes, encodes and renders. Default: as of `GatewayOptions`. */
  readonly codecs: FrameCodecs | undefined;
}

/** The path of a peer's resources in descriptions. */
const DESCRIBED = `${PEERS_ROOT}/:peer/dicom-web`;

/** Most bytes that are held in memory. */
const MOST_IN_MEMORY = 256 * 1024 * 1024;

/** Resources below `/peers/NAME/dicom-web`, for each peer whose configuration asks for them. */
export function webPeersModule(context: GatewayContext, answering: Answering, parts: WebPeersParts): GatewayModule {
  const { config: { peers, dicomweb }, statistics } = context;
  const names = Object.keys(peers).filter((name) => peers[name]!.web === true);
  const held = heldFiles(context, parts);
  const served = names.map((name) =>
    servedPeer(context, answering, { ...parts, files: held.files, name, memoryShare: 1 / names.length })
  );
  const described = dicomwebPart({ root: DESCRIBED, version: context.version, source: () => undefined, sink: NO_SINK });
  const part: HttpPart = {
    routes: (app) => served.forEach(({ part }) => part.routes?.(app)),
    paths: (options) => namedApart(described.paths?.(options) ?? {}),
  };
  const limits = dicomwebLimits(dicomweb, PEERS_ROOT);
  const limited = limitRequests(part, PEERS_ROOT, limits, (limit, maximum) => {
    const error = new LimitError("Cannot answer: too many such requests are under way", { limit, maximum });
    statistics.limitPassed(error, "rejected");
  });
  return {
    ...limited,
    name: "web-peers",
    ...whatHasNoRoute(peers),
    crossOrigin: { path: PEERS_ROOT, origins: dicomweb.origins },
    metrics: () => metricsOf(held.files, served.map(({ name, source }) => [name, source.retrievals])),
    start: () => held.files.empty(),
    async stop() {
      await Promise.all(served.map(({ source }) => source[Symbol.asyncDispose]()));
      await held[Symbol.asyncDispose]();
    },
  };
}

/** Used only for descriptions. */
const NO_SINK = {
  keep: () => Promise.reject(new Error("Cannot store: this is no peer")),
  create: () => createMemoryStore().create(),
};

function heldFiles({ config, onError }: GatewayContext, { retrieved }: WebPeersParts) {
  const { maxAge, maxSize } = config.dicomweb.retrieved;
  const store = retrieved ?? createMemoryStore({ maxBytes: MOST_IN_MEMORY });
  const size = retrieved === undefined ? Math.min(maxSize, MOST_IN_MEMORY) : maxSize;
  const reserve = retrieved === undefined ? 0 : retrievedReserve(config);
  const files = new RetrievedFiles({ store, maxAge, maxSize: size, reserve, onError });
  return {
    files,
    async [Symbol.asyncDispose]() {
      await files[Symbol.asyncDispose]();
      if (retrieved === undefined) await store[Symbol.asyncDispose]();
    },
  };
}

/** An expected error with the name of the peer; unexpected errors as they are. */
function ofPeer(name: string, error: unknown): unknown {
  if (!(error instanceof Error && error.message.startsWith("Cannot "))) return error;
  return new Error(`Cannot answer for the peer ${name}: ${error.message}`, { cause: error });
}

interface ServedPeerParts extends WebPeersParts {
  readonly files: RetrievedFiles;
  readonly name: string;
  readonly memoryShare: number;
}

interface ServedPeer {
  readonly name: string;
  readonly source: RetrievedSource;
  readonly part: HttpPart;
}

function servedPeer(
  { config: { dicomweb, http, dicom }, version, onError, statistics, notify }: GatewayContext,
  answering: Answering,
  { files, name, store, codecs, memoryShare }: ServedPeerParts,
): ServedPeer {
  const peer = answering.peer(name)!;
  const source = new RetrievedSource({ source: peer, files, name });
  const sopClasses = dicom.unknownSopClasses === "accept" ? "any" : "standard";
  const sink = peerStore({
    sink: peer,
    create: () => store.create(),
    takesSopClass: (uid) => takesSopClass(uid, sopClasses),
    refused: (event) => notify(event),
    limitPassed: (error) => statistics.limitPassed(error, "failed"),
    onStored: ({ studyInstanceUid, seriesInstanceUid, sopInstanceUid }) =>
      source.forget(studyInstanceUid, seriesInstanceUid, sopInstanceUid),
  });
  const part = dicomwebPart({
    root: `${PEERS_ROOT}/${name}/dicom-web`,
    version,
    source: () => source,
    proxies: http.proxies,
    bulkDataAbove: dicomweb.bulkDataAbove,
    sink,
    codecs,
    maxRequestLength: dicomweb.maxRequestLength,
    emptyAs204: dicomweb.emptyAs204,
    memoryShare,
    onError: (error) => onError(ofPeer(name, error)),
  });
  return { name, source, part };
}

/** Gives each operation of a document a name of its own. */
function namedApart(paths: JsonObject): JsonObject {
  const items = Object.entries(paths as Record<string, Record<string, JsonObject>>).map(([path, methods]) => {
    const named = Object.entries(methods).map(([method, operation]): [string, Json] => {
      return [method, { ...operation, operationId: `${operation.operationId}OfPeer` }];
    });
    return [path, Object.fromEntries(named)];
  });
  return Object.fromEntries(items);
}

function metricsOf(
  files: RetrievedFiles,
  retrievals: readonly (readonly [name: string, count: number])[],
): readonly MetricFamily[] {
  const { files: count, bytes } = files.statistics;
  return [
    {
      name: "gantry_retrieved_instances",
      type: "gauge",
      help: "Instances retrieved from peers with web that are held.",
      samples: [[{}, count]],
    },
    {
      name: "gantry_retrieved_bytes",
      type: "gauge",
      help: "Bytes of instances retrieved from peers with web that are held.",
      samples: [[{}, bytes]],
    },
    {
      name: "gantry_peer_retrievals_total",
      type: "counter",
      help: "Retrievals from peers with web, by peer. Instances that are held need none.",
      samples: retrievals.map(([peer, number]) => [{ peer }, number]),
    },
  ];
}
