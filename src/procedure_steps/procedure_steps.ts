/**
 * Performed procedure steps: kept, told of, and forwarded.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import { generateUid } from "../dicom/uids.ts";
import type { DocumentCollection, DocumentEntry, DocumentStore } from "../documents/document_store.ts";
import * as Status from "../dimse/status.ts";
import { KeyedMutex } from "../scheduling/keyed_mutex.ts";
import { sliceOfTime } from "../scheduling/time_slices.ts";
import { checkChange, checkCreation, demandedAtEnd, ProcedureStepError } from "../services/procedure_step_rules.ts";
import {
  noSuchStep,
  type ProcedureStepChange,
  type ProcedureStepCreation,
  type ProcedureStepKeeper,
  type ProcedureStepOutcome,
} from "../services/procedure_steps.ts";
import { nameTag } from "../dicom/names.ts";
import type { PerformedStepReport } from "./events.ts";
import { dataSetOfStep, hasValue, jsonOf, nameOf, operationOf, reportOf, type StepDocument } from "./step_document.ts";

/** How steps are kept. */
export interface ProcedureStepsOptions {
  /** Where they are kept. */
  readonly documents: DocumentStore;
  /** Names of the peers that everything is forwarded to. Default: none. */
  readonly forwardTo?: readonly string[];
  /**
   * Told of each step that was created or changed, one change of a step after the other; after a crash the last one may be
   * told again. What it throws is told to `onError`, and the step is told of again at the next start.
   */
  readonly onStep: (step: PerformedStepReport) => Promise<void> | void;
  /** Told when there is something to forward of a step. */
  readonly onWaiting?: (sopInstanceUid: string) => void;
  /** Receives errors that happen after a step was acknowledged. */
  readonly onError: (error: unknown) => void;
  /** Days that a step is kept after its last change; 0 for ever. Default: 90. */
  readonly keepDays?: number;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** A step that was changed: it may not have been told of yet. */
type UnsettledDocument = { readonly told: number };

/** What becomes of a step; `check` throws where it is refused, as `change` does, and takes no time. */
interface StepWork {
  readonly check: (before: StepDocument | undefined) => unknown;
  readonly change: (before: StepDocument | undefined) => StepDocument;
  readonly outcome: (after: StepDocument) => ProcedureStepOutcome;
}

const DAY = 24 * 60 * 60 * 1000;

const SCHEDULED_STEP_ATTRIBUTES = 0x0040_0270;

/** Most scheduled steps that one performed step may refer to: the progress of each is kept by itself. */
const MOST_SCHEDULED_STEPS = 200;

/** Longest step, in characters of its document: N-SETs without end would fill the disk. */
const LONGEST = 32 * 1024 * 1024;

/** Keeps performed procedure steps by the rules of PS3.4 F.7.2. */
export class ProcedureSteps implements ProcedureStepKeeper {
  /** Steps by SOP Instance UID. */
  readonly documents: DocumentCollection<StepDocument>;
  /** Steps that are to be told of or forwarded: what is written before the step, so that no start has to read all steps. */
  readonly #unsettled: DocumentCollection<UnsettledDocument>;
  readonly #options: Required<ProcedureStepsOptions>;
  readonly #turns = new KeyedMutex();

  /** Reads nothing yet. */
  constructor(options: ProcedureStepsOptions) {
    this.#options = { forwardTo: [], onWaiting: () => {}, keepDays: 90, now: Date.now, ...options };
    this.documents = options.documents.collection("mpps");
    this.#unsettled = options.documents.collection("mpps-unsettled");
  }

  /** Creates a step. Resolves when it is durable, and has been told of. Throws ProcedureStepError. */
  async create({ sopInstanceUid: given, dataSet, association }: ProcedureStepCreation): Promise<ProcedureStepOutcome> {
    checkCreation(dataSet);
    checkScheduledSteps(dataSet);
    const { now, forwardTo } = this.#options;
    const uid = given ?? generateUid();
    const createdAt = now();
    const isForwarded = forwardTo.length > 0;
    const document: StepDocument = {
      ...{ createdAt, modifiedAt: createdAt, status: "IN PROGRESS", operations: 1 },
      calling: association.callingAeTitle,
      characterSet: dataSet.characterSet.terms,
      dataSet: jsonOf(dataSet),
      waiting: isForwarded ? [operationOf(0, "N-CREATE", dataSet)] : [],
      forwards: Object.fromEntries(forwardTo.map((peer) => [peer, { sent: 0, attempts: 0 }])),
    };
    const check = (before: StepDocument | undefined) => {
      if (before !== undefined) throw duplicate();
      return document;
    };
    return await this.#changeAndTell(uid, {
      check,
      change: check,
      outcome: () => ({ sopInstanceUid: uid, unchanged: [], warnings: [] }),
    });
  }

  /** Changes a step. Resolves when that is durable, and has been told of. Throws ProcedureStepError. */
  async set({ sopInstanceUid: uid, dataSet }: ProcedureStepChange): Promise<ProcedureStepOutcome> {
    const changes = jsonOf(dataSet);
    let unchanged: readonly number[] = [];
    const check = (before: StepDocument | undefined) => {
      if (before === undefined) throw noSuchStep();
      return { before, ...checkChange(dataSet, before.status) };
    };
    const change = (found: StepDocument | undefined) => {
      const { before, status, notAllowed } = check(found);
      const current = before.dataSet as { readonly [tag: string]: unknown };
      unchanged = notAllowed.filter((tag) => !isSame(current[nameOf(tag)], changes[nameOf(tag)]));
      const kept = new Set(notAllowed.map(nameOf));
      const allowed = Object.fromEntries(Object.entries(changes).filter(([name]) => !kept.has(name)));
      const isForwarded = Object.values(before.forwards).some(({ failedAt }) => failedAt === undefined);
      const { operations } = before;
      return bounded({
        ...before,
        modifiedAt: this.#options.now(),
        status,
        dataSet: { ...before.dataSet as object, ...allowed } as StepDocument["dataSet"],
        operations: operations + 1,
        waiting: isForwarded ? [...before.waiting, operationOf(operations, "N-SET", dataSet)] : [],
      });
    };
    return await this.#changeAndTell(uid, {
      check,
      change,
      outcome: (after) => ({ sopInstanceUid: uid, unchanged, warnings: warningsOf(after) }),
    });
  }

  /** The attributes of a step; undefined if the step does not exist. */
  async get(sopInstanceUid: string): Promise<DataSet | undefined> {
    const document = await this.documents.get(sopInstanceUid);
    return document && dataSetOfStep(document);
  }

  /** Steps in the order of their UIDs, those after `after` alone. Yields to other work in between. */
  async *list(after?: string): AsyncGenerator<DocumentEntry<StepDocument>> {
    const pause = sliceOfTime();
    for await (const entry of this.documents.list(after === undefined ? {} : { after })) {
      yield entry;
      await pause();
    }
  }

  /** Reports changes that a crash kept from being reported, and operations to forward. Throws if they can't be read. */
  async resume(): Promise<void> {
    for await (const { key, document: { told } } of this.#unsettled.list()) {
      await this.#turns.run(key, async () => this.#settle(key, told, await this.documents.get(key)));
    }
  }

  /** Settles a step of which nothing waits to be forwarded any more. */
  async settled(sopInstanceUid: string): Promise<void> {
    await this.#turns.run(sopInstanceUid, async () => {
      const document = await this.documents.get(sopInstanceUid);
      const { told = 0 } = await this.#unsettled.get(sopInstanceUid) ?? {};
      if (document === undefined || (document.waiting.length === 0 && told >= document.operations)) {
        await this.#unsettled.delete(sopInstanceUid);
      }
    });
  }

  /** Deletes steps that are old enough, and of which nothing waits. */
  async tidy(): Promise<void> {
    const { keepDays, now } = this.#options;
    if (keepDays === 0) return;
    const oldest = now() - keepDays * DAY;
    const isKept = (document: StepDocument) => document.modifiedAt >= oldest || this.#isWaiting(document);
    const old: string[] = [];
    for await (const { key, document } of this.list()) if (!isKept(document)) old.push(key);
    const pause = sliceOfTime();
    for (const key of old) {
      await this.documents.update(key, (document) => document && isKept(document) ? document : undefined);
      await pause();
    }
  }

  /** Whether a peer of today waits for something of a step. */
  #isWaiting({ waiting, forwards }: StepDocument): boolean {
    return waiting.length > 0 && this.#options.forwardTo.some((peer) => forwards[peer]?.failedAt === undefined);
  }

  /** One change of a step after the other, each durable and told of before it resolves. */
  #changeAndTell(uid: string, { check, change, outcome }: StepWork): Promise<ProcedureStepOutcome> {
    return this.#turns.run(uid, async () => {
      const before = await this.documents.get(uid);
      check(before); // A refused operation leaves nothing behind.
      const unsettled = await this.#unsettled.get(uid);
      const { told = before?.operations ?? 0 } = unsettled ?? {};
      await this.#unsettled.put(uid, { told });
      let after: StepDocument | undefined;
      try {
        after = await this.documents.update(uid, change);
      } catch (error) {
        if (unsettled === undefined) await this.#unsettled.delete(uid);
        throw error;
      }
      await this.#settle(uid, told, after);
      return outcome(after!);
    });
  }

  /** Tells of a step as it is kept; what goes wrong is no business of the modality's. */
  async #settle(uid: string, told: number, document: StepDocument | undefined): Promise<void> {
    const { onStep, onWaiting, onError } = this.#options;
    try {
      if (document === undefined) return void await this.#unsettled.delete(uid);
      const { operations, waiting } = document;
      if (told < operations) await onStep(reportOf(uid, document));
      if (waiting.length === 0) await this.#unsettled.delete(uid);
      else {
        if (told < operations) await this.#unsettled.put(uid, { told: operations });
        onWaiting(uid);
      }
    } catch (error) {
      onError(error);
    }
  }
}

function duplicate(): ProcedureStepError {
  return new ProcedureStepError("Cannot create the performed procedure step: its SOP Instance UID exists", {
    status: Status.DuplicateSopInstance,
    comment: "This performed procedure step exists",
  });
}

function checkScheduledSteps(dataSet: DataSet): void {
  const { length } = itemsOf(dataSet, SCHEDULED_STEP_ATTRIBUTES);
  if (length <= MOST_SCHEDULED_STEPS) return;
  const expected = `expected at most ${MOST_SCHEDULED_STEPS}`;
  throw new ProcedureStepError(
    `Cannot create the performed procedure step: it refers to ${length} scheduled steps, ${expected}`,
    {
      status: Status.ResourceLimitation,
      tags: [SCHEDULED_STEP_ATTRIBUTES],
      comment: `More than ${MOST_SCHEDULED_STEPS} scheduled steps are referenced`,
    },
  );
}

function bounded(document: StepDocument): StepDocument {
  if (JSON.stringify(document).length <= LONGEST) return document;
  throw new ProcedureStepError("Cannot change the performed procedure step: it would be too long", {
    status: Status.ResourceLimitation,
    comment: "Performed procedure step is too long",
  });
}

/** A step that has ended is not refused for what it lacks: it could not be ended any more. */
function warningsOf(document: StepDocument): string[] {
  if (document.status === "IN PROGRESS") return [];
  const missing = demandedAtEnd().filter((tag) => !hasValue(document, tag));
  if (missing.length === 0) return [];
  return [`A performed procedure step has ended without a value of ${missing.map(nameTag).join(", ")}`];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
