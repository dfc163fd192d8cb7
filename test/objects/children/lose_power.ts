/**
 * Has a file store lose power at any moment, on a simulated disk, and looks for what it had kept, and whether the account of
 * it says the same: `FOLDER SEED`. The store gets `recorded_fs.ts` for `node:fs`. Prints what was tried.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { openFileStore } from "../../../src/objects/file_store.ts";
import type { ObjectAccount, ObjectStore, UnsettledObject } from "../../../src/objects/object_store.ts";
import { filesBelow } from "../../support/folders.ts";
import { Random } from "../../support/random.ts";
import { pattern, put } from "../../archive/support.ts";
import { record } from "./recorded_fs.ts";
import { SimulatedDisk, type Survival } from "./simulated_disk.ts";

/** A store's life ends with the loss of power; the next one begins with what that left. */
const LIVES = 6;

/** Moments at which power may have been lost in one life; what is left is looked at for each. */
const MOMENTS = 15;

/** How many objects are put in a life, and by how many at the same time. */
const PUTS = 60;
const TOGETHER = 8;

/** The journal takes objects of up to a quarter of its length, and is full after some. */
const OPTIONS = { durable: true, journalLength: 256 * 1024 };
const LENGTHS = [10, 3000, 5000, 40_000, 65_000, 70_000, 300_000];

const [folder, seed] = Deno.args as [string, string];
const random = new Random(Number(seed));

/** An object: all that it ever was, and when. Moments are counted in operations of the disk. */
interface Known {
  /** What was put, and the moment when that began; the first may be undefined, when there was nothing. */
  readonly versions: { readonly bytes: Uint8Array | undefined; readonly begun: number }[];
  /** Versions that were kept, and the moment when it was said. */
  readonly kept: { readonly version: number; readonly at: number }[];
  /** When it was put without waiting for it to be durable, and nothing was said of it since: it may be in pieces. */
  loose?: number;
}

/** Which object it is. */
function noteOf(bytes: Uint8Array): string {
  return `${bytes.length} bytes from ${bytes.subarray(0, 8)}`;
}

/** An account of notes by name, such as an index is: of what it was told, all is safe that a finished sync covers. */
class Account implements ObjectAccount {
  readonly #start: ReadonlyMap<string, string>;
  readonly #told: { readonly name: string; readonly note: string; readonly at: number }[] = [];
  readonly #syncs: { readonly told: number; readonly at: number }[] = [];
  readonly #now: () => number;

  constructor(start: ReadonlyMap<string, string>, now: () => number) {
    this.#start = start;
    this.#now = now;
  }

  put(name: string, note: string): void {
    this.#told.push({ name, note, at: this.#now() });
  }

  catchUp = async (_: ObjectStore, unsettled: readonly UnsettledObject[]) => {
    await Promise.resolve();
    for (const { name, note } of unsettled) this.put(name, note);
    this.#syncs.push({ told: this.#told.length, at: this.#now() });
  };

  sync = async () => {
    const told = this.#told.length;
    // Other work goes on meanwhile.
    await new Promise((resolve) => setTimeout(resolve));
    this.#syncs.push({ told, at: this.#now() });
  };

  /** What may be left of it at a moment. */
  afterPowerLoss(at: number, survival: Survival): Map<string, string> {
    const safe = this.#syncs.findLast((sync) => sync.at <= at)?.told ?? 0;
    const most = this.#told.filter((entry) => entry.at <= at).length;
    const count = survival === "nothing"
      ? safe
      : survival === "everything"
      ? most
      : safe + random.below(most - safe + 1);
    const left = new Map(this.#start);
    for (const { name, note } of this.#told.slice(0, count)) left.set(name, note);
    return left;
  }

  get all(): Map<string, string> {
    return this.afterPowerLoss(Infinity, "everything");
  }
}

const tried = { lives: 0, moments: 0, operations: 0, flushes: 0, found: 0, unsettled: 0, loose: 0, persisted: 0 };
let left = new Map<string, Uint8Array>();
let before = new Map<string, Uint8Array | "folder">([[`${folder}/0`, "folder"]]);
for (let life = 0; life < LIVES; life++) {
  const data = `${folder}/${life}`;
  make(before, `${folder}/${life}`, data);
  const disk = new SimulatedDisk(data);
  const objects = new Map<string, Known>();
  for (const [name, bytes] of left) {
    objects.set(name, { versions: [{ bytes, begun: 0 }], kept: [{ version: 0, at: 0 }] });
  }
  record(data, disk);
  const account = new Account(new Map([...left].map(([name, bytes]) => [name, noteOf(bytes)])), () => disk.length);
  {
    await using store = await openFileStore(data, { ...OPTIONS, account });
    let puts = 0;
    await Promise.all(Array.from({ length: TOGETHER }, async (_, worker) => {
      while (puts++ < PUTS) await putSomething(store, disk, account, objects, worker);
    }));
  }
  record("");
  for (let moment = 0; moment < MOMENTS; moment++) {
    const at = moment === 0 ? disk.length : random.below(disk.length + 1);
    const survival = random.pick<Survival>(["nothing", "anything", "everything"]);
    before = disk.afterPowerLoss(at, survival, random);
    const again = `${folder}/${life}-${moment}`;
    make(before, data, again);
    const accountLeft = account.afterPowerLoss(at, survival);
    left = await found(again, objects, accountLeft, at, `life ${life}, operation ${at}, ${survival} survived`);
    tried.moments++;
    tried.found += left.size;
    Deno.removeSync(again, { recursive: true });
  }
  tried.lives++;
  tried.operations += disk.length;
  tried.flushes += disk.flushes;
  before = moved(before, data, `${folder}/${life + 1}`);
}
console.log(JSON.stringify(tried));

/** Puts a new object, another version of one, or the same version again; or removes one. Each worker has names of its own. */
async function putSomething(
  store: ObjectStore,
  disk: SimulatedDisk,
  account: Account,
  objects: Map<string, Known>,
  worker: number,
): Promise<void> {
  const number = random.below(8);
  const name = `study${worker}/series${number % 4}/${number}`;
  const known = objects.get(name) ?? { versions: [{ bytes: undefined, begun: 0 }], kept: [] };
  objects.set(name, known);
  const last = known.versions.length - 1;
  if (known.versions[last]!.bytes !== undefined && random.oneIn(6)) {
    known.versions.push({ bytes: undefined, begun: disk.length });
    await store.delete(name);
    return void known.kept.push({ version: last + 1, at: disk.length });
  }
  const again = known.versions[last]!.bytes !== undefined && random.oneIn(3);
  if (!again) {
    const bytes = pattern(random.pick(LENGTHS) + random.below(100), random.below(1 << 30));
    known.versions.push({ bytes, begun: disk.length });
  }
  const version = again ? last : last + 1;
  const bytes = known.versions[version]!.bytes!;
  const note = noteOf(bytes);
  const options = { pieceLength: 50_000, note, whenInPlace: () => account.put(name, note) };
  if (known.versions[last]!.bytes === undefined && random.oneIn(2)) {
    known.loose = disk.length;
    await put(store, name, bytes, { ...options, flush: false });
    if (random.oneIn(2)) return;
    await store.persist(name);
    known.kept.push({ version, at: disk.length });
    tried.persisted++;
    return;
  }
  await put(store, name, bytes, options);
  known.kept.push({ version, at: disk.length });
}

/** Opens a store on what the loss of power at a moment left; expects what was kept, and nothing but what was put. */
async function found(
  data: string,
  objects: ReadonlyMap<string, Known>,
  accountLeft: ReadonlyMap<string, string>,
  at: number,
  when: string,
): Promise<Map<string, Uint8Array>> {
  const account = new Account(accountLeft, () => 0);
  await (await openFileStore(data, { ...OPTIONS, account }))[Symbol.asyncDispose]();
  assert.deepEqual(filesBelow(`${data}/incoming`), [], when);
  const all = new Map(
    filesBelow(`${data}/instances`).map((name) => [name, Deno.readFileSync(`${data}/instances/${name}`)]),
  );
  for (const name of all.keys()) assert.ok(objects.has(name), `${when}: ${name} was never put`);
  for (const [name, { versions, kept, loose = Infinity }] of objects) {
    const last = kept.findLast((one) => one.at <= at);
    const oldest = last?.version ?? 0;
    const bytes = all.get(name);
    if (loose <= at && (last?.at ?? 0) <= loose) {
      tried.loose++;
      continue;
    }
    const version = versions.findLastIndex((one) => one.begun <= at && isSame(one.bytes, bytes));
    assert.ok(
      version >= oldest,
      `${when}: ${name} has version ${version} of ${bytes?.length} bytes, ${oldest} was kept`,
    );
    if (bytes === undefined) continue;
    assert.equal(account.all.get(name), noteOf(bytes), `${when}: the account of ${name}`);
  }
  tried.unsettled += [...all.keys()].filter((name) => account.all.get(name) !== accountLeft.get(name)).length;
  return all;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.from(a.buffer, a.byteOffset, a.length).equals(b);
}

/** Makes what was below one folder below another. */
function make(what: ReadonlyMap<string, Uint8Array | "folder">, from: string, to: string): void {
  for (const [path, content] of moved(what, from, to)) {
    if (content === "folder") Deno.mkdirSync(path, { recursive: true });
    else Deno.writeFileSync(path, content);
  }
}

function moved<T>(what: ReadonlyMap<string, T>, from: string, to: string): Map<string, T> {
  return new Map([...what].map(([path, content]) => [to + path.slice(from.length), content]));
}
