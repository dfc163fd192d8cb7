/**
 * Statuses of DIMSE responses (0000,0900): those that every service has (PS3.7 Annex C), and those of the services of PS3.4.
 * A code that means different things to different services has a name for each.
 *
 * @module
 */

// PS3.7 Annex C

/** The operation was done. */
export const Success = 0x0000;

/** The operation ended because of a C-CANCEL-RQ. */
export const Cancel = 0xFE00;

/** More responses follow. */
export const Pending = 0xFF00;

/** More responses follow, and some optional keys are not supported (C-FIND). */
export const PendingWithUnsupportedKeys = 0xFF01;

/** Warning: some optional attributes are not supported. */
export const RequestedOptionalAttributesNotSupported = 0x0001;

/** The attribute isn't one of the SOP class. */
export const NoSuchAttribute = 0x0105;

/** The value of an attribute is out of what is allowed for it. */
export const InvalidAttributeValue = 0x0106;

/** Warning: attributes were not recognized. */
export const AttributeListError = 0x0107;

/** It failed for another reason. */
export const ProcessingFailure = 0x0110;

/** The SOP Instance UID is taken. */
export const DuplicateSopInstance = 0x0111;

/** The SOP instance is not known. */
export const NoSuchSopInstance = 0x0112;

/** The event type is not known. */
export const NoSuchEventType = 0x0113;

/** The event or action information isn't one of the service. */
export const NoSuchArgument = 0x0114;

/** The value of event or action information is out of what is allowed for it. */
export const InvalidArgumentValue = 0x0115;

/** Warning: the value of an attribute was out of range. */
export const AttributeValueOutOfRange = 0x0116;

/** The SOP Instance UID breaks the rules of UIDs. */
export const InvalidSopInstance = 0x0117;

/** The SOP class is not known. */
export const NoSuchSopClass = 0x0118;

/** The SOP instance is not of the SOP class. */
export const ClassInstanceConflict = 0x0119;

/** A required attribute is missing. */
export const MissingAttribute = 0x0120;

/** A required attribute has no value. */
export const MissingAttributeValue = 0x0121;

/** Refused: the SOP class is not supported. */
export const SopClassNotSupported = 0x0122;

/** The action type is not known. */
export const NoSuchActionType = 0x0123;

/** Refused: the peer may not do it. */
export const NotAuthorized = 0x0124;

/** The Message ID is that of another operation that goes on. */
export const DuplicateInvocation = 0x0210;

/** The operation is not known. */
export const UnrecognizedOperation = 0x0211;

/** A parameter is not one of the operation, or not of its type. */
export const MistypedArgument = 0x0212;

/** There are not enough resources. */
export const ResourceLimitation = 0x0213;

// PS3.4 Table B.2-1: storage

/** Refused: out of resources (storage, query). */
export const OutOfResources = 0xA700;

/** The data set is not one of the SOP class. */
export const DataSetDoesNotMatchSopClass = 0xA900;

/** The data set can't be understood; so are all codes up to CFFF. */
export const CannotUnderstand = 0xC000;

/** Warning: it was kept with other values in some elements. */
export const CoercionOfDataElements = 0xB000;

/** Warning: it was kept without some elements. */
export const ElementsDiscarded = 0xB006;

/** Warning: it was kept, and is not one of the SOP class. */
export const DataSetDoesNotMatchSopClassWarning = 0xB007;

// PS3.4 Tables C.4-1 to C.4-3: query and retrieval

/** The identifier is not one of the SOP class. */
export const IdentifierDoesNotMatchSopClass = 0xA900;

/** It can't be processed; so are all codes up to CFFF. */
export const UnableToProcess = 0xC000;

/** Refused: out of resources to tell the number of matches. */
export const UnableToCalculateNumberOfMatches = 0xA701;

/** Refused: out of resources for sub-operations. */
export const UnableToPerformSuboperations = 0xA702;

/** Refused: the move destination is not known. */
export const MoveDestinationUnknown = 0xA801;

/** Warning: one or more of the sub-operations failed or had warnings. */
export const SuboperationsCompleteWithFailures = 0xB000;

// PS3.4 Y and Z: retrieval of frames

/** None of the requested frames are in the SOP instance. */
export const NoneOfFramesFound = 0xAA00;

/** No new object can be made for the SOP class. */
export const UnableToCreateObject = 0xAA01;

/** The frames can't be extracted. */
export const UnableToExtractFrames = 0xAA02;

/** The request is by time, and the SOP instance has no times. */
export const NotTimeBased = 0xAA03;

/** The request is invalid. */
export const InvalidRequest = 0xAA04;

// PS3.4 J: storage commitment

/** The Transaction UID is taken. */
export const DuplicateTransactionUid = 0x0131;

// PS3.4 Q: relevant patient information

/** More than one match was found. */
export const MoreThanOneMatch = 0xC100;

/** The requested template is not supported. */
export const TemplateNotSupported = 0xC200;

// PS3.4 H: print

/** Warning: memory allocation is not supported. */
export const MemoryAllocationNotSupported = 0xB600;

/** Warning: printing of a film session as a whole is not supported. */
export const CollationNotSupported = 0xB601;

/** Warning: the film session has no image boxes. */
export const EmptyPageInFilmSession = 0xB602;

/** Warning: the film box has no image boxes. */
export const EmptyPageInFilmBox = 0xB603;

/** Warning: the image is larger than its image box, and was demagnified. */
export const ImageDemagnified = 0xB604;

/** Warning: the printer's own minimum or maximum density takes the place of the requested one. */
export const DensityOutOfRange = 0xB605;

/** Warning: the image is larger than its image box, and was cropped. */
export const ImageCropped = 0xB609;

/** Warning: the image or combined print image is larger than its image box, and was decimated. */
export const ImageDecimated = 0xB60A;

/** The film session has no film boxes. */
export const NoFilmBoxes = 0xC600;

/** The print queue is full: no print job for the film session. */
export const PrintQueueFullForFilmSession = 0xC601;

/** The print queue is full: no print job for the film box. */
export const PrintQueueFullForFilmBox = 0xC602;

/** The image is larger than its image box. */
export const ImageLargerThanImageBox = 0xC603;

/** The printer has not enough memory for the image. */
export const InsufficientPrinterMemory = 0xC605;

/** The combined print image is larger than its image box. */
export const CombinedPrintImageLargerThanImageBox = 0xC613;

/** A film box has not been printed, and film sessions can't be printed as a whole. */
export const PreviousFilmBoxNotPrinted = 0xC616;

// PS3.4 P: application event logging

/** Warning: the synchronization frame of reference is not that of the SCP. */
export const SynchronizationFrameOfReferenceDiffers = 0xB101;

/** Warning: the event was logged under another Study Instance UID. */
export const LoggedUnderOtherStudy = 0xB102;

/** Warning: the event was logged, and its IDs don't fit together. */
export const LoggedWithInconsistentIds = 0xB104;

/** Procedural logging is not available for the study. */
export const ProceduralLoggingNotAvailable = 0xC101;

/** The event information is not of its template. */
export const EventInformationDoesNotMatchTemplate = 0xC102;

/** The event fits no current study. */
export const NoMatchingStudy = 0xC103;

/** The IDs of the event don't fit together, and it was not logged. */
export const InconsistentIds = 0xC104;

/** The operator may not add to the medication administration record. */
export const OperatorNotAuthorized = 0xC10E;

/** Patient ID or admission ID don't identify a patient. */
export const PatientNotIdentified = 0xC110;

/** The medication administration record could not be updated. */
export const MedicationAdministrationRecordNotUpdated = 0xC111;

// PS3.4 S: media creation

/** Media creation has been initiated for the SOP instance before. */
export const MediaCreationAlreadyInitiated = 0xC201;

/** Media creation is complete. */
export const MediaCreationAlreadyCompleted = 0xC202;

/** Media creation goes on and can't be interrupted. */
export const MediaCreationCannotBeInterrupted = 0xC203;

/** The cancellation was denied for another reason. */
export const CancellationDenied = 0xC204;

// PS3.4 CC: unified procedure steps

/** Warning: the UPS was made with modifications. */
export const UpsCreatedWithModifications = 0xB300;

/** Warning: the deletion lock was not granted. */
export const DeletionLockNotGranted = 0xB301;

/** Warning: the UPS is CANCELED, as was requested. */
export const UpsAlreadyCanceled = 0xB304;

/** Warning: valid values took the place of invalid ones. */
export const UpsValuesCoerced = 0xB305;

/** Warning: the UPS is COMPLETED, as was requested. */
export const UpsAlreadyInStateCompleted = 0xB306;

/** The UPS may no longer be updated. */
export const UpsMayNoLongerBeUpdated = 0xC300;

/** The Transaction UID is not the right one. */
export const WrongTransactionUid = 0xC301;

/** The UPS is IN PROGRESS already. */
export const UpsAlreadyInProgress = 0xC302;

/** A UPS becomes SCHEDULED by N-CREATE alone. */
export const UpsBecomesScheduledByCreationOnly = 0xC303;

/** The UPS doesn't meet the requirements of a final state. */
export const FinalStateRequirementsNotMet = 0xC304;

/** The SOP instance is no UPS that this SCP manages. */
export const NoSuchUps = 0xC307;

/** The receiving AE title is not known. */
export const ReceivingAeTitleUnknown = 0xC308;

/** The UPS was to be made in another state than SCHEDULED. */
export const UpsStateNotScheduled = 0xC309;

/** The UPS is not IN PROGRESS yet. */
export const UpsNotInProgress = 0xC310;

/** The UPS is COMPLETED. */
export const UpsAlreadyCompleted = 0xC311;

/** The performer can't be contacted. */
export const PerformerCannotBeContacted = 0xC312;

/** The performer chose not to cancel. */
export const PerformerDoesNotCancel = 0xC313;

/** The action is not for this SOP instance. */
export const ActionNotAppropriate = 0xC314;

/** The SCP sends no event reports. */
export const EventReportsNotSupported = 0xC315;

// PS3.4 DD: verification of RT treatments

/** The machine verification instance was not found. */
export const NoSuchMachineVerification = 0xC112;

/** The fraction group is not in the plan. */
export const NoSuchFractionGroup = 0xC221;

/** The fraction group has no beams. */
export const NoBeamsInFractionGroup = 0xC222;

/** The SCU is verifying already. */
export const AlreadyVerifying = 0xC223;

/** The beam is not in the fraction group. */
export const NoSuchBeam = 0xC224;

/** The device or accessory is not supported. */
export const DeviceNotSupported = 0xC225;

/** The device or accessory is not in the beam. */
export const NoSuchDevice = 0xC226;

/** The RT plan was not found. */
export const NoSuchPlan = 0xC227;
