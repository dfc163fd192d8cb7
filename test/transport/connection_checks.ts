/**
 * What holds for a connection of every transport. Portable, so that the same checks run on other runtimes.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Listener } from "../../src/transport/listener.ts";
import type { LentBytes } from "../../src/streams/lent_bytes.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";

/** Two ends of one open connection. */
export type Pair = readonly [near: Connection, far: Connection];

const mebibyte = 1024 * 1024;

/** By what they hold. Each gets a fresh pair, and gives its resources back. */
export const connectionChecks: Readonly<Record<string, (pair: Pair) => Promise<void>>> = {
  "echoes 50 MB in random chunks, and never touches a chunk again": async ([near, far]) => {
    const total = 50 * mebibyte;
    const echoing = far.readable.pipeTo(far.writable);
    const sending = send(near.writable, total);
    const kept: { offset: number; chunk: Uint8Array }[] = [];
    let offset = 0;
    for await (const chunk of near.readable) {
      assertPattern(chunk, offset);
      if (chunk.length > 0 && kept.length < 200) kept.push({ offset, chunk });
      offset += chunk.length;
    }
    assert.equal(offset, total);
    for (const { offset, chunk } of kept) assertPattern(chunk, offset);
    await Promise.all([echoing, sending]);
  },

  "lends what it would give, where it lends": async ([near, far]) => {
    const total = 5 * mebibyte;
    const sending = send(far.writable, total);
    const { lent = lentFrom(near.readable) } = near.readable;
    let offset = 0;
    for (let piece = await lent.read(); piece !== undefined; piece = await lent.read()) {
      assertPattern(piece, offset);
      offset += piece.length;
    }
    assert.equal(offset, total);
    await Promise.all([sending, near.writable.close(), readAll(far.readable)]);
  },

  "ends a pending read of what is lent when it is aborted": async ([near, far]) => {
    const { lent = lentFrom(near.readable) } = near.readable;
    const reading = assert.rejects(lent.read());
    await Promise.all([reading, near.writable.abort(new Error("enough"))]);
    await finish(far);
  },

  "carries on in one direction when the other was closed": async ([near, far]) => {
    await near.writable.close();
    assert.equal((await readAll(far.readable)).length, 0);
    const [received] = await Promise.all([readAll(near.readable), send(far.writable, 100_000)]);
    assertPattern(received, 0);
    assert.equal(received.length, 100_000);
  },

  "carries on writing when its own reading was cancelled": async ([near, far]) => {
    await near.readable.cancel();
    const [received] = await Promise.all([readAll(far.readable), send(near.writable, 100_000)]);
    assert.equal(received.length, 100_000);
    await far.writable.abort();
  },

  "ends a pending read when it is aborted": async ([near, far]) => {
    const reading = near.readable.getReader().read();
    const reason = new Error("enough");
    await Promise.all([assert.rejects(reading, reason), near.writable.abort(reason)]);
    await finish(far);
  },

  "ends a pending write when it is aborted": async ([near, far]) => {
    const writer = near.writable.getWriter();
    const reason = new Error("enough");
    const writing = assert.rejects(fill(writer), reason);
    await standstill(writer);
    await Promise.all([writing, writer.abort(reason)]);
    await finish(far);
  },

  "tells the peer of an abort": async ([near, far]) => {
    const reading = far.readable.getReader().read();
    await near.writable.abort(new Error("enough"));
    const { done } = await reading.catch(() => ({ done: true }));
    assert.equal(done, true);
    await assert.rejects(fill(far.writable.getWriter()));
    await finish(far);
  },

  "fails to write when the peer vanishes in the middle of a transfer": async ([near, far]) => {
    const writing = assert.rejects(fill(near.writable.getWriter()));
    const reader = far.readable.getReader();
    await reader.read();
    reader.releaseLock();
    await Promise.all([far.readable.cancel(), far.writable.abort()]);
    await writing;
    await finish(near);
  },

  "stops the writer while the other side does not read": async ([near, far]) => {
    const writer = near.writable.getWriter();
    const total = 64 * mebibyte;
    let sent = 0;
    const sending = (async () => {
      const chunk = new Uint8Array(mebibyte);
      for (; sent < total; sent += chunk.length) await writer.write(chunk);
      await writer.close();
    })();
    const reader = far.readable.getReader();
    await reader.read();
    await standstill(writer);
    assert.ok(sent < total / 2, `${sent} bytes went into buffers`);
    let rest = 0;
    for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value.length;
    await sending;
    assert.ok(rest > total / 2);
    assert.equal(sent, total);
    await Promise.all([far.writable.close(), readAll(near.readable)]);
  },

  "lets the writer have its chunk back after the write": async ([near, far]) => {
    const writer = near.writable.getWriter();
    const chunk = new Uint8Array(1000);
    const receiving = readAll(far.readable);
    for (let value = 0; value < 100; value++) {
      chunk.fill(value);
      await writer.write(chunk);
      chunk.fill(0xFF);
    }
    await writer.close();
    const received = await receiving;
    assert.equal(received.length, 100_000);
    assert.ok(received.every((byte, index) => byte === Math.floor(index / 1000)));
    await near.readable.cancel();
    await finish(far);
  },
};

function lentFrom(readable: ReadableStream<Uint8Array>): LentBytes {
  const reader = readable.getReader();
  return { read: async () => (await reader.read()).value };
}

/** Writes the pattern in chunks of 1 byte to 200 KB, the same at every run, and closes. */
async function send(writable: WritableStream<Uint8Array>, total: number): Promise<void> {
  const writer = writable.getWriter();
  let seed = 42;
  for (let sent = 0; sent < total;) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const size = seed % 7 === 0 ? 1 + seed % 100 : 1 + seed % 200_000;
    const length = Math.min(size, total - sent);
    const start = sent % 251;
    await writer.write(pattern.subarray(start, start + length));
    sent += length;
  }
  await writer.close();
}

/** Byte n is n modulo 251. */
const pattern = Uint8Array.from({ length: mebibyte }, (_, index) => index % 251);

function assertPattern(chunk: Uint8Array, offset: number): void {
  for (let done = 0; done < chunk.length;) {
    const start = (offset + done) % 251;
    const length = Math.min(chunk.length - done, pattern.length - start);
    const expected = pattern.subarray(start, start + length);
    const found = chunk.subarray(done, done + length);
    for (let index = 0; index < length; index++) {
      if (found[index] !== expected[index]) assert.fail(`byte ${offset + done + index} is ${found[index]}`);
    }
    done += length;
  }
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

/** Writes until that fails. */
async function fill(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<never> {
  const chunk = new Uint8Array(mebibyte);
  for (;;) await writer.write(chunk);
}

/** Resolves when a writer has not got rid of anything for a while. */
async function standstill(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (let last = writer.ready;; last = writer.ready) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (writer.ready === last) return;
  }
}

/** Ends both directions of a connection, whatever state they are in. */
export async function finish({ readable, writable }: Connection): Promise<void> {
  if (!readable.locked) await readable.cancel().catch(() => {});
  if (!writable.locked) await writable.abort().catch(() => {});
}

/** Echoes what each connection sends, until the listener is closed. */
export async function serve(listener: Listener): Promise<void> {
  for await (const { readable, writable } of listener) readable.pipeTo(writable).catch(() => {});
}

/** Sends a text, and gives what came back until the end. */
export async function echo({ readable, writable }: Connection, text: string): Promise<string> {
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new TextDecoder().decode(await readAll(readable));
}
