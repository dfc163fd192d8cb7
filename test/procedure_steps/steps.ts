/**
 * Performed procedure steps, for tests.
 *
 * @module
 */

import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import type { AssociationInfo } from "../../src/upper_layer/events.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";

/** What an N-CREATE has. */
export function creation(attributes: Attributes = {}): DataSet {
  return dataSetOf({
    ScheduledStepAttributesSequence: [{
      StudyInstanceUID: "1.2.3",
      ScheduledProcedureStepID: "S1",
    }],
    PatientName: "Adams^Jane",
    PerformedProcedureStepID: "PPS1",
    PerformedStationAETitle: "CT1",
    PerformedProcedureStepStartDate: "20250301",
    PerformedProcedureStepStartTime: "0800",
    PerformedProcedureStepStatus: "IN PROGRESS",
    Modality: "CT",
    ...attributes,
  });
}

/** What an N-SET has that ends a step. */
export function ending(attributes: Attributes = {}): DataSet {
  return dataSetOf({
    PerformedProcedureStepStatus: "COMPLETED",
    PerformedProcedureStepEndDate: "20250301",
    PerformedProcedureStepEndTime: "0820",
    PerformedSeriesSequence: [{
      ProtocolName: "HEAD",
      SeriesInstanceUID: "1.2.3.1",
      ReferencedImageSequence: [{
        ReferencedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
        ReferencedSOPInstanceUID: "1.2.3.1.1",
      }],
    }],
    ...attributes,
  });
}

/** The association of a modality. */
export const FROM_CT1 = { callingAeTitle: "CT1" } as AssociationInfo;
