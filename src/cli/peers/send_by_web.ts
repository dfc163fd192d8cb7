/**
 * The work of `gantry send` with a DICOMweb server: files by STOW-RS.
 *
 * @module
 */

import * as Status from "../../dimse/status.ts";
import { DicomwebClient } from "../../dicomweb/client/client.ts";
import type { WebStoreResult } from "../../dicomweb/client/store_answer.ts";
import { clientCredentials } from "../../dicomweb/client/token.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { lendOnce } from "../../streams/lent_bytes.ts";
import type { WebCall } from "../command_line/web_call.ts";
import { DataSetFiles } from "../files/data_set_files.ts";
import { findInstances, type InstanceFile } from "../files/instance_files.ts";
import type { SendCall, SendEvent } from "./send_instances.ts";
import type { SentInstance } from "./store_file.ts";

/** Sends files as they are, and tells how it goes. */
export async function* sendByWeb(
  { peer, paths, retries }: Omit<SendCall, "peer"> & { readonly peer: WebCall },
): AsyncGenerator<SendEvent> {
  const { instances, bytes, skipped, failed } = findInstances(paths);
  yield { type: "found", instances: instances.length, bytes, skipped, failed };
  let [read, wake] = [0, () => {}];
  using files = new DataSetFiles((bytes) => {
    read += bytes;
    wake();
  });
  const { web: { url, token, oauth2 }, timeout } = peer;
  const bearer = oauth2 === undefined ? token : clientCredentials(oauth2);
  const client = new DicomwebClient({ url, token: bearer, retries, timeout });
  const waiting = byUid(instances);
  const results = client.store(instances.map((file) => heldFile(file, files)));
  for (let next = results.next();;) {
    const progress = new Promise<undefined>((resolve) => wake = () => resolve(undefined));
    const result = await Promise.race([next, progress]);
    yield { type: "progress", bytes: read };
    if (result === undefined) continue;
    if (result.done === true) return;
    const file = waiting.get(result.value.sopInstanceUid)?.shift();
    if (file !== undefined) yield { type: "instance", instance: sentFile(file, result.value) };
    next = results.next();
  }
}

/** Several files may have the same instance. */
function byUid(instances: readonly InstanceFile[]): Map<string, InstanceFile[]> {
  const files = new Map<string, InstanceFile[]>();
  for (const file of instances) files.set(file.sopInstanceUid, [...files.get(file.sopInstanceUid) ?? [], file]);
  return files;
}

function heldFile(file: InstanceFile, files: DataSetFiles): HeldInstance {
  const { sopClassUid, sopInstanceUid, transferSyntax, bytes: length } = file;
  const stream = () => {
    const opened = files.open(file);
    const source = opened instanceof Uint8Array ? lendOnce(opened) : opened;
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = await source.read();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece.slice()); // It is sent when the next one is read.
      },
      cancel: async (reason) => await source.cancel?.(reason),
    }, { highWaterMark: 0 });
  };
  return { sopClassUid, sopInstanceUid, transferSyntax, length, stream };
}

/** What became of a file, as C-STORE tells it: the reasons of PS3.18 Annex I are statuses of PS3.4 Annex B. */
function sentFile(file: InstanceFile, { stored, reason, problem }: WebStoreResult): SentInstance {
  const { path, sopClassUid, sopInstanceUid, transferSyntax, bytes } = file;
  const status = reason ?? (stored ? Status.Success : undefined);
  return {
    path,
    sopClassUid,
    sopInstanceUid,
    transferSyntax,
    bytes,
    status,
    ...(problem !== undefined && { problem }),
  };
}
