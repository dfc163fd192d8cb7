/**
 * Rules as data: which instances go where, as a configuration or a program has them.
 *
 * @module
 */

/** Rules, and the settings that all of them share. */
export interface RoutingRules {
  /** The rules, in the order in which they are asked. */
  readonly routes: readonly RoutingRule[];
  /** Whether the first rule that matches is the only one that counts, or all of them count. Default: `all`. */
  readonly match?: RuleMatch;
  /**
   * What happens to an instance that no rule matches: it stays in the archive, it is refused, or it is held for an operator.
   * Default: `keep`.
   */
  readonly otherwise?: Otherwise;
  /** How long rules wait for the series and studies that they send as one. */
  readonly units?: UnitTimes;
}

/** How long the gateway waits for a unit. */
export interface UnitTimes {
  /** Milliseconds without a byte, and without an open association of the sender. Default: 60,000. */
  readonly quiet?: number;
  /** Milliseconds since its first instance, even while others still come. Default: 3,600,000. */
  readonly cap?: number;
}

/** A rule. */
export interface RoutingRule {
  /** Its name: letters, digits, spaces and `._-`, at most 64 of them. */
  readonly name: string;
  /** The instances that it matches. Default: all. */
  readonly when?: Condition;
  /** The unit that is sent as one. Default: `instance`. */
  readonly unit?: RoutingUnit;
  /** Peer to ask how many instances a series or a study has, when the sender has paused. Default: none. */
  readonly countedBy?: string;
  /** Changes on the way: steps, each an object with one key. Default: none. */
  readonly change?: readonly Readonly<Record<string, unknown>>[];
  /** A destination, several, or the first of several that works. */
  readonly to: string | readonly string[] | FirstOf;
  /** When the sender gets a success. Default: `durable`. */
  readonly acknowledge?: Acknowledge;
  /** How urgent it is. Default: `medium`. */
  readonly priority?: RulePriority;
  /** When it may be sent. Default: always. */
  readonly schedule?: Schedule;
}

/** Which of the rules that match count. */
export type RuleMatch = "first" | "all";
/** All of them. */
export const RULE_MATCHES: readonly RuleMatch[] = ["first", "all"];

/** What happens to an instance that no rule matches. */
export type Otherwise = "keep" | "refuse" | "hold";
/** All of them. */
export const OTHERWISE: readonly Otherwise[] = ["keep", "refuse", "hold"];

/** The unit that a rule sends as one. */
export type RoutingUnit = "instance" | "series" | "study";
/** All of them. */
export const ROUTING_UNITS: readonly RoutingUnit[] = ["instance", "series", "study"];

/** When a sender gets a success: once the instance has arrived, is on disk, was delivered, or was committed to. */
export type Acknowledge = "received" | "durable" | "delivered-any" | "delivered-all" | "committed";
/** All of them, the weakest first. */
export const ACKNOWLEDGE: readonly Acknowledge[] = [
  "received",
  "durable",
  "delivered-any",
  "delivered-all",
  "committed",
];

/** How urgent it is, in the words of PS3.7 E.1 (0000,0700). */
export type RulePriority = "high" | "medium" | "low";
/** All of them, the most urgent first. */
export const RULE_PRIORITIES: readonly RulePriority[] = ["high", "medium", "low"];

/** Destinations in order of preference: each is tried when those before it do not work. */
export interface FirstOf {
  /** Their names, the preferred one first. */
  readonly firstOf: readonly string[];
}

/** When something may be sent, by the clock of the gateway. */
export interface Schedule {
  /** From and to a time of day, such as `20:00-06:00`. Default: all day. */
  readonly hours?: string;
  /** Days on which the hours begin. Default: all. */
  readonly days?: readonly Weekday[];
}

/** A day of the week. */
export type Weekday = "sunday" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday";
/** All of them, in the order of `Date.getDay()`. */
export const WEEKDAYS: readonly Weekday[] = [
  "sunday",
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
];

/**
 * Which instances a rule matches. All keys have to hold: `all`, `any` and `not` with conditions in them, and tested subjects:
 * one of `FACTS`, or an attribute by keyword, tag or path.
 *
 * @example
 * ```ts
 * import type { RoutingCondition } from "@gantry/dicom/routing";
 *
 * const condition: RoutingCondition = {
 *   callingAeTitle: "CT*",
 *   Modality: ["CT", "PT"],
 *   any: [{ "RequestAttributesSequence[*].RequestedProcedureID": { present: true } }, { PatientAge: { range: { to: "018Y" } } }],
 * };
 * ```
 */
export interface Condition {
  /** All of them hold. */
  readonly all?: readonly Condition[];
  /** At least one of them holds. */
  readonly any?: readonly Condition[];
  /** It does not hold. */
  readonly not?: Condition;
  /** The demand on a fact or an attribute. */
  readonly [subject: string]: Demand | Condition | readonly Condition[] | undefined;
}

/**
 * The demand on a value. A plain value: to be equal to it or, where its text has `*` or `?`, to have that form. A list: to meet
 * one of its entries. Predicates: all of them have to hold.
 */
export type Demand = Plain | readonly Plain[] | Predicates;

/** A value in a rule. Numbers may be text as well. */
export type Plain = string | number;

/** Predicates. Where an attribute has several values, one of them has to meet them. */
export interface Predicates {
  /** It is this value, without wild cards. */
  readonly equals?: Plain;
  /** It has this form: `*` stands for any characters, `?` for one. */
  readonly glob?: string;
  /** This pattern is found in it. */
  readonly regex?: string;
  /** It is from one number, date, time or age to another, both included; one of them may be absent. */
  readonly range?: ValueRange;
  /** It is one of these values, without wild cards. */
  readonly in?: readonly Plain[];
  /** Whether the attribute or fact has a value. */
  readonly present?: boolean;
  /** It does not meet this demand. */
  readonly not?: Demand;
}

/** From one value to another. */
export interface ValueRange {
  /** The first. */
  readonly from?: Plain;
  /** The last. */
  readonly to?: Plain;
}

/** A fact that rules can test besides attributes. */
export type Fact =
  | "callingAeTitle"
  | "calledAeTitle"
  | "address"
  | "certificate"
  | "user"
  | "sopClass"
  | "transferSyntax"
  | "way";
/**
 * All of them. `certificate` is the common name of the subject of a client certificate, `way` how the instance came:
 * `C-STORE`, `STOW-RS`, `folder` or `other`.
 */
export const FACTS: readonly Fact[] = [
  "callingAeTitle",
  "calledAeTitle",
  "address",
  "certificate",
  "user",
  "sopClass",
  "transferSyntax",
  "way",
];

/** Ways in. */
export const WAYS: readonly Way[] = ["C-STORE", "STOW-RS", "other"];
/** How an instance came. */
export type Way = "C-STORE" | "STOW-RS" | "other";

/** Whether a rule sends to the first of several destinations that works. */
export function isFirstOf({ to }: Pick<RoutingRule, "to">): boolean {
  return typeof to === "object" && "firstOf" in to;
}

/** The names of all destinations that a rule may send to. */
export function destinationsOf({ to }: Pick<RoutingRule, "to">): readonly string[] {
  if (typeof to === "string") return [to];
  return "firstOf" in to ? to.firstOf : to;
}
