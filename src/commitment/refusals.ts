/**
 * Why a request for storage commitment is not taken.
 *
 * @module
 */

import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";

/** Another request has the transaction UID. */
export function inUse(): DimseStatusError {
  return new DimseStatusError("Cannot take a request for commitment: its Transaction UID is that of another request", {
    status: Status.InvalidArgumentValue,
    comment: "Transaction UID is in use",
  });
}

/** As many are open as may be. */
export function tooMany(maximum: number): DimseStatusError {
  const message = `Cannot take a request for commitment: the reports of ${maximum} other requests wait for delivery`;
  return new DimseStatusError(message, {
    status: Status.ResourceLimitation,
    comment: "Too many requests for commitment are open",
  });
}
