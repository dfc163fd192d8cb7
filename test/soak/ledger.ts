/**
 * What was sent to a gateway and what it acknowledged, and whether its folder holds just that.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { filesBelow } from "../support/folders.ts";
import { type MadeInstance, makeInstance, readContent } from "../support/instances.ts";
import { Random } from "../support/random.ts";

/** Lengths of Pixel Data: the journal takes the small ones, and the large ones come in many PDUs. */
const SMALL = { from: 512, below: 120 * 1024 };
const LARGE = { from: 200 * 1024, below: 3 * 1024 * 1024 };

/** How many are small, and how many take the place of an earlier one: one in so many isn't, or does. */
const LARGE_ONE_IN = 8;
const REPLACES_ONE_IN = 6;

/** All Pixel Data are pieces of it. */
const NOISE = new Random(1).bytes(2 * LARGE.below);

/** What was sent of an instance: where its Pixel Data is in the noise, and the series that it came in. */
interface Version {
  readonly at: number;
  readonly length: number;
  readonly seriesInstanceUid: string;
}

/** One SOP instance; each version of it has other Pixel Data. */
interface Entry {
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly versions: Version[];
  /** Index of the latest version that was acknowledged, -1 without one. */
  acknowledged: number;
}

/** An instance on its way. */
export interface Sending {
  readonly instance: MadeInstance;
  /** To be called when its C-STORE-RSP says success. */
  acknowledge(): void;
}

/** Makes instances up for senders, each of which sends one at a time. */
export class Ledger {
  readonly #random: Random;
  readonly #entries = new Map<string, Entry>();
  readonly #bySender = new Map<number, Entry[]>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Instances that must be there. */
  get acknowledged(): number {
    return [...this.#entries.values()].filter((entry) => entry.acknowledged >= 0).length;
  }

  /** The next instance of a sender: a new one, or another version of an earlier one. */
  next(sender: number): Sending {
    const random = this.#random;
    const own = this.#bySender.get(sender) ?? [];
    this.#bySender.set(sender, own);
    const replaces = own.length > 0 && random.oneIn(REPLACES_ONE_IN);
    const entry = replaces ? random.pick(own) : this.#newEntry(sender, own.length);
    if (!replaces) own.push(entry);
    const { from, below } = random.oneIn(LARGE_ONE_IN) ? LARGE : SMALL;
    const length = 2 * Math.floor((from + random.below(below - from)) / 2);
    // Some move to another series.
    const seriesInstanceUid = `${entry.studyInstanceUid}.${random.below(3)}`;
    entry.versions.push({ at: random.below(NOISE.length - length), length, seriesInstanceUid });
    const version = entry.versions.length - 1;
    return { instance: made(entry, version), acknowledge: () => entry.acknowledged = version };
  }

  /**
   * Expects in a gateway's folder all that was acknowledged, and nothing but whole instances that were sent. What it finds
   * is what must be there from now on.
   */
  check(folder: string): void {
    const found = new Set<Entry>();
    for (const name of filesBelow(`${folder}/instances`)) {
      const entry = this.#entries.get(name.slice(name.lastIndexOf("/") + 1, -".dcm".length));
      assert.ok(entry !== undefined, `${name} was never sent`);
      assert.ok(!found.has(entry), `${name} is there twice`);
      found.add(entry);
      const version = versionOf(entry, Deno.readFileSync(`${folder}/instances/${name}`));
      assert.ok(version >= 0, `${name} is not what was sent`);
      assert.ok(version >= entry.acknowledged, `${name} is older than what was acknowledged`);
      const { studyInstanceUid, sopInstanceUid, versions } = entry;
      assert.equal(name, `${studyInstanceUid}/${versions[version]!.seriesInstanceUid}/${sopInstanceUid}.dcm`);
      entry.versions.length = version + 1;
      entry.acknowledged = version;
    }
    for (const entry of this.#entries.values()) {
      if (found.has(entry)) continue;
      assert.equal(entry.acknowledged, -1, `${entry.sopInstanceUid} was acknowledged, and is not there`);
    }
  }

  #newEntry(sender: number, number: number): Entry {
    const studyInstanceUid = `1.2.3.${sender}`;
    const entry = {
      sopInstanceUid: `${studyInstanceUid}.9.${number}`,
      studyInstanceUid,
      versions: [],
      acknowledged: -1,
    };
    this.#entries.set(entry.sopInstanceUid, entry);
    return entry;
  }
}

function made({ versions, studyInstanceUid, sopInstanceUid }: Entry, version: number): MadeInstance {
  const { at, length, seriesInstanceUid } = versions[version]!;
  return makeInstance({ sopInstanceUid, studyInstanceUid, seriesInstanceUid, pixels: NOISE.subarray(at, at + length) });
}

/** Which version a file holds, bit for bit; -1 for none. */
function versionOf(entry: Entry, file: Uint8Array): number {
  const dataSet = Buffer.from(readContent(file).dataSet);
  return entry.versions.findLastIndex((_, version) => dataSet.equals(made(entry, version).dataSet));
}
