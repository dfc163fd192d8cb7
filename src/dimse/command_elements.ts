/**
 * Which elements there are in command sets, and which of them each command has (PS3.7 sections 9.3 and 10.3, Annex E).
 *
 * @module
 */

import { aeTitle, attributeTags, coded, type CommandValueFormat, comment } from "./command_values.ts";
import { hexadecimal, instanceIdentifier, uniqueIdentifier, unsignedShort } from "./command_values.ts";
import type { CommandSet } from "./commands.ts";

/** Name of a field of any command. */
export type FieldName = CommandSet extends infer Command ? Command extends unknown ? keyof Command : never : never;

/** Name of a command, such as `C-STORE-RQ`. */
export type CommandType = CommandSet["type"];

/** An element of group 0000. */
export interface CommandElement {
  readonly field: FieldName;
  readonly elementNumber: number;
  readonly format: CommandValueFormat;
  /** Name and tag, for errors. */
  readonly label: string;
}

/** A command's elements, ascending by tag. */
export interface CommandDefinition {
  readonly type: CommandType;
  readonly elements: readonly (CommandElement & { readonly required: boolean })[];
  /** Whether a data set follows; nothing but the command's own word tells where it may. */
  readonly dataSet: "always" | "never" | "maybe";
}

/** Command Field (0000,0100) of each request; the response's has bit 15 set (PS3.7 Table E.1-1). */
const requestCodes: Readonly<Record<string, number>> = {
  "C-STORE": 0x0001,
  "C-GET": 0x0010,
  "C-FIND": 0x0020,
  "C-MOVE": 0x0021,
  "C-ECHO": 0x0030,
  "N-EVENT-REPORT": 0x0100,
  "N-GET": 0x0110,
  "N-SET": 0x0120,
  "N-ACTION": 0x0130,
  "N-CREATE": 0x0140,
  "N-DELETE": 0x0150,
  "C-CANCEL": 0x0FFF,
};

const RESPONSE_BIT = 0x8000;

const commandField = coded(
  new Map(
    Object.entries(requestCodes).flatMap(([service, code]): [string, number][] => [
      [`${service}-RQ`, code],
      ...service === "C-CANCEL" ? [] : [[`${service}-RSP`, code | RESPONSE_BIT] satisfies [string, number]],
    ]),
  ),
);

/** Nobody acts on a priority, so one that is not in the standard is no reason to fail. */
const priority = coded(new Map([["medium", 0], ["high", 1], ["low", 2]]), "medium");

/** 0101H is no data set; anything else is one (PS3.7 Table E.1-1). Some peers test for 0000H or 0001H: 0001H suits all. */
const dataSetType = coded(new Map([[false, 0x0101], [true, 0x0001]]), true);

type ElementRow = readonly [FieldName, elementNumber: number, CommandValueFormat, name: string];

const elementRows: readonly ElementRow[] = [
  ["affectedSopClassUid", 0x0002, uniqueIdentifier, "Affected SOP Class UID"],
  ["requestedSopClassUid", 0x0003, uniqueIdentifier, "Requested SOP Class UID"],
  ["type", 0x0100, commandField, "Command Field"],
  ["messageId", 0x0110, unsignedShort, "Message ID"],
  ["messageIdBeingRespondedTo", 0x0120, unsignedShort, "Message ID Being Responded To"],
  ["moveDestination", 0x0600, aeTitle, "Move Destination"],
  ["priority", 0x0700, priority, "Priority"],
  ["hasDataSet", 0x0800, dataSetType, "Command Data Set Type"],
  ["status", 0x0900, unsignedShort, "Status"],
  ["offendingElement", 0x0901, attributeTags, "Offending Element"],
  ["errorComment", 0x0902, comment, "Error Comment"],
  ["errorId", 0x0903, unsignedShort, "Error ID"],
  ["affectedSopInstanceUid", 0x1000, instanceIdentifier, "Affected SOP Instance UID"],
  ["requestedSopInstanceUid", 0x1001, instanceIdentifier, "Requested SOP Instance UID"],
  ["eventTypeId", 0x1002, unsignedShort, "Event Type ID"],
  ["attributeIdentifierList", 0x1005, attributeTags, "Attribute Identifier List"],
  ["actionTypeId", 0x1008, unsignedShort, "Action Type ID"],
  ["numberOfRemainingSuboperations", 0x1020, unsignedShort, "Number of Remaining Sub-operations"],
  ["numberOfCompletedSuboperations", 0x1021, unsignedShort, "Number of Completed Sub-operations"],
  ["numberOfFailedSuboperations", 0x1022, unsignedShort, "Number of Failed Sub-operations"],
  ["numberOfWarningSuboperations", 0x1023, unsignedShort, "Number of Warning Sub-operations"],
  ["moveOriginatorApplicationEntityTitle", 0x1030, aeTitle, "Move Originator Application Entity Title"],
  ["moveOriginatorMessageId", 0x1031, unsignedShort, "Move Originator Message ID"],
];

/** Every element of a command set but its group length, ascending by tag. */
const commandElements: readonly CommandElement[] = elementRows.map(([field, elementNumber, format, name]) => (
  { field, elementNumber, format, label: `${name} (0000,${hexadecimal(elementNumber).slice(2)})` }
));

/** Every element of a command set but its group length, by element number. */
export const elementByNumber: ReadonlyMap<number, CommandElement> = new Map(
  commandElements.map((element) => [element.elementNumber, element]),
);

type Fields<Command extends CommandSet> = Exclude<keyof Command, "type" | "hasDataSet">;
type OptionalFields<Command> = { [F in keyof Command]-?: undefined extends Command[F] ? F : never }[keyof Command];
type Row<Command extends CommandSet> = {
  readonly requires: readonly Exclude<Fields<Command>, OptionalFields<Command>>[];
  readonly allows?: readonly OptionalFields<Command>[];
  readonly dataSet?: "always" | "never";
};

/** Allowed in every response (PS3.7 Annex C). */
const statusDetail = [
  "affectedSopClassUid",
  "offendingElement",
  "errorComment",
  "errorId",
  "attributeIdentifierList",
] as const;

const suboperations = [
  "numberOfRemainingSuboperations",
  "numberOfCompletedSuboperations",
  "numberOfFailedSuboperations",
  "numberOfWarningSuboperations",
] as const;

const response = {
  requires: ["messageIdBeingRespondedTo", "status"],
  allows: statusDetail,
} as const;
const responseOnInstance = { ...response, allows: [...statusDetail, "affectedSopInstanceUid"] } as const;
const responseWithCounts = { ...response, allows: [...statusDetail, ...suboperations] } as const;

const onClass = ["affectedSopClassUid", "messageId"] as const;
const onInstance = ["requestedSopClassUid", "messageId", "requestedSopInstanceUid"] as const;

const rows: { readonly [Type in CommandType]: Row<Extract<CommandSet, { type: Type }>> } = {
  "C-STORE-RQ": {
    requires: [...onClass, "priority", "affectedSopInstanceUid"],
    allows: ["moveOriginatorApplicationEntityTitle", "moveOriginatorMessageId"],
    dataSet: "always",
  },
  "C-STORE-RSP": { ...responseOnInstance, dataSet: "never" },
  "C-FIND-RQ": { requires: [...onClass, "priority"], dataSet: "always" },
  "C-FIND-RSP": response,
  "C-GET-RQ": { requires: [...onClass, "priority"], dataSet: "always" },
  "C-GET-RSP": responseWithCounts,
  "C-MOVE-RQ": { requires: [...onClass, "moveDestination", "priority"], dataSet: "always" },
  "C-MOVE-RSP": responseWithCounts,
  "C-ECHO-RQ": { requires: onClass, dataSet: "never" },
  "C-ECHO-RSP": { ...response, dataSet: "never" },
  "C-CANCEL-RQ": { requires: ["messageIdBeingRespondedTo"], dataSet: "never" },
  "N-EVENT-REPORT-RQ": { requires: [...onClass, "affectedSopInstanceUid", "eventTypeId"] },
  "N-EVENT-REPORT-RSP": { ...response, allows: [...responseOnInstance.allows, "eventTypeId"] },
  "N-GET-RQ": {
    requires: onInstance,
    allows: ["attributeIdentifierList"],
    dataSet: "never",
  },
  "N-GET-RSP": responseOnInstance,
  "N-SET-RQ": { requires: onInstance, dataSet: "always" },
  "N-SET-RSP": responseOnInstance,
  "N-ACTION-RQ": { requires: [...onInstance, "actionTypeId"] },
  "N-ACTION-RSP": { ...response, allows: [...responseOnInstance.allows, "actionTypeId"] },
  "N-CREATE-RQ": { requires: onClass, allows: ["affectedSopInstanceUid"] },
  "N-CREATE-RSP": responseOnInstance,
  "N-DELETE-RQ": { requires: onInstance, dataSet: "never" },
  "N-DELETE-RSP": { ...responseOnInstance, dataSet: "never" },
};

/** Every command by its name. */
export const commandDefinitions: ReadonlyMap<string, CommandDefinition> = new Map(
  Object.entries(rows).map(([type, { requires, allows = [], dataSet = "maybe" }]) => {
    const required = new Set<string>(["type", "hasDataSet", ...requires]);
    const allowed = new Set<string>(allows);
    const elements = commandElements
      .filter(({ field }) => required.has(field) || allowed.has(field))
      .map((element) => ({ ...element, required: required.has(element.field) }));
    return [type, { type: type as CommandType, elements, dataSet: dataSet as CommandDefinition["dataSet"] }];
  }),
);
