/**
 * Instances that are changed on their way, for the jobs that send them.
 *
 * @module
 */

import { asciiText } from "../../dicom/ascii.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import type { Job } from "../../queue/job.ts";
import type { Change, PassingInstance } from "../../transform/change.ts";
import { ChangeStepError } from "../../transform/change_steps.ts";
import type { Recipe } from "../../transform/recipe.ts";
import { type Transcode, type TransformedInstance, transformInstance } from "../../transform/transform_instance.ts";
import type { OpenInstance } from "../lanes/attempt.ts";
import type { OutgoingInstance } from "../destinations/destination.ts";
import { DeliveryError } from "../destinations/outcomes.ts";
import type { InstanceFact } from "./instance_facts.ts";

/** What changes instances. */
export interface ChangedInstanceOptions {
  /** The recipe of this name; undefined where nobody has it any more. */
  readonly find: (id: string) => Recipe | undefined | Promise<Recipe | undefined>;
  /** Brings instances into another transfer syntax. Default: steps that want that hold the instance. */
  readonly transcode?: Transcode | undefined;
  /** Whether an error that steps have met may be gone next time, such as that of a process which ended. Default: none is. */
  readonly isPassing?: (error: unknown) => boolean;
}

/** As `open`, and changed as the recipe of the job says. What can't be changed is `unchangeable`; it never goes as it is. */
export function openChanged(open: OpenInstance, options: ChangedInstanceOptions): OpenInstance {
  return async (job) => {
    if (job.recipe === "") return await open(job);
    const recipe = await recipeOf(job, options);
    if (recipe === undefined) {
      const problem =
        "no route has the steps any more that it was queued with; give the job those that a route has now";
      throw new DeliveryError(`Cannot change the instance: ${problem}`, { class: "unchangeable" });
    }
    const instance = await open(job);
    return instance === undefined ? undefined : await new ChangedInstance(job, instance, recipe, options).open();
  };
}

/** Steps that were added to a job by a version of Gantry which took more may be wrong for this one. */
async function recipeOf({ recipe }: Job, { find }: ChangedInstanceOptions): Promise<Recipe | undefined> {
  try {
    return await find(recipe);
  } catch (error) {
    if (!(error instanceof ChangeStepError)) throw error;
    throw new DeliveryError(error.message, { class: "unchangeable", cause: error });
  }
}

const SOURCE_APPLICATION_ENTITY_TITLE = 0x0002_0016;
const PATIENT_ID = 0x0010_0020;

/** An instance whose elements before Pixel Data are changed. */
interface Begun {
  readonly transformed: TransformedInstance;
  readonly passing: PassingInstance;
  readonly source: Source;
}

/** One instance and what is to be done with it. */
class ChangedInstance {
  readonly #job: Job;
  readonly #instance: OutgoingInstance;
  readonly #recipe: Recipe;
  readonly #options: ChangedInstanceOptions;

  constructor(job: Job, instance: OutgoingInstance, recipe: Recipe, options: ChangedInstanceOptions) {
    this.#job = job;
    this.#instance = instance;
    this.#recipe = recipe;
    this.#options = options;
  }

  /** The instance as it is after the change. It is changed once more for each further time that it is read. */
  async open(): Promise<OutgoingInstance> {
    let first: Begun | undefined = await this.#begin();
    const { transformed, passing: { dataSet, meta } } = first;
    const { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid, transferSyntax } = transformed;
    const { receivedAt, deliveryId, priority, unit } = this.#instance;
    return {
      ...{ sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid, transferSyntax },
      ...{ receivedAt, deliveryId, priority, unit, patientId: textOf(dataSet, PATIENT_ID) },
      sourceAeTitle: textOf(meta, SOURCE_APPLICATION_ENTITY_TITLE),
      stream: () => {
        const begun = first;
        first = undefined;
        return this.#stream(begun);
      },
      async release() {
        await first?.transformed.cancel();
        first = undefined;
      },
    };
  }

  async #begin(): Promise<Begun> {
    const { transferSyntax, sourceAeTitle, stream } = this.#instance;
    const { route, lane } = this.#job;
    const facts: Readonly<Record<InstanceFact, string>> = { callingAeTitle: sourceAeTitle, route, destination: lane };
    const source = new Source(stream());
    let passing: PassingInstance | undefined;
    const seen: Change = { edit: (instance) => void (passing = instance) };
    try {
      const transformed = await transformInstance(source.stream, [
        ({ meta }) => declareSource(meta, sourceAeTitle),
        ...this.#recipe.changes,
        seen,
      ], {
        transferSyntax,
        output: "data-set",
        facts,
        transcode: this.#options.transcode,
      });
      return { transformed, passing: passing!, source };
    } catch (error) {
      throw this.#failureOf(error, source);
    }
  }

  /** The bytes; they are asked for when they are read. */
  #stream(first: Begun | undefined): ReadableStream<Uint8Array> {
    let begun = first;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        begun ??= await this.#begin();
        try {
          const piece = await begun.transformed.read();
          if (piece === undefined) controller.close();
          // What is lent is somebody else's when the next piece comes.
          else controller.enqueue(piece.slice());
        } catch (error) {
          throw this.#failureOf(error, begun.source);
        }
      },
      cancel: async (reason) => await begun?.transformed.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** What the archive can't read is not the fault of the steps. */
  #failureOf(error: unknown, { failure }: Source): unknown {
    if (failure !== undefined) return failure;
    const { isPassing = () => false } = this.#options;
    const outcome = isPassing(error) ? "failed" : "unchangeable";
    return new DeliveryError(messageOf(error), { class: outcome, cause: error });
  }
}

/** The bytes of the archive; it is known when they can't be read. */
class Source {
  readonly stream: ReadableStream<Uint8Array>;
  failure: unknown;

  constructor(stream: ReadableStream<Uint8Array>) {
    const reader = stream.getReader();
    this.stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { value, done } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          this.failure = error ?? new Error("Cannot read the instance");
          throw error;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }
}

/** Says where the instance came from, so that steps can change that, too. */
function declareSource(meta: DataSet, aeTitle: string): void {
  const isAeTitle = /^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(aeTitle);
  if (isAeTitle) meta.set(SOURCE_APPLICATION_ENTITY_TITLE, aeTitle, { vr: "AE" });
}

/** The characters of a value, each of a byte. */
function textOf(dataSet: DataSet, tag: number): string {
  const element = dataSet.element(tag);
  return element?.kind === "value" ? asciiText(element.bytes).trim() : "";
}

/** Errors whose messages hold no value; what another one says may be anything. */
function messageOf(error: unknown): string {
  const isKnown = error instanceof DataSetError || error instanceof LimitError ||
    (error instanceof Error && error.name === "PixelDataError");
  if (isKnown) return (error as Error).message;
  return `Cannot change the instance: a step failed with ${error instanceof Error ? error.name : typeof error}`;
}
