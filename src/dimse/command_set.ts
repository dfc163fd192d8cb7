/**
 * Command sets: bytes to and from the plain objects of `commands.ts` (PS3.7 6.3). They are always Implicit VR Little
 * Endian and hold group 0000 only.
 *
 * @module
 */

import { type CommandDefinition, commandDefinitions, elementByNumber, type FieldName } from "./command_elements.ts";
import { type CommandValue, hexadecimal, readUint16, unreadable, unwritable, writeUint16 } from "./command_values.ts";
import type { CommandSet, RequestCommand, ResponseTo } from "./commands.ts";

export type * from "./commands.ts";

/** Group, element and length of an element, in bytes. */
const HEADER_LENGTH = 8;
/** Header and value of Command Group Length (0000,0000). */
const GROUP_LENGTH_ELEMENT = HEADER_LENGTH + 4;

/** The fields of any command, before it is known to be one. */
type Fields = { [field in FieldName]?: CommandValue | undefined };

/**
 * Reads a command set.
 *
 * Tolerated: a group length that is wrong or missing, elements out of order, elements that the command does not have or
 * the standard does not know, padding of any kind, a missing priority. Refused with a `CommandSetError`: another required
 * element that is missing or empty, a value that breaks its VR, an element that comes twice or is of another group, a
 * length beyond the end.
 */
export function decodeCommandSet(bytes: Uint8Array): CommandSet {
  const found = readElements(bytes);
  // Required, but old equipment leaves it out, and nobody acts on it.
  found.priority ??= "medium";
  const definition = commandDefinitions.get(String(found.type));
  if (definition === undefined) throw unreadable("a command", "without Command Field (0000,0100)");
  const lacking = firstLacking(definition, found);
  if (lacking !== undefined) throw unreadable(definition.type, `without ${lacking}`);
  // The definition says which fields its type of command has, and each field's format what kind of value it gives.
  return select(definition, found) as CommandSet;
}

/** Writes a command set. Throws `CommandSetError` when a required field is missing or a value breaks its VR. */
export function encodeCommandSet(command: CommandSet): Uint8Array {
  const values: Fields = command;
  const definition = commandDefinitions.get(command.type);
  if (definition === undefined) throw unwritable(String(command.type), "is no command");
  const lacking = firstLacking(definition, values);
  if (lacking !== undefined) throw unwritable(definition.type, `without ${lacking}`);

  let size = GROUP_LENGTH_ELEMENT;
  for (const { field, format } of definition.elements) {
    const value = values[field];
    if (value !== undefined) size += HEADER_LENGTH + format.size(value);
  }

  const bytes = new Uint8Array(size);
  writeHeader(bytes, 0, 0x0000, 4);
  writeUint32(bytes, HEADER_LENGTH, size - GROUP_LENGTH_ELEMENT);
  let offset = GROUP_LENGTH_ELEMENT;
  for (const { field, elementNumber, format, label } of definition.elements) {
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

function readElements(bytes: Uint8Array): Fields {
  const found: Fields = {};
  let offset = 0;
  while (offset < bytes.length) {
    const left = bytes.length - offset - HEADER_LENGTH;
    if (left < 0) throw unreadable(`the element at byte ${offset}`, "ends early");
    const group = readUint16(bytes, offset);
    const elementNumber = readUint16(bytes, offset + 2);
    const length = readUint16(bytes, offset + 4) + readUint16(bytes, offset + 6) * 0x1_0000;
    if (group !== 0) throw unreadable(tagLabel(group, elementNumber), "is not of group 0000");
    const element = elementByNumber.get(elementNumber);
    if (length > left) {
      throw unreadable(
        element?.label ?? tagLabel(group, elementNumber),
        `is ${length} bytes long where ${left} are left`,
      );
    }
    offset += HEADER_LENGTH;
    if (element !== undefined) {
      const { field, format, label } = element;
      if (found[field] !== undefined) throw unreadable(label, "comes twice");
      const value = format.read(bytes, offset, length, label);
      if (value !== undefined) found[field] = value;
    }
    offset += length;
  }
  return found;
}

/** What a command must have and does not, in words. */
function firstLacking(definition: CommandDefinition, values: Fields): string | undefined {
  for (const { field, required, label } of definition.elements) {
    if (required && values[field] === undefined) return label;
  }
  return definition.needsDataSet && values.hasDataSet !== true ? "a data set" : undefined;
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
