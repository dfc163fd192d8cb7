/**
 * What the statement says of storage commitment.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import * as Status from "../../dimse/status.ts";
import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import { describeFailureReason, FailureReason } from "../../services/storage_commitment.ts";
import { section, table } from "./markdown.ts";

/** What this service is called among the others. */
export const STORAGE_COMMITMENT = "Storage commitment";

/** The section on storage commitment as an SCP. */
export function commitmentAsScp({ commitment, archive: { durable }, dicom: { unknownSopClasses } }: Config): string {
  if (!commitment.enabled || !durable) {
    const why = durable ? "`commitment.enabled` is off" : "`archive.durable` is off";
    return section(
      "## Storage commitment as SCP",
      `The gateway commits to nothing, since ${why}: N-ACTION gets ${
        statusCode(Status.UnrecognizedOperation)
      }. It takes ` +
        "N-EVENT-REPORT for requests of its own.",
    );
  }
  const { maxReferences, sameAssociation } = commitment;
  const told = sameAssociation.length === 0
    ? ""
    : ` ${sameAssociation.map((aeTitle) => `\`${aeTitle}\``).join(", ")} ` +
      "get it on the association of the request while that is open.";
  return section(
    "## Storage commitment as SCP",
    "N-ACTION is answered once the request is durable:",
    statusTable([
      [Status.Success, "the request is taken; the report follows"],
      [
        Status.InvalidArgumentValue,
        "the transaction UID or the list is missing, empty or wrong, or the transaction UID is in use",
      ],
      [Status.NoSuchActionType, "the action type is not 1"],
      [Status.NoSuchSopInstance, "the SOP instance is not the well-known one"],
      [Status.NotAuthorized, "no configured peer has the calling AE title, so the report has no addressee"],
      [Status.ResourceLimitation, `more than ${maxReferences} instances are referenced, or too many requests are open`],
    ]),
    "An instance is committed when the index knows it under the SOP class of the request, and its file, read from its " +
      "first byte to its last, has the length and the CRC-32 that it came with. Failure reasons otherwise:",
    table(
      ["reason", "meaning", "when"],
      [
        [FailureReason.NoSuchObjectInstance, "the archive does not have the instance, or its file is gone"],
        [FailureReason.ClassInstanceConflict, "the instance is of another SOP class"],
        [FailureReason.ProcessingFailure, "the file is not what came, or cannot be read"],
        [FailureReason.ResourceLimitation, "the archive does not have the instance, and no room for it either"],
        ...(unknownSopClasses === "refuse"
          ? [[FailureReason.ReferencedSopClassNotSupported, "the SOP class is one that the gateway refuses"] as const]
          : []),
      ].map(([reason, when]) => [statusCode(Number(reason)), describeFailureReason(Number(reason)), String(when)]),
    ),
    "N-EVENT-REPORT comes on a new association with the requesting AE title, for which the gateway proposes the SCP role " +
      `by role selection.${told} A report that is not delivered, or answered with a failure, is tried again after 10 ` +
      "seconds, then after twice as long each time, up to 6 hours, for 3 days.",
  );
}

function statusTable(rows: readonly (readonly [status: number, when: string])[]): string {
  return table(
    ["status", "meaning", "when"],
    rows.map(([status, when]) => [statusCode(status), describeStatus(status, "N-ACTION").meaning, when]),
  );
}

/** The section on storage commitment as an SCU. */
export function commitmentAsScu(): string {
  return section(
    "### Storage commitment as SCU",
    "`gantry commit`, `gantry send --commit` and `POST /commitments` propose the Storage Commitment Push Model in Explicit " +
      "and Implicit VR Little Endian, and send N-ACTION with a new transaction UID. They take the report on the same " +
      "association and on any other that the peer opens, with or without role selection. An instance that a report does " +
      "not mention counts as not committed. A report for an unknown transaction UID gets " +
      `${statusCode(Status.InvalidArgumentValue)}.`,
  );
}
