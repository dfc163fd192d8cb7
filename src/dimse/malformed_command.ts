/**
 * Command sets that are wrong, and the answer to each error: a response that says so (PS3.7 Annex C) or, if the command does
 * not tell which response it needs, the end of the association.
 *
 * @module
 */

import type { CommandSetError } from "./command_set_error.ts";
import type { CommandDefinition, CommandElement, CommandType, FieldName } from "./command_elements.ts";
import { type CommandValue, unreadable } from "./command_values.ts";
import * as Status from "./status.ts";

/** The fields of any command, before it is known to be one. */
export type Fields = { [field in FieldName]?: CommandValue | undefined };

/** Something wrong: with an element, or with the command set as a whole. */
export interface Fault {
  readonly error: CommandSetError;
  readonly element?: CommandElement | undefined;
  /** Whether the element, or the data set, is missing. */
  readonly missing?: boolean;
}

interface Malformed {
  /** Tells it from commands. */
  readonly type: "malformed";
  /** What it would have been; undefined for a Command Field (0000,0100) that PS3.7 doesn't know. */
  readonly command: CommandType | undefined;
  readonly error: CommandSetError;
  readonly hasDataSet: boolean;
}

/** A request that can't be performed and can be answered. */
export interface MalformedRequest extends Malformed {
  readonly kind: "request";
  readonly messageId: number;
  /** Command Field (0000,0100) of its response. */
  readonly responseCode: number;
  /** What it deserves (PS3.7 Annex C). */
  readonly status: number;
  /** Tag of the element at fault. */
  readonly offendingElement: number | undefined;
  /** What a response says again, where it could be read. */
  readonly affectedSopClassUid: string | undefined;
  readonly affectedSopInstanceUid: string | undefined;
}

/** A response of which nothing is known but to what. */
export interface MalformedResponse extends Malformed {
  readonly kind: "response";
  readonly command: CommandType;
  readonly messageIdBeingRespondedTo: number;
}

/** A C-CANCEL-RQ that doesn't say what it cancels: it has no response, and an operation need not be cancelled. */
export interface MalformedCancel extends Malformed {
  readonly kind: "cancel";
}

/** A command set that costs no more than its own message. */
export type MalformedCommand = MalformedRequest | MalformedResponse | MalformedCancel;

const C_CANCEL_RQ = 0x0FFF;
const RESPONSE_BIT = 0x8000;

/** Gantry does not act on these fields, and ignores wrong values in them. */
const IGNORABLE: ReadonlySet<string> = new Set<FieldName>([
  "priority",
  "hasDataSet", // Where it is needed, it is missing as well.
  "moveOriginatorApplicationEntityTitle",
  "moveOriginatorMessageId",
]);

/** What a request deserves for each field (PS3.7 C.4 and C.5, PS3.4 Table C.4-2 for C-MOVE). */
const STATUS_OF_FIELD: Readonly<Partial<Record<FieldName, number>>> = {
  type: Status.UnrecognizedOperation,
  affectedSopClassUid: Status.SopClassNotSupported,
  requestedSopClassUid: Status.SopClassNotSupported,
  affectedSopInstanceUid: Status.InvalidSopInstance,
  requestedSopInstanceUid: Status.InvalidSopInstance,
  moveDestination: Status.MoveDestinationUnknown,
  eventTypeId: Status.NoSuchEventType,
  actionTypeId: Status.NoSuchActionType,
};

/** The first reason not to act on a command; undefined when it is sound enough. */
export function firstFault(
  definition: CommandDefinition | undefined,
  fields: Fields,
  faults: readonly Fault[],
): Fault | undefined {
  if (definition === undefined) {
    const known = faults.find(({ element }) => element?.field === "type");
    return known ?? { error: unreadable("a command", "without Command Field (0000,0100)"), missing: true };
  }
  const { type, elements, dataSet } = definition;
  const isResponse = type.endsWith("-RSP");
  const counts = ({ element }: Fault) => {
    if (element === undefined) return true;
    const own = elements.find(({ field }) => field === element.field);
    return own !== undefined && !IGNORABLE.has(own.field) && (own.required || !isResponse);
  };
  const fault = faults.length === 0 ? undefined : faults.find(counts);
  if (fault !== undefined) return fault;
  for (const element of elements) {
    if (!element.required || fields[element.field] !== undefined) continue;
    return { error: unreadable(type, `without ${element.label}`), element, missing: true };
  }
  if (dataSet !== "always" || fields.hasDataSet === true) return undefined;
  return { error: unreadable(type, "without a data set"), missing: true };
}

/** What a wrong command set is good for still. Throws its CommandSetError when that is nothing. */
export function diagnose(
  definition: CommandDefinition | undefined,
  fields: Fields,
  code: number | undefined,
  fault: Fault | undefined,
): MalformedCommand {
  const { error, element } = fault!;
  const { hasDataSet, messageId, messageIdBeingRespondedTo } = fields;
  const command = definition?.type;
  if (code === undefined || typeof hasDataSet !== "boolean") throw error;
  const malformed = { type: "malformed", command, error, hasDataSet } as const;
  if (code === C_CANCEL_RQ) return { ...malformed, kind: "cancel" };
  if (code < RESPONSE_BIT) {
    if (typeof messageId !== "number") throw error;
    return {
      ...malformed,
      kind: "request",
      messageId,
      responseCode: code | RESPONSE_BIT,
      status: statusOf(fault!, command),
      offendingElement: element?.elementNumber,
      affectedSopClassUid: textOf(fields.affectedSopClassUid ?? fields.requestedSopClassUid),
      affectedSopInstanceUid: textOf(fields.affectedSopInstanceUid ?? fields.requestedSopInstanceUid),
    };
  }
  if (command === undefined || typeof messageIdBeingRespondedTo !== "number") throw error;
  return { ...malformed, kind: "response", command, messageIdBeingRespondedTo };
}

function statusOf({ element, missing }: Fault, command: CommandType | undefined): number {
  if (element !== undefined) return STATUS_OF_FIELD[element.field] ?? Status.MistypedArgument;
  // A composite service has a word of its own for a data set that it can't do anything with.
  return missing && command?.startsWith("C-") ? Status.UnableToProcess : Status.MistypedArgument;
}

function textOf(value: CommandValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
