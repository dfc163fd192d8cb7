/**
 * `gantry get`: C-GET from a peer into a folder.
 *
 * @module
 */

import { type AskOptions, type HeldInstance, listInstances } from "../../query/instance_source.ts";
import type { Query } from "../../query/query.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { describeSystemError, systemCode } from "../../hosts/system_error.ts";
import { writeInstance } from "../files/instance_output.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { resolveSourceCall, type SourceCall, sourceOperand } from "../command_line/archive_call.ts";
import { peerFlags } from "../command_line/peer.ts";
import { GetOutput } from "../output/get_output.ts";
import { keyOperand, selectionFlags, selectionKeys, writtenQuery } from "../command_line/query_keys.ts";
import type { Terminal } from "../output/terminal.ts";

const flags = {
  ...peerFlags,
  output: {
    type: "text",
    short: "o",
    value: "FOLDER",
    help: "Folder to write the files to; created if it does not exist",
  },
  ...selectionFlags,
  json: { type: "boolean", help: "Print one JSON object per line: each instance, then a summary" },
} as const satisfies Flags;

/** `gantry get PEER KEY…` */
export const get = defineCommand({
  name: "get",
  summary: "Retrieve from a peer by C-GET",
  description:
    "Queries the peer by C-FIND first, to propose the SOP classes of the matching instances. Each instance becomes a\n" +
    "file named by its SOP Instance UID, with the bytes that the peer sent. ARCHIVE copies from the archive of the\n" +
    "configuration. Ctrl-C cancels; files that are complete stay.",
  operands: [sourceOperand, keyOperand],
  flags,
  examples: [
    ["get PACS StudyInstanceUID=1.2.3 -o study", "Retrieve a study"],
    ["get ARCHIVE AccessionNumber=A17 -o out", "Copy the studies with an accession number from the local archive"],
  ],
  failed: "The command could not retrieve every instance",
  run: async (call) => await runGet(call, await retriever(call.terminal)),
});

/** Retrieves from a peer; `found` hears how many instances there are. */
export type Retrieve = (
  call: SourceCall,
  query: Query,
  options: AskOptions & { readonly found: (instances: number) => void },
) => AsyncIterable<HeldInstance>;

async function retriever(terminal: Terminal): Promise<Retrieve> {
  const { openSource } = await import("../peers/query_peer.ts");
  return async function* (call, query, { found, signal }) {
    await using queried = await openSource(call, terminal);
    let instances = 0;
    for await (const _ of listInstances(queried.source, query, { signal })) instances++;
    found(instances);
    yield* queried.source.retrieve(query, { signal });
  };
}

/** Runs the command with what retrieves. */
export async function runGet(
  { operands, values, terminal }: Call<typeof flags>,
  retrieve: Retrieve,
): Promise<ExitCode> {
  const folder = values.output;
  if (folder === undefined) throw new UsageError("Cannot start: --output is missing; expected a folder for the files");
  const { config } = await loadConfig(values.config, terminal);
  const [written = "", ...keys] = operands;
  const peer = resolveSourceCall(written, values, config, terminal.env);
  const query = writtenQuery({ keys: selectionKeys(keys), level: values.level });
  using interruption = listenForInterruption();
  const { signal } = interruption;
  const output = new GetOutput(terminal, { json: values.json });
  const found = (instances: number) => output.found(instances);
  await makeFolder(folder);
  {
    using _shown = output;
    for await (const instance of retrieve(peer, query, { signal, found })) {
      try {
        output.retrieved(instance, await writeInstance(folder, instance, (bytes) => output.progress(bytes)));
      } catch (error) {
        output.failed(instance, error);
      }
    }
  }
  signal.throwIfAborted();
  output.summarize();
  return output.succeeded ? ExitCode.Done : ExitCode.Failed;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Error) || systemCode(error) === undefined) throw error;
    const reason = error instanceof Deno.errors.AlreadyExists
      ? "a file has this name"
      : describeSystemError(error).reason;
    throw new Error(`Cannot make the folder ${folder}: ${reason}`);
  }
}
