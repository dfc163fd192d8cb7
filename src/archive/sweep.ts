/**
 * Removing what a transaction made superfluous: objects of instances that are deleted, or whose bytes are under another
 * name now.
 *
 * @module
 */

import type { InstanceIndex, NewTask, Task } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { KeyedMutex } from "../scheduling/keyed_mutex.ts";

const KIND = "sweep";
const TASKS_AT_ONCE = 100;

/** Objects that are removed at the same time: a disk makes that durable faster than one after the other. */
const REMOVED_AT_ONCE = 16;

/** The task to remove the object of that name. */
export function sweepTask(name: string): NewTask {
  return { kind: KIND, detail: name };
}

/**
 * Removes all that is superfluous. An instance may have come back to the name that it had, so the index is asked again, and
 * no caller may keep that instance meanwhile. What can't be removed keeps nothing else from it; the first failure is thrown in
 * the end, and its task stays.
 */
export async function sweep(store: ObjectStore, index: InstanceIndex, instances: KeyedMutex): Promise<void> {
  const failed = new Map<number, unknown>();
  for (;;) {
    const most = TASKS_AT_ONCE + failed.size;
    const tasks = await index.tasks(KIND, most);
    const waiting = tasks.filter(({ id }) => !failed.has(id)).reverse();
    const remove = async (task: Task) => {
      const there = await index.find(task.sopInstanceUid);
      try {
        if (there?.name !== task.detail) await store.delete(task.detail);
      } catch (error) {
        failed.set(task.id, error);
        return;
      }
      await index.finish(task);
    };
    const work = async () => {
      for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
        const { sopInstanceUid } = task;
        await instances.run(sopInstanceUid, () => remove(task));
      }
    };
    // No caller may use the index any more once this has thrown.
    const results = await Promise.allSettled(Array.from({ length: REMOVED_AT_ONCE }, work));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    if (tasks.length < most) break;
  }
  for (const error of failed.values()) throw error;
}

/** Pauses before what could not be removed is tried again, in milliseconds: each is twice as long as the one before. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 3_600_000;

/** Sweeps when it is told to, and again after growing pauses while something can't be removed. */
export class Sweeper implements AsyncDisposable {
  readonly #sweep: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_PAUSE;
  #disposed = false;

  /** `sweep` removes all that it can, and throws where something is left; `onError` hears of it each time. */
  constructor(sweep: () => Promise<void>, onError: (error: unknown) => void) {
    this.#sweep = sweep;
    this.#onError = onError;
  }

  /** Sweeps once what goes on has ended. Rejects where something is left, which is tried again by itself. */
  run(): Promise<void> {
    const turn = this.#last.then(() => this.#try());
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #try(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#sweep();
      this.#pause = FIRST_PAUSE;
    } catch (error) {
      this.#onError(error);
      if (!this.#disposed) {
        this.#timer = setTimeout(() => void this.run().catch(() => {}), this.#pause);
        this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
      }
      throw error;
    }
  }

  /** Waits for what goes on, and tries nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#timer);
    await this.#last;
  }
}
