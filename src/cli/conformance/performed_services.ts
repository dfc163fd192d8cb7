/**
 * Services that the gateway performs, and how it answers.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { findUid } from "../../dicom/uid_registry.ts";
import { isStorageSopClass } from "../../dicom/sop_classes.ts";
import * as Status from "../../dimse/status.ts";
import { describeStatus, statusCode, statusesOf } from "../../dimse/statuses.ts";
import type { AcceptedSopClass } from "./ask_gateway.ts";
import { commitmentAsScp, STORAGE_COMMITMENT } from "./commitment.ts";
import { section, table } from "./markdown.ts";

/** The DIMSE service of a SOP class; `DIMSE-N` for one that has several. */
export function serviceOf(uid: string): string {
  if (uid === UID.Verification) return "C-ECHO";
  if (uid === UID.StorageCommitmentPushModel) return STORAGE_COMMITMENT;
  if (isStorageSopClass(uid)) return "C-STORE";
  const [, operation] = / - (FIND|MOVE|GET)\b/.exec(findUid(uid)?.name ?? "") ?? [];
  return operation === undefined ? "DIMSE-N" : `C-${operation}`;
}

/** A section for each service of these SOP classes. */
export function statusSections(classes: readonly AcceptedSopClass[], config: Config): string[] {
  const services = new Set(classes.map(({ uid }) => serviceOf(uid)));
  return [...services].map((service) => {
    if (service === "C-ECHO") return section("## C-ECHO as SCP", `The status is always ${statusCode(Status.Success)}.`);
    if (service === "C-STORE") return storage(config);
    if (service === STORAGE_COMMITMENT) return commitmentAsScp(config);
    return section(
      `## ${service} as SCP`,
      "Statuses that the service may answer with, besides success and those of PS3.7 Annex C:",
      table(
        ["status", "category", "meaning"],
        statusesOf(service).map(({ first, last, category, meaning }) => [
          first === last ? statusCode(first) : `${statusCode(first)} to ${statusCode(last)}`,
          category,
          meaning,
        ]),
      ),
    );
  });
}

function storage({ archive: { durable, onExisting, unreadable, reserve } }: Config): string {
  const existing = onExisting === "replace"
    ? "the instance exists with different content, and the new one has replaced it"
    : "the instance exists with different content: the first is kept, the new one is not stored";
  const rows: readonly (readonly [status: number, when: string])[] = [
    [
      Status.Success,
      `the instance is stored${
        durable ? " and would survive a power failure" : ""
      }; or it exists already; or ${existing}`,
    ],
    [
      Status.OutOfResources,
      `less than ${reserve} bytes of disk space are free, a limit is exceeded, or the archive cannot be written`,
    ],
    [Status.DataSetDoesNotMatchSopClass, "the UIDs of the data set differ from those of the command"],
    [
      Status.CannotUnderstand,
      unreadable === "refuse"
        ? "the data set violates PS3.5, or its transfer syntax is unknown"
        : "the data set is missing, or has no UIDs that can name it",
    ],
    [Status.ProcessingFailure, "any other failure"],
    [Status.InvalidSopInstance, "the SOP Instance UID has characters that cannot name an instance"],
    [Status.SopClassNotSupported, "the SOP class is not that of the presentation context"],
    [Status.UnrecognizedOperation, "the presentation context's service does not perform the operation"],
    [Status.MistypedArgument, "the command set is malformed"],
  ];
  return section(
    "## C-STORE as SCP",
    table(
      ["status", "meaning", "when"],
      rows.map(([status, when]) => [statusCode(status), describeStatus(status, "C-STORE").meaning, when]),
    ),
  );
}
