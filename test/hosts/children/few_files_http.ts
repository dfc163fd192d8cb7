/**
 * Serves HTTP on a port that it prints first, and prints what goes wrong.
 *
 * @module
 */

import { DenoHttpServer } from "../../../src/hosts/deno_http_server.ts";

const server = new DenoHttpServer({
  ...{ hostname: "127.0.0.1", port: 0 },
  handler: () => new Response("served"),
  onError: ({ message }) => console.log(message),
});
console.log(server.addr.port);
