/**
 * Serves HTTP on a port that it prints first, and prints its log.
 *
 * @module
 */

import { HttpServer } from "../../../src/cli/http_server.ts";

const log = { isEnabled: () => true, write: (_level: string, _event: string, message: string) => console.log(message) };
const server = new HttpServer({ hostname: "127.0.0.1", port: 0 }, undefined, () => new Response("served"), log);
console.log(server.addr.port);
