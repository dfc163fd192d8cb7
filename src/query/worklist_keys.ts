/**
 * The keys of the Modality Worklist information model, as data (PS3.4 Table K.6-1).
 *
 * @module
 */

import { findAttributeByKeyword } from "../dicom/dictionary.ts";

/** A key of the modality worklist. */
export interface WorklistKey {
  /** Tags from the outermost sequence to the attribute. */
  readonly path: readonly number[];
  /** Whether an SCP has to match it, or may. */
  readonly matching: "required" | "optional";
  /** Whether an SCP has to return it, as a type of PS3.5 7.4. */
  readonly returning: "1" | "1C" | "2" | "2C" | "3";
}

// Depth, keyword, matching (R required, O optional), type as a return key.
const ROWS = `
ScheduledProcedureStepSequence R 1
> ScheduledStationAETitle R 1
> ScheduledProcedureStepStartDate R 1
> ScheduledProcedureStepStartTime R 1
> Modality R 1
> ScheduledPerformingPhysicianName R 2
> ScheduledProcedureStepDescription O 1C
> ScheduledStationName O 2
> ScheduledProcedureStepLocation O 2
> ScheduledProtocolCodeSequence O 1C
> > CodeValue O 1C
> > CodingSchemeDesignator O 1C
> > CodingSchemeVersion O 3
> > CodeMeaning O 3
> PreMedication O 2C
> ScheduledProcedureStepID O 1
> RequestedContrastAgent O 2C
> ScheduledProcedureStepStatus O 3
> ScheduledProcedureStepEndDate O 3
> ScheduledProcedureStepEndTime O 3
> CommentsOnTheScheduledProcedureStep O 3
RequestedProcedureID O 1
RequestedProcedureDescription O 1C
RequestedProcedureCodeSequence O 1C
> CodeValue O 1C
> CodingSchemeDesignator O 1C
> CodingSchemeVersion O 3
> CodeMeaning O 3
StudyInstanceUID O 1
StudyDate O 3
StudyTime O 3
ReferencedStudySequence O 2
> ReferencedSOPClassUID O 1
> ReferencedSOPInstanceUID O 1
RequestedProcedurePriority O 2
PatientTransportArrangements O 2
AccessionNumber O 2
IssuerOfAccessionNumberSequence O 3
RequestingPhysician O 2
ReferringPhysicianName O 2
AdmissionID O 2
IssuerOfAdmissionIDSequence O 3
CurrentPatientLocation O 2
ReferencedPatientSequence O 2
> ReferencedSOPClassUID O 1
> ReferencedSOPInstanceUID O 1
PatientName R 1
PatientID R 1
IssuerOfPatientID O 3
IssuerOfPatientIDQualifiersSequence O 3
OtherPatientIDsSequence O 3
PatientBirthDate O 2
PatientSex O 2
PatientPrimaryLanguageCodeSequence O 3
PatientWeight O 2
ConfidentialityConstraintOnPatientDataDescription O 2
PatientState O 2
PregnancyStatus O 2
MedicalAlerts O 2
Allergies O 2
SpecialNeeds O 2`;

let keys: readonly WorklistKey[] | undefined;

/** All keys of the table, in its order. */
export function worklistKeys(): readonly WorklistKey[] {
  return keys ??= readRows();
}

function readRows(): readonly WorklistKey[] {
  const path: number[] = [];
  return ROWS.trim().split("\n").map((row): WorklistKey => {
    const fields = row.split(" ");
    const depth = fields.lastIndexOf(">") + 1;
    const [keyword = "", matching, returning] = fields.slice(depth);
    path.splice(depth, path.length, findAttributeByKeyword(keyword)!.tag);
    return {
      path: [...path],
      matching: matching === "R" ? "required" : "optional",
      returning: returning as WorklistKey["returning"],
    };
  });
}
