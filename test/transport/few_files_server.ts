/**
 * Echoes on a port that it prints first, and prints what goes wrong.
 *
 * @module
 */

import { listenTcp } from "../../src/transport/deno.ts";

const listener = await listenTcp({ hostname: "127.0.0.1", port: 0, onError: (error) => console.log(error.message) });
console.log(listener.addr.port);
for await (const { readable, writable } of listener) readable.pipeTo(writable).catch(() => {});
