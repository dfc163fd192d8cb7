/**
 * Deno's transport with Deno's own TLS.
 *
 * @module
 */

import * as deno from "../../src/transport/deno.ts";

/** Its `listenTls` is `native` wherever that can do what is asked for. */
export const nativeDeno: typeof deno = {
  ...deno,
  listenTls: (options) => {
    const { clientCa, isProxy, profile = "bcp195" } = options;
    return deno.listenTls({
      ...options,
      native: clientCa === undefined && isProxy === undefined && profile === "bcp195",
    });
  },
};
