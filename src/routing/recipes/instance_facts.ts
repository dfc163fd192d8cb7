/**
 * Facts that templates of routes may name besides attributes.
 *
 * @module
 */

/** Facts of an instance that is sent, by the names that templates have for them. */
export type InstanceFact = "callingAeTitle" | "route" | "destination";

/** All of them. */
export const INSTANCE_FACTS: readonly InstanceFact[] = ["callingAeTitle", "route", "destination"];
