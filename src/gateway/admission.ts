/**
 * Which peers may associate: the configuration's rules decide first, and then the host's handler.
 *
 * @module
 */

import { admitByRules } from "../access/access_rules.ts";
import type { Identify } from "../access/user_identity.ts";
import type { Config } from "../config.ts";
import type { Service } from "../dimse/service.ts";
import type { Admit, Narrow } from "../upper_layer/admission.ts";
import { serviceNames } from "./limited_services.ts";

/** How a host checks association requests. */
export interface HostAdmission {
  /** Asked after the rules have accepted a request. */
  readonly admit?: Admit;
  /** Checks user identities. */
  readonly identify?: Identify;
}

/** Admits whom the configuration's rules and, after them, the host admit; `services` are what a rule may allow. */
export function admitBy(
  { admit, identify }: HostAdmission,
  { aeTitle, dicom }: Config,
  services: readonly Service[],
): Admit {
  const byRules = admitByRules(dicom.allow, {
    serviceOf: serviceNames(services),
    ...(dicom.requireCalledAeTitle && { calledAeTitle: aeTitle }),
    ...(identify !== undefined && { identify }),
  });
  return async (request, connection) => {
    const admission = await byRules(request, connection);
    if (admission.type === "reject" || admit === undefined) return admission;
    const further = await admit(request, connection);
    if (further.type === "reject") return further;
    const narrow = inTurn(further.narrow, admission.narrow);
    return { ...admission, ...further, ...(narrow && { narrow }) };
  };
}

/** The last has the last word: what the rules don't offer, no handler of the host can. */
function inTurn(first: Narrow | undefined, last: Narrow | undefined): Narrow | undefined {
  if (first === undefined || last === undefined) return first ?? last;
  return (offered, association) => last(first(offered, association), association);
}
