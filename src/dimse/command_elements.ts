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

/** Gantry does not act on a priority, so one that is not in the standard is no reason to fail. */
const priority = coded(new Map([["medium", 0], ["high", 1], ["low", 2]]), "medium");

/** 0101H is no data set; anything else is one (PS3.7 Table E.1-1). Some peers test for 0000H or 0001H: 0001H suits all. */
const dataSetType = coded(new Map([[false, 0x0101], [true, 0x0001]]), true);

/** An element; its name follows from the field's, unless `name` is given. */
type ElementRow = readonly [FieldName, elementNumber: number, CommandValueFormat, name?: string];

const elementRows: readonly ElementRow[] = [
  ["affectedSopClassUid", 0x0002, uniqueIdentifier],
  ["requestedSopClassUid", 0x0003, uniqueIdentifier],
  ["type", 0x0100, commandField, "Command Field"],
  ["messageId", 0x0110, unsignedShort],
  ["messageIdBeingRespondedTo", 0x0120, unsignedShort],
  ["moveDestination", 0x0600, aeTitle],
  ["priority", 0x0700, priority],
  ["hasDataSet", 0x0800, dataSetType, "Command Data Set Type"],
  ["status", 0x0900, unsignedShort],
  ["offendingElement", 0x0901, attributeTags],
  ["errorComment", 0x0902, comment],
  ["errorId", 0x0903, unsignedShort],
  ["affectedSopInstanceUid", 0x1000, instanceIdentifier],
  ["requestedSopInstanceUid", 0x1001, instanceIdentifier],
  ["eventTypeId", 0x1002, unsignedShort],
  ["attributeIdentifierList", 0x1005, attributeTags],
  ["actionTypeId", 0x1008, unsignedShort],
  ["numberOfRemainingSuboperations", 0x1020, unsignedShort],
  ["numberOfCompletedSuboperations", 0x1021, unsignedShort],
  ["numberOfFailedSuboperations", 0x1022, unsignedShort],
  ["numberOfWarningSuboperations", 0x1023, unsignedShort],
  ["moveOriginatorApplicationEntityTitle", 0x1030, aeTitle],
  ["moveOriginatorMessageId", 0x1031, unsignedShort],
];

/** `Affected SOP Class UID` of `affectedSopClassUid`. */
function nameOf(field: string): string {
  const words = field.replace(/[A-Z]/g, " $&").replace(/\b(Sop|Uid|Id)\b/g, (word) => word.toUpperCase());
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`.replace("Of", "of").replace("Subo", "Sub-o");
}

/** Every element of a command set but its group length, ascending by tag. */
const commandElements: readonly CommandElement[] = elementRows.map((
  [field, elementNumber, format, name = nameOf(field)],
) => (
  { field, elementNumber, format, label: `${name} (0000,${hexadecimal(elementNumber).slice(2)})` }
));

/** Every element of a command set but its group length, by element number. */
export const elementByNumber: ReadonlyMap<number, CommandElement> = new Map(
  commandElements.map((element) => [element.elementNumber, element]),
);

type Fields<Command extends CommandSet> = Exclude<keyof Command, "type" | "hasDataSet">;
type OptionalFields<Command> = { [F in keyof Command]-?: undefined extends Command[F] ? F : never }[keyof Command];
/** Fields that a command requires, whether a data set follows, and fields that it allows besides. */
type Row<Command extends CommandSet> = readonly [
  requires: readonly Exclude<Fields<Command>, OptionalFields<Command>>[],
  dataSet: CommandDefinition["dataSet"],
  allows?: readonly OptionalFields<Command>[],
];

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

const response = ["messageIdBeingRespondedTo", "status"] as const;
const onInstanceDetail = [...statusDetail, "affectedSopInstanceUid"] as const;
const countsDetail = [...statusDetail, ...suboperations] as const;

const onClass = ["affectedSopClassUid", "messageId"] as const;
const onInstance = ["requestedSopClassUid", "messageId", "requestedSopInstanceUid"] as const;

const rows: { readonly [Type in CommandType]: Row<Extract<CommandSet, { type: Type }>> } = {
  "C-STORE-RQ": [
    [...onClass, "priority", "affectedSopInstanceUid"],
    "always",
    ["moveOriginatorApplicationEntityTitle", "moveOriginatorMessageId"],
  ],
  "C-STORE-RSP": [response, "never", onInstanceDetail],
  "C-FIND-RQ": [[...onClass, "priority"], "always"],
  "C-FIND-RSP": [response, "maybe", statusDetail],
  "C-GET-RQ": [[...onClass, "priority"], "always"],
  "C-GET-RSP": [response, "maybe", countsDetail],
  "C-MOVE-RQ": [[...onClass, "moveDestination", "priority"], "always"],
  "C-MOVE-RSP": [response, "maybe", countsDetail],
  "C-ECHO-RQ": [onClass, "never"],
  "C-ECHO-RSP": [response, "never", statusDetail],
  "C-CANCEL-RQ": [["messageIdBeingRespondedTo"], "never"],
  "N-EVENT-REPORT-RQ": [[...onClass, "affectedSopInstanceUid", "eventTypeId"], "maybe"],
  "N-EVENT-REPORT-RSP": [response, "maybe", [...onInstanceDetail, "eventTypeId"]],
  "N-GET-RQ": [onInstance, "never", ["attributeIdentifierList"]],
  "N-GET-RSP": [response, "maybe", onInstanceDetail],
  "N-SET-RQ": [onInstance, "always"],
  "N-SET-RSP": [response, "maybe", onInstanceDetail],
  "N-ACTION-RQ": [[...onInstance, "actionTypeId"], "maybe"],
  "N-ACTION-RSP": [response, "maybe", [...onInstanceDetail, "actionTypeId"]],
  "N-CREATE-RQ": [onClass, "maybe", ["affectedSopInstanceUid"]],
  "N-CREATE-RSP": [response, "maybe", onInstanceDetail],
  "N-DELETE-RQ": [onInstance, "never"],
  "N-DELETE-RSP": [response, "never", onInstanceDetail],
};

/** Every command by its name. */
export const commandDefinitions: ReadonlyMap<string, CommandDefinition> = new Map(
  Object.entries(rows).map(([type, [requires, dataSet, allows = []]]) => {
    const required = new Set<string>(["type", "hasDataSet", ...requires]);
    const allowed = new Set<string>(allows);
    const elements = commandElements
      .filter(({ field }) => required.has(field) || allowed.has(field))
      .map((element) => ({ ...element, required: required.has(element.field) }));
    return [type, { type: type as CommandType, elements, dataSet }];
  }),
);
