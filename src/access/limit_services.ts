/**
 * Negotiation for a peer that may do some things only.
 *
 * @module
 */

import type { Narrow } from "../upper_layer/admission.ts";
import type { AAssociateRq } from "../upper_layer/pdu.ts";
import type { ServiceName } from "./service_names.ts";

/**
 * Offers a requestor just the services that it may use: presentation contexts of others are refused as
 * abstract-syntax-not-supported, and observers are told. A peer that may retrieve and not store gets the contexts of the
 * instances for which it asks for the SCP role, and that role alone (PS3.7 D.3.3.4).
 */
export function limitServices(
  request: Pick<AAssociateRq, "presentationContexts" | "userInformation">,
  allowed: ReadonlySet<ServiceName>,
  serviceOf: (abstractSyntax: string) => ServiceName,
): Narrow {
  const asScp = new Set(
    (request.userInformation.roleSelections ?? []).filter(({ scpRole }) => scpRole).map(({ sopClassUid }) =>
      sopClassUid
    ),
  );
  const may = (uid: string) => allowed.has(serviceOf(uid));
  const mayReceive = (uid: string) => serviceOf(uid) === "store" ? allowed.has("retrieve") : may(uid);
  const isOffered = (uid: string) => may(uid) || (asScp.has(uid) && mayReceive(uid));
  return ({ offer, roles, extend }, association) => {
    const proposed = new Set(request.presentationContexts.map(({ abstractSyntax }) => abstractSyntax));
    const refused = [...proposed].filter((uid) => !isOffered(uid) && offer(uid) !== undefined);
    if (refused.length > 0) {
      const names = [...new Set(refused.map(serviceOf))].join(", ");
      const more = refused.length > MOST_NAMED ? ` and ${refused.length - MOST_NAMED} more` : "";
      association.warn(`No access rule lets it ${names}: refused ${refused.slice(0, MOST_NAMED).join(", ")}${more}`);
    }
    return {
      offer: (uid) => isOffered(uid) ? offer(uid) : undefined,
      roles(uid) {
        const offered = roles?.(uid);
        return offered && { scu: offered.scu && may(uid), scp: offered.scp && mayReceive(uid) };
      },
      extend: (proposed) => may(proposed.sopClassUid) ? extend?.(proposed) : undefined,
    };
  };
}

/** Most SOP classes that a warning names. */
const MOST_NAMED = 5;
