/**
 * Where instances go: what a lane wants of a destination.
 *
 * @module
 */

import type { AskOptions, HeldInstance } from "../../query/instance_source.ts";
import type { CompleteUnit } from "../units/unit_events.ts";

/** An instance on its way, with facts for a destination. */
export interface OutgoingInstance extends HeldInstance {
  /** Study Instance UID; empty where it has none. */
  readonly studyInstanceUid: string;
  /** Series Instance UID; empty where it has none. */
  readonly seriesInstanceUid: string;
  /** Patient ID, one character a byte where it isn't ASCII; empty without one. */
  readonly patientId: string;
  /** AE title of the sender; empty if unknown. */
  readonly sourceAeTitle: string;
  /** When it came, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The same for each attempt to deliver this version of the instance to this destination. */
  readonly deliveryId: string;
  /** How urgent it is. */
  readonly priority: "high" | "medium" | "low";
  /** The series or study that it stands for; absent for an instance that stands for itself. */
  readonly unit?: StoodForUnit | undefined;
  /** The lane calls it when it won't read the instance any more. Default: nothing is open before `stream()` is read. */
  release?(): Promise<void>;
}

/** A series or study that is complete. Its UIDs are those of the instance that stands for it. */
export type StoodForUnit = Pick<CompleteUnit, "route" | "level" | "generation" | "closedBy" | "at" | "instances">;

/** The answer of a destination that has an instance. */
export interface Delivered {
  /** Status of the answer, such as `0xB000` or `200`. */
  readonly status?: string;
  /** Whether the destination had the instance before. */
  readonly duplicate?: boolean;
  /** A warning as a number, as `InstanceSink.store()` gives it; it counts as the status where `status` is absent. */
  readonly warning?: number;
}

/** How many instances a destination takes in one go. */
export interface BatchBounds {
  /** Most instances. */
  readonly instances: number;
  /** Most bytes of them, unless a single one has more. */
  readonly bytes: number;
}

/**
 * A destination. Any `InstanceSink` is one; a destination can say more with the value or the error that it settles with.
 *
 * @example A sink that an integrator writes
 * ```ts
 * import type { InstanceSink } from "@gantry/dicom/query";
 * import { DeliveryError } from "@gantry/dicom/routing";
 *
 * const sink: InstanceSink = {
 *   async store(instance, { signal } = {}) {
 *     const response = await fetch(`https://store.example/${instance.sopInstanceUid}`, {
 *       method: "PUT",
 *       body: instance.stream(),
 *       ...(signal !== undefined && { signal }),
 *     });
 *     await response.body?.cancel();
 *     if (response.status === 503) throw new DeliveryError("Cannot store: it is busy", { class: "transient" });
 *     if (!response.ok) throw new DeliveryError("Cannot store: it was refused", { class: "permanent" });
 *   },
 * };
 * ```
 */
export interface Destination {
  /**
   * Resolves once the instance is safe there. Rejects when it is not: with `DeliveryError`, or anything else, which counts as
   * a failure of that instance alone. `signal` is aborted when the gateway ends, or when it takes too long.
   */
  store(instance: OutgoingInstance, options?: AskOptions): Promise<Delivered | void>;
  /**
   * Stores several instances in one go. Resolves with the outcome of each, in their order: what `store` would have resolved or
   * rejected with. Rejects when the same error holds for all of them. Default: each is stored by itself.
   */
  storeAll?(
    instances: readonly OutgoingInstance[],
    options?: AskOptions,
  ): Promise<readonly PromiseSettledResult<Delivered | void>[]>;
  /** The most that the lane gives `storeAll`; without these bounds the lane does not call it. */
  readonly batch?: BatchBounds | undefined;
  /** Checks without an instance that the destination works. Rejects when it doesn't. Default: the next instance is the probe. */
  probe?: ((options?: AskOptions) => Promise<void>) | undefined;
  /**
   * Whether the destination gets one notification for a series or study that a route sends as one: the last instance,
   * with the series or study in `unit`. Default: false; the destination gets every instance.
   */
  readonly hearsOfUnits?: boolean | undefined;
  /**
   * Asks whether the destination answers for an instance that it has taken. Rejects when it doesn't. Default: what it has taken
   * is safe there.
   */
  confirm?: ((instance: OutgoingInstance, options?: AskOptions) => Promise<void>) | undefined;
  /** Closes the connections. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
