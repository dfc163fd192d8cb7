/**
 * A peer that says what was written down for it, whatever it hears.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { concat } from "./scripted_peer.ts";

/** A connection to such a peer, and what the peer has heard. */
export interface Playback {
  readonly connection: Connection;
  /** All that was written to it. */
  heard(): Uint8Array<ArrayBuffer>;
  /** Whether both directions are finished. */
  over(): boolean;
}

/** A peer that says these pieces and hangs up; each piece follows when there is nothing else to do. */
export function playBack(pieces: readonly Uint8Array[]): Playback {
  const written: Uint8Array[] = [];
  let [reading, writing] = [true, true];
  let next = 0;
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await idle();
      const piece = pieces[next++];
      if (!reading) return;
      if (piece !== undefined) return controller.enqueue(piece.slice());
      reading = false;
      controller.close();
    },
    cancel: () => void (reading = false),
  }, { highWaterMark: 0 });
  const writable = new WritableStream<Uint8Array>({
    write: (chunk) => void written.push(chunk.slice()),
    close: () => void (writing = false),
    abort: () => void (writing = false),
  });
  return {
    connection: { readable, writable, transport: "memory" },
    heard: () => concat(written),
    over: () => !reading && !writing,
  };
}

/** Resolves when everything that promises alone drive has gone on; sooner than a timer would. */
export function idle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
