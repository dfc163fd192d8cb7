import assert from "node:assert/strict";
import { readAhead, type StoredInstance } from "../../src/archive/read_ahead.ts";
import type { HeldInstance } from "../../src/query/instance_source.ts";
import { streamOf } from "../../src/streams/stream_of.ts";

/** An instance of pieces, and what became of its stream. */
class Watched {
  read = 0;
  streams = 0;
  cancelled = 0;
  readonly instance: StoredInstance;

  constructor(name: string, pieces: readonly (Uint8Array | Error)[]) {
    const read = () => this.#give(pieces);
    this.instance = {
      sopClassUid: "1.2",
      sopInstanceUid: name,
      transferSyntax: "1.2.840.10008.1.2.1",
      read,
      stream: () => streamOf(read()),
    };
  }

  async *#give(pieces: readonly (Uint8Array | Error)[]): AsyncGenerator<Uint8Array, void, void> {
    this.streams++;
    let isLeft = true;
    try {
      for (const piece of pieces) {
        if (piece instanceof Error) throw piece;
        this.read++;
        yield piece;
      }
      isLeft = false;
    } finally {
      if (isLeft) this.cancelled++;
    }
  }
}

function pieces(count: number, length: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => new Uint8Array(length).fill(index + 1));
}

async function* each(...watched: readonly Watched[]): AsyncGenerator<StoredInstance> {
  for (const { instance } of watched) yield instance;
}

/** Until what has been begun has gone as far as it can. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

async function bytesOf(instance: HeldInstance): Promise<Uint8Array> {
  return new Uint8Array(await new Response(instance.stream() as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

Deno.test("readAhead() gives every instance, byte for byte", async () => {
  const all = [pieces(3, 700_000), [], pieces(1, 5), pieces(9, 400_000)];
  const watched = all.map((content, index) => new Watched(`1.${index}`, content));
  const found: [string, number][] = [];
  for await (const instance of readAhead(each(...watched))) {
    const expected = all[found.length]!;
    const bytes = await bytesOf(instance);
    let position = 0;
    for (const piece of expected) {
      assert.deepEqual(bytes.subarray(position, position += piece.length), piece);
    }
    found.push([instance.sopInstanceUid, bytes.length]);
  }
  assert.deepEqual(found, [["1.0", 2_100_000], ["1.1", 0], ["1.2", 5], ["1.3", 3_600_000]]);
  assert.deepEqual(watched.map(({ streams }) => streams), [1, 1, 1, 1]);
});

Deno.test("readAhead() reads the first MiB of the next one while nobody has asked for it, and of no other", async () => {
  const watched = ["1", "2", "3"].map((name) => new Watched(name, pieces(20, 256 * 1024)));
  const instances = readAhead(each(...watched));
  await instances.next();
  await settled();
  assert.deepEqual(watched.map(({ read }) => read), [4, 4, 0]);
  await instances.return();
  await settled();
  assert.deepEqual(watched.map(({ cancelled }) => cancelled), [1, 1, 0]);
});

Deno.test("readAhead() ends the stream of one that nobody opened, and opens another where it is wanted later", async () => {
  const watched = ["1", "2"].map((name) => new Watched(name, pieces(2, 10)));
  const [first] = await Array.fromAsync(readAhead(each(...watched)));
  assert.deepEqual(watched.map(({ cancelled, streams }) => [cancelled, streams]), [[0, 1], [0, 1]]);
  assert.equal((await bytesOf(first!)).length, 20);
  assert.equal(watched[0]!.streams, 2);
});

Deno.test("readAhead() lets whoever reads an instance that fails hear of it, and no other", async () => {
  const watched = [
    new Watched("1", pieces(1, 10)),
    new Watched("2", [new Uint8Array(5), new Error("the disk is gone")]),
    new Watched("3", pieces(1, 10)),
  ];
  const found: unknown[] = [];
  for await (const instance of readAhead(each(...watched))) {
    found.push(await bytesOf(instance).then(({ length }) => length, (error) => error.message));
  }
  assert.deepEqual(found, [10, "the disk is gone", 10]);
});
