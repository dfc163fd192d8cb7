/**
 * Operations that this side performs (SCP): requests in, responses out.
 *
 * @module
 */

import { AssociationAbortedError, DimseStatusError } from "../errors.ts";
import type { Association } from "../upper_layer/association.ts";
import type { Observer } from "../upper_layer/events.ts";
import { type CCancelRq, encodeCommandSet, type RequestCommand, respond } from "./command_set.ts";
import type { DimseEvent } from "./events.ts";
import type { IncomingMessage } from "./message_reader.ts";
import type { MessageWriter } from "./message_writer.ts";
import { OperationWatch } from "./operation.ts";
import type { Response, Service } from "./service.ts";
import { Status } from "./statuses.ts";

type Request = IncomingMessage<RequestCommand>;

interface Performing {
  readonly cancel: AbortController;
  readonly done: Promise<void>;
}

/** Keeps the operations that are being performed: as many as were negotiated; the next one waits. */
export class Performer {
  readonly #association: Association;
  readonly #writer: MessageWriter;
  readonly #services: readonly Service[];
  readonly #observers: readonly Observer<DimseEvent>[];
  readonly #performing = new Map<number, Performing>();

  constructor(
    association: Association,
    writer: MessageWriter,
    services: readonly Service[],
    observers: readonly Observer<DimseEvent>[],
  ) {
    this.#association = association;
    this.#writer = writer;
    this.#services = services;
    this.#observers = observers;
  }

  /** Whether an operation is being performed. */
  get busy(): boolean {
    return this.#performing.size > 0;
  }

  /** Begins to perform an operation, when there is room for one more. */
  async begin(request: Request): Promise<void> {
    while (this.#performing.size >= this.#association.agreement.maximumPerformed) {
      await Promise.race([...this.#performing.values()].map(({ done }) => done));
    }
    const { messageId } = request.command;
    if (this.#performing.has(messageId)) {
      await this.#respond(request, { status: Status.DuplicateInvocation });
      return;
    }
    const cancel = new AbortController();
    const done = this.#perform(request, cancel.signal).finally(() => this.#performing.delete(messageId));
    this.#performing.set(messageId, { cancel, done });
  }

  /** The peer lost interest. An operation that is over already needs no cancelling. */
  cancel(command: CCancelRq): void {
    const reason = new DOMException("The peer sent a C-CANCEL-RQ", "AbortError");
    this.#performing.get(command.messageIdBeingRespondedTo)?.cancel.abort(reason);
  }

  /** Waits for everything that is being performed. */
  async finish(): Promise<void> {
    await Promise.all([...this.#performing.values()].map(({ done }) => done));
  }

  /** The association is over: nobody waits for a response. */
  fail(error: unknown): void {
    for (const { cancel } of this.#performing.values()) cancel.abort(error);
  }

  /** Never rejects: whatever goes wrong is a status, or the end of the association. */
  async #perform(request: Request, signal: AbortSignal): Promise<void> {
    const watch = new OperationWatch(this.#observers, this.#association.info, "performed", request.command);
    let status: number | undefined;
    let failure: unknown;
    try {
      try {
        const { command, context, dataSet } = request;
        const association = this.#association.info;
        const responses = this.#service(request)
          .perform({ association, context, command, dataSet: dataSet?.stream, signal });
        if (Symbol.asyncIterator in responses) {
          for await (const response of responses) {
            watch.bytes += await this.#respond(request, response);
            status = response.status;
          }
        } else {
          const response = await responses;
          watch.bytes += await this.#respond(request, response);
          status = response.status;
        }
      } catch (error) {
        failure = error;
        const response = toResponse(error);
        await this.#respond(request, response);
        status = response.status;
      }
    } catch (error) {
      failure ??= error;
      if (!(error instanceof AssociationAbortedError)) {
        this.#association.abort(error instanceof Error ? error : undefined);
      }
    }
    watch.bytes += request.dataSet?.length ?? 0;
    watch.end(status, failure);
  }

  #service({ command, context }: Request): Service {
    for (const service of this.#services) {
      const performs = service.performs.includes(command.type);
      if (performs && service.transferSyntaxes(context.abstractSyntax) !== undefined) return service;
    }
    throw new DimseStatusError(`Cannot perform the ${command.type}: not a service of this presentation context`, {
      status: Status.UnrecognizedOperation,
    });
  }

  /** Sends a response, once all of the request has come; returns the length of its data set. */
  async #respond(request: Request, { dataSet, ...fields }: Response): Promise<number> {
    if (request.dataSet?.ended === false) await request.dataSet.discard();
    const command = respond(request.command, { ...fields, hasDataSet: dataSet !== undefined });
    return await this.#writer.write(request.context.id, encodeCommandSet(command), dataSet);
  }
}

/** Only what was meant for the peer reaches it: the message of any other error may hold anything. */
function toResponse(error: unknown): Response {
  if (!(error instanceof DimseStatusError)) return { status: Status.ProcessingFailure };
  return { status: error.status, ...(error.comment !== undefined && { errorComment: error.comment }) };
}
