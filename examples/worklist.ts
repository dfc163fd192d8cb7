/**
 * A modality worklist (C-FIND SCP, PS3.4 Annex K) of the items in a JSON file, in the DICOM JSON model.
 *
 *     deno run -A examples/worklist.ts 11112 worklist.json
 *
 * @module
 */

import { createScp, verification } from "@gantry/dicom";
import { fromJson } from "@gantry/dicom/data-set";
import { listenTcp } from "@gantry/dicom/deno";
import { MemorySource } from "@gantry/dicom/query";
import { worklistScp } from "@gantry/dicom/worklist";

const [port = "11112", path = "worklist.json"] = Deno.args;

/** The items as they are in the file at this moment. */
function itemsNow(): MemorySource {
  const items: unknown[] = JSON.parse(Deno.readTextFileSync(path));
  return new MemorySource(items.map((item) => fromJson(item)));
}

const scp = createScp({ services: [verification(), worklistScp({ sourceFor: itemsNow })] });
for await (const connection of await listenTcp({ port: Number(port) })) scp.accept(connection);
