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

/** The DIMSE service of a SOP class; `MPPS` for performed procedure steps, and `DIMSE-N` for others that have several. */
export function serviceOf(uid: string): string {
  if (uid === UID.ModalityPerformedProcedureStep || uid === UID.ModalityPerformedProcedureStepRetrieve) return "MPPS";
  if (uid === UID.Verification) return "C-ECHO";
  if (uid === UID.InstanceAvailabilityNotification) return "N-CREATE";
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
    if (service === "MPPS") return procedureSteps(config);
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

function storage({ archive, routes, routing }: Config): string {
  const { durable, onExisting, unreadable, reserve } = archive;
  const refuses = routes.length > 0 && routing.otherwise === "refuse";
  const asked = new Set(routes.map(({ acknowledge = "durable" }) => acknowledge));
  const waits = ["delivered-any", "delivered-all", "committed"].some((level) => asked.has(level as "committed"));
  const existing = onExisting === "replace"
    ? "the instance exists with different content, and the new one has replaced it"
    : "the instance exists with different content: the first is kept, the new one is not stored";
  const rows: readonly (readonly [status: number, when: string])[] = [
    [
      Status.Success,
      `the instance is stored${durable ? " and would survive a power failure" : ""}${
        durable && asked.has("received") ? " (a moment later, where all its routes say `acknowledge: received`)" : ""
      }${
        waits ? " and delivered, or committed to, where its routes ask for that" : ""
      }; or it exists already; or ${existing}`,
    ],
    [
      Status.OutOfResources,
      `less than ${reserve} bytes of disk space are free, a limit is exceeded, or the archive cannot be written${
        waits
          ? `; or the instance is stored, and not delivered as its routes ask within ${
            routing.acknowledgeWithin / 1_000
          } s`
          : ""
      }`,
    ],
    [Status.DataSetDoesNotMatchSopClass, "the UIDs of the data set differ from those of the command"],
    [
      Status.CannotUnderstand,
      unreadable === "refuse"
        ? "the data set violates PS3.5, or its transfer syntax is unknown"
        : "the data set is missing, or has no UIDs that can name it",
    ],
    [Status.ProcessingFailure, "any other failure"],
    ...(refuses ? [[Status.NotAuthorized, "no route matches the instance"] as const] : []),
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

function procedureSteps({ mpps: { forward, keepDays } }: Config): string {
  const rows: readonly (readonly [status: number, when: string])[] = [
    [Status.Success, "the step, or its change, is durable"],
    [
      Status.AttributeListError,
      "an N-SET changes an attribute that PS3.4 Table F.7.2-1 does not allow: it stays as it was",
    ],
    [Status.RequestedOptionalAttributesNotSupported, "an N-GET asks for an attribute that the step does not have"],
    [Status.InvalidAttributeValue, "the status is none, or not IN PROGRESS in an N-CREATE"],
    [
      Status.ProcessingFailure,
      "the step is COMPLETED or DISCONTINUED (Error ID A710H); or any other failure, without Error ID",
    ],
    [Status.DuplicateSopInstance, "an N-CREATE has made the step before"],
    [Status.NoSuchSopInstance, "no N-CREATE has made the step"],
    [Status.InvalidSopInstance, "the Affected SOP Instance UID is no UID"],
    [Status.NoSuchSopClass, "the SOP class is not that of the presentation context"],
    [Status.MissingAttribute, "an N-CREATE has no attribute of type 1; Offending Element names it"],
    [Status.MissingAttributeValue, "an attribute of type 1 has no value; Offending Element names it"],
    [Status.ResourceLimitation, "the step would be longer than 32 MiB"],
  ];
  const kept = keepDays === 0 ? "for ever" : `for ${keepDays} days after its last change`;
  return section(
    "## Modality Performed Procedure Step as SCP",
    "N-CREATE and N-SET in the Modality Performed Procedure Step SOP Class, N-GET in its Retrieve SOP Class. A step " +
      `without a SOP Instance UID gets one. A step is kept ${kept}. A step that ends without a value of an attribute ` +
      "that it then has to have is kept with a warning in the log. " +
      (forward.length === 0
        ? "Steps are not forwarded."
        : `Steps are forwarded to ${forward.length} of the configured peers, for up to three days.`),
    table(
      ["status", "meaning", "when"],
      rows.map(([status, when]) => [statusCode(status), describeStatus(status, "N-SET").meaning, when]),
    ),
  );
}
