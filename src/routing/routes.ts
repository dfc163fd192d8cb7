/**
 * Which instance goes where: makes jobs of an instance by the rules.
 *
 * @module
 */

import type { InstanceRouting, JobsFor, RouteAcknowledgement, RoutedInstance, RoutedJob } from "../archive/routing.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";
import { UID_FIELDS } from "../index/kept_attributes.ts";
import { readKept, textElement } from "../index/kept_data_sets.ts";
import type { IndexedInstance } from "../index/instance_index.ts";
import { QUERY_LEVELS } from "../query/levels.ts";
import type { NewJob } from "../queue/job.ts";
import type { CompiledRules } from "./rules/compiled_rules.ts";
import type { RoutingRule } from "./rules/rule.ts";
import { dueAt } from "./rules/schedule.ts";
import { unitTimes } from "./rules/unit_times.ts";
import { unitKey } from "./units/unit_key.ts";
import type { RoutingSubject } from "./rules/subject_values.ts";
import { UNROUTED } from "./rules/unrouted.ts";
import { type Target, targetsOf } from "./targets.ts";

/**
 * The routing by these rules. Every rule that counts leads to its destinations; where two lead to the same one with the same
 * changes, the first counts. An instance that no rule matches is refused, or held for an operator, where the rules say so.
 * `recipeOf` names the recipe that changes an instance on its way.
 */
export function routeBy(rules: CompiledRules, recipeOf: (rule: RoutingRule) => string): InstanceRouting {
  const { attributes } = rules;
  const { cap } = unitTimes(rules.rules);
  const hasRoutes = rules.rules.routes.length > 0;
  const jobsFor: JobsFor = (routed) => {
    const { routes, otherwise } = rules.decide(subjectOf(routed, attributes));
    if (otherwise === "refuse" && hasRoutes) {
      const comment = "No route takes this instance";
      throw new DimseStatusError(`Cannot keep the instance: ${comment.toLowerCase()}`, {
        status: Status.NotAuthorized,
        comment,
      });
    }
    if (otherwise === "hold" && hasRoutes) return [heldJob(routed.instance)];
    const isUsual = routes.every(({ acknowledge = "durable" }) => acknowledge === "durable");
    return targetsOf(routes, recipeOf).map((target): RoutedJob => ({
      ...jobOf(target.rule, target.lane, routed.instance, cap),
      recipe: recipeOf(target.rule),
      ...(target.choice.length > 0 && { choice: target.choice }),
      ...(!isUsual && { acknowledges: acknowledgementsOf(target) }),
    }));
  };
  return { wanted: attributes, jobsFor };
}

/**
 * The job of an instance that no rule matches. Its choice has one lane, so that an operator can send it elsewhere and the queue
 * still knows the job when the instance comes again.
 */
function heldJob({ studyInstanceUid: unit }: IndexedInstance): NewJob {
  const choice = [UNROUTED];
  return { lane: UNROUTED, recipe: "", unit, priority: "medium", route: "", due: 0, held: true, choice };
}

function acknowledgementsOf({ rules }: Target): readonly RouteAcknowledgement[] {
  return rules.map(({ name, acknowledge = "durable" }) => ({ route: name, when: acknowledge }));
}

/** How long after the cap of its unit a job is sent by itself, in milliseconds: the collector of units has forgotten it then. */
const AFTER_CAP = 60_000;

/** A job for a lane. Its unit is the study, whose jobs a lane sends in their order, whatever the route sends as one. */
function jobOf(rule: RoutingRule, lane: string, instance: IndexedInstance, cap: number): Omit<NewJob, "recipe"> {
  const { name: route, priority = "medium", schedule } = rule;
  const job = { lane, unit: instance.studyInstanceUid, priority, route };
  const awaits = unitOf(rule, instance);
  if (awaits !== undefined) return { ...job, due: dueAt(schedule, instance.receivedAt + cap + AFTER_CAP), awaits };
  return { ...job, due: schedule === undefined ? 0 : dueAt(schedule, instance.receivedAt) };
}

/** The series or study that an instance is sent with; undefined where it is sent by itself, or has no UID. */
function unitOf({ name: route, unit = "instance" }: RoutingRule, instance: IndexedInstance): string | undefined {
  if (unit === "instance") return undefined;
  const uid = unit === "study" ? instance.studyInstanceUid : instance.seriesInstanceUid;
  return uid === "" ? undefined : unitKey({ route, level: unit, uid });
}

/** A routed instance, as rules see it. `attributes` are the tags that the rules need, in ascending order. */
export function subjectOf(routed: RoutedInstance, attributes: ReadonlySet<number>): RoutingSubject {
  const { instance, origin } = routed;
  return {
    sopClassUid: instance.sopClassUid,
    transferSyntax: instance.transferSyntax,
    callingAeTitle: instance.sourceAeTitle,
    calledAeTitle: origin?.calledAeTitle,
    address: origin?.address,
    certificate: origin?.certificate,
    user: origin?.user,
    way: origin?.way,
    dataSet: dataSetOf(routed, attributes),
  };
}

/** The attributes that rules need: some are in the index for queries, by their levels, and the others were read besides. */
function dataSetOf({ instance, attributes, wanted }: RoutedInstance, needed: ReadonlySet<number>): DataSet {
  const dataSet = new DataSet();
  if (needed.size === 0 || attributes === undefined) return dataSet;
  const parts = [...QUERY_LEVELS.map((level) => attributes[level]), ...wanted === undefined ? [] : [wanted]].map(
    readKept,
  );
  // In the order of their tags: Specific Character Set comes first, and decides how to read the others.
  for (const tag of needed) {
    const field = UID_FIELDS.get(tag);
    const element = field === undefined
      ? parts.map((part) => part.element(tag)).find((found) => found !== undefined)
      : textElement(tag, "UI", instance[field]);
    if (element !== undefined) dataSet.setElement(element);
  }
  return dataSet;
}
