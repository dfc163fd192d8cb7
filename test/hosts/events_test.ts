/** What happens in a gateway, over real sockets, to clients as browsers and scripts have them. */

import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import * as deno from "../../src/hosts/deno.ts";
import * as node from "../../src/hosts/node.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { Peer } from "../../src/services/peer.ts";
import { temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";

const HERE = "127.0.0.1";

for (const [host, { startGateway }] of Object.entries({ deno, node })) {
  Deno.test(`EventSource and curl hear of an instance from the host of ${host}; a drain ends what they read as it should end`, async () => {
    using folder = temporaryFolder();
    const config = await parseConfig(
      `archive: { path: "${folder.path}/data" }\nhttp: { port: 0 }\ndicom: { host: ${HERE}, port: 0 }`,
    );
    await using running = await startGateway(config);
    const { port } = running.dicom;
    const url = `http://${HERE}:${running.http!.port}/events?type=instance-kept`;
    const source = new EventSource(url);
    const opened = new Promise((resolve) => source.onopen = resolve);
    const heard = new Promise<MessageEvent>((resolve) =>
      source.addEventListener("instance-kept", resolve, { once: true })
    );
    await opened;
    const curl = new Deno.Command("curl", { args: ["-sN", url], stdout: "piped" }).spawn();
    const reader = curl.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await reader.read()).value!, /^retry: 2000\nid: \w+\.\d+\n\n$/);
    const connect = () => connectTcp({ hostname: HERE, port });
    const instance = makeInstance();
    const peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle: "CT1", connect });
    await peer.store(instance);
    await peer[Symbol.asyncDispose]();
    const { data, lastEventId } = await heard;
    assert.equal(JSON.parse(data).sopInstanceUid, instance.sopInstanceUid);
    const { value: text } = await reader.read();
    assert.equal(text, `id: ${lastEventId}\nevent: instance-kept\ndata: ${data}\n\n`);
    source.close();
    assert.equal(await running.drain(), true);
    assert.equal((await reader.read()).done, true);
    assert.equal((await curl.status).code, 0);
  });
}
