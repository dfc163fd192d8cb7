import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { HeldInstance, InstanceSource } from "../../src/query/instance_source.ts";
import { createQuery, type Query } from "../../src/query/query.ts";
import { RetrievedFiles } from "../../src/retrieved/retrieved_files.ts";
import { RetrievedSource } from "../../src/retrieved/retrieved_source.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { held } from "./support.ts";

const UIDS = ["1.1", "1.2", "1.3"];

/** What a peer of one series was asked for. */
interface Asked {
  readonly retrieved: string[];
}

interface PeerLike {
  readonly uids?: readonly string[];
  /** Whether it gives instances by themselves. */
  readonly instances?: boolean;
  readonly length?: number;
}

function peer({ uids = UIDS, instances = true, length = 100 }: PeerLike, asked: Asked): InstanceSource {
  const wanted = ({ keys }: Query) => {
    const own = keys.getTexts("SOPInstanceUID");
    return own.length === 0 ? uids : uids.filter((uid) => own.includes(uid));
  };
  return {
    async *find({ level }) {
      if (level === "SERIES") yield { attributes: dataSetOf({ SeriesInstanceUID: "1.0" }), unmatched: [] };
    },
    async *list(selection) {
      yield* wanted(selection);
    },
    async *retrieve(selection) {
      const { level } = selection;
      asked.retrieved.push(`${level} ${wanted(selection).join()}`);
      for (const uid of wanted(selection)) {
        if (level !== "IMAGE" || instances) yield held(uid, length);
        else {yield {
            ...held(uid, length),
            stream: () => new ReadableStream({ start: (c) => c.error(new Error("no")) }),
          };}
      }
    },
  };
}

function sourceOf(like: PeerLike, maxSize = 10_000) {
  const asked: Asked = { retrieved: [] };
  const store = createMemoryStore();
  const files = new RetrievedFiles({ store, maxSize, maxAge: 1_000_000 });
  const made = (one: PeerLike) => new RetrievedSource({ source: peer(one, asked), files, name: "PACS" });
  const source = made(like);
  return {
    ...{ asked, files, source, made },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
    },
  };
}

const study = () => createQuery({ level: "STUDY", keys: dataSetOf({ StudyInstanceUID: "1" }) });
const series = () =>
  createQuery({ level: "SERIES", keys: dataSetOf({ StudyInstanceUID: "1", SeriesInstanceUID: "1.0" }) });
const instance = (uid: string) => {
  const keys = dataSetOf({ StudyInstanceUID: "1", SeriesInstanceUID: "1.0", SOPInstanceUID: uid });
  return createQuery({ level: "IMAGE", keys });
};

async function read(instances: AsyncIterable<HeldInstance>): Promise<string[]> {
  const found: string[] = [];
  for await (const { sopInstanceUid, stream } of instances) {
    let length = 0;
    try {
      for await (const piece of stream()) length += piece.length;
      found.push(`${sopInstanceUid} ${length}`);
    } catch (error) {
      found.push(`${sopInstanceUid} ${(error as Error).message}`);
    }
  }
  return found;
}

const ALL = UIDS.map((uid) => `${uid} 100`);

Deno.test("RetrievedSource retrieves what is not at hand, and nothing else", async () => {
  await using there = sourceOf({});
  const { source, asked } = there;
  assert.deepEqual(await read(source.retrieve(instance("1.2"))), ["1.2 100"]);
  assert.deepEqual(await read(source.retrieve(instance("1.2"))), ["1.2 100"]);
  assert.deepEqual((await read(source.retrieve(series()))).toSorted(), ALL);
  assert.deepEqual(await read(source.retrieve(study())), ALL);
  assert.deepEqual(asked.retrieved, ["IMAGE 1.2", "IMAGE 1.1,1.3"]);
  source.forget("1", "1.0", "1.3");
  assert.deepEqual((await read(source.retrieve(series()))).toSorted(), ALL);
  assert.deepEqual(asked.retrieved.slice(2), ["IMAGE 1.3"]);
  assert.equal(source.retrievals, 3);
});

Deno.test("RetrievedSource asks for the series of an instance that a peer doesn't give by itself, once", async () => {
  await using there = sourceOf({ instances: false });
  const { source, asked, files } = there;
  assert.deepEqual(await read(source.retrieve(instance("1.2"))), ["1.2 100"]);
  assert.deepEqual(asked.retrieved, ["IMAGE 1.2", "SERIES 1.1,1.2,1.3"]);
  // All that came with it is at hand.
  assert.equal(files.statistics.files, 3);
  assert.deepEqual(await read(source.retrieve(instance("1.1"))), ["1.1 100"]);
  assert.equal(asked.retrieved.length, 2);
  source.forget("1", "1.0", "1.1");
  await read(source.retrieve(instance("1.1")));
  assert.deepEqual(asked.retrieved.slice(2), ["SERIES 1.1,1.2,1.3"]);
});

Deno.test("RetrievedSource retrieves once what several ask for at the same time", async () => {
  await using there = sourceOf({});
  const { source, asked } = there;
  const asking = [series(), series(), study(), instance("1.3")].map((one) => read(source.retrieve(one)));
  assert.deepEqual(await Promise.all(asking), [ALL, ALL, ALL, ["1.3 100"]]);
  assert.deepEqual(asked.retrieved, ["SERIES 1.1,1.2,1.3"]);
});

Deno.test("RetrievedSource gives a series that is longer than what may be held", async () => {
  await using there = sourceOf({ uids: ["1.1", "1.2", "1.3", "1.4", "1.5"], length: 300 }, 700);
  const given = await read(there.source.retrieve(series()));
  assert.deepEqual(given, ["1.1 300", "1.2 300", "1.3 300", "1.4 300", "1.5 300"]);
  assert(there.files.statistics.bytes <= 700);
});

Deno.test("RetrievedSource leaves other selections to its source, and other peers' files alone", async () => {
  await using there = sourceOf({});
  const { source, asked, files } = there;
  const byName = createQuery({ level: "STUDY", keys: dataSetOf({ StudyInstanceUID: "1", PatientName: "A*" }) });
  assert.deepEqual(await read(source.retrieve(byName)), ALL);
  assert.equal(files.statistics.files, 0);
  await read(source.retrieve(series()));
  const other = new RetrievedSource({ source: peer({ uids: [] }, asked), files, name: "OTHER" });
  assert.deepEqual(await read(other.retrieve(instance("1.1"))), []);
});

Deno.test("RetrievedSource tells each reader what went wrong, and tries again for the next", async () => {
  await using there = sourceOf({});
  let fails = true;
  const down: InstanceSource = {
    ...peer({}, there.asked),
    async *retrieve() {
      yield held("1.1", 100);
      if (fails) throw new Error("the peer is gone");
    },
  };
  await using source = new RetrievedSource({ source: down, files: there.files, name: "DOWN" });
  const [one, two] = [read(source.retrieve(series())), read(source.retrieve(series()))];
  await assert.rejects(one, /the peer is gone/);
  await assert.rejects(two, /the peer is gone/);
  fails = false;
  assert.deepEqual(await read(source.retrieve(series())), ["1.1 100"]);
});
