/**
 * Statuses of DIMSE responses: those of every service (PS3.7 Annex C) and those of C-STORE, C-FIND, C-GET and C-MOVE
 * (PS3.4 Tables B.2-1, C.4-1, C.4-2 and C.4-3).
 *
 * @module
 */

/** How an operation went (PS3.7 Annex C). */
export type StatusCategory = "success" | "pending" | "warning" | "failure" | "cancel";

/** What a status says. */
export interface StatusDescription {
  /** Whether the operation was done, is going on, or was not. */
  readonly category: StatusCategory;
  /** In the standard's words. */
  readonly meaning: string;
}

/** Statuses that logic refers to. A code that means different things to different services has a name for each. */
export const Status = {
  Success: 0x0000,
  AttributeListError: 0x0107,
  ProcessingFailure: 0x0110,
  DuplicateSopInstance: 0x0111,
  NoSuchSopInstance: 0x0112,
  NoSuchEventType: 0x0113,
  NoSuchArgument: 0x0114,
  InvalidArgumentValue: 0x0115,
  AttributeValueOutOfRange: 0x0116,
  InvalidSopInstance: 0x0117,
  NoSuchSopClass: 0x0118,
  ClassInstanceConflict: 0x0119,
  MissingAttribute: 0x0120,
  MissingAttributeValue: 0x0121,
  SopClassNotSupported: 0x0122,
  NoSuchActionType: 0x0123,
  NotAuthorized: 0x0124,
  DuplicateInvocation: 0x0210,
  UnrecognizedOperation: 0x0211,
  MistypedArgument: 0x0212,
  ResourceLimitation: 0x0213,
  OutOfResources: 0xA700,
  UnableToCalculateNumberOfMatches: 0xA701,
  UnableToPerformSuboperations: 0xA702,
  MoveDestinationUnknown: 0xA801,
  DataSetDoesNotMatchSopClass: 0xA900,
  IdentifierDoesNotMatchSopClass: 0xA900,
  CoercionOfDataElements: 0xB000,
  SuboperationsCompleteWithFailures: 0xB000,
  ElementsDiscarded: 0xB006,
  DataSetDoesNotMatchSopClassWarning: 0xB007,
  CannotUnderstand: 0xC000,
  UnableToProcess: 0xC000,
  Cancel: 0xFE00,
  Pending: 0xFF00,
  PendingWithUnsupportedKeys: 0xFF01,
} as const;

/** A row is one code or a range of codes, and what it means. */
type Row = readonly [first: number, last: number, category: StatusCategory, meaning: string];

const general: readonly Row[] = [
  [0x0000, 0x0000, "success", "Success"],
  [0x0001, 0x0001, "warning", "Requested optional attributes are not supported"],
  [0x0105, 0x0105, "failure", "No such attribute"],
  [0x0106, 0x0106, "failure", "Invalid attribute value"],
  [0x0107, 0x0107, "warning", "Attribute list error"],
  [0x0110, 0x0110, "failure", "Processing failure"],
  [0x0111, 0x0111, "failure", "Duplicate SOP instance"],
  [0x0112, 0x0112, "failure", "No such SOP instance"],
  [0x0113, 0x0113, "failure", "No such event type"],
  [0x0114, 0x0114, "failure", "No such argument"],
  [0x0115, 0x0115, "failure", "Invalid argument value"],
  [0x0116, 0x0116, "warning", "Attribute value out of range"],
  [0x0117, 0x0117, "failure", "Invalid SOP instance"],
  [0x0118, 0x0118, "failure", "No such SOP class"],
  [0x0119, 0x0119, "failure", "Class-instance conflict"],
  [0x0120, 0x0120, "failure", "Missing attribute"],
  [0x0121, 0x0121, "failure", "Missing attribute value"],
  [0x0122, 0x0122, "failure", "Refused: SOP class not supported"],
  [0x0123, 0x0123, "failure", "No such action type"],
  [0x0124, 0x0124, "failure", "Refused: not authorized"],
  [0x0131, 0x0131, "failure", "Duplicate transaction UID"],
  [0x0210, 0x0210, "failure", "Duplicate invocation"],
  [0x0211, 0x0211, "failure", "Unrecognized operation"],
  [0x0212, 0x0212, "failure", "Mistyped argument"],
  [0x0213, 0x0213, "failure", "Resource limitation"],
  [0xFE00, 0xFE00, "cancel", "Terminated by a cancel request"],
  [0xFF00, 0xFF00, "pending", "Pending"],
  [0xFF01, 0xFF01, "pending", "Pending"],
  // The classes of codes that a service class may give a meaning of its own.
  [0xA000, 0xAFFF, "failure", "Failure"],
  [0xB000, 0xBFFF, "warning", "Warning"],
  [0xC000, 0xCFFF, "failure", "Failure"],
];

const retrieval: readonly Row[] = [
  [0xA701, 0xA701, "failure", "Refused: out of resources, unable to calculate number of matches"],
  [0xA702, 0xA702, "failure", "Refused: out of resources, unable to perform sub-operations"],
  [0xA900, 0xA900, "failure", "Identifier does not match SOP class"],
  [0xAA00, 0xAA00, "failure", "None of the frames requested were found in the SOP instance"],
  [0xAA01, 0xAA01, "failure", "Unable to create new object for this SOP class"],
  [0xAA02, 0xAA02, "failure", "Unable to extract frames"],
  [0xAA03, 0xAA03, "failure", "Time-based request received for a non-time-based original SOP instance"],
  [0xAA04, 0xAA04, "failure", "Invalid request"],
  [0xB000, 0xB000, "warning", "Sub-operations complete, one or more failures or warnings"],
  [0xC000, 0xCFFF, "failure", "Unable to process"],
  [0xFE00, 0xFE00, "cancel", "Sub-operations terminated by a cancel request"],
  [0xFF00, 0xFF00, "pending", "Sub-operations are continuing"],
];

const ofService: ReadonlyMap<string, readonly Row[]> = new Map<string, readonly Row[]>([
  ["C-STORE", [
    [0xA700, 0xA7FF, "failure", "Refused: out of resources"],
    [0xA900, 0xA9FF, "failure", "Data set does not match SOP class"],
    [0xB000, 0xB000, "warning", "Coercion of data elements"],
    [0xB006, 0xB006, "warning", "Elements discarded"],
    [0xB007, 0xB007, "warning", "Data set does not match SOP class"],
    [0xC000, 0xCFFF, "failure", "Cannot understand"],
  ]],
  ["C-FIND", [
    [0xA700, 0xA700, "failure", "Refused: out of resources"],
    [0xA900, 0xA900, "failure", "Identifier does not match SOP class"],
    [0xC000, 0xCFFF, "failure", "Unable to process"],
    [0xFE00, 0xFE00, "cancel", "Matching terminated by a cancel request"],
    [0xFF00, 0xFF00, "pending", "Matches are continuing"],
    [0xFF01, 0xFF01, "pending", "Matches are continuing, some optional keys were not supported"],
  ]],
  ["C-GET", retrieval],
  ["C-MOVE", [[0xA801, 0xA801, "failure", "Refused: move destination unknown"], ...retrieval]],
]);

/**
 * What `status` says, in general or from `service` (such as `C-STORE`). A code that nothing gives a meaning to is a
 * failure: only what the standard calls a success is one.
 */
export function describeStatus(status: number, service?: string): StatusDescription {
  const row = ofService.get(service ?? "")?.find(covers) ?? general.find(covers);
  if (row === undefined) return { category: "failure", meaning: "Unknown status" };
  const [, , category, meaning] = row;
  return { category, meaning };

  function covers([first, last]: Row): boolean {
    return status >= first && status <= last;
  }
}

/** Whether more responses follow this one. */
export function isPending(status: number): boolean {
  return status === Status.Pending || status === Status.PendingWithUnsupportedKeys;
}
