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

/** What changing instances needs. */
export interface ChangedInstanceOptions {
  /** The recipe of this name; undefined for one that is no longer known. */
  readonly find: (id: string) => Recipe | undefined | Promise<Recipe | undefined>;
  /** Transcodes instances into another transfer syntax. Default: a step that wants that holds the instance. */
  readonly transcode?: Transcode | undefined;
  /** Whether an error of a step may be gone next time, such as that of a process which ended. Default: none is. */
  readonly isPassing?: (error: unknown) => boolean;
}

/** As `open`, but changed as the job's recipe says. One that can't be changed is `unchangeable`; it never goes unchanged. */
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

/** The recipe of a job. A version of Gantry that knew other steps may have added some that this version refuses. */
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

/** One instance and its recipe. */
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

  /** The instance after the change. It is changed anew each further time that it is read. */
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

  /** The bytes; the archive is read as the consumer reads them. */
  #stream(first: Begun | undefined): ReadableStream<Uint8Array> {
    let begun = first;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        begun ??= await this.#begin();
        try {
          const piece = await begun.transformed.read();
          if (piece === undefined) controller.close();
          // The transformation reuses the memory of a piece for the next one.
          else controller.enqueue(piece.slice());
        } catch (error) {
          throw this.#failureOf(error, begun.source);
        }
      },
      cancel: async (reason) => await begun?.transformed.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** The error to throw: one of the archive is not the fault of the steps. */
  #failureOf(error: unknown, { failure }: Source): unknown {
    if (failure !== undefined) return failure;
    const { isPassing = () => false } = this.#options;
    const outcome = isPassing(error) ? "failed" : "unchangeable";
    return new DeliveryError(messageOf(error), { class: outcome, cause: error });
  }
}

/** The bytes of the archive; remembers the error when they can't be read. */
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

/** Puts the sender's AE title into the meta information, so that steps can change it, too. */
function declareSource(meta: DataSet, aeTitle: string): void {
  const isAeTitle = /^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(aeTitle);
  if (isAeTitle) meta.set(SOURCE_APPLICATION_ENTITY_TITLE, aeTitle, { vr: "AE" });
}

/** The characters of a value, one for each byte. */
function textOf(dataSet: DataSet, tag: number): string {
  const element = dataSet.element(tag);
  return element?.kind === "value" ? asciiText(element.bytes).trim() : "";
}

/** The message of an error, where its class never has values in it; that of any other error may hold anything. */
function messageOf(error: unknown): string {
  const isKnown = error instanceof DataSetError || error instanceof LimitError ||
    (error instanceof Error && error.name === "PixelDataError");
  if (isKnown) return (error as Error).message;
  return `Cannot change the instance: a step failed with ${error instanceof Error ? error.name : typeof error}`;
}
