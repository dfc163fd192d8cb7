/**
 * A DIMSE peer as a source and a sink of instances: C-FIND, C-GET or C-MOVE, and C-STORE as their SCU.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";
import type { InstanceAvailability } from "../query/answer.ts";
import { DEFAULT_DIALECT, type Dialect, type MatchingOptions } from "../query/dialect.ts";
import type {
  AskOptions,
  HeldInstance,
  InstanceSink,
  InstanceSource,
  Match,
  StoredWithWarning,
} from "../query/instance_source.ts";
import { findKey } from "../query/keys.ts";
import { querySopClassUid } from "../query/levels.ts";
import { isAboutQuery, type Query, SPECIFIC_CHARACTER_SET, toIdentifier } from "../query/query.ts";
import { hasNoValue } from "../query/read_key.ts";
import type { Agreement } from "../upper_layer/agreement.ts";
import type { MoveInbox } from "./move_inbox.ts";
import type { Peer } from "./peer.ts";
import { findByLevels, isRefusal, isRelational, optionalKeysOf, withNamesOfLevel } from "./peer_finding.ts";
import { findInstances, type FoundInstance, hierarchical } from "./peer_retrievals.ts";
import { retrieveFound } from "./peer_retrieving.ts";
import { DEFAULT_SUB_OPERATION_TIMEOUT, ProgressDeadline } from "./progress_deadline.ts";
import { describeKeys } from "./source_face.ts";
import { storeHeld } from "./store_held.ts";
import { planAssociations } from "./storage_plan.ts";
import type { Transcoding } from "./transcoding.ts";

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
  /** Where instances arrive by C-MOVE, if it sends so. Default: it sends by C-GET. */
  readonly inbox?: MoveInbox | undefined;
  /** What brings instances that are stored there into transfer syntaxes that it takes, where that takes a codec. Default: nothing does. */
  readonly transcoding?: Transcoding | undefined;
}

/** Of PS3.18 Table I.2-2. */
const TRANSFER_SYNTAX_NOT_SUPPORTED = 0xc122;

/** Whether the peer has said that it is the transfer syntax which it doesn't support (PS3.8 Table 9-18, result 4). */
function hasRefusedSyntax({ request, answer }: Agreement, sopClassUid: string): boolean {
  const proposed = request.presentationContexts.filter(({ abstractSyntax }) => abstractSyntax === sopClassUid);
  return answer.presentationContexts.some(({ id, result }) =>
    result === "transfer-syntaxes-not-supported" && proposed.some((context) => context.id === id)
  );
}

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

/** A peer that is asked by C-FIND, sends by C-GET or C-MOVE, and takes by C-STORE. */
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
  /** Whether the peer has refused a relational query. */
  #isHierarchical = false;

  /** Opens no association yet: the peer associates at the first request. */
  constructor(options: PeerSourceOptions) {
    this.#options = options;
  }

  /**
   * What the peer finds. A relational query that it refuses is asked from level to level. Optional keys with a value count as
   * unmatched where it says that it ignored some, and where an answer has nothing at them; an answer with a value that is
   * plainly another is left out.
   */
  async *find(asked: Query, options: AskOptions = {}): AsyncGenerator<Match> {
    const query = withNamesOfLevel(asked);
    const ask = (one: Query) => this.#ask(one, options);
    if (!isRelational(query)) return yield* ask(query);
    let answered = this.#isHierarchical;
    if (!answered) {
      try {
        for await (const match of ask(query)) {
          answered = true;
          yield match;
        }
        return;
      } catch (error) {
        if (answered || !isRefusal(error)) throw error;
        this.#isHierarchical = true;
      }
    }
    yield* findByLevels(query, ask);
  }

  /** SOP Instance UIDs of what a selection means, by C-FIND from level to level. */
  async *list(selection: Query, options: AskOptions = {}): AsyncGenerator<string> {
    for (const { sopInstanceUid } of await this.#instancesOf(selection, options)) yield sopInstanceUid;
  }

  /**
   * The instances of a selection, by C-GET, or by C-MOVE where there is an inbox. What the peer finds and doesn't send has a
   * stream that fails.
   */
  async *retrieve(asked: Query, options: AskOptions = {}): AsyncGenerator<HeldInstance> {
    const found = await this.#instancesOf(asked, options);
    const { transferSyntaxes = IN_USE } = this.#options;
    yield* retrieveFound({ ...this.#options, transferSyntaxes }, hierarchical(asked), found, options);
  }

  /**
   * Stores an instance there: converted, or transcoded, where the peer doesn't take it as it is. Resolves with the status that
   * it answers where that is a warning. Throws DimseStatusError when the peer doesn't take it: with its status, or 0122H where
   * it doesn't know the SOP class, and C122H where no transfer syntax suits both sides (PS3.18 Table I.2-2).
   */
  async store(instance: HeldInstance, { signal }: AskOptions = {}): Promise<StoredWithWarning | void> {
    const { peer, transcoding } = this.#options;
    const [{ presentationContexts = [] } = {}] = planAssociations([instance], { convert: true, transcoding });
    const deadline = new ProgressDeadline(DEFAULT_SUB_OPERATION_TIMEOUT, signal ?? new AbortController().signal);
    let [answered, knowsClass] = [0, false];
    try {
      const outcome = await peer.use(
        { presentationContexts },
        ({ provider, agreement }) => {
          knowsClass = hasRefusedSyntax(agreement, instance.sopClassUid);
          return storeHeld(provider, instance, {
            ...{ contexts: agreement.contexts, deadline, transcoding },
            signal: deadline.signal,
            onStatus: (status) => answered = status,
          });
        },
        deadline.signal,
      );
      if (outcome === "completed") return;
      if (outcome === "warning") return { warning: answered };
      const { problem, comment, lacking } = outcome;
      const status = lacking === undefined
        ? answered
        : lacking === "transfer-syntax" || knowsClass
        ? TRANSFER_SYNTAX_NOT_SUPPORTED
        : Status.SopClassNotSupported;
      throw new DimseStatusError(`Cannot store ${instance.sopInstanceUid}: ${problem}`, { status, comment });
    } finally {
      deadline.stop();
    }
  }

  /** What the peer answers to one question. */
  async *#ask(query: Query, { signal }: AskOptions): AsyncGenerator<Match> {
    const { peer, aeTitle } = this.#options;
    const ignored = optionalKeys(query.keys);
    const check = optionalKeysOf(query);
    const identifier = toIdentifier(this.#toldTo(query));
    const question = { identifier, sopClassUid: sopClassOf(query), ...(signal !== undefined && { signal }) };
    for await (const { dataSet, unsupportedKeys } of peer.find(question)) {
      const titles = dataSet.getTexts("RetrieveAETitle").filter((title) => title !== "");
      const availability = dataSet.getText("InstanceAvailability") ?? "";
      const match = check({
        attributes: dataSet,
        unmatched: unsupportedKeys ? ignored : [],
        retrieveAeTitles: titles.length > 0 ? titles : [aeTitle],
        availability: AVAILABILITIES.has(availability) ? availability as InstanceAvailability : undefined,
      });
      if (match !== undefined) yield match;
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

  /** The peer's matches. Throws if the peer ignored a key, since its matches would include unwanted instances. */
  async *#findMatched(query: Query, options: AskOptions): AsyncGenerator<Match> {
    for await (const match of this.find(query, options)) {
      const { unmatched } = match;
      if (unmatched.length > 0) {
        throw new Error(`Cannot select by ${describeKeys(unmatched)}: the peer did not match these keys`);
      }
      yield match;
    }
  }
}

function sopClassOf({ model }: Query): string {
  return querySopClassUid(model, "find") ?? UID.StudyRootQueryRetrieveInformationModelFind;
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
