import * as deno from "../../src/transport/deno.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import * as node from "../../src/transport/node.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { connectionChecks, type Pair } from "./connection_checks.ts";
import { openPair } from "./open_pair.ts";

const tls = { ignore: !opensslPresent };

const transports: Readonly<Record<string, { open: () => Promise<Pair>; ignore?: boolean }>> = {
  "memory": { open: () => Promise.resolve(connectionPair()) },
  "Deno TCP": { open: () => openPair(deno) },
  "Deno TLS": { open: async () => openPair(deno, await certificates()), ...tls },
  "Node TCP, on Deno": { open: () => openPair(node) },
};

for (const [transport, { open, ignore = false }] of Object.entries(transports)) {
  for (const [what, check] of Object.entries(connectionChecks)) {
    Deno.test({ name: `${transport}: a connection ${what}`, ignore, fn: async () => check(await open()) });
  }
}
