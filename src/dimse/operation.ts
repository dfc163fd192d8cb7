/**
 * Tells observers of an operation from its request to its outcome.
 *
 * @module
 */

import { type AssociationInfo, notify, type Observer } from "../upper_layer/events.ts";
import type { RequestCommand } from "./command_set.ts";
import type { DimseEvent, Operation } from "./events.ts";

/** One operation that is going on. */
export class OperationWatch {
  /** Bytes of its data sets so far. */
  bytes = 0;
  readonly #observers: readonly Observer<DimseEvent>[];
  readonly #association: AssociationInfo;
  readonly #operation: Operation;
  readonly #begun = performance.now();

  constructor(
    observers: readonly Observer<DimseEvent>[],
    association: AssociationInfo,
    operation: Operation,
  ) {
    this.#observers = observers;
    this.#association = association;
    this.#operation = operation;
    notify(observers, { type: "operation-started", association, operation });
  }

  /** It is over: with a final status, or without one because of `error`. */
  end(status: number | undefined, error?: unknown): void {
    notify(this.#observers, {
      type: "operation-ended",
      association: this.#association,
      operation: this.#operation,
      outcome: {
        status,
        bytes: this.bytes,
        milliseconds: performance.now() - this.#begun,
        ...(error instanceof Error && { error }),
      },
    });
  }
}

/** What observers are told of the operation that a request asks for. */
export function operationOf(command: RequestCommand, role: Operation["role"]): Operation {
  return {
    service: command.type.slice(0, -"-RQ".length),
    role,
    messageId: command.messageId,
    sopClassUid: "affectedSopClassUid" in command ? command.affectedSopClassUid : command.requestedSopClassUid,
    sopInstanceUid: sopInstanceUid(command),
  };
}

function sopInstanceUid(command: RequestCommand): string | undefined {
  if ("affectedSopInstanceUid" in command) return command.affectedSopInstanceUid;
  return "requestedSopInstanceUid" in command ? command.requestedSopInstanceUid : undefined;
}
