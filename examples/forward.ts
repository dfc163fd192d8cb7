/**
 * Forwards each instance to a PACS by C-STORE and to an HTTP endpoint by POST. The sender gets a success when both have
 * the instance, so a modality that retries loses nothing.
 *
 *     deno run -A examples/forward.ts 11112 ORTHANC@127.0.0.1:4242 http://127.0.0.1:9000/dicom
 *
 * @module
 */

import { createScp, Peer, type ReceivedInstance, Status, storage, verification } from "@gantry/dicom";
import { connectTcp, listenTcp } from "@gantry/dicom/deno";

const [port = "11112", peer = "ORTHANC@127.0.0.1:4242", url = "http://127.0.0.1:9000/dicom"] = Deno.args;
const [calledAeTitle = "", hostname = "", peerPort = ""] = peer.split(/[@:]/);
const connect = () => connectTcp({ hostname, port: Number(peerPort) });
const pacs = new Peer({ connect, calledAeTitle, callingAeTitle: "FORWARD" });

async function toPacs(path: string, instance: ReceivedInstance): Promise<void> {
  const { sopClassUid, sopInstanceUid, transferSyntax } = instance;
  const file = await Deno.open(path);
  await file.seek(-instance.dataSet.length, Deno.SeekMode.End); // past the meta information
  const { status } = await pacs.store({ sopClassUid, sopInstanceUid, transferSyntax, dataSet: file.readable });
  if (status !== Status.Success) throw new Error(`Cannot forward: the PACS answered ${status.toString(16)}`);
}

async function toHttp(path: string): Promise<void> {
  const { readable: body } = await Deno.open(path);
  const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/dicom" }, body });
  if (!response.ok) throw new Error(`Cannot forward: the endpoint answered ${response.status}`);
}

const service = storage(async (instance) => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, instance.file().stream());
  await Promise.all([toPacs(path, instance), toHttp(path)]).finally(() => Deno.remove(path));
});
const scp = createScp({ services: [verification(), service] });
for await (const connection of await listenTcp({ port: Number(port) })) scp.accept(connection);
