/**
 * Retrieve service: C-GET as an SCP (PS3.4 C.4.3).
 *
 * @module
 */

import type { DimseProvider } from "../dimse/provider.ts";
import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import { AssociationAbortedError } from "../errors.ts";
import type { HeldInstance } from "../query/instance_source.ts";
import type { PresentationContext } from "../upper_layer/events.ts";
import { getOffers } from "./offers.ts";
import { DEFAULT_SUB_OPERATION_TIMEOUT, ProgressDeadline } from "./progress_deadline.ts";
import { Failures, retrieval } from "./retrieval.ts";
import { readQuestion, type SourceFace } from "./source_face.ts";
import { type Problem, storeHeld } from "./store_held.ts";
import type { SubOperationOutcome } from "./sub_operations.ts";
import type { Transcoding } from "./transcoding.ts";

/** What a C-GET SCP sends. */
export interface GetScpOptions extends SourceFace {
  /** SOP classes in whose presentation contexts instances go out, as `storage()` has it. Default: `any`. */
  readonly sopClasses?: "any" | "standard";
  /** Longest time in which the bytes of an instance come no further from the source, in milliseconds. Default: 60,000. */
  readonly subOperationTimeout?: number;
  /**
   * What brings instances into transfer syntaxes that the peer takes, where they can't just be converted, such as
   * `transcodingBy()` of the pixel data. Default: nothing does, and such instances fail.
   */
  readonly transcoding?: Transcoding | undefined;
}

/**
 * Answers C-GET in the Patient Root, the Study Root and Patient/Study Only (SCP): instances go out on the same association,
 * in the presentation contexts for which the peer asked for the SCP role, as they are stored or, between uncompressed
 * transfer syntaxes, converted. What was not negotiated has failed, and is in the list of the final response, as is what
 * can't be read. Only an instance that fails after its first MiB ends the association: the peer must not keep a part.
 *
 * The second of the two services accepts the presentation contexts of the instances. It gives way to `storage()`.
 */
export function getScp(options: GetScpOptions): readonly [Service, Service] {
  const [get, instances] = getOffers(options.sopClasses);
  return [
    { ...get, perform: (request) => answers(request, options) },
    // A program that wants to receive instances needs `storage()`.
    { ...instances, perform: () => Promise.reject(new Error("Cannot store: there is no storage service")) },
  ];
}

async function* answers(request: PerformRequest, options: GetScpOptions): AsyncGenerator<PerformResponse> {
  const { provider } = request;
  const question = await readQuestion(request, "get", options);
  const sending = new Sending(provider, options);
  yield* retrieval(request, question, {
    send: (instance, opened) => sending.send(instance, opened),
    parallel: 1,
    comment: () => sending.comment,
  });
}

/** Sends instances back on the association of their C-GET. */
class Sending {
  /** Why instances have failed, for the peer. */
  comment: string | undefined;
  readonly #provider: DimseProvider;
  readonly #contexts: readonly PresentationContext[];
  readonly #failures: Failures;
  readonly #timeout: number;
  readonly #transcoding: Transcoding | undefined;

  constructor(provider: DimseProvider, { subOperationTimeout, transcoding }: GetScpOptions) {
    this.#provider = provider;
    this.#timeout = subOperationTimeout ?? DEFAULT_SUB_OPERATION_TIMEOUT;
    this.#transcoding = transcoding;
    const { association } = provider;
    this.#contexts = association.agreement.contexts.filter(({ abstractSyntax }) => provider.roles(abstractSyntax).scu);
    this.#failures = new Failures((message) => association.warn(message));
  }

  async send(instance: HeldInstance, opened: () => void): Promise<SubOperationOutcome> {
    const deadline = new ProgressDeadline(this.#timeout, this.#provider.association.signal);
    try {
      const options = { contexts: this.#contexts, deadline, opened, transcoding: this.#transcoding };
      const outcome = await storeHeld(this.#provider, instance, options);
      return typeof outcome === "string" ? outcome : this.#fail(instance, outcome);
    } catch (error) {
      if (error instanceof AssociationAbortedError || this.#provider.association.state !== "Sta6") throw error;
      return this.#fail(instance, { problem: (error as Error).message, comment: "Instances can't be read" });
    } finally {
      deadline.stop();
    }
  }

  #fail({ sopInstanceUid }: HeldInstance, { problem, comment }: Problem): "failed" {
    this.comment ??= comment;
    this.#failures.tell(sopInstanceUid, problem);
    return "failed";
  }
}
