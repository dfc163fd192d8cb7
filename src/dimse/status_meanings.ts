/**
 * The codes of statuses, and what they mean to whom.
 *
 * @module
 */

/** How an operation went (PS3.7 Annex C). */
export type StatusCategory = "success" | "pending" | "warning" | "failure" | "cancel";

/** A row is one code or a range of codes, and what it means. */
export type StatusRow = readonly [first: number, last: number, category: StatusCategory, meaning: string];

/** Those of every service (PS3.7 Annex C). */
export const GENERAL: readonly StatusRow[] = [
  [0x0000, 0x0000, "success", "Success"],
  [0x0001, 0x0001, "warning", "Requested optional attributes are not supported"],
  [0x0105, 0x0105, "failure", "No such attribute"],
  [0x0106, 0x0106, "failure", "Invalid attribute value"],
  [0x0107, 0x0107, "warning", "Attribute list error"],
  [0x0110, 0x0110, "failure", "Processing failure"],
  [0x0111, 0x0111, "failure", "Duplicate SOP instance"],
  [0x0112, 0x0112, "failure", "No such SOP instance"],
  [0x0113, 0x0113, "failure", "No such event type"],
  [0x0114, 0x0114, "failure", "No such argument"],
  [0x0115, 0x0115, "failure", "Invalid argument value"],
  [0x0116, 0x0116, "warning", "Attribute value out of range"],
  [0x0117, 0x0117, "failure", "Invalid SOP instance"],
  [0x0118, 0x0118, "failure", "No such SOP class"],
  [0x0119, 0x0119, "failure", "Class-instance conflict"],
  [0x0120, 0x0120, "failure", "Missing attribute"],
  [0x0121, 0x0121, "failure", "Missing attribute value"],
  [0x0122, 0x0122, "failure", "Refused: SOP class not supported"],
  [0x0123, 0x0123, "failure", "No such action type"],
  [0x0124, 0x0124, "failure", "Refused: not authorized"],
  [0x0131, 0x0131, "failure", "Duplicate transaction UID"],
  [0x0210, 0x0210, "failure", "Duplicate invocation"],
  [0x0211, 0x0211, "failure", "Unrecognized operation"],
  [0x0212, 0x0212, "failure", "Mistyped argument"],
  [0x0213, 0x0213, "failure", "Resource limitation"],
  [0xFE00, 0xFE00, "cancel", "Terminated by a cancel request"],
  [0xFF00, 0xFF00, "pending", "Pending"],
  [0xFF01, 0xFF01, "pending", "Pending"],
  // The classes of codes that a service class may give a meaning of its own.
  [0xA000, 0xAFFF, "failure", "Failure"],
  [0xB000, 0xBFFF, "warning", "Warning"],
  [0xC000, 0xCFFF, "failure", "Failure"],
];

/** Those of C-GET and C-MOVE (PS3.4 Tables C.4-2 and C.4-3, Y.3-2 and Z.3-1). */
export const RETRIEVAL: readonly StatusRow[] = [
  [0xA701, 0xA701, "failure", "Refused: out of resources, unable to calculate number of matches"],
  [0xA702, 0xA702, "failure", "Refused: out of resources, unable to perform sub-operations"],
  [0xA900, 0xA900, "failure", "Identifier does not match SOP class"],
  [0xAA00, 0xAA00, "failure", "None of the frames requested were found in the SOP instance"],
  [0xAA01, 0xAA01, "failure", "Unable to create new object for this SOP class"],
  [0xAA02, 0xAA02, "failure", "Unable to extract frames"],
  [0xAA03, 0xAA03, "failure", "Time-based request received for a non-time-based original SOP instance"],
  [0xAA04, 0xAA04, "failure", "Invalid request"],
  [0xB000, 0xB000, "warning", "Sub-operations complete, one or more failures or warnings"],
  [0xC000, 0xCFFF, "failure", "Unable to process"],
  [0xFE00, 0xFE00, "cancel", "Sub-operations terminated by a cancel request"],
  [0xFF00, 0xFF00, "pending", "Sub-operations are continuing"],
];

/** Those of C-STORE (PS3.4 Table B.2-1). */
export const STORAGE: readonly StatusRow[] = [
  [0xA700, 0xA7FF, "failure", "Refused: out of resources"],
  [0xA900, 0xA9FF, "failure", "Data set does not match SOP class"],
  [0xB000, 0xB000, "warning", "Coercion of data elements"],
  [0xB006, 0xB006, "warning", "Elements discarded"],
  [0xB007, 0xB007, "warning", "Data set does not match SOP class"],
  [0xC000, 0xCFFF, "failure", "Cannot understand"],
];

/** Those of C-FIND (PS3.4 Table C.4-1 and Q.2-1). */
export const QUERY: readonly StatusRow[] = [
  [0xA700, 0xA700, "failure", "Refused: out of resources"],
  [0xA900, 0xA900, "failure", "Identifier does not match SOP class"],
  [0xC100, 0xC100, "failure", "More than one match found"],
  [0xC200, 0xC200, "failure", "Unable to support requested template"],
  [0xC000, 0xCFFF, "failure", "Unable to process"],
  [0xFE00, 0xFE00, "cancel", "Matching terminated by a cancel request"],
  [0xFF00, 0xFF00, "pending", "Matches are continuing"],
  [0xFF01, 0xFF01, "pending", "Matches are continuing, some optional keys were not supported"],
];

/** Those of C-MOVE alone. */
export const MOVE: readonly StatusRow[] = [[0xA801, 0xA801, "failure", "Refused: move destination unknown"]];

/** Those of the services that use the N-services: no two of them give a code different meanings. */
export const NORMALIZED: readonly StatusRow[] = [
  // PS3.4 H: print
  [0xB600, 0xB600, "warning", "Memory allocation is not supported"],
  [0xB601, 0xB601, "warning", "Printing of a film session as a whole is not supported"],
  [0xB602, 0xB602, "warning", "The film session has no image boxes"],
  [0xB603, 0xB603, "warning", "The film box has no image boxes"],
  [0xB604, 0xB604, "warning", "The image is larger than its image box, and was demagnified"],
  [0xB605, 0xB605, "warning", "The printer's own minimum or maximum density takes the place of the requested one"],
  [0xB609, 0xB609, "warning", "The image is larger than its image box, and was cropped"],
  [0xB60A, 0xB60A, "warning", "The image or combined print image is larger than its image box, and was decimated"],
  [0xC600, 0xC600, "failure", "The film session has no film boxes"],
  [0xC601, 0xC601, "failure", "The print queue is full: no print job for the film session"],
  [0xC602, 0xC602, "failure", "The print queue is full: no print job for the film box"],
  [0xC603, 0xC603, "failure", "The image is larger than its image box"],
  [0xC605, 0xC605, "failure", "The printer has not enough memory for the image"],
  [0xC613, 0xC613, "failure", "The combined print image is larger than its image box"],
  [0xC616, 0xC616, "failure", "A film box has not been printed, and film sessions can't be printed as a whole"],
  // PS3.4 P: application event logging
  [0xB101, 0xB101, "warning", "The synchronization frame of reference is not that of the SCP"],
  [0xB102, 0xB102, "warning", "The event was logged under another Study Instance UID"],
  [0xB104, 0xB104, "warning", "The event was logged, and its IDs don't fit together"],
  [0xC101, 0xC101, "failure", "Procedural logging is not available for the study"],
  [0xC102, 0xC102, "failure", "The event information is not of its template"],
  [0xC103, 0xC103, "failure", "The event fits no current study"],
  [0xC104, 0xC104, "failure", "The IDs of the event don't fit together, and it was not logged"],
  [0xC10E, 0xC10E, "failure", "The operator may not add to the medication administration record"],
  [0xC110, 0xC110, "failure", "Patient ID or admission ID don't identify a patient"],
  [0xC111, 0xC111, "failure", "The medication administration record could not be updated"],
  // PS3.4 S: media creation
  [0xC201, 0xC201, "failure", "Media creation has been initiated for the SOP instance before"],
  [0xC202, 0xC202, "failure", "Media creation is complete"],
  [0xC203, 0xC203, "failure", "Media creation goes on and can't be interrupted"],
  [0xC204, 0xC204, "failure", "The cancellation was denied for another reason"],
  // PS3.4 CC: unified procedure steps
  [0xB300, 0xB300, "warning", "The UPS was made with modifications"],
  [0xB301, 0xB301, "warning", "The deletion lock was not granted"],
  [0xB304, 0xB304, "warning", "The UPS is CANCELED, as was requested"],
  [0xB305, 0xB305, "warning", "Valid values took the place of invalid ones"],
  [0xB306, 0xB306, "warning", "The UPS is COMPLETED, as was requested"],
  [0xC300, 0xC300, "failure", "The UPS may no longer be updated"],
  [0xC301, 0xC301, "failure", "The Transaction UID is not the right one"],
  [0xC302, 0xC302, "failure", "The UPS is IN PROGRESS already"],
  [0xC303, 0xC303, "failure", "A UPS becomes SCHEDULED by N-CREATE alone"],
  [0xC304, 0xC304, "failure", "The UPS doesn't meet the requirements of a final state"],
  [0xC307, 0xC307, "failure", "The SOP instance is no UPS that this SCP manages"],
  [0xC308, 0xC308, "failure", "The receiving AE title is not known"],
  [0xC309, 0xC309, "failure", "The UPS was to be made in another state than SCHEDULED"],
  [0xC310, 0xC310, "failure", "The UPS is not IN PROGRESS yet"],
  [0xC311, 0xC311, "failure", "The UPS is COMPLETED"],
  [0xC312, 0xC312, "failure", "The performer can't be contacted"],
  [0xC313, 0xC313, "failure", "The performer chose not to cancel"],
  [0xC314, 0xC314, "failure", "The action is not for this SOP instance"],
  [0xC315, 0xC315, "failure", "The SCP sends no event reports"],
  // PS3.4 DD: verification of RT treatments
  [0xC112, 0xC112, "failure", "The machine verification instance was not found"],
  [0xC221, 0xC221, "failure", "The fraction group is not in the plan"],
  [0xC222, 0xC222, "failure", "The fraction group has no beams"],
  [0xC223, 0xC223, "failure", "The SCU is verifying already"],
  [0xC224, 0xC224, "failure", "The beam is not in the fraction group"],
  [0xC225, 0xC225, "failure", "The device or accessory is not supported"],
  [0xC226, 0xC226, "failure", "The device or accessory is not in the beam"],
  [0xC227, 0xC227, "failure", "The RT plan was not found"],
];
