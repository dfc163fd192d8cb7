/**
 * The sources that answer queries and retrievals: the archive, peers, or several of them, as the configuration says.
 *
 * @module
 */

import { isDicomwebPeer, isDimsePeer, webPeerCalled } from "../config/peer_kinds.ts";
import { webSourceOf } from "../dicomweb/client/peer_client.ts";
import type { WebSource } from "../dicomweb/client/web_source.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import type { Dialect } from "../query/dialect.ts";
import type { InstanceSink, InstanceSource } from "../query/instance_source.ts";
import { createQuery } from "../query/query.ts";
import { MergedSource } from "../query/merged_source.ts";
import type { AskCount } from "../routing/units/unit_counting.ts";
import { MoveInbox } from "../services/move_inbox.ts";
import type { MoveDestination } from "../services/moving.ts";
import type { Peer } from "../services/peer.ts";
import { PeerSource } from "../services/peer_source.ts";
import type { ReceivedInstance } from "../services/storage.ts";
import type { Transcoding } from "../services/transcoding.ts";
import { configuredPeer, dialectOf } from "./peers.ts";
import type { GatewayContext } from "./module.ts";

/** The source that answers where the configuration names none. */
const ARCHIVE = "archive";
const DEFAULT_ANSWERS: readonly string[] = [ARCHIVE];

/** How the gateway sends to peers. */
export interface AnsweringOptions {
  /** Converts instances into transfer syntaxes that a peer takes. Default: none, so that sending such instances fails. */
  readonly transcoding?: Transcoding | undefined;
}

/** Sources by called AE title, and peers by purpose. Each is made when it is first needed. */
export class Answering {
  readonly #context: GatewayContext;
  readonly #archive: InstanceSource | undefined;
  readonly #sources = new Map<string, InstanceSource | undefined>();
  readonly #asked = new Map<string, Peer>();
  readonly #destinations = new Map<string, Peer>();
  readonly #web = new Map<string, WebSource>();
  /** Where instances arrive that a C-MOVE asked for, by the AE title that sent the C-MOVE. */
  readonly #inboxes = new Map<string, MoveInbox>();
  readonly #transcoding: Transcoding | undefined;

  /** `archive` is the source that the configuration calls `archive`; without it only peers answer. */
  constructor(
    context: GatewayContext,
    archive: InstanceSource | undefined,
    { transcoding }: AnsweringOptions = {},
  ) {
    this.#context = context;
    this.#archive = archive;
    this.#transcoding = transcoding;
  }

  /**
   * The source for requests to a called AE title: the one that the configuration names, else the DICOMweb server that the title
   * stands for; undefined when neither exists. Without an AE title, the source for DICOMweb.
   */
  sourceFor(calledAeTitle = "default"): InstanceSource | undefined {
    const { answers } = this.#context.config;
    const web = Object.hasOwn(answers, calledAeTitle) ? undefined : this.webPeerFor(calledAeTitle);
    if (web !== undefined) return web;
    // Callers can make up any number of AE titles, so only those of the configuration are remembered.
    const key = Object.hasOwn(answers, calledAeTitle) ? calledAeTitle : "default";
    if (!this.#sources.has(key)) this.#sources.set(key, this.#merge(answers[key] ?? DEFAULT_ANSWERS));
    return this.#sources.get(key);
  }

  /** Asks a peer of the configuration how many instances a series or a study has. */
  readonly countInstances: AskCount = async (name, { level, studyInstanceUid, seriesInstanceUid }, signal) => {
    const source = this.peer(name);
    if (source === undefined) return undefined;
    const keys = new DataSet({ StudyInstanceUID: studyInstanceUid });
    if (level === "series") keys.set("SeriesInstanceUID", seriesInstanceUid);
    const counted = level === "study" ? "NumberOfStudyRelatedInstances" : "NumberOfSeriesRelatedInstances";
    keys.set(counted, null);
    const query = createQuery({ level: level === "study" ? "STUDY" : "SERIES", keys });
    for await (const { attributes } of source.find(query, { signal })) {
      const count = Number(attributes.getText(counted));
      return Number.isSafeInteger(count) && count > 0 ? count : undefined;
    }
    return undefined;
  };

  /** Where the peer with this AE title deviates from the standard, as the configuration says. */
  dialectFor(callingAeTitle: string): Partial<Dialect> | undefined {
    return dialectOf(this.#context.config, callingAeTitle);
  }

  /** The peer with an AE title, as a destination of C-MOVE. */
  destinationFor(wanted: string): MoveDestination | undefined {
    const { peers } = this.#context.config;
    const [name, config] = Object.entries(peers).find(([, { aeTitle }]) => aeTitle === wanted) ?? [];
    if (name === undefined || config === undefined) return undefined;
    const atOnce = config.maxAssociations ?? 1;
    if (isDimsePeer(config)) {
      return remembered(
        this.#destinations,
        name,
        () => configuredPeer(this.#context, config, { maxAssociations: atOnce, keepOpen: BETWEEN_MOVES }),
      );
    }
    const sink = this.#webPeer(name);
    return sink && { sink, maxAssociations: atOnce };
  }

  /** The DICOMweb server that a called AE title stands for: the gateway passes on to it what peers store there. */
  webPeerFor(calledAeTitle: string): WebSource | undefined {
    const name = webPeerCalled(this.#context.config.peers, calledAeTitle);
    return name === undefined ? undefined : this.#webPeer(name);
  }

  /** A peer as a source and a sink; undefined where the configuration has no peer of that name. */
  peer(name: string): (InstanceSource & InstanceSink) | undefined {
    const config = Object.hasOwn(this.#context.config.peers, name) ? this.#context.config.peers[name] : undefined;
    if (config === undefined) return undefined;
    if (!isDimsePeer(config)) return this.#webPeer(name);
    const { maxAssociations = MOST_ASKED } = config;
    const peer = remembered(this.#asked, name, () => configuredPeer(this.#context, config, { maxAssociations }));
    return new PeerSource({
      peer,
      aeTitle: config.aeTitle,
      dialect: config.dialect ?? {},
      transcoding: this.#transcoding,
      inbox: config.retrieve === "move" ? this.#inboxOf(config.callingAeTitle) : undefined,
    });
  }

  /** The taker of an instance that a C-MOVE of the gateway asked for; undefined for all other instances. */
  takerOf(instance: ReceivedInstance): ReturnType<MoveInbox["takerOf"]> {
    for (const inbox of this.#inboxes.values()) {
      const taker = inbox.takerOf(instance);
      if (taker !== undefined) return taker;
    }
    return undefined;
  }

  /** Ends the associations with peers. */
  async stop(): Promise<void> {
    const peers = [...this.#asked.values(), ...this.#destinations.values()];
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  }

  #merge(names: readonly string[]): InstanceSource | undefined {
    const sources = names.flatMap((name) => {
      const source = name === ARCHIVE ? this.#archive : this.peer(name);
      return source === undefined ? [] : [source];
    });
    return sources.length > 1 ? new MergedSource(sources) : sources[0];
  }

  #inboxOf(aeTitle = this.#context.config.aeTitle): MoveInbox {
    return remembered(this.#inboxes, aeTitle, () => new MoveInbox(aeTitle));
  }

  #webPeer(name: string): WebSource | undefined {
    const { peers, dicom: { timeouts } } = this.#context.config;
    const config = peers[name];
    if (config === undefined || !isDicomwebPeer(config)) return undefined;
    return remembered(this.#web, name, () => webSourceOf(config, { timeout: timeouts.response }));
  }
}

/** Most associations with a peer that answers queries: each query and each retrieval has its own. */
const MOST_ASKED = 8;

/**
 * How long an association with a destination stays open between two instances or two C-MOVEs, in milliseconds. Clients that
 * move to themselves, such as movescu, end only after this association has ended.
 */
const BETWEEN_MOVES = 100;

function remembered<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}
