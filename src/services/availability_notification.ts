/**
 * Telling others which instances of a study can be retrieved, and where: Instance Availability Notification (PS3.4
 * Annex R), and the Basic Study Content Notification that it superseded.
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import { generateUid } from "../dicom/uids.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import type { InstanceAvailability } from "../query/answer.ts";
import type { Proposal } from "./association_pool.ts";
import { createInstance, type NormalizedResult } from "./normalized.ts";
import type { ReferencedInstance } from "./referenced_instances.ts";
import { store, type StoreResult } from "./storage.ts";

/** Instances of one series. */
export interface NotifiedSeries {
  /** Series Instance UID (0020,000E). */
  readonly seriesInstanceUid: string;
  /** At least one. */
  readonly instances: readonly ReferencedInstance[];
}

/** Content of the notification about a study. */
export interface AvailableInstances {
  /** Study Instance UID (0020,000D). */
  readonly studyInstanceUid: string;
  /** At least one. */
  readonly series: readonly NotifiedSeries[];
  /** Retrieve AE Title (0008,0054): where the instances are. */
  readonly retrieveAeTitle: string;
}

/** A notification of availability. */
export interface AvailabilityNotification extends AvailableInstances {
  /** Instance Availability (0008,0056) of all instances (PS3.3 C.4.23.1.1). Default: `ONLINE`. */
  readonly availability?: InstanceAvailability;
  /** The performed procedure step that they came from. Default: none. */
  readonly performedProcedureStep?: ReferencedInstance;
  /** SOP Instance UID of the notification. Default: a new one. */
  readonly sopInstanceUid?: string;
  /** Aborts the association. */
  readonly signal?: AbortSignal;
}

/** A notification of the content of a study. */
export interface StudyContentNotification extends AvailableInstances {
  /** Patient's Name (0010,0010). Default: empty. */
  readonly patientName?: string;
  /** Patient ID (0010,0020). Default: empty. */
  readonly patientId?: string;
  /** Study ID (0020,0010). Default: empty. */
  readonly studyId?: string;
  /** SOP Instance UID of the notification. Default: a new one. */
  readonly sopInstanceUid?: string;
  /** Aborts the association. */
  readonly signal?: AbortSignal;
}

const TRANSFER_SYNTAXES = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian];

/** What an SCU of Instance Availability Notification proposes. */
export const AVAILABILITY_CONTEXT: Proposal = {
  abstractSyntax: UID.InstanceAvailabilityNotification,
  transferSyntaxes: TRANSFER_SYNTAXES,
};

/** What an SCU of Basic Study Content Notification proposes. */
export const STUDY_CONTENT_CONTEXT: Proposal = {
  abstractSyntax: UID.BasicStudyContentNotification,
  transferSyntaxes: TRANSFER_SYNTAXES,
};

/**
 * Tells a peer which instances are available (SCU, N-CREATE). It sends no attributes but those of PS3.4 Table R.3.2-1, which
 * forbids others. The status may be a failure: it is the caller's to look at. Throws RangeError for an empty list.
 */
export async function notifyAvailability(
  provider: DimseProvider,
  notification: AvailabilityNotification,
): Promise<NormalizedResult> {
  const { studyInstanceUid, retrieveAeTitle, availability = "ONLINE", performedProcedureStep, signal } = notification;
  checkContent(notification);
  const dataSet = new DataSet({
    StudyInstanceUID: studyInstanceUid,
    ReferencedPerformedProcedureStepSequence: performedProcedureStep === undefined
      ? []
      : [referenceTo(performedProcedureStep).set("PerformedWorkitemCodeSequence", [])],
    ReferencedSeriesSequence: notification.series.map(({ seriesInstanceUid, instances }) =>
      new DataSet({
        SeriesInstanceUID: seriesInstanceUid,
        ReferencedSOPSequence: instances.map((instance) =>
          referenceTo(instance).set("InstanceAvailability", availability).set("RetrieveAETitle", retrieveAeTitle)
        ),
      })
    ),
  });
  return await createInstance(provider, {
    sopClassUid: UID.InstanceAvailabilityNotification,
    sopInstanceUid: notification.sopInstanceUid ?? generateUid(),
    dataSet,
    ...(signal !== undefined && { signal }),
  });
}

/**
 * Sends a peer a Basic Study Descriptor (SCU, C-STORE), which lists the instances of a study. PS3.4 has retired this service
 * for that of `notifyAvailability()`; some old workstations wait for it. Throws RangeError for an empty list, else what
 * `store()` throws.
 */
export async function notifyStudyContent(
  provider: DimseProvider,
  notification: StudyContentNotification,
): Promise<StoreResult> {
  const { studyInstanceUid, retrieveAeTitle, patientName = "", patientId = "", studyId = "", signal } = notification;
  checkContent(notification);
  const sopClassUid = UID.BasicStudyContentNotification;
  const sopInstanceUid = notification.sopInstanceUid ?? generateUid();
  const { transferSyntax } = provider.context(sopClassUid);
  const dataSet = new DataSet();
  if (!/^[\x20-\x7e]*$/.test(`${patientName}${patientId}${studyId}`)) dataSet.declareCharacterSet("ISO_IR 192");
  dataSet
    .set("SOPClassUID", sopClassUid)
    .set("SOPInstanceUID", sopInstanceUid)
    .set("PatientName", patientName)
    .set("PatientID", patientId)
    .set("StudyInstanceUID", studyInstanceUid)
    .set("StudyID", studyId)
    .set(
      "ReferencedSeriesSequence",
      notification.series.map(({ seriesInstanceUid, instances }) =>
        new DataSet({
          RetrieveAETitle: retrieveAeTitle,
          SeriesInstanceUID: seriesInstanceUid,
          ReferencedImageSequence: instances.map(referenceTo),
        })
      ),
    );
  const instance = { sopClassUid, sopInstanceUid, transferSyntax, dataSet };
  return await store(provider, instance, signal === undefined ? {} : { signal });
}

function referenceTo({ sopClassUid, sopInstanceUid }: ReferencedInstance): DataSet {
  return new DataSet({ ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid });
}

function checkContent({ series }: AvailableInstances): void {
  if (series.length > 0 && series.every(({ instances }) => instances.length > 0)) return;
  throw new RangeError("Cannot notify: a study or series has no instances, expected at least one of each");
}
