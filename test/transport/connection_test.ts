import * as deno from "../../src/transport/deno.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import * as node from "../../src/transport/node.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { connectionChecks, type Pair } from "./connection_checks.ts";
import { nativeDeno } from "./native_deno.ts";
import { mutual, openBalancedPair, openPair, serverOnly } from "./open_pair.ts";

const tls = { ignore: !opensslPresent };

/** The acceptor's end is the near one. */
function backwards([near, far]: Pair): Pair {
  return [far, near];
}

const transports: Readonly<Record<string, { open: () => Promise<Pair>; ignore?: boolean }>> = {
  "memory": { open: () => Promise.resolve(connectionPair()) },
  "Deno TCP": { open: () => openPair(deno) },
  "Deno TLS": { open: async () => openPair(deno, serverOnly(await certificates())), ...tls },
  "Deno TLS, the other way": {
    open: async () => backwards(await openPair(deno, serverOnly(await certificates()))),
    ...tls,
  },
  "TLS with client certificates, on Deno": { open: async () => openPair(deno, mutual(await certificates())), ...tls },
  "TLS with client certificates, on Deno, the other way": {
    open: async () => backwards(await openPair(deno, mutual(await certificates()))),
    ...tls,
  },
  "Deno's own TLS": { open: async () => openPair(nativeDeno, serverOnly(await certificates())), ...tls },
  "Deno's own TLS, the other way": {
    open: async () => backwards(await openPair(nativeDeno, serverOnly(await certificates()))),
    ...tls,
  },
  "Node TCP, on Deno": { open: () => openPair(node) },
  "Deno TCP behind a load balancer": { open: async () => backwards(await openBalancedPair(deno)) },
  "Deno TLS behind a load balancer": {
    open: async () => backwards(await openBalancedPair(deno, serverOnly(await certificates()))),
    ...tls,
  },
};

for (const [transport, { open, ignore = false }] of Object.entries(transports)) {
  for (const [what, check] of Object.entries(connectionChecks)) {
    Deno.test({ name: `${transport}: a connection ${what}`, ignore, fn: async () => check(await open()) });
  }
}
