/**
 * Which associations it takes to send given instances as they are.
 *
 * @module
 */

import { MAXIMUM_PRESENTATION_CONTEXTS } from "../upper_layer/negotiation.ts";
import type { ProposedPresentationContext } from "../upper_layer/pdu.ts";

/** One association's share. */
export interface PlannedAssociation<Instance> {
  /** To propose, in this order; the instances need no others. */
  readonly presentationContexts: readonly Omit<ProposedPresentationContext, "id">[];
  /** In the order in which they were given. */
  readonly instances: readonly Instance[];
}

/**
 * Plans one presentation context for each pair of SOP class and transfer syntax, since an instance is sent in its own
 * transfer syntax or not at all, and as few associations as hold them (128 contexts each).
 */
export function planAssociations<Instance extends { readonly sopClassUid: string; readonly transferSyntax: string }>(
  instances: readonly Instance[],
): PlannedAssociation<Instance>[] {
  const plans: { presentationContexts: Omit<ProposedPresentationContext, "id">[]; instances: Instance[] }[] = [];
  const planOf = new Map<string, Instance[]>();
  for (const instance of instances) {
    const { sopClassUid, transferSyntax } = instance;
    const key = `${sopClassUid} ${transferSyntax}`;
    let share = planOf.get(key);
    if (share === undefined) {
      let plan = plans.at(-1);
      if (plan === undefined || plan.presentationContexts.length === MAXIMUM_PRESENTATION_CONTEXTS) {
        plan = { presentationContexts: [], instances: [] };
        plans.push(plan);
      }
      plan.presentationContexts.push({ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] });
      share = plan.instances;
      planOf.set(key, share);
    }
    share.push(instance);
  }
  return plans;
}
