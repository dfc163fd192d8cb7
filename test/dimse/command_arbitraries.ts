/**
 * Every command set of PS3.7, as arbitraries.
 *
 * @module
 */

import fc from "fast-check";
import type { CommandSet } from "../../src/dimse/command_set.ts";

/** Any US. */
export const number = fc.integer({ min: 0, max: 0xFFFF });
const uid = fc.stringMatching(/^[0-9](\.?[0-9]){0,31}$/);
const aeTitle = fc.stringMatching(/^[!-[\]-~]([ -[\]-~]{0,14}[!-[\]-~])?$/);
const comment = fc.stringMatching(/^[!-[\]-~]([ -[\]-~]{0,62}[!-[\]-~])?$/);
const tags = fc.array(fc.integer({ min: 0, max: 0xFFFF_FFFF }), { minLength: 1, maxLength: 5 });
const priority = fc.constantFrom("low", "medium", "high");

const rq = { messageId: number, hasDataSet: fc.boolean() };
const rqWithDataSet = { messageId: number, hasDataSet: fc.constant(true) };
const affected = { affectedSopClassUid: uid, affectedSopInstanceUid: uid };
const requested = { requestedSopClassUid: uid, requestedSopInstanceUid: uid };
const rsp = { messageIdBeingRespondedTo: number, hasDataSet: fc.boolean(), status: number };
const detail = {
  affectedSopClassUid: uid,
  offendingElement: tags,
  errorComment: comment,
  errorId: number,
  attributeIdentifierList: tags,
};
const onInstance = { ...detail, affectedSopInstanceUid: uid };
const counts = {
  ...detail,
  numberOfRemainingSuboperations: number,
  numberOfCompletedSuboperations: number,
  numberOfFailedSuboperations: number,
  numberOfWarningSuboperations: number,
};

/** Every command of PS3.7: the fields that it must have, and those that it may have. */
export const COMMAND_FIELDS: Readonly<Record<CommandSet["type"], readonly [must: Fields, may: Fields]>> = {
  "C-STORE-RQ": [
    { ...rqWithDataSet, ...affected, priority },
    { moveOriginatorApplicationEntityTitle: aeTitle, moveOriginatorMessageId: number },
  ],
  "C-STORE-RSP": [rsp, onInstance],
  "C-FIND-RQ": [{ ...rqWithDataSet, affectedSopClassUid: uid, priority }, {}],
  "C-FIND-RSP": [rsp, detail],
  "C-GET-RQ": [{ ...rqWithDataSet, affectedSopClassUid: uid, priority }, {}],
  "C-GET-RSP": [rsp, counts],
  "C-MOVE-RQ": [{ ...rqWithDataSet, affectedSopClassUid: uid, priority, moveDestination: aeTitle }, {}],
  "C-MOVE-RSP": [rsp, counts],
  "C-ECHO-RQ": [{ ...rq, affectedSopClassUid: uid }, {}],
  "C-ECHO-RSP": [rsp, detail],
  "C-CANCEL-RQ": [{ messageIdBeingRespondedTo: number, hasDataSet: fc.boolean() }, {}],
  "N-EVENT-REPORT-RQ": [{ ...rq, ...affected, eventTypeId: number }, {}],
  "N-EVENT-REPORT-RSP": [rsp, { ...onInstance, eventTypeId: number }],
  "N-GET-RQ": [{ ...rq, ...requested }, { attributeIdentifierList: tags }],
  "N-GET-RSP": [rsp, onInstance],
  "N-SET-RQ": [{ ...rqWithDataSet, ...requested }, {}],
  "N-SET-RSP": [rsp, onInstance],
  "N-ACTION-RQ": [{ ...rq, ...requested, actionTypeId: number }, {}],
  "N-ACTION-RSP": [rsp, { ...onInstance, actionTypeId: number }],
  "N-CREATE-RQ": [{ ...rq, affectedSopClassUid: uid }, { affectedSopInstanceUid: uid }],
  "N-CREATE-RSP": [rsp, onInstance],
  "N-DELETE-RQ": [{ ...rq, ...requested }, {}],
  "N-DELETE-RSP": [rsp, onInstance],
};

/** Values of fields by their names. */
export type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Commands of that type, with any of what they may have. */
export function anyCommand(type: CommandSet["type"]): fc.Arbitrary<CommandSet> {
  const [must, may] = COMMAND_FIELDS[type];
  return commandOf(type, { ...must, ...may }, ["type", ...Object.keys(must)]);
}

/** Commands of that type, with all of what they may have. */
export function fullCommand(type: CommandSet["type"]): fc.Arbitrary<CommandSet> {
  const [must, may] = COMMAND_FIELDS[type];
  return commandOf(type, { ...must, ...may }, ["type", ...Object.keys(must), ...Object.keys(may)]);
}

function commandOf(type: CommandSet["type"], fields: Fields, requiredKeys: string[]): fc.Arbitrary<CommandSet> {
  const every: Fields = { type: fc.constant(type), ...fields };
  const record = fc.record(every, { requiredKeys, noNullPrototype: true });
  return record.map((command) => command as unknown as CommandSet);
}

/** The types of all commands. */
export const COMMAND_TYPES = Object.keys(COMMAND_FIELDS) as CommandSet["type"][];
