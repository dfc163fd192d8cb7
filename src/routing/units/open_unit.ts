/**
 * A unit that is coming: the instances that have come, and the evidence of those that belong to it.
 *
 * @module
 */

import type { Sources } from "./sources.ts";

/** The evidence that a unit is complete. */
export type EvidenceKind = "mpps" | "commitment" | "availability" | "count";
/**
 * All of them: a Modality Performed Procedure Step that is COMPLETED, a request for storage commitment, an Instance Availability
 * Notification, and the count of a source.
 */
export const EVIDENCE_KINDS: readonly EvidenceKind[] = ["mpps", "commitment", "availability", "count"];

/** Evidence of the instances that belong to a unit. */
export type UnitEvidence =
  /** The SOP Instance UIDs of all, or of some; several lists count together. */
  | { readonly kind: Exclude<EvidenceKind, "count">; readonly sopInstanceUids: readonly string[] }
  /** How many, such as Number of Study Related Instances (0020,1208); the last count holds. */
  | { readonly kind: "count"; readonly count: number };

/** What closed a unit: time without a byte, the longest time, evidence, or too many other units. */
export type ClosedBy = "quiet" | "cap" | "limit" | EvidenceKind;

/** A unit that is complete. */
export interface ClosedUnit {
  /** Its key, such as a Study Instance UID. */
  readonly unit: string;
  /** From 1; late instances make the next generation. */
  readonly generation: number;
  /** What closed it. */
  readonly closedBy: ClosedBy;
  /** When it was complete, by the clock of the events. */
  readonly at: number;
  /** How many instances it has. */
  readonly instances: number;
}

/** A unit that is coming, as it is at the moment. */
export interface ComingUnit {
  /** Its key. */
  readonly unit: string;
  /** When it was announced, or its first instance came, by the clock of the events. */
  readonly since: number;
  /** How many instances have come; 0 while it was only announced. */
  readonly instances: number;
  /** How many of those that are listed have not come. */
  readonly missing: number;
}

/** How many UIDs may still be remembered, of all units together. */
export interface Room {
  left: number;
}

/** A unit that is coming. */
export class OpenUnit {
  readonly key: string;
  readonly generation: number;
  /** When it was announced, or its first instance came. */
  #since: number;
  readonly #maximum: number;
  readonly #room: Room;
  #lastByte: number | undefined;
  /** The sources of its instances, and how long each had been idle at the last byte. */
  readonly #sources = new Map<string, number>();
  readonly #arrived = new Set<string>();
  /** Whether more instances have come, or are listed, than are remembered. */
  #overflowed = false;
  readonly #listed = new Set<string>();
  /** How many are listed and have not come. */
  #missing = 0;
  /** How many have come and are not listed. */
  #unlisted = 0;
  #listedBy: Exclude<EvidenceKind, "count"> | undefined;
  #expected: number | undefined;

  constructor(
    key: string,
    { generation, since, maximum, room }: {
      readonly generation: number;
      readonly since: number;
      readonly maximum: number;
      readonly room: Room;
    },
  ) {
    this.key = key;
    this.generation = generation;
    this.#since = since;
    this.#maximum = maximum;
    this.#room = room;
  }

  /** How many instances have come. */
  get count(): number {
    return this.#arrived.size;
  }

  /** The sources of its instances. */
  get sources(): Iterable<string> {
    return this.#sources.keys();
  }

  /** An instance has come. Even one that came before shows that its source is still sending. */
  add(sopInstanceUid: string, source: string, at: number, sources: Sources): void {
    if (this.#lastByte === undefined) this.#since = at;
    this.#lastByte = at;
    this.#sources.set(source, 0);
    for (const each of this.#sources.keys()) this.#sources.set(each, sources.idle(each, at));
    if (this.#arrived.has(sopInstanceUid)) return;
    if (!this.#remember(this.#arrived, sopInstanceUid)) return;
    if (this.#listed.has(sopInstanceUid)) this.#missing--;
    else this.#unlisted++;
  }

  /** Takes evidence of the instances that belong to it. */
  announce(evidence: UnitEvidence): void {
    if (evidence.kind === "count") {
      this.#expected = evidence.count;
      return;
    }
    this.#listedBy = evidence.kind;
    for (const sopInstanceUid of evidence.sopInstanceUids) {
      if (this.#listed.has(sopInstanceUid)) continue;
      if (!this.#remember(this.#listed, sopInstanceUid)) return;
      if (this.#arrived.has(sopInstanceUid)) this.#unlisted--;
      else this.#missing++;
    }
  }

  #remember(set: Set<string>, sopInstanceUid: string): boolean {
    if (set.size >= this.#maximum || this.#room.left <= 0) {
      this.#overflowed = true;
      return false;
    }
    set.add(sopInstanceUid);
    this.#room.left--;
    return true;
  }

  /** Forgets the UIDs, so that other units have their room. */
  leave(): void {
    this.#room.left += this.#arrived.size + this.#listed.size;
  }

  /** As it is at the moment. */
  get coming(): ComingUnit {
    return { unit: this.key, since: this.#since, instances: this.count, missing: this.#missing };
  }

  /**
   * The evidence by which the unit is complete: every listed instance has come, and every instance that has come is listed; or
   * as many have come as a peer counted. Undefined while it isn't complete.
   */
  get completeBy(): EvidenceKind | undefined {
    if (this.#overflowed || this.#arrived.size === 0) return undefined;
    if (this.#listedBy !== undefined && this.#missing === 0 && this.#unlisted === 0) return this.#listedBy;
    return this.#expected !== undefined && this.#arrived.size >= this.#expected ? "count" : undefined;
  }

  /** When it counts as complete, even while instances still come. */
  capAt({ cap }: { readonly cap: number }): number {
    return this.#since + cap;
  }

  /** When time alone closes it: at the cap, or once all its sources have been idle for long enough since its last byte. */
  deadline(options: { readonly quiet: number; readonly cap: number }, sources: Sources): number {
    let quietAt = this.#lastByte === undefined ? Infinity : this.#lastByte + options.quiet;
    for (const [source, idle] of this.#sources) {
      quietAt = Math.max(quietAt, sources.idleAt(source, idle + options.quiet));
    }
    return Math.min(quietAt, this.capAt(options));
  }

  /** The unit as a complete one. */
  closed(closedBy: ClosedBy, at: number): ClosedUnit {
    return { unit: this.key, generation: this.generation, closedBy, at, instances: this.count };
  }
}
