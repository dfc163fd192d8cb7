/**
 * Turns instances that a peer pushes into instances that a caller pulls.
 *
 * @module
 */

import { DimseStatusError } from "../errors.ts";
import type { HeldInstance } from "../query/instance_source.ts";
import * as Status from "../dimse/status.ts";
import type { ReceivedInstance } from "./storage.ts";

/** An instance that has arrived, and whose sender waits. */
interface Offered {
  readonly instance: HeldInstance;
  readonly isOpen: () => boolean;
  /** Reads it to its end and discards it. Never rejects. */
  readonly passOver: () => Promise<void>;
  /** Settles when all of it was read, or the caller does not want it. */
  readonly taken: Promise<void>;
  readonly refuse: () => void;
}

/** Hands over one instance at a time. The sender is told success when all of it was read. */
export class Handoff {
  readonly #offered: Offered[] = [];
  #wake: () => void = () => {};
  #ended = false;
  #refused = false;

  /** Offers an instance, and waits until it was read. Rejects when the caller does not want it. */
  async offer(received: ReceivedInstance): Promise<void> {
    if (this.#refused) throw notWanted();
    const offered = offeredOf(received);
    this.#offered.push(offered);
    this.#wake();
    await offered.taken;
  }

  /** No more will be offered. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The caller pulls no more. */
  refuse(): void {
    this.#refused = true;
    for (const { refuse } of this.#offered.splice(0)) refuse();
  }

  /**
   * The offered instances. One whose stream is not open when the next is asked for is passed over: it is read anyway, and its
   * sender is told success. It has the instance, and some, such as Orthanc, send nothing more once one was refused.
   */
  async *instances(): AsyncGenerator<HeldInstance, void, void> {
    for (;;) {
      const offered = this.#offered.shift();
      if (offered === undefined) {
        if (this.#ended) return;
        await new Promise<void>((resolve) => this.#wake = resolve);
        continue;
      }
      try {
        yield offered.instance;
        if (!offered.isOpen()) await offered.passOver();
        await offered.taken.catch(() => {});
      } finally {
        offered.refuse(); // No effect on an instance that was read.
      }
    }
  }
}

function notWanted(): DimseStatusError {
  return new DimseStatusError("Cannot store: no retrieval waits for the instance", {
    status: Status.ProcessingFailure,
    comment: "Not wanted any more",
  });
}

function offeredOf({ sopClassUid, sopInstanceUid, transferSyntax, dataSet }: ReceivedInstance): Offered {
  let [opened, settled] = [false, false];
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const taken = new Promise<void>((...settle) => [resolve, reject] = settle);
  taken.catch(() => {}); // The sender hears of it.
  const settle = (error?: unknown) => {
    settled = true;
    if (error === undefined) resolve();
    else reject(error);
  };
  const stream = () => {
    if (opened) throw new Error("Cannot read an instance twice: it comes from a peer");
    opened = true;
    const reader = dataSet.stream().getReader();
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { value, done } = await reader.read();
          if (value !== undefined) return controller.enqueue(value);
          if (!done) return;
          settle();
          controller.close();
        } catch (error) {
          settle(error);
          controller.error(error);
        }
      },
      async cancel() {
        settle(notWanted());
        await reader.cancel().catch(() => {});
      },
    }, { highWaterMark: 0 });
  };
  return {
    instance: { sopClassUid, sopInstanceUid, transferSyntax, stream },
    isOpen: () => opened,
    async passOver() {
      if (settled) return;
      await stream().pipeTo(new WritableStream()).catch(() => {}); // The sender hears of it.
    },
    taken,
    refuse: () => {
      if (!settled && !opened) settle(notWanted());
    },
  };
}
