/**
 * Statistics of associations and their operations, folded from events.
 *
 * Memory is bounded whatever peers send: active associations are as many as were admitted, ended ones are kept in a
 * short list, and totals are keyed by words of the standard alone, never by what a peer chose.
 *
 * @module
 */

import { endedBeforeAnyByte } from "../upper_layer/association_end.ts";
import type { AssociationEnd, AssociationInfo, Observer } from "../upper_layer/events.ts";
import type { DimseEvent, Operation, OperationOutcome } from "../dimse/events.ts";
import { describeStatus } from "../dimse/statuses.ts";
import { type AssociationSummary, describeAssociation, describeEnd, timeOf } from "./association_summary.ts";
import { Tallies } from "./operation_tallies.ts";
import { passedLimit } from "./passed_limits.ts";
import type { LimitCount, OutcomeCounts, StatisticsReport } from "./statistics_report.ts";
import { Totals } from "./totals.ts";

/** Statistics in the making. */
export interface Statistics {
  /** Takes an event in; to be passed where observers are. */
  readonly observe: Observer<DimseEvent>;
  /** Counts a connection that was closed for `error` before it was accepted, so that there was nothing to observe. */
  readonly refused: (error: unknown) => void;
  /** Counts the limit whose passing is `error`, or its cause, if it is one: of what came otherwise than on an association. */
  readonly limitPassed: (error: unknown, outcome: LimitCount["outcome"]) => void;
  /** What is known now: a copy that later events don't change. */
  report(): StatisticsReport;
}

/** How statistics are kept. */
export interface StatisticsOptions {
  /** How many ended associations are remembered; default 100. */
  readonly recent?: number;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

const DEFAULT_RECENT = 100;

/** Starts statistics at zero. */
export function createStatistics(options: StatisticsOptions = {}): Statistics {
  const { recent: maximumRecent = DEFAULT_RECENT, now = Date.now } = options;
  const active = new Map<string, Active>();
  const recent: Ended[] = [];
  const totals = new Totals(now());

  function end({ operations }: Active, info: AssociationInfo, how: AssociationEnd): void {
    const endedAt = now();
    active.delete(info.id);
    totals.end(info, how, endedAt);
    // Health checks would push out what tells something.
    if (endedBeforeAnyByte(how, info)) return;
    recent.unshift({
      summary: { ...describeAssociation(info), endedAt: timeOf(endedAt), end: describeEnd(how) },
      operations,
    });
    if (recent.length > maximumRecent) recent.pop();
  }

  function observe(event: DimseEvent): void {
    const { association } = event;
    const entry = active.get(association.id);
    if (entry) entry.info = association;
    switch (event.type) {
      case "association-opened":
        active.set(association.id, { info: association, operations: new Tallies() });
        totals.byRole[association.role].opened++;
        break;
      case "association-established":
        totals.byRole[association.role].established++;
        break;
      case "association-ended":
        if (entry) end(entry, association, event.end);
        break;
      case "operation-started":
        entry?.operations.of(event.operation).start();
        totals.operations.of(event.operation).start();
        break;
      case "operation-ended": {
        // An operation that the association's end cut short may be told after that end.
        const owner = entry ?? recent.find(({ summary }) => summary.id === association.id);
        const category = categoryOf(event.operation, event.outcome);
        owner?.operations.of(event.operation).finish(event.outcome, category);
        totals.operations.of(event.operation).finish(event.outcome, category);
        if (category === "failure") totals.fail(event.outcome);
      }
    }
  }

  function report(): StatisticsReport {
    const entries = [...active.values()];
    return {
      active: entries.map(({ info, operations }) => ({
        ...describeAssociation(info),
        operations: operations.report(),
      })),
      recent: recent.map(({ summary, operations }) => ({ ...summary, operations: operations.report() })),
      totals: totals.report(entries.map(({ info }) => info)),
    };
  }

  return {
    observe,
    refused: (error) => totals.refuse(error),
    limitPassed: (error, outcome) => totals.passLimit(passedLimit(error), outcome),
    report,
  };
}

interface Active {
  /** As the latest event told it. */
  info: AssociationInfo;
  readonly operations: Tallies;
}

interface Ended {
  readonly summary: AssociationSummary;
  readonly operations: Tallies;
}

function categoryOf({ service }: Operation, { status }: OperationOutcome): keyof OutcomeCounts {
  if (status === undefined) return "unanswered";
  const { category } = describeStatus(status, service);
  return category === "pending" ? "unanswered" : category;
}
