/**
 * Operations that this side invokes (SCU): requests out, responses in.
 *
 * @module
 */

import { CommandSetError } from "./command_set_error.ts";
import { AssociationStateError, DeadlineError } from "../errors.ts";
import type { Association } from "../upper_layer/association.ts";
import type { Observer, PresentationContext } from "../upper_layer/events.ts";
import { Timer } from "../upper_layer/timeouts.ts";
import { encodeCommandSet } from "./command_set.ts";
import type { RequestCommand, ResponseCommand, ResponseTo } from "./commands.ts";
import type { MalformedResponse } from "./malformed_command.ts";
import type { DimseEvent } from "./events.ts";
import type { IncomingDataSet, IncomingMessage } from "./message_reader.ts";
import {
  bytesOf,
  cancelUnread,
  type MessageWriter,
  type OutgoingBytes,
  type OutgoingDataSet,
} from "./message_writer.ts";
import { operationOf, OperationWatch } from "./operation.ts";
import { isPending } from "./statuses.ts";

/** A response that has come. */
export interface IncomingResponse<Command extends ResponseCommand = ResponseCommand> {
  /** Its command set. */
  readonly command: Command;
  /** To be read, or cancelled, before the next message can come. */
  readonly dataSet: IncomingDataSet | undefined;
}

/** How to invoke an operation. */
export interface InvokeOptions<Command extends ResponseCommand = ResponseCommand> {
  /** Goes out with the request, in the context's transfer syntax. */
  readonly dataSet?: OutgoingDataSet;
  /**
   * Length of `dataSet` in bytes, where it is known beforehand. A source that gives more or fewer has changed or failed:
   * the association is aborted in the middle of the message, so that the peer keeps nothing of it.
   */
  readonly dataSetLength?: number;
  /** Sees every pending response until `signal` is aborted; nothing more is read before its promise has resolved. What it throws aborts. */
  readonly onPending?: (response: IncomingResponse<Command>) => void | Promise<void>;
  /** Sends a C-CANCEL-RQ for C-FIND, C-GET and C-MOVE; aborts the association for all else. */
  readonly signal?: AbortSignal;
}

interface Outstanding {
  readonly type: ResponseCommand["type"];
  readonly watch: OperationWatch;
  readonly deadline: Timer;
  readonly onPending: ((response: IncomingResponse) => void | Promise<void>) | undefined;
  /** Whether a C-CANCEL-RQ was sent. No caller reads further responses, and they no longer extend the deadline. */
  cancelled: boolean;
  resolve(response: IncomingResponse): void;
  reject(error: unknown): void;
}

const CANCELLABLE: ReadonlySet<string> = new Set<RequestCommand["type"]>(["C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ"]);

/** Keeps the operations that wait for their response: as many as were negotiated; further ones wait their turn. */
export class Invoker {
  readonly #association: Association;
  readonly #writer: MessageWriter;
  readonly #observers: readonly Observer<DimseEvent>[];
  readonly #responseTimeout: number;
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #lastMessageId = 0;

  constructor(
    association: Association,
    writer: MessageWriter,
    observers: readonly Observer<DimseEvent>[],
    responseTimeout: number,
  ) {
    this.#association = association;
    this.#writer = writer;
    this.#observers = observers;
    this.#responseTimeout = responseTimeout;
  }

  /** Whether an operation waits for its response. */
  get busy(): boolean {
    return this.#outstanding.size > 0;
  }

  /** A message ID that no outstanding operation has. */
  nextMessageId(): number {
    do this.#lastMessageId = this.#lastMessageId % 0xFFFF + 1; while (this.#outstanding.has(this.#lastMessageId));
    return this.#lastMessageId;
  }

  /** Sends `request` and waits for its final response; see `DimseProvider.invoke`. */
  async invoke<Request extends RequestCommand>(
    context: PresentationContext,
    request: Request,
    { onPending, signal, dataSet, dataSetLength }: InvokeOptions<ResponseTo<Request>>,
  ): Promise<IncomingResponse<ResponseTo<Request>>> {
    await this.#turn();
    const watch = new OperationWatch(this.#observers, this.#association.info, operationOf(request, "invoked"));
    const deadline = new Timer();
    const response = new Promise<IncomingResponse>((resolve, reject) => {
      const type = request.type.replace("-RQ", "-RSP") as ResponseCommand["type"];
      // Responses of another type are refused before the caller sees them.
      const pending = onPending as Outstanding["onPending"];
      const cancelled = false;
      this.#outstanding.set(request.messageId, {
        type,
        watch,
        deadline,
        onPending: pending,
        cancelled,
        resolve,
        reject,
      });
    });
    response.catch(() => {}); // Sending may fail first, and says the same.
    const cancel = () => this.#cancel(context, request, signal?.reason);
    signal?.addEventListener("abort", cancel);
    let bytes: OutgoingBytes | undefined;
    try {
      bytes = bytesOf(dataSet, context.transferSyntax);
      signal?.throwIfAborted();
      await this.#send(context, request, bytes, dataSetLength, watch);
      this.#startDeadline(deadline);
      const final = await response as IncomingResponse<ResponseTo<Request>>;
      watch.end(final.command.status);
      return final;
    } catch (error) {
      watch.end(undefined, error);
      await cancelUnread(bytes, error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      deadline.stop();
      this.#outstanding.delete(request.messageId);
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  /** Passes a response to the operation that it answers. Throws CommandSetError if it answers none. */
  async take({ command, dataSet }: IncomingMessage<ResponseCommand>): Promise<void> {
    const operation = this.#answered(command.type, command.messageIdBeingRespondedTo);
    if (!isPending(command.status)) return operation.resolve({ command, dataSet });
    if (operation.cancelled) return await dataSet?.cancel();
    operation.deadline.stop();
    await operation.onPending?.({ command, dataSet });
    await dataSet?.cancel();
    if (this.#outstanding.has(command.messageIdBeingRespondedTo)) this.#startDeadline(operation.deadline);
  }

  /** Fails only the operation that a malformed response answers. Throws CommandSetError if it answers none. */
  async takeMalformed({ command, dataSet }: IncomingMessage<MalformedResponse>): Promise<void> {
    const operation = this.#answered(command.command, command.messageIdBeingRespondedTo);
    await dataSet?.cancel();
    operation.reject(command.error);
  }

  /** A response to nothing is no slip in one message: the two sides disagree on what has been answered. */
  #answered(type: string, messageId: number): Outstanding {
    const operation = this.#outstanding.get(messageId);
    if (operation?.type === type) return operation;
    throw new CommandSetError(`Cannot take the ${type}: no such operation has message ID ${messageId}`);
  }

  /** No response will come any more. */
  fail(error: unknown): void {
    for (const { reject } of this.#outstanding.values()) reject(error);
    for (const go of this.#waiting) go();
  }

  async #turn(): Promise<void> {
    this.#busy++;
    if (this.#busy > this.#association.agreement.maximumInvoked) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #send(
    context: PresentationContext,
    request: RequestCommand,
    dataSet: OutgoingBytes | undefined,
    dataSetLength: number | undefined,
    watch: OperationWatch,
  ): Promise<void> {
    if (this.#association.state !== "Sta6") {
      this.#association.signal.throwIfAborted();
      throw new AssociationStateError(`Cannot send the ${request.type}: the association is not established any more`, {
        state: this.#association.state,
      });
    }
    watch.bytes = await this.#writer.write(context.id, encodeCommandSet(request), dataSet, dataSetLength);
  }

  #startDeadline(deadline: Timer): void {
    const milliseconds = this.#responseTimeout;
    deadline.start(milliseconds, () => this.#association.abort(new DeadlineError("response", milliseconds)));
  }

  #cancel(context: PresentationContext, request: RequestCommand, reason: unknown): void {
    if (!CANCELLABLE.has(request.type)) {
      this.#association.abort(reason instanceof Error ? reason : undefined);
      return;
    }
    const operation = this.#outstanding.get(request.messageId);
    if (operation !== undefined) operation.cancelled = true;
    const command = {
      type: "C-CANCEL-RQ",
      messageIdBeingRespondedTo: request.messageId,
      hasDataSet: false,
    } as const;
    this.#writer.write(context.id, encodeCommandSet(command)).catch(() => {}); // The operation itself tells it.
  }
}
