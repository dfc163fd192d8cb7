/**
 * TCP connections of workerd and Cloudflare Workers. The rest of Gantry works there as it is.
 *
 * @module
 */

export { acceptSocket, connectTcp, type WorkerdSocket, type WorkerdSockets } from "../src/transport/workerd.ts";
export type { ConnectOptions } from "../src/transport/listener.ts";
