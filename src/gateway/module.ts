/**
 * Modules: the parts of a gateway. Each brings any number of services, routes, checks and metrics.
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
 * The events that observers of a gateway get: associations, operations, HTTP requests that need a token, and what becomes of
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

/** The gateway around a module. */
export interface GatewayContext {
  /** The whole configuration. */
  readonly config: Config;
  /** Version of Gantry. */
  readonly version: string;
  /** When the gateway was made, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Opens connections to peers. */
  readonly connect: Connect;
  /** Keeps what modules have to remember; a collection has the name of its module, or begins with that name and a hyphen. */
  readonly documents: DocumentStore;
  /** The associations that peers have opened; not to be used before the first of them. */
  readonly scp: Pick<Scp, "abort" | "associations" | "draining">;
  /** All modules, this one among them; not to be used while they are being made. */
  readonly modules: readonly GatewayModule[];
  /** Counts of everything that observers see. */
  readonly statistics: Statistics;
  /** Observers, for associations that a module opens itself. */
  readonly observers: readonly Observer<DimseEvent>[];
  /** Passes an event that belongs to no association to the observers of the host and of modules. */
  readonly notify: (event: Exclude<GatewayEvent, DimseEvent>) => void;
  /** Reports an error to the operator. */
  readonly onError: (error: unknown) => void;
}

/** A part of a gateway; `HttpPart` describes its HTTP side. */
export interface GatewayModule extends HttpPart {
  /** For error messages: `storage`, `worklist`. */
  readonly name: string;
  /** Loads the HTTP part, for a module that does not have it at once. `start` of the gateway awaits it, or the first request. */
  readonly http?: () => Promise<HttpPart>;
  /** Services that peers may use. */
  readonly services?: readonly Service[];
  /** Observers of associations, operations and instances. */
  readonly observers?: readonly Observer<GatewayEvent>[];
  /** Checks what the module depends on; results by `component:measurement`, such as `archive:writable`. */
  readonly health?: () => HealthChecks | Promise<HealthChecks>;
  /** Metrics for `/metrics`, read at each request. */
  readonly metrics?: () => readonly MetricFamily[];
  /** What the module is short of at the moment, if anything: the gateway then rejects new associations. Read for each one. */
  readonly shortage?: () => Shortage | undefined;
  /** Starts the module's own work; `Gateway.start` calls it. */
  readonly start?: () => Promise<void> | void;
  /** Called when `Gateway.drain` has left no association, while HTTP still answers: ends answers that would go on for ever. */
  readonly drained?: () => void;
  /** Ends all that `start` or anything else began. Called when the gateway is disposed of, also without a start. */
  readonly stop?: () => Promise<void> | void;
}

/** Checks by key. */
export type HealthChecks = Readonly<Record<string, readonly HealthCheck[]>>;

/** Makes a module for a gateway. */
export type MakeModule = (context: GatewayContext) => GatewayModule;
