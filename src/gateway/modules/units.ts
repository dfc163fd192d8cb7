/**
 * Series and studies that routes send as one: passes the events of the gateway to what collects them.
 *
 * @module
 */

import type { InstanceIndex } from "../../index/instance_index.ts";
import type { JsonObject } from "../../http/part.ts";
import { type ListUnits, unitsPart } from "../../http/units.ts";
import type { Job } from "../../queue/job.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import type { StoodForUnit } from "../../routing/destinations/destination.ts";
import { agingClock } from "../../routing/steady_clock.ts";
import { CLOSED_BY, ClosedUnits } from "../../routing/units/closed_units.ts";
import { type ListedUnit, listUnits } from "../../routing/units/list_units.ts";
import {
  instancesOfList,
  instancesOfStep,
  instancesOfStudy,
  type ListedInstances,
} from "../../routing/units/listed_instances.ts";
import type { EvidenceKind } from "../../routing/units/open_unit.ts";
import { dimseSource, httpSource } from "../../routing/units/source_name.ts";
import { UnitCollector } from "../../routing/units/unit_collector.ts";
import type { AskCount } from "../../routing/units/unit_counting.ts";
import { availabilityNotificationScp, type ReceivedAvailability } from "../../services/availability_scp.ts";
import { takesSopClass } from "../../services/storage.ts";
import { daily } from "../daily.ts";
import type { LiveRoutes } from "../live_routes.ts";
import type { GatewayContext, GatewayEvent, GatewayModule } from "../module.ts";

/** What units work on. The host closes all of it. */
export interface UnitsOptions {
  /** Says which instances are sent as one. */
  readonly routes: LiveRoutes;
  /** Keeps the jobs. */
  readonly queue: JobQueue;
  /** Knows the instances that arrived. */
  readonly index: Pick<InstanceIndex, "find">;
  /** Asks a peer how many instances there are. */
  readonly askCount: AskCount;
  /** Lanes of destinations that get one notice for a unit. */
  readonly standInLanes: ReadonlySet<string>;
}

const DAY = 24 * 60 * 60 * 1000;

/** Units of a gateway that was started with routes. */
export class GatewayUnits {
  readonly collector: UnitCollector;
  readonly closed: ClosedUnits;
  readonly #options: UnitsOptions;
  readonly #context: GatewayContext;
  readonly #counts = new Map(CLOSED_BY.map((closedBy) => [closedBy, 0]));
  readonly #now = agingClock({ now: () => Date.now() });
  /** What to call at the end of an association, by its id. */
  readonly #ends = new Map<string, () => void>();

  constructor(context: GatewayContext, options: UnitsOptions) {
    const { routes, queue, askCount, standInLanes } = options;
    const { documents, notify, onError } = context;
    this.#context = context;
    this.#options = options;
    this.closed = new ClosedUnits(documents);
    this.collector = new UnitCollector({
      ...{ queue, askCount, closed: this.closed, onError },
      rules: () => routes.rules,
      standInLanes: () => [...standInLanes],
      senderOf: async (uid) => (await options.index.find(uid))?.sourceAeTitle ?? "",
      onStoodFor: (studyInstanceUid) => this.onStoodFor?.(studyInstanceUid),
      onEvent: (event) => {
        const { closedBy } = event.unit;
        this.#counts.set(closedBy, (this.#counts.get(closedBy) ?? 0) + 1);
        notify(event);
      },
    });
    routes.onReplaced = () => this.collector.adjust();
  }

  /** Called with a study of which jobs count as delivered because another job stands for them. It has one listener. */
  onStoodFor: ((studyInstanceUid: string) => void) | undefined;

  /** The unit that a job stands for; undefined where the job stands for its instance alone. */
  async stoodForBy(job: Job): Promise<StoodForUnit | undefined> {
    return this.#options.standInLanes.has(job.lane) ? await this.closed.stoodForBy(job) : undefined;
  }

  /** How many units were closed, by reason. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Called with each event of the gateway. */
  readonly observe = (event: GatewayEvent): void => {
    switch (event.type) {
      case "association-established": {
        const { id, role, contexts, callingAeTitle, remote } = event.association;
        // A peer that only queries sends no instances to wait for.
        if (role !== "acceptor" || !contexts.some(({ abstractSyntax }) => takesSopClass(abstractSyntax))) return;
        this.#ends.set(id, this.collector.opened(dimseSource(callingAeTitle, remote?.hostname), callingAeTitle));
        return;
      }
      case "association-ended": {
        const { id } = event.association;
        this.#ends.get(id)?.();
        this.#ends.delete(id);
        return;
      }
      case "procedure-step":
        return this.#tell("mpps", instancesOfStep(event.step), false);
    }
  };

  /** A request to store has begun; the caller calls the result at its end. */
  storing(sender: string | undefined): () => void {
    return this.collector.opened(httpSource(sender), sender ?? "");
  }

  /** A peer says which instances of a study are available. */
  available(notification: ReceivedAvailability): void {
    this.#tell("availability", instancesOfStudy(notification), false);
  }

  /** A client asks for the commitment of these instances, and so has sent them all. */
  async committed(sopInstanceUids: Iterable<string>): Promise<void> {
    // Units that are complete already learn nothing from such a list.
    if (this.collector.open().next().done) return;
    const { index } = this.#options;
    this.#tell("commitment", await instancesOfList(sopInstanceUids, (uid) => index.find(uid)), true);
  }

  #tell(kind: Exclude<EvidenceKind, "count">, lists: readonly ListedInstances[], open: boolean): void {
    for (const { level, uid, sopInstanceUids } of lists) {
      this.collector.evidence(level, uid, { kind, sopInstanceUids }, { open });
    }
  }

  /** Forgets units that are too old. */
  async tidy(): Promise<void> {
    const { keepDays } = this.#context.config.queue;
    await this.closed.forget(this.#now() - keepDays * DAY);
  }
}

/** Watches units, and shows them. */
export function unitsModule(context: GatewayContext, units: GatewayUnits | undefined): GatewayModule {
  if (units === undefined) return { ...unitsPart(() => Promise.resolve({ entries: [] })), name: "units" };
  const { collector } = units;
  const tidying = daily(() => units.tidy(), context.onError);
  return {
    ...unitsPart(pageOf(units)),
    name: "units",
    services: [availabilityNotificationScp({ onNotification: (notification) => units.available(notification) })],
    observers: [units.observe],
    metrics: () => [
      {
        name: "gantry_units_open",
        type: "gauge",
        help: "Series and studies that are sent as one and are still coming.",
        samples: [[{}, [...collector.open()].length]],
      },
      {
        name: "gantry_units_closed_total",
        type: "counter",
        help: "Series and studies that were closed as complete, by reason.",
        samples: [...units.counts].map(([closedBy, count]) => [{ closed_by: closedBy }, count] as const),
      },
    ],
    async start() {
      await collector.start();
      await tidying.start();
    },
    async stop() {
      await tidying.stop();
      await collector[Symbol.asyncDispose]();
    },
  };
}

function pageOf({ collector, closed }: GatewayUnits): ListUnits {
  return async (filter, { after, limit }) => {
    const entries: JsonObject[] = [];
    let last: string | undefined;
    for await (const unit of listUnits({ open: collector.open(), closed }, filter, after)) {
      if (entries.length === limit) return { entries, next: last! };
      entries.push(shown(unit));
      last = unit.cursor;
    }
    return { entries };
  };
}

function shown({ route, level, studyInstanceUid, seriesInstanceUid, open, closed }: ListedUnit): JsonObject {
  return {
    ...{ route, level, studyInstanceUid },
    ...(level === "series" && { seriesInstanceUid }),
    ...(open !== undefined && { open: { ...open, since: time(open.since) } }),
    closed: closed.map(({ at, ...generation }) => ({ ...generation, at: time(at) })),
  };
}

function time(moment: number): string {
  return new Date(moment).toISOString();
}
