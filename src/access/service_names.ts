/**
 * What a peer may be let do, by the names that access rules have for it.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import { isRegisteredUid, isStorageSopClass } from "../dicom/sop_classes.ts";
import { findQuerySopClass } from "../query/levels.ts";

/**
 * A service, by its name in rules: `echo` (Verification), `store` (Storage), `find` (Query: C-FIND), `retrieve` (C-MOVE
 * and C-GET), `worklist` (Basic Worklist Management), `mpps` (Modality Performed Procedure Step), `commit` (Storage
 * Commitment), and `other` for everything else.
 */
export type ServiceName = "echo" | "store" | "find" | "retrieve" | "worklist" | "mpps" | "commit" | "other";

const NAMES: ReadonlyMap<string, ServiceName> = new Map([
  [UID.Verification, "echo"],
  [UID.ModalityPerformedProcedureStep, "mpps"],
  [UID.ModalityPerformedProcedureStepRetrieve, "mpps"],
  [UID.ModalityPerformedProcedureStepNotification, "mpps"],
  [UID.StorageCommitmentPushModel, "commit"],
]);

/**
 * The service that an abstract syntax belongs to. An abstract syntax that PS3.6 doesn't have counts as a private
 * storage SOP class.
 */
export function serviceNameOf(abstractSyntax: string): ServiceName {
  const known = NAMES.get(abstractSyntax);
  if (known !== undefined) return known;
  const query = findQuerySopClass(abstractSyntax);
  if (query !== undefined) {
    return query.model === "worklist" ? "worklist" : query.operation === "find" ? "find" : "retrieve";
  }
  return isStorageSopClass(abstractSyntax) || !isRegisteredUid(abstractSyntax) ? "store" : "other";
}
