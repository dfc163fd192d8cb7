/**
 * Archives of others, as processes of their own.
 *
 * @module
 */

import { startDcmtk } from "../support/peers.ts";
import { acceptsConnections, freePort } from "../support/process.ts";
import { HERE } from "./support.ts";

/** Starts a dcmqrscp with the AE title QR, which may move to DEST at the port `destination`. */
export async function startDcmqrscp(folder: string, destination: number, ...args: string[]) {
  const port = freePort();
  Deno.mkdirSync(`${folder}/area`);
  Deno.writeTextFileSync(
    `${folder}/dcmqrscp.cfg`,
    `NetworkTCPPort = ${port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n` +
      `HostTable BEGIN\ndest = (DEST, ${HERE}, ${destination})\nHostTable END\nVendorTable BEGIN\nVendorTable END\n` +
      `AETable BEGIN\nQR ${folder}/area RW (200, 1024mb) ANY\nAETable END\n`,
  );
  const peer = startDcmtk("dcmqrscp", [...args, "-c", `${folder}/dcmqrscp.cfg`, String(port)]);
  await acceptsConnections(peer, port);
  return { port, address: `QR@${HERE}:${port}`, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}
