/**
 * A DIMSE peer as a source and a sink of instances: C-FIND, C-GET and C-STORE as their SCU.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { isConvertible } from "../dicom/conversion/convert_transfer_syntax.ts";
import * as UID from "../dicom/generated/uid.ts";
import { describeStatus } from "../dimse/statuses.ts";
import { DimseStatusError } from "../errors.ts";
import type { InstanceAvailability } from "../query/answer.ts";
import { DEFAULT_DIALECT, type Dialect, type MatchingOptions } from "../query/dialect.ts";
import {
  type AskOptions,
  type HeldInstance,
  type InstanceSink,
  type InstanceSource,
  type Match,
  unavailableInstance,
} from "../query/instance_source.ts";
import { findKey } from "../query/keys.ts";
import { querySopClassUid } from "../query/levels.ts";
import { isAboutQuery, type Query, SPECIFIC_CHARACTER_SET, toIdentifier } from "../query/query.ts";
import { hasNoValue } from "../query/read_key.ts";
import { Handoff } from "./handoff.ts";
import type { Peer, PeerRetrieval } from "./peer.ts";
import {
  findInstances,
  type FoundInstance,
  hierarchical,
  inChunks,
  likelySopClasses,
  listRetrievals,
  planLists,
  planRetrievals,
} from "./peer_retrievals.ts";
import { DEFAULT_SUB_OPERATION_TIMEOUT, ProgressDeadline } from "./progress_deadline.ts";
import { describeKeys } from "./source_face.ts";
import { storeHeld } from "./store_held.ts";
import { planAssociations } from "./storage_plan.ts";

/** How a peer is asked. */
export interface PeerSourceOptions {
  /** Whom to ask; it stays the caller's to dispose of. */
  readonly peer: Peer;
  /** Its AE title, which is where instances can be retrieved from when it says nothing else. */
  readonly aeTitle: string;
  /** How it wants to be asked. Default: `DEFAULT_DIALECT`. */
  readonly dialect?: Partial<Dialect>;
  /**
   * Transfer syntaxes in which instances may come besides Explicit and Implicit VR Little Endian. Default: those that are
   * in use.
   */
  readonly transferSyntaxes?: readonly string[];
}

/** What is proposed for the instances of a C-GET. */
type RetrievalContexts = Pick<PeerRetrieval, "sopClassUids" | "transferSyntaxes" | "separately">;

/** Compressed ones that are in use, and the uncompressed ones beside the two little endian ones. */
const IN_USE: readonly string[] = [
  UID.JPEGBaseline8Bit,
  "1.2.840.10008.1.2.4.51", // JPEG Extended
  "1.2.840.10008.1.2.4.57", // JPEG Lossless
  "1.2.840.10008.1.2.4.70", // JPEG Lossless, first-order prediction
  "1.2.840.10008.1.2.4.80", // JPEG-LS Lossless
  "1.2.840.10008.1.2.4.81", // JPEG-LS
  "1.2.840.10008.1.2.4.90", // JPEG 2000 Lossless
  "1.2.840.10008.1.2.4.91", // JPEG 2000
  "1.2.840.10008.1.2.4.201", // HTJ2K Lossless
  "1.2.840.10008.1.2.4.202", // HTJ2K Lossless RPCL
  "1.2.840.10008.1.2.4.203", // HTJ2K
  UID.RLELossless,
  "1.2.840.10008.1.2.4.100", // MPEG2
  "1.2.840.10008.1.2.4.102", // MPEG-4
  UID.DeflatedExplicitVRLittleEndian,
  UID.ExplicitVRBigEndian,
];

const AVAILABILITIES: ReadonlySet<string> = new Set<InstanceAvailability>([
  "ONLINE",
  "NEARLINE",
  "OFFLINE",
  "UNAVAILABLE",
]);

/** A peer that is asked by C-FIND, sends by C-GET, and takes by C-STORE. */
export class PeerSource implements InstanceSource, InstanceSink {
  /** What would have to be negotiated. */
  readonly unheeded: readonly (keyof MatchingOptions)[] = [
    "combinedDateTime",
    "fuzzyNames",
    "timezoneAdjustment",
    "emptyValue",
    "multipleValue",
  ];
  readonly #options: PeerSourceOptions;
  /** What a selection means: it is asked for once, to be listed and to be retrieved. */
  readonly #found = new WeakMap<Query, Promise<readonly FoundInstance[]>>();

  /** Asks nobody yet: its peer associates when it is needed. */
  constructor(options: PeerSourceOptions) {
    this.#options = options;
  }

  /** What the peer finds. Where it says that it ignored keys, the optional ones with a value count as unmatched. */
  async *find(query: Query, { signal }: AskOptions = {}): AsyncGenerator<Match> {
    const { peer, aeTitle } = this.#options;
    const sopClassUid = sopClassOf(query, "find");
    const asked = this.#toldTo(query);
    const identifier = toIdentifier(asked);
    const ignored = optionalKeys(query.keys);
    const ask = { identifier, sopClassUid, ...(signal !== undefined && { signal }) };
    for await (const { dataSet, unsupportedKeys } of peer.find(ask)) {
      const titles = dataSet.getTexts("RetrieveAETitle").filter((title) => title !== "");
      const availability = dataSet.getText("InstanceAvailability") ?? "";
      yield {
        attributes: dataSet,
        unmatched: unsupportedKeys ? ignored : [],
        retrieveAeTitles: titles.length > 0 ? titles : [aeTitle],
        availability: AVAILABILITIES.has(availability) ? availability as InstanceAvailability : undefined,
      };
    }
  }

  /** SOP Instance UIDs of what a selection means, by C-FIND from level to level. */
  async *list(selection: Query, options: AskOptions = {}): AsyncGenerator<string> {
    for (const { sopInstanceUid } of await this.#instancesOf(selection, options)) yield sopInstanceUid;
  }

  /**
   * The instances of a selection, by C-GET: what SOP classes there are is asked first, and these are proposed, over more than
   * one association where one has no room for them. What the peer finds and doesn't send has a stream that fails.
   */
  async *retrieve(asked: Query, options: AskOptions = {}): AsyncGenerator<HeldInstance> {
    const found = await this.#instancesOf(asked, options);
    const selection = hierarchical(asked);
    const { transferSyntaxes = IN_USE } = this.#options;
    const separately = transferSyntaxes.map((transferSyntax) => [transferSyntax]);
    const missing = new Map(found.map((instance) => [instance.sopInstanceUid, instance]));
    const came = new Set<string>();
    let problem = "the peer did not send it";
    const retrievals = function* () {
      const known = found.filter(({ sopClassUid }) => sopClassUid !== "");
      for (const planned of planRetrievals(selection, known, separately.length + 1)) yield { ...planned, separately };
      // Some peers send all instances of a SOP class in the first context that they have accepted for it, and fail with what
      // is encoded in another way: what is compressed is then asked for by itself.
      const [alone = [], ...others] = separately.filter(([transferSyntax = ""]) => !isConvertible(transferSyntax));
      const compressed = { transferSyntaxes: alone, separately: others };
      const perClass = others.length + 1;
      const hasCompressed = alone.length > 0;
      const refused = [...missing.values()].filter(({ sopClassUid }) => sopClassUid !== "");
      for (const planned of hasCompressed ? planLists(selection, refused, perClass) : []) {
        yield { ...planned, ...compressed };
      }
      // Not every peer says what SOP classes it has: then they are tried, as long as something is missing.
      const tried = function* (sopClasses: readonly string[][], contexts: Omit<RetrievalContexts, "sopClassUids">) {
        for (const sopClassUids of sopClasses) {
          const left = [...missing.values()].filter(({ sopClassUid }) => sopClassUid === "");
          for (const identifier of listRetrievals(selection, left)) yield { identifier, sopClassUids, ...contexts };
        }
      };
      yield* tried(inChunks(likelySopClasses("all"), 2), { separately: [transferSyntaxes] });
      // What is compressed in another way than the peer has chosen is of a class that came already, or of a frequent one.
      const likely = [...new Set([...came, ...likelySopClasses("frequent")])];
      yield* tried(inChunks(likely, separately.length + 1), { separately });
      if (hasCompressed) yield* tried(inChunks(likely, perClass), compressed);
    };
    for (const { identifier, ...contexts } of retrievals()) {
      const retrieved = this.#get(selection, identifier, contexts, options);
      try {
        let next = await retrieved.next();
        for (; next.done !== true; next = await retrieved.next()) {
          came.add(next.value.sopClassUid);
          if (missing.delete(next.value.sopInstanceUid)) yield next.value;
        }
        problem = next.value ?? problem;
      } finally {
        await retrieved.return(undefined);
      }
    }
    for (const { sopClassUid, sopInstanceUid } of missing.values()) {
      yield unavailableInstance({ sopClassUid, sopInstanceUid }, `Cannot retrieve ${sopInstanceUid}: ${problem}`);
    }
  }

  /** Stores an instance there, converted where it has to be. Throws DimseStatusError when the peer doesn't take it. */
  async store(instance: HeldInstance, { signal }: AskOptions = {}): Promise<void> {
    const [{ presentationContexts = [] } = {}] = planAssociations([instance], { convert: true });
    const deadline = new ProgressDeadline(DEFAULT_SUB_OPERATION_TIMEOUT, signal ?? new AbortController().signal);
    try {
      const outcome = await this.#options.peer.use(
        { presentationContexts },
        ({ provider, agreement: { contexts } }) =>
          storeHeld(provider, instance, { contexts, deadline, signal: deadline.signal }),
        deadline.signal,
      );
      if (typeof outcome === "string") return;
      const { status = 0, problem, comment } = outcome;
      throw new DimseStatusError(`Cannot store ${instance.sopInstanceUid}: ${problem}`, { status, comment });
    } finally {
      deadline.stop();
    }
  }

  /** A query as this peer wants to be asked. */
  #toldTo(query: Query): Query {
    return { ...query, dialect: { ...DEFAULT_DIALECT, ...this.#options.dialect } };
  }

  #instancesOf(selection: Query, options: AskOptions): Promise<readonly FoundInstance[]> {
    const known = this.#found.get(selection);
    if (known !== undefined) return known;
    const found = findInstances(hierarchical(selection), (query) => this.#findMatched(query, options));
    found.catch(() => this.#found.delete(selection));
    this.#found.set(selection, found);
    return found;
  }

  /** What the peer finds, where it has matched all keys: what it only ignored would mean instances that nobody wants. */
  async *#findMatched(query: Query, options: AskOptions): AsyncGenerator<Match> {
    for await (const match of this.find(query, options)) {
      const { unmatched } = match;
      if (unmatched.length > 0) {
        throw new Error(`Cannot select by ${describeKeys(unmatched)}: the peer did not match these keys`);
      }
      yield match;
    }
  }

  /** What one C-GET brings; at its end why something is missing, in words. */
  async *#get(
    selection: Query,
    identifier: DataSet,
    contexts: RetrievalContexts,
    { signal }: AskOptions,
  ): AsyncGenerator<HeldInstance, string | undefined, void> {
    const handoff = new Handoff();
    const leave = new AbortController();
    const stop = () => leave.abort(signal?.reason);
    signal?.addEventListener("abort", stop);
    let problem: string | undefined;
    const getting = async () => {
      const sopClassUid = sopClassOf(selection, "get");
      const keep = (instance: Parameters<Handoff["offer"]>[0]) => handoff.offer(instance);
      const steps = this.#options.peer.get({ identifier, sopClassUid, ...contexts, keep, signal: leave.signal });
      for await (const { status, isPending, errorComment } of steps) {
        const { category, meaning } = describeStatus(status, "C-GET");
        if (!isPending && category !== "success") problem = `the peer answered ${errorComment ?? meaning}`;
      }
    };
    const got = getting().finally(() => handoff.end());
    got.catch(() => {}); // It is awaited below.
    try {
      yield* handoff.instances();
      await got;
      signal?.throwIfAborted();
      return problem;
    } finally {
      signal?.removeEventListener("abort", stop);
      leave.abort(new DOMException("The caller left off", "AbortError"));
      handoff.refuse();
      await got.catch(() => {});
    }
  }
}

function sopClassOf({ model }: Query, operation: "find" | "get"): string {
  return querySopClassUid(model, operation) ?? UID.StudyRootQueryRetrieveInformationModelFind;
}

/** Keys with a value that an SCP need not match. */
function optionalKeys(keys: DataSet): readonly number[] {
  const optional: number[] = [];
  for (const element of keys) {
    const { tag } = element;
    const type = findKey(tag)?.type ?? "optional";
    if (type !== "optional" || isAboutQuery(tag) || tag === SPECIFIC_CHARACTER_SET || hasNoValue(element)) continue;
    optional.push(tag);
  }
  return optional;
}
