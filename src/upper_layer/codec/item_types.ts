/**
 * Types of the items and sub-items of A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.2 and 9.3.3, PS3.7 Annex D.3.3).
 *
 * @module
 */

/** Application Context. */
export const applicationContext = 0x10;

/** Presentation Context. */
export const proposedPresentationContext = 0x20;

/** Presentation Context. */
export const presentationContextResult = 0x21;

/** Abstract Syntax. */
export const abstractSyntax = 0x30;

/** Transfer Syntax. */
export const transferSyntax = 0x40;

/** User Information. */
export const userInformation = 0x50;

/** Maximum Length. */
export const maximumLength = 0x51;

/** Implementation Class UID. */
export const implementationClassUid = 0x52;

/** Asynchronous Operations Window. */
export const asynchronousOperationsWindow = 0x53;

/** SCP/SCU Role Selection. */
export const roleSelection = 0x54;

/** Implementation Version Name. */
export const implementationVersionName = 0x55;

/** SOP Class Extended Negotiation. */
export const extendedNegotiation = 0x56;

/** SOP Class Common Extended Negotiation. */
export const commonExtendedNegotiation = 0x57;

/** User Identity. */
export const userIdentity = 0x58;

/** User Identity response. */
export const userIdentityResponse = 0x59;
