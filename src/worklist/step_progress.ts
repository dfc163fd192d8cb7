/**
 * How far scheduled procedure steps are, by the performed ones that refer to them.
 *
 * @module
 */

import type { DocumentCollection, DocumentStore } from "../documents/document_store.ts";
import { sliceOfTime } from "../scheduling/time_slices.ts";
import type { ScheduledStepId } from "./worklist_item.ts";

/** Status of a performed procedure step (PS3.3 C.4.14). */
export type PerformedStatus = "IN PROGRESS" | "COMPLETED" | "DISCONTINUED";

/** What a performed procedure step says of scheduled ones. */
export interface PerformedStep {
  /** Its SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Its status. */
  readonly status: PerformedStatus;
  /** The steps that it refers to. */
  readonly scheduledSteps: readonly ScheduledStepId[];
  /** Whether it was discontinued since these were not the steps that were meant: then they are yet to be done. */
  readonly wrongStep: boolean;
}

/** Of one scheduled step: the status of each performed step that refers to it, by SOP Instance UID. */
type ProgressDocument = {
  readonly modifiedAt: number;
  readonly performed: { readonly [sopInstanceUid: string]: PerformedStatus };
};

/** A step and its known state. */
interface Known {
  readonly status: PerformedStatus | undefined;
  readonly modifiedAt: number;
}

/** Most performed steps of one scheduled step that are told apart; of more the first are forgotten. */
const MOST_PERFORMED = 100;

/** Keeps the progress of steps, whether or not the worklist has them. Others have their turn while there is much to do. */
export class StepProgress {
  readonly #documents: DocumentCollection<ProgressDocument>;
  readonly #known = new Map<string, Known>();
  readonly #now: () => number;

  /** Nothing is read before `load()`. */
  constructor(documents: DocumentStore, now: () => number) {
    this.#documents = documents.collection("worklist-progress");
    this.#now = now;
  }

  /** Reads the stored steps. */
  async load(): Promise<void> {
    const pause = sliceOfTime();
    for await (const { key, document } of this.#documents.list()) {
      this.#known.set(key, summaryOf(document));
      await pause();
    }
  }

  /** Status of a step; undefined where no performed step refers to it. */
  statusOf(step: ScheduledStepId): PerformedStatus | undefined {
    return this.#known.get(keyOf(step))?.status;
  }

  /** When that status came to be, in milliseconds since the epoch. */
  modifiedAt(step: ScheduledStepId): number | undefined {
    return this.#known.get(keyOf(step))?.modifiedAt;
  }

  /** Takes over what a performed step says; resolves when that is durable. May be told the same again. */
  async note({ sopInstanceUid, status, scheduledSteps, wrongStep }: PerformedStep): Promise<void> {
    const pause = sliceOfTime();
    for (const step of scheduledSteps) {
      if (step.studyInstanceUid === "" || step.scheduledProcedureStepId === "") continue;
      const key = keyOf(step);
      const document = await this.#documents.update(key, (before) => {
        const { [sopInstanceUid]: known, ...others } = before?.performed ?? {};
        if (known === status && !wrongStep) return before;
        const performed = wrongStep ? others : { ...others, [sopInstanceUid]: status };
        return {
          modifiedAt: this.#now(),
          performed: Object.fromEntries(Object.entries(performed).slice(-MOST_PERFORMED)),
        };
      });
      if (document !== undefined) this.#known.set(key, summaryOf(document));
      await pause();
    }
  }

  /** Forgets steps that nothing was said of since. */
  async forget(before: number): Promise<void> {
    const pause = sliceOfTime();
    for (const key of [...this.#known.keys()]) {
      const { modifiedAt = Infinity } = this.#known.get(key) ?? {};
      if (modifiedAt < before) {
        this.#known.delete(key);
        await this.#documents.delete(key);
      }
      await pause();
    }
  }
}

function keyOf({ studyInstanceUid, scheduledProcedureStepId }: ScheduledStepId): string {
  return `${studyInstanceUid} ${scheduledProcedureStepId}`;
}

/** One that is going on decides, then one that was completed. */
function summaryOf({ modifiedAt, performed }: ProgressDocument): Known {
  const statuses = Object.values(performed);
  const status = (["IN PROGRESS", "COMPLETED", "DISCONTINUED"] as const).find((one) => statuses.includes(one));
  return { status, modifiedAt };
}
