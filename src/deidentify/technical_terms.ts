/**
 * Text that may stay: attributes that hold technical terms, and words that identify no person.
 *
 * @module
 */

import { findAttributeByKeyword } from "../dicom/dictionary.ts";

/**
 * Attributes of text that PS3.15 Table E.1-1 doesn't list and that hold terms of codes, of devices and of methods, or labels
 * that other elements of the same instance refer to. All other text that it doesn't list is taken as free.
 */
const TECHNICAL = `
CodeValue LongCodeValue URNCodeValue CodingSchemeDesignator CodingSchemeVersion CodeMeaning ExtendedCodeValue
CodingSchemeRegistry MappingResourceName
Manufacturer ManufacturerModelName ManufacturerRelatedModelGroup SoftwareVersions ApplicationName ApplicationVersion
ApplicationManufacturer SecondaryCaptureDeviceManufacturer SecondaryCaptureDeviceManufacturerModelName
SecondaryCaptureDeviceSoftwareVersions DetectorManufacturerName DetectorManufacturerModelName
ReceiveCoilManufacturerName TransmitCoilManufacturerName LensFilterManufacturer LaserManufacturer ProbeManufacturer
SequenceName PulseSequenceName ImagedNucleus FilterType TypeOfFilters CollimatorGridName ConvolutionKernel ImageFilter
ReceiveCoilName TransmitCoilName MultiCoilElementName MultiCoilConfiguration PlateType PhosphorType StackID
EnergyWindowName Radionuclide Radiopharmaceutical RadiopharmaceuticalRoute ContrastBolusRoute TriggerSourceOrType
CardiacFramingType PVCRejection AcquisitionMode DoseModeName AcquisitionDeviceProcessingCode TransducerData
ProcessingFunction PostprocessingFunction VideoImageFormatAcquired DigitalImageFormatAcquired
AttenuationCorrectionMethod ReconstructionMethod DetectorLinesOfResponseUsed ScatterCorrectionMethod
ImageGeometryType DimensionIndexPrivateCreator FunctionalGroupPrivateCreator DimensionDescriptionLabel
RescaleType ModalityLUTType OpticalPathIdentifier ReferencedOpticalPathIdentifier FiducialIdentifier
AlgorithmName AlgorithmVersion SegmentAlgorithmName FluenceModeID MIMETypeOfEncapsulatedDocument
PositionReferenceIndicator AxisUnits FontName CSSFontName
`;

let technical: ReadonlySet<number> | undefined;

/** Whether an attribute that Table E.1-1 doesn't list holds technical terms. */
export function isTechnical(tag: number): boolean {
  technical ??= new Set(wordsOf(TECHNICAL).map((keyword) => findAttributeByKeyword(keyword)!.tag));
  return technical.has(tag);
}

/** Words of descriptions that name parts of bodies, methods and orientations, but no person; in capitals. */
const COMMON = `
ABDOMEN ABDOMINAL ACUTE ADC ADRENAL AFTER ANGIO ANGIOGRAPHY ANKLE ANTERIOR AORTA AP APPENDIX ARM ARTERIAL ATLAS AX AXIAL
BASE BEFORE BIOPSY BLADDER BODY BOLD BOLUS BONE BRAIN BREAST BREATH BRONCHUS CALIBRATION CARDIAC CARDIO CAROTID CC
CEREBRAL CERVICAL CHEST CLAVICLE COLON COMPARISON CONTRAST COR CORONAL CORONARY CRANIUM CT CTA CYSTIC DELAYED DERIVED
DIFFUSION DORSAL DOSE DUAL DWI DX DYNAMIC ECHO ELBOW ENHANCED EPI EXAM EXAMINATION EXTREMITY FAST FAT FEMUR FFE FINE
FINGER FLAIR FLASH FLOW FOOT FOREARM FRONTAL FULL GASTRIC GATED GRADIENT HAND HEAD HEART HELICAL HEPATIC HIP HIRES HUMERUS
IMAGE IMAGING INFERIOR IR ISO JAW JOINT KIDNEY KIDNEYS KNEE LAT LATERAL LEFT LEG LIVER LOCALIZER LOW LOWER LUMBAR LUNG
LUNGS LYMPH MAMMO MAMMOGRAPHY MANDIBLE MAP MAXILLA MEDIAL MEDIASTINUM MIP MLO MPR MR MRA MRI MULTI NATIVE NECK NECROSIS NM
NORMAL OBLIQUE ORBIT ORBITS OVARY PA PANCREAS PATELLA PELVIS PERFUSION PET PHANTOM PHASE PLAIN POST POSTERIOR PRE PRONE
PROSTATE PROTOCOL PULMONARY QUALITY RECON RECONSTRUCTION RECTUM RENAL REST RF RIB RIBS RIGHT ROUTINE SAG SAGITTAL SCAN
SCOUT SCREENING SE SERIES SHOULDER SINUS SINUSES SKULL SLICE SMALL SOFT SPECT SPIN SPINE SPIRAL SPLEEN STANDARD STERNUM
STOMACH STRESS STUDY SUBTRACTION SUPERIOR SUPINE SURVEY T1 T2 TEST THICK THIN THORACIC THORAX THYROID TIBIA TIRM TISSUE TOF
TRA TRANSVERSE TSE TUMOR TURBO ULTRASOUND UPPER US UTERUS VASCULAR VEIN VENOUS VENTRAL VERTEBRA VIEW VOLUME WHOLE WINDOW
WITH WITHOUT WO WRIST XR
`;

/** The words that descriptions keep by default. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(wordsOf(COMMON));

/** A number with its unit. */
const QUANTITY = /^\d{1,3}(?:\.\d{1,2})?(?:MM|CM|ML|MS|KV|KVP|MA|MAS|T|HZ|DEG|%)$/;

/** The part of a text that may stay: known words that are no names, and numbers with units, with spaces between them. */
export function cleanText(text: string, words: ReadonlySet<string>, names: ReadonlySet<string>): string {
  return text.split(/[^\p{L}\p{N}.%]+/u).filter((word) => {
    const capitals = word.toUpperCase();
    return (words.has(capitals) && !names.has(capitals)) || QUANTITY.test(capitals);
  }).join(" ");
}

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}
