/**
 * The keys of the Query/Retrieve information models by their level, as data (PS3.4 C.6.1 and C.6.2), and the level that any
 * other attribute belongs to (PS3.3 A.1.4: the modules of each information entity).
 *
 * @module
 */

import { findAttributeByKeyword } from "../dicom/dictionary.ts";
import { isBelow, QUERY_LEVELS, type QueryLevel } from "./levels.ts";

/** Whether an SCP has to match a key: unique and required ones always, optional ones where it can (PS3.4 C.2.2.1). */
export type KeyType = "unique" | "required" | "optional";

/** A key of a level. */
export interface KeyDefinition {
  /** Its tag. */
  readonly tag: number;
  /** Its level, that of the Patient Root for attributes of the patient. */
  readonly level: QueryLevel;
  /** How far an SCP has to go. */
  readonly type: KeyType;
  /** Whether the archive computes it from what is below, such as the number of instances. */
  readonly computed: boolean;
}

/** Keywords by level and type, and those that are computed (PS3.4 Tables C.6-1 to C.6-5, C.3). */
const KEYS: Readonly<Record<QueryLevel, Readonly<Record<KeyType | "computed", string>>>> = {
  PATIENT: {
    unique: "PatientID",
    required: "PatientName",
    optional: `IssuerOfPatientID IssuerOfPatientIDQualifiersSequence ReferencedPatientSequence
      ReferencedPatientPhotoSequence PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs
      OtherPatientIDsSequence OtherPatientNames EthnicGroup EthnicGroupCodeSequence PatientComments
      PatientSpeciesDescription PatientSpeciesCodeSequence PatientBreedDescription PatientBreedCodeSequence
      BreedRegistrationSequence ResponsiblePerson ResponsiblePersonRole ResponsibleOrganization
      PatientIdentityRemoved QualityControlSubject StrainDescription TypeOfPatientID`,
    computed: "NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries NumberOfPatientRelatedInstances",
  },
  STUDY: {
    unique: "StudyInstanceUID",
    required: "StudyDate StudyTime AccessionNumber StudyID",
    optional: `ReferringPhysicianName ReferringPhysicianIdentificationSequence ConsultingPhysicianName StudyDescription
      ProcedureCodeSequence PhysiciansOfRecord NameOfPhysiciansReadingStudy RequestingService
      AdmittingDiagnosesDescription AdmittingDiagnosesCodeSequence ReferencedStudySequence
      IssuerOfAccessionNumberSequence PatientAge PatientSize PatientWeight PatientBodyMassIndex
      PatientSizeCodeSequence Occupation AdditionalPatientHistory MedicalAlerts Allergies SmokingStatus
      PregnancyStatus LastMenstrualDate PatientState PatientSexNeutered OtherStudyNumbers AdmissionID
      IssuerOfAdmissionIDSequence ServiceEpisodeID ServiceEpisodeDescription ReasonForVisit
      InstitutionalDepartmentName ReasonForPerformedProcedureCodeSequence StudyStatusID`,
    computed: "ModalitiesInStudy SOPClassesInStudy NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances",
  },
  SERIES: {
    unique: "SeriesInstanceUID",
    required: "Modality SeriesNumber",
    optional:
      `SeriesDate SeriesTime SeriesDescription SeriesDescriptionCodeSequence PerformingPhysicianName OperatorsName
      ProtocolName BodyPartExamined PatientPosition Laterality ReferencedPerformedProcedureStepSequence
      RequestAttributesSequence PerformedProcedureStepStartDate PerformedProcedureStepStartTime
      PerformedProcedureStepEndDate PerformedProcedureStepEndTime PerformedProcedureStepID
      PerformedProcedureStepDescription PerformedProtocolCodeSequence CommentsOnThePerformedProcedureStep
      Manufacturer InstitutionName InstitutionAddress StationName ManufacturerModelName DeviceSerialNumber
      SoftwareVersions GantryID SpatialResolution DateOfLastCalibration TimeOfLastCalibration
      FrameOfReferenceUID PositionReferenceIndicator SmallestPixelValueInSeries LargestPixelValueInSeries
      TreatmentSessionUID ClinicalTrialTimePointID ClinicalTrialSeriesID ClinicalTrialSeriesDescription`,
    computed: "NumberOfSeriesRelatedInstances",
  },
  IMAGE: {
    unique: "SOPInstanceUID",
    required: "InstanceNumber",
    optional: `SOPClassUID AvailableTransferSyntaxUID RelatedGeneralSOPClassUID ConceptNameCodeSequence
      ContentTemplateSequence OverlayNumber OverlayRows OverlayColumns NumberOfFrames Rows Columns BitsAllocated
      ContentDate ContentTime ContentLabel ContentDescription ContainerIdentifier AcquisitionDate AcquisitionTime
      AcquisitionDateTime AlternateRepresentationSequence ImageType InstanceCreationDate InstanceCreationTime
      CompletionFlag VerificationFlag DocumentTitle`,
    computed: "",
  },
};

let definitions: ReadonlyMap<number, KeyDefinition> | undefined;

/** The keys by tag, made when first asked for: it takes the whole dictionary. */
function keyDefinitions(): ReadonlyMap<number, KeyDefinition> {
  if (definitions !== undefined) return definitions;
  const made = new Map<number, KeyDefinition>();
  for (const level of QUERY_LEVELS) {
    for (const [type, keywords] of Object.entries(KEYS[level]) as [KeyType | "computed", string][]) {
      for (const keyword of keywords.split(/\s+/).filter((keyword) => keyword !== "")) {
        const { tag } = findAttributeByKeyword(keyword)!;
        const computed = type === "computed";
        made.set(tag, { tag, level, type: computed ? "optional" : type, computed });
      }
    }
  }
  return definitions = made;
}

/** The definition of a key that PS3.4 C.6 or the modules of its entity name; undefined for any other attribute. */
export function findKey(tag: number): KeyDefinition | undefined {
  return keyDefinitions().get(tag);
}

/** The keys of a level, in no particular order. With `type`, those of that type. */
export function keysOf(level: QueryLevel, type?: KeyType): readonly KeyDefinition[] {
  return [...keyDefinitions().values()].filter((key) => key.level === level && (!type || key.type === type));
}

const PATIENT_GROUP = 0x0010;
const CLINICAL_TRIAL_GROUP = 0x0012;

/** Keys that the whole of what is answered has: they are of no level. */
const OF_ANY_LEVEL: ReadonlySet<number> = new Set([
  0x0008_0054, // Retrieve AE Title
  0x0008_0056, // Instance Availability
  0x0088_0130, // Storage Media File-set ID
  0x0088_0140, // Storage Media File-set UID
]);

/**
 * The level that an attribute belongs to; undefined where every level has it. What no table names is the patient's in group
 * 0010, the study's in group 0012, and the instance's otherwise.
 */
export function levelOfAttribute(tag: number): QueryLevel | undefined {
  if (OF_ANY_LEVEL.has(tag)) return undefined;
  const known = findKey(tag);
  if (known !== undefined) return known.level;
  const group = tag >>> 16;
  return group === PATIENT_GROUP ? "PATIENT" : group === CLINICAL_TRIAL_GROUP ? "STUDY" : "IMAGE";
}

const MODALITY = 0x0008_0060;
const SOP_CLASS_UID = 0x0008_0016;
const MODALITIES_IN_STUDY = 0x0008_0061;
const SOP_CLASSES_IN_STUDY = 0x0008_0062;

/** Attributes of what is below a study that peers ask for at the STUDY level, and what they mean there. */
const MEANT_AT_STUDY: ReadonlyMap<number, number> = new Map([
  [MODALITY, MODALITIES_IN_STUDY],
  [SOP_CLASS_UID, SOP_CLASSES_IN_STUDY],
]);

/** Where an attribute stands in an entity of `level`; undefined where such an entity can't have it. */
export function tagInEntity(tag: number, level: QueryLevel): number | undefined {
  if (level === "STUDY" && MEANT_AT_STUDY.has(tag)) return MEANT_AT_STUDY.get(tag);
  const own = levelOfAttribute(tag);
  return own !== undefined && isBelow(own, level) ? undefined : tag;
}
