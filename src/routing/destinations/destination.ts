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
  /** Says that it is not read any more; called by the lane. Default: nothing is open before `stream()` is read. */
  release?(): Promise<void>;
}

/** A series or study that is complete. Its UIDs are those of the instance that stands for it. */
export type StoodForUnit = Pick<CompleteUnit, "route" | "level" | "generation" | "closedBy" | "at" | "instances">;

/** What a destination answered that has an instance. */
export interface Delivered {
  /** What it answered, such as `0xB000` or `200`. */
  readonly status?: string;
  /** Whether it had the instance before. */
  readonly duplicate?: boolean;
  /** A warning that it gave as a number, as `InstanceSink.store()` does; it is the status where there is no other. */
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
 * A destination: any `InstanceSink` is one. It says more by what it resolves and rejects with.
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
   * Stores several instances in one go. Resolves with what became of each, in their order, by what `store` would have resolved
   * or rejected with; rejects with what all have in common. Default: each is stored by itself.
   */
  storeAll?(
    instances: readonly OutgoingInstance[],
    options?: AskOptions,
  ): Promise<readonly PromiseSettledResult<Delivered | void>[]>;
  /** What `storeAll` is given at most; without it, it is not called. */
  readonly batch?: BatchBounds | undefined;
  /** Tries whether the destination works, without an instance. Rejects when it doesn't. Default: the next instance is tried. */
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
  /** Closes what is open. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
