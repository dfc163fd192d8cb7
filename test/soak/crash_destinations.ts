/**
 * Where the instances of a gateway go that is killed again and again, and whether all of them are there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";
import { find, startStoreScp } from "../support/peers.ts";
import { type Hook, type Receiving, startCloud, startHook, startPeer } from "./arrivals.ts";

/** An instance that was acknowledged. */
export interface Acknowledged {
  /** Whether the route was there that comes and goes. */
  readonly sometimes: boolean;
}

const INSTITUTION = "North Hospital";

/**
 * A peer, `storescp` where it is installed, a DICOMweb server, a folder and a webhook get all instances; another DICOMweb
 * server and another folder get them changed; a folder and a webhook get studies as one; and one more folder gets what comes
 * while there is a route to it.
 */
export class CrashDestinations implements AsyncDisposable {
  /** Where the gateway keeps its data. */
  readonly data: string;
  readonly hook: Hook;
  readonly #receiving: Readonly<Record<string, Receiving>>;
  /** Paths of the folders by their names. */
  readonly #folders: Readonly<Record<string, string>>;
  readonly #scpPort: number | undefined;
  readonly #running: AsyncDisposableStack;

  private constructor(
    running: AsyncDisposableStack,
    data: string,
    places: {
      readonly hook: Hook;
      readonly receiving: Readonly<Record<string, Receiving>>;
      readonly folders: Readonly<Record<string, string>>;
      readonly scpPort: number | undefined;
    },
  ) {
    this.data = data;
    this.hook = places.hook;
    this.#receiving = places.receiving;
    this.#folders = places.folders;
    this.#scpPort = places.scpPort;
    this.#running = running;
  }

  /** Starts all of them. */
  static async start(): Promise<CrashDestinations> {
    await using starting = new AsyncDisposableStack();
    const { path } = starting.use(temporaryFolder());
    const receiving = {
      PEER: starting.use(await startPeer()),
      CLOUD: starting.use(startCloud()),
      OTHER: starting.use(startCloud()),
    };
    const hook = starting.use(startHook());
    const own = ["DISK", "CHANGED", "WHOLE", "SOMETIMES"].map((name) => [name, `${path}/${name}`] as const);
    for (const [, folder] of own) Deno.mkdirSync(folder);
    const scp = find("storescp") === undefined ? undefined : starting.use(await startStoreScp());
    const folders = { ...Object.fromEntries(own), ...(scp !== undefined && { STORESCP: scp.folder }) };
    const running = starting.move();
    return new CrashDestinations(running, `${path}/data`, { hook, receiving, folders, scpPort: scp?.port });
  }

  /** The configuration of the gateway, with the route that comes and goes or without. */
  config(sometimes: boolean): string {
    const { PEER, CLOUD, OTHER } = this.#receiving;
    const hook = `webhook: "http://127.0.0.1:${this.hook.port}/", secret: "0123456789abcdef"`;
    const folders = Object.entries(this.#folders).filter(([name]) => name !== "STORESCP").map(([name, folder]) =>
      `  ${name}: { folder: ${JSON.stringify(folder)}, name: "{SOPInstanceUID}" }\n`
    );
    const scp = this.#scpPort;
    return `
peers:
  PEER: { aeTitle: PEER, host: 127.0.0.1, port: ${PEER!.port} }
  CLOUD: { url: "http://127.0.0.1:${CLOUD!.port}", maxBatch: 8 }
  OTHER: { url: "http://127.0.0.1:${OTHER!.port}", maxBatch: 8 }
${scp === undefined ? "" : `  SCP: { aeTitle: STORESCP, host: 127.0.0.1, port: ${scp} }\n`}
destinations:
${scp === undefined ? "" : "  STORESCP: { peer: SCP, parallel: 1 }\n"}${folders.join("")}
  HOOK: { ${hook} }
  STUDIES: { ${hook} }
routing: { units: { quiet: 200ms, cap: 300ms } }
routes:
  - { name: all, to: [PEER, CLOUD, DISK, HOOK${scp === undefined ? "" : ", STORESCP"}] }
  - { name: changed, to: [OTHER, CHANGED], change: [{ set: { InstitutionName: "${INSTITUTION}" } }] }
  - { name: studies, unit: study, to: [WHOLE, STUDIES] }
${sometimes ? "  - { name: sometimes, to: [SOMETIMES] }" : ""}
`;
  }

  /** How often instances came to where they had been before. */
  get repeated(): number {
    return Object.values(this.#receiving).reduce((sum, { arrivals }) => sum + arrivals.repeated, 0);
  }

  /** Throws where something, by its SOP Instance UID, has not reached a destination, or not as it should be. */
  check(acknowledged: ReadonlyMap<string, Acknowledged>): void {
    for (const [uid, { sometimes }] of acknowledged) {
      for (const [name, { arrivals }] of Object.entries(this.#receiving)) {
        assert.ok(arrivals.times.has(uid), `${uid} has not reached ${name}`);
      }
      assert.ok(this.hook.received.has(uid), `${uid} has not reached the webhook`);
      for (const name of Object.keys(this.#folders)) {
        if (name === "SOMETIMES" && !sometimes) continue;
        assert.ok(this.#filesOf(name).has(uid), `${uid} has not reached ${name}`);
      }
    }
    for (const [name, { arrivals }] of Object.entries(this.#receiving)) {
      assert.deepEqual([...arrivals.differing], [], `${name} got instances twice, and not the same`);
    }
    for (const name of Object.keys(this.#folders)) {
      for (const [uid, path] of this.#filesOf(name)) checkFile(name, uid, path);
    }
    // Each instance is in one generation of its study, however often the gateway was killed while it was released.
    const ofStudies = [...this.hook.studies.values()].reduce((sum, count) => sum + count, 0);
    assert.equal(ofStudies, this.#filesOf("WHOLE").size);
  }

  /** Paths of the files in a folder by the SOP Instance UIDs in their names; `storescp` puts the modality before these. */
  #filesOf(name: string): Map<string, string> {
    const folder = this.#folders[name]!;
    const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile);
    return new Map(files.map((file) => [file.name.replace(/^SC\./, ""), `${folder}/${file.name}`]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.disposeAsync();
  }
}

/** A file is whole: it has what was sent, and what its route has set. */
function checkFile(name: string, uid: string, path: string): void {
  const { dataSet } = readFile(Deno.readFileSync(path));
  const sent = instanceFor(uid, dataSet.get("StudyInstanceUID") ?? "");
  const expected = readFile(sent.file).dataSet;
  if (name === "CHANGED") expected.set("InstitutionName", INSTITUTION);
  const [bytes, wanted] = [dataSet, expected].map((one) => one.encode(sent.transferSyntax));
  assert.deepEqual(bytes, wanted, `${uid} in ${name}`);
}

/** An instance that can be told by its Pixel Data; every eighth goes past the journal. */
export function instanceFor(sopInstanceUid: string, studyInstanceUid: string): ReturnType<typeof makeInstance> {
  const number = Number(sopInstanceUid.split(".").at(-1));
  const pixels = new Uint8Array(number % 8 === 0 ? 200_000 : 512).fill(number % 251);
  return makeInstance({ sopInstanceUid, studyInstanceUid, pixels });
}
