/**
 * A Storage SCP on Node: it writes each instance to a folder.
 *
 *     node node.js 11112 received
 *
 * @module
 */

import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { createScp, storage, verification } from "@gantry/dicom";
import { listenTcp } from "@gantry/dicom/node";

const [port = "11112", folder = "received"] = process.argv.slice(2);
await mkdir(folder, { recursive: true });

const scp = createScp({
  services: [
    verification(),
    storage((instance) =>
      pipeline(instance.file().stream(), createWriteStream(`${folder}/${instance.sopInstanceUid}.dcm`))
    ),
  ],
});
const listener = await listenTcp({ port: Number(port) });
console.log(`Listening on port ${listener.addr.port}`);
for await (const connection of listener) scp.accept(connection);
