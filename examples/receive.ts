/**
 * A Storage SCP that writes each instance to a folder and then calls a function. The sender gets a success when the
 * function has resolved, and a failure when it throws.
 *
 *     deno run -A examples/receive.ts 11112 received
 *
 * @module
 */

import { createScp, type ReceivedInstance, storage, verification } from "@gantry/dicom";
import { listenTcp } from "@gantry/dicom/deno";

const [port = "11112", folder = "received"] = Deno.args;
await Deno.mkdir(folder, { recursive: true });

async function received(path: string, { association, sopClassUid }: ReceivedInstance): Promise<void> {
  const { size } = await Deno.stat(path);
  console.log(`${association.callingAeTitle} sent ${path}: ${size} bytes of ${sopClassUid}`);
}

async function keep(instance: ReceivedInstance): Promise<void> {
  const part = await Deno.makeTempFile({ dir: folder, prefix: ".part" });
  try {
    await Deno.writeFile(part, instance.file().stream()); // byte for byte, as it arrives
    const path = `${folder}/${instance.sopInstanceUid}.dcm`;
    await Deno.rename(part, path);
    await received(path, instance);
  } catch (error) {
    await Deno.remove(part).catch(() => {}); // nothing of an interrupted transfer stays
    throw error;
  }
}

const scp = createScp({ services: [verification(), storage(keep)] });
const listener = await listenTcp({ port: Number(port) });
console.log(`Listening on port ${listener.addr.port}`);
for await (const connection of listener) scp.accept(connection);
