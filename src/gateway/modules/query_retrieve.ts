/**
 * C-FIND, C-MOVE and C-GET, answered by the archive, by peers, or by several of them.
 *
 * @module
 */

import { nearestFirst } from "../../config/nearest.ts";
import type { Dialect } from "../../query/dialect.ts";
import type { InstanceSource } from "../../query/instance_source.ts";
import { MergedSource } from "../../query/merged_source.ts";
import { findScp } from "../../services/find_scp.ts";
import { getScp } from "../../services/get_scp.ts";
import { moveScp } from "../../services/move_scp.ts";
import type { Peer } from "../../services/peer.ts";
import { PeerSource } from "../../services/peer_source.ts";
import type { SourceFace } from "../../services/source_face.ts";
import type { Transcoding } from "../../services/transcoding.ts";
import type { AssociationInfo } from "../../upper_layer/events.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";
import { configuredPeer, dialectOf } from "../peers.ts";

/** What there is to answer with, besides peers. */
export interface QueryRetrieveOptions {
  /** The archive. Default: none, so that peers alone answer. */
  readonly source?: InstanceSource | undefined;
  /** What brings instances into transfer syntaxes that a peer takes. Default: nothing, so that these fail. */
  readonly transcoding?: Transcoding | undefined;
}

/** Who answers where the configuration doesn't say. */
const ARCHIVE = "archive";
const DEFAULT_ANSWERS: readonly string[] = [ARCHIVE];

/** Answers queries and retrievals, by the AE title that is called; moves to the peers of the configuration. */
export function queryRetrieveModule(context: GatewayContext, options: QueryRetrieveOptions): GatewayModule {
  const answering = new Answering(context, options.source);
  const face: SourceFace = {
    sourceFor: ({ calledAeTitle }) => answering.sourceFor(calledAeTitle),
    dialectFor: ({ callingAeTitle }) => answering.dialectFor(callingAeTitle),
  };
  const { peers, dicom } = context.config;
  const { transcoding } = options;
  return {
    name: "query-retrieve",
    services: [
      findScp({ ...face, retrieveAeTitleFor: ({ calledAeTitle }: AssociationInfo) => calledAeTitle }),
      moveScp({
        ...{ ...face, transcoding },
        destinationFor: (aeTitle) => answering.destinationFor(aeTitle),
        nearestTo: (aeTitle) => nearestFirst(aeTitle, Object.values(peers).map((peer) => peer.aeTitle)),
      }),
      ...getScp({ ...face, transcoding, sopClasses: dicom.unknownSopClasses === "accept" ? "any" : "standard" }),
    ],
    stop: () => answering.stop(),
  };
}

/** Sources by the AE title that is called, and peers by what they are for: each is made when it is needed. */
class Answering {
  readonly #context: GatewayContext;
  readonly #archive: InstanceSource | undefined;
  readonly #sources = new Map<string, InstanceSource | undefined>();
  readonly #asked = new Map<string, Peer>();
  readonly #destinations = new Map<string, Peer>();

  constructor(context: GatewayContext, archive: InstanceSource | undefined) {
    this.#context = context;
    this.#archive = archive;
  }

  sourceFor(calledAeTitle: string): InstanceSource | undefined {
    const { answers } = this.#context.config;
    // Callers make up as many AE titles as they like: the configuration's alone are remembered.
    const key = Object.hasOwn(answers, calledAeTitle) ? calledAeTitle : "default";
    if (!this.#sources.has(key)) this.#sources.set(key, this.#merge(answers[key] ?? DEFAULT_ANSWERS));
    return this.#sources.get(key);
  }

  dialectFor(callingAeTitle: string): Partial<Dialect> | undefined {
    return dialectOf(this.#context.config, callingAeTitle);
  }

  destinationFor(wanted: string): Peer | undefined {
    const { peers } = this.#context.config;
    const [name, config] = Object.entries(peers).find(([, { aeTitle }]) => aeTitle === wanted) ?? [];
    if (name === undefined || config === undefined) return undefined;
    return remembered(
      this.#destinations,
      name,
      () =>
        configuredPeer(this.#context, config, {
          maxAssociations: config.maxAssociations ?? 1,
          keepOpen: BETWEEN_MOVES,
        }),
    );
  }

  async stop(): Promise<void> {
    const peers = [...this.#asked.values(), ...this.#destinations.values()];
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  }

  #merge(names: readonly string[]): InstanceSource | undefined {
    const sources = names.flatMap((name) => {
      const source = name === ARCHIVE ? this.#archive : this.#peerSource(name);
      return source === undefined ? [] : [source];
    });
    return sources.length > 1 ? new MergedSource(sources) : sources[0];
  }

  #peerSource(name: string): InstanceSource | undefined {
    const config = this.#context.config.peers[name];
    if (config === undefined) return undefined;
    const peer = remembered(
      this.#asked,
      name,
      () => configuredPeer(this.#context, config, { maxAssociations: MOST_ASKED }),
    );
    return new PeerSource({ peer, aeTitle: config.aeTitle, dialect: config.dialect ?? {} });
  }
}

/** Most associations with a peer that is asked: each query and each retrieval has one of its own. */
const MOST_ASKED = 8;

/**
 * How long an association with a destination stays open between two instances or two C-MOVEs, in milliseconds. Clients that
 * move to themselves, such as movescu, end no sooner than it does.
 */
const BETWEEN_MOVES = 100;

function remembered<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}
