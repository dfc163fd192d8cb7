/**
 * User Identity Negotiation (PS3.7 D.3.3.7): who the user of an association is, said by a requestor and checked by an
 * acceptor.
 *
 * @module
 */

import type { Connection } from "../upper_layer/connection.ts";
import type { AAssociateRq, UserIdentity } from "../upper_layer/pdu.ts";

/** A user whose identity was checked. */
export interface IdentifiedUser {
  /** What rules and logs call the user. */
  readonly name: string;
  /** Server response (PS3.7 D.3.3.7.2), which Kerberos and SAML have; sent when it is asked for. Default empty. */
  readonly response?: Uint8Array;
}

/**
 * Checks the user identity of an A-ASSOCIATE-RQ, of whatever type. Resolves with undefined for an identity that is not valid; the
 * association is rejected then, and also if this throws.
 */
export type Identify = (
  identity: UserIdentity,
  request: AAssociateRq,
  connection: Connection,
) => IdentifiedUser | undefined | Promise<IdentifiedUser | undefined>;

/**
 * The user identity of a name, or of a name and a passcode. It asks for a positive response. Throws TypeError when the
 * name or the passcode is empty.
 *
 * @example
 * ```ts
 * import { type Connection, requestAssociation, type ScuAssociation, UID } from "@gantry/dicom";
 * import { usernameIdentity } from "@gantry/dicom/pdu";
 *
 * function associate(connection: Connection, passcode: string): Promise<ScuAssociation> {
 *   return requestAssociation(connection, {
 *     calledAeTitle: "GANTRY",
 *     presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
 *     userIdentity: usernameIdentity("ct1", passcode),
 *   });
 * }
 * ```
 */
export function usernameIdentity(username: string, passcode?: string): UserIdentity {
  const encoder = new TextEncoder();
  if (username === "") throw new TypeError("Cannot make a user identity: the username is empty");
  if (passcode === "") throw new TypeError("Cannot make a user identity: the passcode is empty");
  return {
    type: passcode === undefined ? "username" : "username-and-passcode",
    positiveResponseRequested: true,
    primaryField: encoder.encode(username),
    secondaryField: encoder.encode(passcode ?? ""),
  };
}
