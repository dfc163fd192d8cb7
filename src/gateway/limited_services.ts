/**
 * Access rules about what a peer may do, for the services that a gateway has.
 *
 * @module
 */

import { type ServiceName, serviceNameOf } from "../access/service_names.ts";
import { isRegisteredUid } from "../dicom/sop_classes.ts";
import type { Service } from "../dimse/service.ts";
import { ServiceChoice } from "../dimse/service_choice.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";

/** Tells the service of an abstract syntax. A host's own service that takes no instances is `other`, and not `store`. */
export function serviceNames(services: readonly Service[]): (abstractSyntax: string) => ServiceName {
  const choice = new ServiceChoice(services);
  return (abstractSyntax) => {
    if (isRegisteredUid(abstractSyntax)) return serviceNameOf(abstractSyntax);
    const { performs = [] } = choice.of(abstractSyntax)?.service ?? {};
    return performs.length === 0 || performs.includes("C-STORE-RQ") ? "store" : "other";
  };
}

/**
 * A service that performs nothing for a peer that was not given the SCU role. A peer that may retrieve but not store has
 * presentation contexts for the instances that it gets, and could send in them as well; such a request is refused with 0x0124.
 */
export function inItsRole(service: Service): Service {
  return {
    performs: service.performs,
    catchAll: service.catchAll ?? false,
    transferSyntaxes: (abstractSyntax) => service.transferSyntaxes(abstractSyntax),
    invokes: (sopClassUid) => service.invokes?.(sopClassUid) ?? false,
    negotiate: (sopClassUid, information) => service.negotiate?.(sopClassUid, information),
    perform(request) {
      const { provider, context: { abstractSyntax } } = request;
      if (provider.roles(abstractSyntax).scp) return service.perform(request);
      const problem = `Cannot perform: the peer does not have the SCU role of ${abstractSyntax}`;
      const comment = "The SCU role was not negotiated";
      return Promise.reject(new DimseStatusError(problem, { status: Status.NotAuthorized, comment }));
    },
  };
}
