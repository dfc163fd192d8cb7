/**
 * Modules: what a gateway is made of. Each brings services, routes, checks, metrics, as many or as few as it has.
 *
 * @module
 */

import type { ArchiveEvent } from "../archive/events.ts";
import type { CommitmentEvent } from "../commitment/commitment.ts";
import type { Config } from "../config.ts";
import type { StoreRefusedEvent } from "../dicomweb/store/store_outcome.ts";
import type { DocumentStore } from "../documents/document_store.ts";
import type { DimseEvent } from "../dimse/events.ts";
import type { Service } from "../dimse/service.ts";
import type { HttpRequestEvent } from "../http/authorize.ts";
import type { HealthCheck } from "../http/health_format.ts";
import type { HttpPart } from "../http/part.ts";
import type { ProcedureStepEvent } from "../procedure_steps/events.ts";
import type { LaneEvent } from "../routing/lanes/lane_events.ts";
import type { CompleteUnitEvent } from "../routing/units/unit_events.ts";
import type { Scp, Shortage } from "../services/scp.ts";
import type { MetricFamily } from "../telemetry/prometheus.ts";
import type { Statistics } from "../telemetry/statistics.ts";
import type { Observer } from "../upper_layer/events.ts";
import type { Connect } from "./connect.ts";

/**
 * What observers of a gateway are shown: associations, operations, requests over HTTP that need a token, and what becomes of
 * instances, steps and promises.
 */
export type GatewayEvent =
  | DimseEvent
  | ArchiveEvent
  | CommitmentEvent
  | ProcedureStepEvent
  | LaneEvent
  | CompleteUnitEvent
  | HttpRequestEvent
  | StoreRefusedEvent;

/** What a module is given: the gateway around it. */
export interface GatewayContext {
  /** The whole configuration. */
  readonly config: Config;
  /** Version of Gantry. */
  readonly version: string;
  /** When the gateway was made, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Opens connections to peers. */
  readonly connect: Connect;
  /** What modules have to remember; a collection has the name of its module, or begins with it and a hyphen. */
  readonly documents: DocumentStore;
  /** The associations that peers have opened; not to be used before the first of them. */
  readonly scp: Pick<Scp, "abort" | "associations" | "draining">;
  /** All modules, this one among them; not to be looked at while they are made. */
  readonly modules: readonly GatewayModule[];
  /** Counts of everything that observers see. */
  readonly statistics: Statistics;
  /** Observers, for associations that a module opens itself. */
  readonly observers: readonly Observer<DimseEvent>[];
  /** Shows an event that isn't of an association to the host's observers and those of modules. */
  readonly notify: (event: Exclude<GatewayEvent, DimseEvent>) => void;
  /** Tells the operator what went wrong. */
  readonly onError: (error: unknown) => void;
}

/** A part of a gateway; of HTTP it brings what `HttpPart` says. */
export interface GatewayModule extends HttpPart {
  /** For error messages: `storage`, `worklist`. */
  readonly name: string;
  /** Loads what it brings to HTTP, instead of having it at once: awaited by `start` of the gateway, or by its first request. */
  readonly http?: () => Promise<HttpPart>;
  /** What peers may ask for. */
  readonly services?: readonly Service[];
  /** Watch associations, operations and instances. */
  readonly observers?: readonly Observer<GatewayEvent>[];
  /** Looks at what the module depends on; checks by `component:measurement`, such as `archive:writable`. */
  readonly health?: () => HealthChecks | Promise<HealthChecks>;
  /** For `/metrics`, asked at each request. */
  readonly metrics?: () => readonly MetricFamily[];
  /** What the module is short of while it is: new associations are rejected then. Asked for every association. */
  readonly shortage?: () => Shortage | undefined;
  /** Begins what goes on by itself; called by `Gateway.start`. */
  readonly start?: () => Promise<void> | void;
  /** Called when no association is left after `Gateway.drain`, while HTTP still answers: ends answers that go on for ever. */
  readonly drained?: () => void;
  /** Ends what `start` began, and whatever else lasts; called when the gateway is disposed of, also without a start. */
  readonly stop?: () => Promise<void> | void;
}

/** Checks by key. */
export type HealthChecks = Readonly<Record<string, readonly HealthCheck[]>>;

/** Makes a module for a gateway. */
export type MakeModule = (context: GatewayContext) => GatewayModule;
