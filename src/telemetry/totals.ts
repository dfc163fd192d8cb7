/**
 * What has come together since the start.
 *
 * @module
 */

import type { AssociationEnd, AssociationInfo } from "../upper_layer/events.ts";
import type { OperationOutcome } from "../dimse/events.ts";
import { timeOf } from "./association_summary.ts";
import { Histogram } from "./histogram.ts";
import { Tallies } from "./operation_tallies.ts";
import { limitName, passedDeadline, passedLimit, refusalReason } from "./passed_limits.ts";
import type {
  AbortCount,
  DeadlineCount,
  LimitCount,
  RefusalCount,
  RejectionCount,
  RoleTotals,
  StatisticsReport,
} from "./statistics_report.ts";

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

/** Everything since the start. */
export class Totals {
  readonly operations = new Tallies();
  readonly byRole = { acceptor: zeroRole(), requestor: zeroRole() };
  readonly #since: number;
  readonly #rejections = new Map<string, Mutable<RejectionCount>>();
  readonly #aborts = new Map<string, Mutable<AbortCount>>();
  readonly #limits = new Map<string, Mutable<LimitCount>>();
  readonly #deadlines = new Map<string, Mutable<DeadlineCount>>();
  readonly #refusals = new Map<string, Mutable<RefusalCount>>();
  readonly #durations = new Histogram();
  /** Of ended associations. */
  #bytesReceived = 0;
  #bytesSent = 0;

  constructor(since: number) {
    this.#since = since;
  }

  end(info: AssociationInfo, end: AssociationEnd, endedAt: number): void {
    this.byRole[info.role][end.how]++;
    this.#bytesReceived += info.bytesReceived;
    this.#bytesSent += info.bytesSent;
    // The clock may have been set back meanwhile.
    this.#durations.add(Math.max(0, endedAt - info.openedAt));
    if (end.how === "rejected") {
      const { by, result, source, reason } = end;
      countOne(this.#rejections, `${by} ${result} ${source} ${reason}`, { by, result, source, reason });
      this.passLimit(end.limit === undefined ? undefined : limitName(end.limit), "rejected");
    } else if (end.how === "aborted") {
      const { by, source, reason } = end;
      countOne(this.#aborts, `${by} ${source} ${reason}`, { by, source, ...(reason === undefined ? {} : { reason }) });
      this.#abort(end.error);
    }
  }

  /** A connection was closed for an error before it was accepted. */
  refuse(error: unknown): void {
    const reason = refusalReason(error);
    countOne(this.#refusals, reason, { reason });
    this.#abort(error);
  }

  /** An association, or its connection, was ended for an error. */
  #abort(error: unknown): void {
    this.passLimit(passedLimit(error), "aborted");
    const phase = passedDeadline(error);
    if (phase !== undefined) countOne(this.#deadlines, phase, { phase });
  }

  /** An operation has a failure status. */
  fail({ error }: OperationOutcome): void {
    if (error !== undefined) this.passLimit(passedLimit(error), "failed");
  }

  /** A limit was passed, if it is one. */
  passLimit(limit: LimitCount["limit"] | undefined, outcome: LimitCount["outcome"]): void {
    if (limit !== undefined) countOne(this.#limits, `${limit} ${outcome}`, { limit, outcome });
  }

  report(active: readonly AssociationInfo[]): StatisticsReport["totals"] {
    const sum = (start: number, of: (info: AssociationInfo) => number) =>
      active.reduce((all, info) => all + of(info), start);
    const roleTotals = (role: AssociationInfo["role"]): RoleTotals => {
      return { role, active: sum(0, (info) => info.role === role ? 1 : 0), ...this.byRole[role] };
    };
    return {
      since: timeOf(this.#since),
      bytesReceived: sum(this.#bytesReceived, (info) => info.bytesReceived),
      bytesSent: sum(this.#bytesSent, (info) => info.bytesSent),
      associations: [roleTotals("acceptor"), roleTotals("requestor")],
      rejections: Array.from(this.#rejections.values(), (count) => ({ ...count })),
      aborts: Array.from(this.#aborts.values(), (count) => ({ ...count })),
      limits: Array.from(this.#limits.values(), (count) => ({ ...count })),
      deadlines: Array.from(this.#deadlines.values(), (count) => ({ ...count })),
      refusals: Array.from(this.#refusals.values(), (count) => ({ ...count })),
      operations: this.operations.all().map((tally) => ({ ...tally.report(), durations: tally.durations.report() })),
      durations: this.#durations.report(),
    };
  }
}

function zeroRole(): Mutable<Omit<RoleTotals, "role" | "active">> {
  return { opened: 0, established: 0, released: 0, rejected: 0, aborted: 0 };
}

function countOne<Kind>(counts: Map<string, Kind & { count: number }>, key: string, kind: Kind): void {
  const known = counts.get(key);
  if (known) known.count++;
  else counts.set(key, { ...kind, count: 1 });
}
