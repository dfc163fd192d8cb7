/**
 * What runs in a process of codecs: one task after the other, from a pipe and into it.
 *
 * @module
 */

import type { LoadCodecModule } from "../codecs/emscripten.ts";
import { WebAssemblyCodecs } from "../codecs/web_assembly_codecs.ts";
import type { CodecTask } from "../codec_task.ts";
import { performTask } from "../perform_task.ts";
import { PixelDataError } from "../pixel_data_error.ts";
import { MessageReader, type Pipe, writeMessage } from "./messages.ts";

/** A task, with a number that its answer has as well. */
export interface NumberedTask {
  readonly number: number;
  readonly task: CodecTask;
}

/** What became of a task, or of the start, whose number is 0; the bytes are the body of the message. */
export type TaskAnswer =
  & { readonly number: number }
  & (
    | { readonly outcome: "done" }
    | { readonly outcome: "failed"; readonly message: string; readonly reason: PixelDataError["reason"] }
  );

/** Reports that the process is ready, and then does tasks until the pipe ends. */
export async function serveTasks(pipe: Pipe, load: LoadCodecModule): Promise<void> {
  const codecs = new WebAssemblyCodecs(load);
  const messages = new MessageReader(pipe);
  await writeMessage(pipe, { number: 0, outcome: "done" }, new Uint8Array(0));
  for (let message; (message = await messages.next()) !== undefined;) {
    const [answer, body] = await answerTo(message.head as NumberedTask, message.body, codecs);
    await writeMessage(pipe, answer, body);
  }
}

async function answerTo(
  { number, task }: NumberedTask,
  bytes: Uint8Array,
  codecs: WebAssemblyCodecs,
): Promise<[TaskAnswer, Uint8Array]> {
  try {
    return [{ number, outcome: "done" }, await performTask(task, bytes, codecs)];
  } catch (error) {
    const { message } = error as Error;
    const reason = error instanceof PixelDataError ? error.reason : "malformed";
    return [{ number, outcome: "failed", message, reason }, new Uint8Array(0)];
  }
}
