/**
 * Counts the connections of an SCP, and refuses those above a limit.
 *
 * @module
 */

import { formatIpAddress, parseIpAddress } from "../ip_address.ts";

/** How many connections an SCP has at the same time. `Infinity` means any number. */
export interface ConnectionLimits {
  /** Associations; more are rejected as local-limit-exceeded. Default 100. */
  readonly maxAssociations?: number;
  /** Associations with one calling AE title; more are rejected as local-limit-exceeded. Default 50. */
  readonly maxAssociationsPerAeTitle?: number;
  /**
   * Associations from one address; more are rejected as local-limit-exceeded. Default 50. Of an IPv6 address the first 64
   * bits count, since a host has all the others. Without effect on connections that have no address.
   */
  readonly maxAssociationsPerAddress?: number;
  /**
   * Connections without an association, be it not yet, rejected or ended, those that `enter` counts among them; more are
   * closed unheard. Default 200.
   */
  readonly maxUnassociated?: number;
  /** As `maxUnassociated`, from one address. Default 50. */
  readonly maxUnassociatedPerAddress?: number;
}

/** The limits that hold where none are given. */
const DEFAULT_CONNECTION_LIMITS: Required<ConnectionLimits> = {
  maxAssociations: 100,
  maxAssociationsPerAeTitle: 50,
  maxAssociationsPerAddress: 50,
  maxUnassociated: 200,
  maxUnassociatedPerAddress: 50,
};

/** A limit that was reached. */
export interface ReachedLimit {
  readonly limit: keyof ConnectionLimits;
  readonly maximum: number;
}

/** Counts connections and associations. */
export class ConnectionLimiter {
  readonly limits: Required<ConnectionLimits>;
  readonly unassociated = new Counts();
  readonly associations = new Counts();
  readonly aeTitles = new Counts();

  constructor(limits: ConnectionLimits) {
    const given = Object.entries(limits).filter(([name, limit]) =>
      name in DEFAULT_CONNECTION_LIMITS && limit !== undefined
    );
    this.limits = { ...DEFAULT_CONNECTION_LIMITS, ...Object.fromEntries(given) };
  }

  /** The first limit that the counts have reached, which are beside their limits. */
  reached(counts: Partial<Record<keyof ConnectionLimits, number>>): ReachedLimit | undefined {
    for (const limit of Object.keys(counts) as (keyof ConnectionLimits)[]) {
      const maximum = this.limits[limit];
      if ((counts[limit] ?? 0) >= maximum) return { limit, maximum };
    }
    return undefined;
  }

  /** Lets a connection in; the caller closes it when its `reached` says that it is one too many. */
  enter(address: string | undefined): ConnectionSlot {
    return new ConnectionSlot(this, address === undefined ? undefined : hostOf(address));
  }
}

/** One connection, from `enter` to `leave`. */
export class ConnectionSlot {
  /** The limit that was reached before this connection came. */
  readonly reached: ReachedLimit | undefined;
  readonly #limiter: ConnectionLimiter;
  readonly #address: string | undefined;
  #aeTitle: string | undefined;

  constructor(limiter: ConnectionLimiter, address: string | undefined) {
    this.#limiter = limiter;
    this.#address = address;
    const { unassociated } = limiter;
    this.reached = limiter.reached({
      maxUnassociated: unassociated.total,
      maxUnassociatedPerAddress: unassociated.of(address),
    });
    unassociated.add(address);
  }

  /** Counts it as an association from now on, unless a limit is reached, which it tells. */
  associate(aeTitle: string): ReachedLimit | undefined {
    const { associations, aeTitles, unassociated } = this.#limiter;
    const reached = this.#limiter.reached({
      maxAssociations: associations.total,
      maxAssociationsPerAeTitle: aeTitles.of(aeTitle),
      maxAssociationsPerAddress: associations.of(this.#address),
    });
    if (reached !== undefined) return reached;
    this.#aeTitle = aeTitle;
    unassociated.remove(this.#address);
    associations.add(this.#address);
    aeTitles.add(aeTitle);
    return undefined;
  }

  /** Counts it as an association no longer. */
  dissociate(): void {
    if (this.#aeTitle === undefined) return;
    const { associations, aeTitles, unassociated } = this.#limiter;
    aeTitles.remove(this.#aeTitle);
    associations.remove(this.#address);
    unassociated.add(this.#address);
    this.#aeTitle = undefined;
  }

  /** The connection is closed. */
  leave(): void {
    this.dissociate();
    this.#limiter.unassociated.remove(this.#address);
  }
}

/** How many there are, in all and by key; what has no key counts in all alone. */
class Counts {
  readonly #byKey = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  of(key: string | undefined): number {
    return key === undefined ? 0 : this.#byKey.get(key) ?? 0;
  }

  add(key: string | undefined): void {
    this.#total++;
    if (key !== undefined) this.#byKey.set(key, this.of(key) + 1);
  }

  remove(key: string | undefined): void {
    this.#total--;
    if (key === undefined) return;
    const left = this.of(key) - 1;
    if (left > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }
}

/**
 * What tells one host from another: of an IPv6 address the first 64 bits, since a host has as many of the others as it likes
 * (RFC 7934); anything else as it is.
 */
function hostOf(address: string): string {
  const bytes = parseIpAddress(address);
  if (bytes === undefined) return address;
  return bytes.length === 4 ? formatIpAddress(bytes) : bytes.slice(0, 8).join(".");
}
