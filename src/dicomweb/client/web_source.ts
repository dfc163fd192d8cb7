/**
 * A DICOMweb server as a source and a sink of instances, by QIDO-RS, WADO-RS and STOW-RS.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { fromJson } from "../../dicom/models/from_json.ts";
import { nameTag } from "../../dicom/names.ts";
import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import { DimseStatusError, LimitError } from "../../errors.ts";
import type { InstanceAvailability } from "../../query/answer.ts";
import {
  type AskOptions,
  type HeldInstance,
  type InstanceSink,
  type InstanceSource,
  type Match,
  type StoredWithWarning,
  unavailableInstance,
} from "../../query/instance_source.ts";
import type { Query } from "../../query/query.ts";
import { hasNoValue } from "../../query/read_key.ts";
import { checkStored, type StoredCheck } from "./check_stored.ts";
import type { DicomwebClient } from "./client.ts";
import type { ResourcePath } from "./resource_path.ts";
import { isAsked, searchOfQuery } from "./search_of_query.ts";
import type { SentInstance } from "./store_answer.ts";

/** How to use the server. */
export interface WebSourceOptions {
  /** The client of the server. */
  readonly client: DicomwebClient;
  /** AE title that stands for the server, if it has one: peers can retrieve instances from it. Default: none. */
  readonly aeTitle?: string | undefined;
}

/** An instance that the server has, by its own account. */
interface FoundInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** The path of the instance. */
  readonly path: ResourcePath;
}

const AVAILABILITIES: readonly string[] = ["ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE"];
/** Most instances of a selection: their UIDs are held in memory, and a server may never end its list. */
const MOST_INSTANCES = 1_000_000;
/** How many retrievals in a row may fail before the source gives up. */
const MOST_FAILED = 3;
const UID = /^[0-9.]{1,64}$/;

/** A server that answers searches by QIDO-RS, sends by WADO-RS, and stores by STOW-RS. */
export class WebSource implements InstanceSource, InstanceSink {
  readonly #client: DicomwebClient;
  readonly #aeTitles: readonly string[] | undefined;
  /** The instances of a selection, searched for once, to be listed and to be retrieved. */
  readonly #found = new WeakMap<Query, Promise<readonly FoundInstance[]>>();

  /** Sends no request yet. */
  constructor({ client, aeTitle }: WebSourceOptions) {
    this.#client = client;
    this.#aeTitles = aeTitle === undefined ? undefined : [aeTitle];
  }

  /**
   * The matches of the server; for patients, those of its studies. If it warns, keys with a value count as unmatched, as do keys
   * that a search cannot express. Throws IdentifierError for a query of a worklist.
   */
  async *find(query: Query, { signal }: AskOptions = {}): AsyncGenerator<Match> {
    const { search, unasked } = searchOfQuery(query);
    let unmatched = unasked;
    const onWarning = (warning: string) => {
      if (!isAboutMore(warning)) unmatched = [...query.keys].filter((key) => !hasNoValue(key)).map(({ tag }) => tag);
    };
    const patients = new Set<string>();
    for await (const answer of this.#client.search(search, { signal, onWarning })) {
      const attributes = toDataSet(answer, search);
      if (query.level === "PATIENT") {
        const patient = `${attributes.getText("PatientID")}\\${attributes.getText("IssuerOfPatientID") ?? ""}`;
        if (patients.has(patient)) continue;
        patients.add(patient);
      }
      const availability = attributes.getText("InstanceAvailability") ?? "";
      yield {
        attributes,
        unmatched,
        retrieveAeTitles: this.#aeTitles,
        availability: AVAILABILITIES.includes(availability) ? availability as InstanceAvailability : undefined,
      };
    }
  }

  /** SOP Instance UIDs of the instances of a selection. */
  async *list(selection: Query, options: AskOptions = {}): AsyncGenerator<string> {
    for (const { sopInstanceUid } of await this.#instancesOf(selection, options)) yield sopInstanceUid;
  }

  /**
   * The instances of a selection, study by study or series by series. An instance that does not come is requested once more by
   * itself; if the server has found it and does not send it, its stream fails.
   */
  async *retrieve(selection: Query, options: AskOptions = {}): AsyncGenerator<HeldInstance> {
    const { signal } = options;
    const found = await this.#instancesOf(selection, options);
    if (found.length === 0) return;
    const missing = new Map(found.map((instance) => [instance.sopInstanceUid, instance]));
    const given = new Set<string>();
    let problem = "the server did not send it";
    let failed = 0;
    const paths: ResourcePath[] = [];
    for await (const path of this.#pathsOf(selection, options)) paths.push(path);
    const alone = function* () {
      for (const { path } of [...missing.values()]) yield path;
    };
    for (const some of [paths, alone()]) {
      for (const path of some) {
        if (failed >= MOST_FAILED) break;
        try {
          for await (const instance of this.#client.retrieve(path, { signal })) {
            if (given.has(instance.sopInstanceUid)) continue;
            given.add(instance.sopInstanceUid);
            missing.delete(instance.sopInstanceUid);
            yield instance;
          }
          failed = 0;
        } catch (error) {
          signal?.throwIfAborted();
          problem = (error as Error).message;
          failed++;
        }
      }
    }
    for (const instance of missing.values()) {
      yield unavailableInstance(instance, `Cannot retrieve ${instance.sopInstanceUid}: ${problem}`);
    }
  }

  /**
   * Stores an instance on the server, and resolves with a warning of the server, if any. Throws DimseStatusError if the server
   * gives a failure reason, and an Error if it gives none.
   */
  async store(instance: HeldInstance, { signal }: AskOptions = {}): Promise<StoredWithWarning | void> {
    for await (const { stored, reason, problem } of this.#client.store([instance], { signal })) {
      if (stored) return reason === undefined ? undefined : { warning: reason };
      const message = `Cannot store ${instance.sopInstanceUid}: ${problem}`;
      if (reason === undefined) throw new Error(message);
      throw new DimseStatusError(message, { status: reason, comment: "Not stored by the DICOMweb server" });
    }
    throw new Error(`Cannot store ${instance.sopInstanceUid}: it has no outcome`);
  }

  /** Checks whether the server has an instance, by a search and a request for its metadata. Throws what the requests throw. */
  check(instance: SentInstance, { signal }: AskOptions = {}): Promise<StoredCheck> {
    return checkStored(this.#client, instance, signal);
  }

  #instancesOf(selection: Query, options: AskOptions): Promise<readonly FoundInstance[]> {
    const known = this.#found.get(selection);
    if (known !== undefined) return known;
    const found = this.#findInstances(selection, options);
    found.catch(() => this.#found.delete(selection));
    this.#found.set(selection, found);
    return found;
  }

  async #findInstances(selection: Query, options: AskOptions): Promise<readonly FoundInstance[]> {
    const { signal } = options;
    const found: FoundInstance[] = [];
    for await (const { study, series, instance } of this.#pathsOf(selection, options)) {
      const match = instance === undefined ? {} : { SOPInstanceUID: instance };
      const search = { level: "instances", study, series, match, include: ["SOPClassUID"] } as const;
      for await (const answer of this.#client.search(search, { signal })) {
        const attributes = toDataSet(answer, search);
        const sopInstanceUid = attributes.getText("SOPInstanceUID") ?? "";
        const path = { study, series: attributes.getText("SeriesInstanceUID") || series, instance: sopInstanceUid };
        found.push({ sopClassUid: attributes.getText("SOPClassUID") ?? "", sopInstanceUid, path });
        if (found.length > MOST_INSTANCES) throw tooMany();
      }
    }
    return found;
  }

  /** The studies, series or instances of a selection. Unique keys alone need no search. */
  async *#pathsOf(selection: Query, options: AskOptions): AsyncGenerator<ResourcePath> {
    const direct = directPaths(selection);
    if (direct !== undefined) return yield* direct;
    const level = selection.level === "PATIENT" ? "STUDY" : selection.level;
    const keys = selection.keys.copy();
    const wanted = PATH_KEYWORDS.slice(0, PATH_LEVELS.indexOf(level) + 1);
    for (const keyword of wanted) if (!keys.has(keyword)) keys.set(keyword, null);
    const matching = { ...selection.matching, relational: true };
    for await (const { attributes, unmatched } of this.find({ ...selection, level, keys, matching }, options)) {
      if (unmatched.length > 0) throw notMatched(unmatched);
      const [study, series, instance] = wanted.map((keyword) => attributes.getText(keyword) ?? "");
      yield { study, series, instance };
    }
  }
}

const PATH_LEVELS: readonly string[] = ["STUDY", "SERIES", "IMAGE"];
const PATH_KEYWORDS = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"] as const;

/** The paths that unique keys name; undefined if other keys exist, or if a key above the level is missing. */
function directPaths({ level, keys }: Query): readonly ResourcePath[] | undefined {
  const depth = PATH_LEVELS.indexOf(level);
  if (depth < 0) return undefined;
  const uids = PATH_KEYWORDS.slice(0, depth + 1).map((keyword) => keys.getTexts(keyword));
  const withValues = [...keys].filter((key) => isAsked(key.tag) && !hasNoValue(key)).length;
  const [last = [], ...above] = uids.toReversed();
  const isDirect = withValues === uids.length && last.length > 0 && above.every(({ length }) => length === 1) &&
    uids.flat().every((uid) => UID.test(uid));
  if (!isDirect) return undefined;
  const around = above.toReversed().flat();
  return last.map((uid) => {
    const [study, series, instance] = [...around, uid];
    return { study, series, instance };
  });
}

/** An answer as a data set, with the UIDs of the path, which some servers leave out. */
function toDataSet(answer: JsonDataSet, { study, series }: Pick<ResourcePath, "study" | "series">): DataSet {
  const empty = {
    length: 0,
    stream: () => new ReadableStream<Uint8Array>({ start: (controller) => controller.close() }),
  };
  const attributes = fromJson(answer, { onWarning: () => {}, bulkData: () => empty });
  for (const [keyword, uid] of [["StudyInstanceUID", study], ["SeriesInstanceUID", series]] as const) {
    if (uid !== undefined && (attributes.getText(keyword) ?? "") === "") attributes.set(keyword, uid);
  }
  return attributes;
}

/** Whether a warning only says that further answers exist, which are requested (PS3.18 10.6.3.3). */
function isAboutMore(warning: string): boolean {
  return /additional results/i.test(warning);
}

/** If the server ignored these keys, the result would hold instances that the selection does not mean. */
function notMatched(tags: readonly number[]): Error {
  const names = tags.slice(0, MOST_NAMED).map(nameTag).join(", ");
  return new Error(`Cannot select by ${names}: the server did not match these keys`);
}

const MOST_NAMED = 20;

function tooMany(): LimitError {
  return new LimitError(`Cannot find instances: the server gave more than ${MOST_INSTANCES}`, {
    limit: "answers",
    maximum: MOST_INSTANCES,
  });
}
