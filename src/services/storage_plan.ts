/**
 * Which associations it takes to send given instances, and in which transfer syntax each goes.
 *
 * @module
 */

import { isConvertible } from "../dicom/conversion/convertible.ts";
import * as UID from "../dicom/generated/uid.ts";
import type { PresentationContext } from "../upper_layer/events.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS } from "../upper_layer/negotiation.ts";
import type { ProposedPresentationContext } from "../upper_layer/pdu.ts";
import type { Transcoding } from "./transcoding.ts";

/** What of an instance a plan depends on. */
export interface PlannedInstance {
  /** SOP Class UID (0008,0016). */
  readonly sopClassUid: string;
  /** UID of the transfer syntax that it has. */
  readonly transferSyntax: string;
}

/** How to plan. */
export interface PlanOptions {
  /** Whether instances that are not compressed may be converted where the peer doesn't take them as they are; false. */
  readonly convert?: boolean;
  /** What brings instances into other transfer syntaxes where the peer takes them in no other way; nothing does. */
  readonly transcoding?: Pick<Transcoding, "into"> | undefined;
}

/** One association's share. */
export interface PlannedAssociation<Instance> {
  /** To propose, in this order; the instances need no others. */
  readonly presentationContexts: readonly Omit<ProposedPresentationContext, "id">[];
  /** In the order in which they were given. */
  readonly instances: readonly Instance[];
}

/** What every instance that isn't compressed can be converted into; the one that keeps VRs is liked better. */
const COMMON: readonly string[] = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian];

/** An association that is being planned. */
interface Plan<Instance> {
  /** Transfer syntaxes of the instances, by SOP class. */
  readonly syntaxesOf: Map<string, Set<string>>;
  /** The same in the order in which they came. */
  readonly own: { readonly abstractSyntax: string; readonly transferSyntaxes: readonly string[] }[];
  /** Contexts that it takes. */
  count: number;
  readonly instances: Instance[];
}

/**
 * Plans a presentation context for each pair of SOP class and transfer syntax, and as few associations as hold them (128
 * contexts each). With `convert`, a SOP class with an instance that isn't compressed gets one more for Explicit and Implicit
 * VR Little Endian, as far as they aren't proposed already: PS3.5 10.1 wants the default transfer syntax to be offered. With
 * `transcoding`, so does one with compressed instances, and there is one more for what compresses without loss. A
 * context of its own for each means that a peer which likes another one better still takes what needs no conversion.
 */
export function planAssociations<Instance extends PlannedInstance>(
  instances: readonly Instance[],
  options: PlanOptions = {},
): PlannedAssociation<Instance>[] {
  const plans: Plan<Instance>[] = [];
  const planOf = new Map<string, Plan<Instance>>();
  for (const instance of instances) {
    const { sopClassUid, transferSyntax } = instance;
    const key = `${sopClassUid} ${transferSyntax}`;
    let plan = planOf.get(key);
    if (plan === undefined) {
      plan = plans.at(-1);
      if (plan === undefined || countWith(instance, plan, options) > MAXIMUM_PRESENTATION_CONTEXTS) {
        plan = { syntaxesOf: new Map(), own: [], count: 0, instances: [] };
        plans.push(plan);
      }
      plan.count = countWith(instance, plan, options);
      plan.syntaxesOf.set(sopClassUid, new Set(plan.syntaxesOf.get(sopClassUid)).add(transferSyntax));
      plan.own.push({ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] });
      planOf.set(key, plan);
    }
    plan.instances.push(instance);
  }
  return plans.map(({ own, syntaxesOf, instances }) => {
    const common = [...syntaxesOf].flatMap(([abstractSyntax, syntaxes]) => {
      return contextsBeside(syntaxes, options).map((transferSyntaxes) => ({ abstractSyntax, transferSyntaxes }));
    });
    return { presentationContexts: [...own, ...common], instances };
  });
}

/** Contexts that a plan takes with one more pair of SOP class and transfer syntax. */
function countWith<Instance>(
  { sopClassUid, transferSyntax }: PlannedInstance,
  { syntaxesOf, count }: Plan<Instance>,
  options: PlanOptions,
): number {
  const before = syntaxesOf.get(sopClassUid) ?? new Set();
  return count + contextsFor(new Set(before).add(transferSyntax), options) - contextsFor(before, options);
}

/** Contexts that a SOP class takes. */
function contextsFor(syntaxes: ReadonlySet<string>, options: PlanOptions): number {
  return syntaxes.size + contextsBeside(syntaxes, options).length;
}

/**
 * What to propose beside the transfer syntaxes that instances of a SOP class have, a list for each context: native ones, and
 * compressed ones, of which the peer chooses one.
 */
function contextsBeside(syntaxes: ReadonlySet<string>, options: PlanOptions): string[][] {
  const others = new Set([...syntaxes].flatMap((transferSyntax) => alternatives(transferSyntax, options)));
  const left = [...others].filter((transferSyntax) => !syntaxes.has(transferSyntax));
  const common = COMMON.filter((transferSyntax) => left.includes(transferSyntax));
  const compressed = left.filter((transferSyntax) => !COMMON.includes(transferSyntax));
  return [common, compressed].filter(({ length }) => length > 0);
}

/** Transfer syntaxes that an instance can be brought into, the one to be liked best first. */
function alternatives(transferSyntax: string, { convert = false, transcoding }: PlanOptions): readonly string[] {
  const converted = convert && isConvertible(transferSyntax) ? COMMON : [];
  return transcoding === undefined ? converted : [...new Set([...converted, ...transcoding.into(transferSyntax)])];
}

/**
 * The transfer syntax in which to send an instance over an association with these accepted contexts: its own, else, with
 * `convert` and unless it is compressed, one that `convertTransferSyntax()` can give it, else one that `transcoding` can;
 * undefined where none was accepted.
 */
export function chooseTransferSyntax(
  { sopClassUid, transferSyntax }: PlannedInstance,
  contexts: readonly Pick<PresentationContext, "abstractSyntax" | "transferSyntax">[],
  options: PlanOptions = {},
): string | undefined {
  const wanted = [transferSyntax, ...alternatives(transferSyntax, options)];
  return wanted.find((wanted) =>
    contexts.some((context) => context.abstractSyntax === sopClassUid && context.transferSyntax === wanted)
  );
}
