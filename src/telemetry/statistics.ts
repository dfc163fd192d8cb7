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
import { limitName, passedDeadline, passedLimit, refusalReason } from "./passed_limits.ts";
import type {
  AbortCount,
  AssociationReport,
  DeadlineCount,
  EndReport,
  HistogramReport,
  LimitCount,
  OutcomeCounts,
  RefusalCount,
  RejectionCount,
  RoleTotals,
  ServiceReport,
  StatisticsReport,
} from "./statistics_report.ts";
import { describeStatus } from "../dimse/statuses.ts";

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

/** Upper bounds of the histograms' buckets, in milliseconds. */
const BUCKETS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000];

/** Longest detail of an end, in characters. */
const DETAIL_LENGTH = 300;

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
  readonly summary: Summary;
  readonly operations: Tallies;
}

type Summary = Omit<AssociationReport, "operations">;

function categoryOf({ service }: Operation, { status }: OperationOutcome): keyof OutcomeCounts {
  if (status === undefined) return "unanswered";
  const { category } = describeStatus(status, service);
  return category === "pending" ? "unanswered" : category;
}

function describeAssociation(info: AssociationInfo): Summary {
  const { remote, establishedAt } = info;
  return {
    id: info.id,
    role: info.role,
    transport: info.transport,
    ...(remote === undefined ? {} : { remote: { hostname: remote.hostname, port: remote.port } }),
    callingAeTitle: info.callingAeTitle,
    calledAeTitle: info.calledAeTitle,
    implementationVersionName: info.implementationVersionName,
    state: info.state,
    openedAt: timeOf(info.openedAt),
    ...(establishedAt === undefined ? {} : { establishedAt: timeOf(establishedAt) }),
    contexts: info.contexts.map(({ id, abstractSyntax, transferSyntax }) => ({ id, abstractSyntax, transferSyntax })),
    bytesReceived: info.bytesReceived,
    bytesSent: info.bytesSent,
  };
}

function describeEnd(end: AssociationEnd): EndReport {
  if (end.how === "rejected") {
    const { limit, detail, ...rest } = end;
    return {
      ...rest,
      ...(limit !== undefined && { limit: limitName(limit) }),
      ...(detail !== undefined && { detail: detail.slice(0, DETAIL_LENGTH) }),
    };
  }
  if (end.how === "released" || end.error === undefined) return { ...end };
  const { error, ...rest } = end;
  const [limit, deadline] = [passedLimit(error), passedDeadline(error)];
  return {
    ...rest,
    ...(limit !== undefined && { limit }),
    ...(deadline !== undefined && { deadline }),
    detail: error.message.slice(0, DETAIL_LENGTH),
  };
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

/** Operations of one service in one role. */
class Tally {
  readonly durations = new Histogram();
  readonly #service: string;
  readonly #role: Operation["role"];
  readonly #finished: Mutable<OutcomeCounts> = { success: 0, warning: 0, failure: 0, cancel: 0, unanswered: 0 };
  #running = 0;
  #bytes = 0;

  constructor({ service, role }: Operation) {
    this.#service = service;
    this.#role = role;
  }

  start(): void {
    this.#running++;
  }

  finish({ bytes, milliseconds }: OperationOutcome, category: keyof OutcomeCounts): void {
    this.#running--;
    this.#finished[category]++;
    this.#bytes += bytes;
    this.durations.add(milliseconds);
  }

  report(): ServiceReport {
    return {
      service: this.#service,
      role: this.#role,
      running: this.#running,
      finished: { ...this.#finished },
      bytes: this.#bytes,
    };
  }
}

/** A tally for each service and role that was seen. */
class Tallies {
  readonly #byRole: Readonly<Record<Operation["role"], Map<string, Tally>>> = {
    invoked: new Map(),
    performed: new Map(),
  };

  of(operation: Operation): Tally {
    const tallies = this.#byRole[operation.role];
    let tally = tallies.get(operation.service);
    if (tally === undefined) tallies.set(operation.service, tally = new Tally(operation));
    return tally;
  }

  all(): Tally[] {
    return [...this.#byRole.performed.values(), ...this.#byRole.invoked.values()];
  }

  report(): ServiceReport[] {
    return this.all().map((tally) => tally.report());
  }
}

class Histogram {
  /** How many fell into each bucket; the last is of those above every bound. */
  readonly #counts: number[] = new Array(BUCKETS.length + 1).fill(0);
  #sum = 0;

  add(milliseconds: number): void {
    let bucket = 0;
    while (milliseconds > (BUCKETS[bucket] ?? Infinity)) bucket++;
    this.#counts[bucket]!++;
    this.#sum += milliseconds;
  }

  report(): HistogramReport {
    let count = 0;
    const buckets = BUCKETS.map((upTo, bucket) => ({ upTo, count: count += this.#counts[bucket] ?? 0 }));
    return { buckets, count: count + (this.#counts[BUCKETS.length] ?? 0), sum: this.#sum };
  }
}

/** Everything since the start. */
class Totals {
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
