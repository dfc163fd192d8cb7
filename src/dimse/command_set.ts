/**
 * Command sets: bytes to and from the plain objects of `commands.ts` (PS3.7 6.3). They are always Implicit VR Little
 * Endian and hold group 0000 only.
 *
 * @module
 */

import {
  type CommandDefinition,
  commandDefinitions,
  type CommandElement,
  elementByNumber,
} from "./command_elements.ts";
import { hexadecimal, readUint16, unreadable, unwritable, writeUint16 } from "./command_values.ts";
import type { CommandSet, RequestCommand, ResponseTo } from "./commands.ts";
import { CommandSetError } from "./command_set_error.ts";
import { diagnose, type Fault, type Fields, firstFault, type MalformedCommand } from "./malformed_command.ts";

export type * from "./commands.ts";
export type { MalformedCommand } from "./malformed_command.ts";

/** Group, element and length of an element, in bytes. */
const HEADER_LENGTH = 8;
/** Header and value of Command Group Length (0000,0000). */
const GROUP_LENGTH_ELEMENT = HEADER_LENGTH + 4;

/**
 * Reads a command set. One that is wrong but can be answered, or passed over, is a `MalformedCommand`; one that leaves the
 * association in doubt is refused with a `CommandSetError`.
 *
 * Tolerated: a group length that is wrong or missing, elements out of order, elements that the command does not have or
 * the standard does not know, padding of any kind, text that is no UID as that of a SOP instance, a data set type that is
 * missing where the command leaves no choice, any error in a field that Gantry does not act on. Wrong: another required
 * element that is missing or empty, a value that breaks its VR, an element that comes twice or is of another group, a
 * length beyond the end.
 */
export function readCommandSet(bytes: Uint8Array): CommandSet | MalformedCommand {
  const { fields, code, faults } = readElements(bytes);
  // Required, but old equipment leaves it out, and Gantry does not act on it.
  fields.priority ??= "medium";
  const definition = commandDefinitions.get(String(fields.type));
  if (definition !== undefined && definition.dataSet !== "maybe") fields.hasDataSet ??= definition.dataSet === "always";
  const fault = firstFault(definition, fields, faults);
  // The definition says which fields its type of command has, and each field's format what kind of value it gives.
  if (definition !== undefined && fault === undefined) return select(definition, fields) as CommandSet;
  return diagnose(definition, fields, code, fault);
}

/** Reads a command set as `readCommandSet` does. Throws `CommandSetError` for a malformed one. */
export function decodeCommandSet(bytes: Uint8Array): CommandSet {
  const command = readCommandSet(bytes);
  if (command.type === "malformed") throw command.error;
  return command;
}

/** Writes a command set. Throws `CommandSetError` when a required field is missing or a value breaks its VR. */
export function encodeCommandSet(command: CommandSet): Uint8Array {
  const values: Fields = command;
  const definition = commandDefinitions.get(command.type);
  if (definition === undefined) throw unwritable(String(command.type), "is no command");
  const lacking = firstLacking(definition, values);
  if (lacking !== undefined) throw unwritable(definition.type, `without ${lacking}`);
  return encodeFields(definition.elements, values);
}

/** Writes those fields that there are, as elements ascending by tag. Throws `CommandSetError` for a value that breaks its VR. */
export function encodeFields(elements: readonly CommandElement[], values: Fields): Uint8Array {
  let size = GROUP_LENGTH_ELEMENT;
  for (const { field, format } of elements) {
    const value = values[field];
    if (value !== undefined) size += HEADER_LENGTH + format.size(value);
  }

  const bytes = new Uint8Array(size);
  writeHeader(bytes, 0, 0x0000, 4);
  writeUint32(bytes, HEADER_LENGTH, size - GROUP_LENGTH_ELEMENT);
  let offset = GROUP_LENGTH_ELEMENT;
  for (const { field, elementNumber, format, label } of elements) {
    const value = values[field];
    if (value === undefined) continue;
    const length = format.size(value);
    writeHeader(bytes, offset, elementNumber, length);
    format.write(bytes, offset + HEADER_LENGTH, value, label);
    offset += HEADER_LENGTH + length;
  }
  return bytes;
}

/** What a response says beyond what its request already tells. */
export type ResponseDetail<Request extends RequestCommand> =
  & Omit<ResponseTo<Request>, "type" | "messageIdBeingRespondedTo" | "hasDataSet">
  & {
    /** Defaults to false. */
    readonly hasDataSet?: boolean;
  };

/** The response to `request`: its message ID, SOP class, SOP instance, event type and action type, and `detail`. */
export function respond<Request extends RequestCommand>(
  request: Request,
  detail: ResponseDetail<Request>,
): ResponseTo<Request> {
  const type = request.type.replace("-RQ", "-RSP");
  const definition = commandDefinitions.get(type);
  if (definition === undefined) throw unwritable(type, "is no command");
  const asked: Fields = request;
  const response = select(definition, {
    ...asked,
    affectedSopClassUid: asked.affectedSopClassUid ?? asked.requestedSopClassUid,
    affectedSopInstanceUid: asked.affectedSopInstanceUid ?? asked.requestedSopInstanceUid,
    hasDataSet: false,
    ...detail,
    type,
    messageIdBeingRespondedTo: request.messageId,
  });
  return response as ResponseTo<Request>;
}

/** What was read: fields, Command Field (0000,0100) whether it is known or not, and what was wrong, if anything. */
interface Elements {
  readonly fields: Fields;
  readonly code: number | undefined;
  readonly faults: readonly Fault[];
}

const NO_FAULTS: readonly Fault[] = [];

function readElements(bytes: Uint8Array): Elements {
  const fields: Fields = {};
  let code: number | undefined;
  let faults: Fault[] | undefined;
  const fail = (error: CommandSetError, element?: CommandElement) => void (faults ??= []).push({ error, element });
  let offset = 0;
  while (offset < bytes.length) {
    const left = bytes.length - offset - HEADER_LENGTH;
    if (left < 0) {
      fail(unreadable(`the element at byte ${offset}`, "ends early"));
      break;
    }
    const group = readUint16(bytes, offset);
    const elementNumber = readUint16(bytes, offset + 2);
    const length = readUint16(bytes, offset + 4) + readUint16(bytes, offset + 6) * 0x1_0000;
    const element = group === 0 ? elementByNumber.get(elementNumber) : undefined;
    if (group !== 0) fail(unreadable(tagLabel(group, elementNumber), "is not of group 0000"));
    if (length > left) {
      const label = element?.label ?? tagLabel(group, elementNumber);
      fail(unreadable(label, `is ${length} bytes long where ${left} are left`));
      break;
    }
    offset += HEADER_LENGTH;
    if (element !== undefined) {
      const { field, format, label } = element;
      if (field === "type" && length === 2) code ??= readUint16(bytes, offset);
      try {
        if (fields[field] !== undefined) throw unreadable(label, "comes twice");
        const value = format.read(bytes, offset, length, label);
        if (value !== undefined) fields[field] = value;
      } catch (error) {
        if (!(error instanceof CommandSetError)) throw error;
        fail(error, element);
      }
    }
    offset += length;
  }
  for (const { element } of faults ?? NO_FAULTS) if (element !== undefined) delete fields[element.field];
  return { fields, code, faults: faults ?? NO_FAULTS };
}

/** What a command must have and does not, in words. */
function firstLacking(definition: CommandDefinition, values: Fields): string | undefined {
  for (const { field, required, label } of definition.elements) {
    if (required && values[field] === undefined) return label;
  }
  return definition.dataSet === "always" && values.hasDataSet !== true ? "a data set" : undefined;
}

/** The fields that a command has, of those that are there. */
function select(definition: CommandDefinition, values: Fields): Fields {
  const selected: Fields = {};
  for (const { field } of definition.elements) {
    const value = values[field];
    if (value !== undefined) selected[field] = value;
  }
  return selected;
}

/** Such as `(0008,0018)`. */
function tagLabel(group: number, elementNumber: number): string {
  return `(${hexadecimal(group).slice(2)},${hexadecimal(elementNumber).slice(2)})`;
}

function writeHeader(bytes: Uint8Array, offset: number, elementNumber: number, length: number): void {
  writeUint16(bytes, offset + 2, elementNumber);
  writeUint32(bytes, offset + 4, length);
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value & 0xFFFF);
  writeUint16(bytes, offset + 2, value >>> 16);
}
