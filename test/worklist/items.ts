/**
 * Items of worklists, for tests.
 *
 * @module
 */

import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { toJson } from "../../src/dicom/models/to_json.ts";
import { type Attributes, dataSetOf } from "../query/data_sets.ts";

/** Attributes of an item: those of its one step, and those around it. */
export function itemAttributes(step: Attributes = {}, around: Attributes = {}): Attributes {
  return {
    PatientName: "Adams^Jane",
    PatientID: "P1",
    AccessionNumber: "A1",
    RequestedProcedureID: "RP1",
    StudyInstanceUID: "1.2.3",
    ...around,
    ScheduledProcedureStepSequence: [{
      Modality: "CT",
      ScheduledStationAETitle: "CT1",
      ScheduledProcedureStepStartDate: "20250301",
      ScheduledProcedureStepStartTime: "0800",
      ScheduledProcedureStepID: "S1",
      ...step,
    }],
  };
}

/** An item. */
export function itemOf(step?: Attributes, around?: Attributes): DataSet {
  return dataSetOf(itemAttributes(step, around));
}

/** An item in the DICOM JSON model. */
export function jsonItem(step?: Attributes, around?: Attributes): Record<string, unknown> {
  return toJson(itemOf(step, around)) as unknown as Record<string, unknown>;
}

/** The first of March 2025, when the items above are scheduled. */
export const THAT_DAY = Date.UTC(2025, 2, 1, 12);
