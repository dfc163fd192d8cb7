/**
 * Hearing which instances of a study can be retrieved: Instance Availability Notification (PS3.4 Annex R), as SCP.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import { generateUid, isValidUid } from "../dicom/uids.ts";
import { readMessageDataSet } from "../dimse/message_data_set.ts";
import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { nameTag } from "../dicom/names.ts";
import { DimseStatusError } from "../errors.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import { availabilityOffer } from "./offers.ts";
import { firstTextOf } from "../query/stored_values.ts";

/** What a peer says of a study. */
export interface ReceivedAvailability {
  /** Study Instance UID (0020,000D). */
  readonly studyInstanceUid: string;
  /** Its series, as far as it has instances in them that can be had. */
  readonly series: readonly {
    /** Series Instance UID (0020,000E). */
    readonly seriesInstanceUid: string;
    /** Referenced SOP Instance UIDs (0008,1155) of all but those whose Instance Availability (0008,0056) is UNAVAILABLE. */
    readonly sopInstanceUids: readonly string[];
  }[];
  /** The association that it came on. */
  readonly association: AssociationInfo;
}

/** Receives the notifications. */
export interface AvailabilityScpOptions {
  /** Called for each notification; the service then answers with success. */
  readonly onNotification: (notification: ReceivedAvailability) => void;
}

/** Longest data set of a notification, in bytes: some 20,000 references. */
const LONGEST = 4 * 1024 * 1024;

/** Takes notifications (N-CREATE). One that lacks a UID of type 1 (PS3.4 Table R.3.2-1) is refused. */
export function availabilityNotificationScp({ onNotification }: AvailabilityScpOptions): Service {
  return { ...availabilityOffer, perform: (request) => take(request, onNotification) };
}

async function take(
  request: PerformRequest,
  onNotification: AvailabilityScpOptions["onNotification"],
): Promise<PerformResponse> {
  const { command, association, context: { abstractSyntax } } = request;
  if (command.type !== "N-CREATE-RQ") {
    throw new DimseStatusError(`Cannot perform the ${command.type}`, { status: Status.UnrecognizedOperation });
  }
  const { affectedSopClassUid, affectedSopInstanceUid: given } = command;
  if (affectedSopClassUid !== abstractSyntax) {
    throw refused("the SOP class is not that of the presentation context", Status.NoSuchSopClass);
  }
  if (given !== undefined && given !== "" && !isValidUid(given)) {
    throw refused("its SOP Instance UID is no UID", Status.InvalidSopInstance);
  }
  const dataSet = await readMessageDataSet(request, {
    maxLength: LONGEST,
    limit: "maxIdentifierLength",
    status: Status.ProcessingFailure,
  });
  onNotification({ ...contentOf(dataSet), association });
  // Where the SCU gives none, the SCP makes one (PS3.7 10.1.5.1.4).
  return { status: Status.Success, affectedSopClassUid, affectedSopInstanceUid: given || generateUid() };
}

const STUDY_INSTANCE_UID = 0x0020_000d;
const REFERENCED_SERIES_SEQUENCE = 0x0008_1115;
const SERIES_INSTANCE_UID = 0x0020_000e;
const REFERENCED_SOP_SEQUENCE = 0x0008_1199;
const REFERENCED_SOP_INSTANCE_UID = 0x0008_1155;
const INSTANCE_AVAILABILITY = 0x0008_0056;

function contentOf(dataSet: DataSet): Omit<ReceivedAvailability, "association"> {
  const studyInstanceUid = uidIn(dataSet, STUDY_INSTANCE_UID);
  const series = itemsOf(dataSet, REFERENCED_SERIES_SEQUENCE).map((item) => ({
    seriesInstanceUid: uidIn(item, SERIES_INSTANCE_UID),
    sopInstanceUids: itemsOf(item, REFERENCED_SOP_SEQUENCE)
      .filter((reference) => firstTextOf(reference, INSTANCE_AVAILABILITY) !== "UNAVAILABLE")
      .map((reference) => uidIn(reference, REFERENCED_SOP_INSTANCE_UID)),
  }));
  if (series.length === 0) {
    throw refused(`${nameTag(REFERENCED_SERIES_SEQUENCE)} has no items`, Status.MissingAttribute);
  }
  return { studyInstanceUid, series };
}

function uidIn(dataSet: DataSet, tag: number): string {
  const uid = firstTextOf(dataSet, tag);
  if (uid === "") throw refused(`${nameTag(tag)} has no value`, Status.MissingAttribute);
  if (!isValidUid(uid)) throw refused(`${nameTag(tag)} is no UID`, Status.InvalidAttributeValue);
  return uid;
}

function refused(why: string, status: number): DimseStatusError {
  return new DimseStatusError(`Cannot take a notification of availability: ${why}`, { status, comment: why });
}
