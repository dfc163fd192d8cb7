/**
 * The response to a request that is malformed.
 *
 * @module
 */

import { commandDefinitions } from "./command_elements.ts";
import { encodeFields } from "./command_set.ts";
import { problemOf, unsignedShort } from "./command_values.ts";
import type { Operation } from "./events.ts";
import type { MalformedRequest } from "./malformed_command.ts";

/** The elements of a C-STORE-RSP, which are those of any response and the SOP instance, with any Command Field. */
const ELEMENTS = commandDefinitions.get("C-STORE-RSP")!.elements.map((element) =>
  element.field === "type" ? { ...element, format: unsignedShort } : element
);

/** The command set of the response, which has no data set. */
export function encodeRefusal(request: MalformedRequest): Uint8Array {
  const { responseCode, messageId, status, error, offendingElement } = request;
  return encodeFields(ELEMENTS, {
    type: responseCode,
    messageIdBeingRespondedTo: messageId,
    hasDataSet: false,
    status,
    errorComment: problemOf(error),
    offendingElement: offendingElement === undefined ? undefined : [offendingElement],
    affectedSopClassUid: request.affectedSopClassUid,
    affectedSopInstanceUid: request.affectedSopInstanceUid,
  });
}

/** What observers are told of it. A request that PS3.7 doesn't know is of the service `unknown`. */
export function refusedOperation(request: MalformedRequest): Operation {
  return {
    service: request.command?.slice(0, -"-RQ".length) ?? "unknown",
    role: "performed",
    messageId: request.messageId,
    sopClassUid: request.affectedSopClassUid ?? "",
    sopInstanceUid: request.affectedSopInstanceUid,
  };
}
