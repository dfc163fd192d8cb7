/**
 * Attributes that every search returns, as data (PS3.18 Tables 10.6.3-3 to 10.6.3-5).
 *
 * @module
 */

import type { QueryLevel } from "../../query/levels.ts";

/** A level that is searched. */
export type SearchLevel = Exclude<QueryLevel, "PATIENT">;

/** Attributes of every level: how to read the others, and where the instances are. */
const OF_ALL = "InstanceAvailability TimezoneOffsetFromUTC RetrieveURL";

/** Keywords by level. */
export const RETURNED: Readonly<Record<SearchLevel, readonly string[]>> = {
  STUDY: `StudyDate StudyTime AccessionNumber ModalitiesInStudy ReferringPhysicianName PatientName PatientID
    PatientBirthDate PatientSex StudyInstanceUID StudyID NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances
    ${OF_ALL}`.split(/\s+/),
  SERIES: `Modality SeriesDescription StudyInstanceUID SeriesInstanceUID SeriesNumber NumberOfSeriesRelatedInstances
    PerformedProcedureStepStartDate PerformedProcedureStepStartTime
    RequestAttributesSequence.ScheduledProcedureStepID RequestAttributesSequence.RequestedProcedureID
    ${OF_ALL}`.split(/\s+/),
  IMAGE: `SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID InstanceNumber Rows Columns BitsAllocated
    NumberOfFrames AvailableTransferSyntaxUID ${OF_ALL}`.split(/\s+/),
};

/** Levels whose attributes a search returns: its own, and those above that its path does not name. */
export function returnedLevels(
  level: SearchLevel,
  named: { readonly study: boolean; readonly series: boolean },
): readonly SearchLevel[] {
  const levels: SearchLevel[] = [level];
  if (level === "IMAGE" && !named.series) levels.unshift("SERIES");
  if (level !== "STUDY" && !named.study) levels.unshift("STUDY");
  return levels;
}
