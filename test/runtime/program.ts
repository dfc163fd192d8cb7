/**
 * What `program_test.ts` runs on Node and Bun. It prints the outcome of each check as a line of JSON.
 *
 * Its argument is a file that holds the `Certificates` as JSON; without it the checks of TLS are left out.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { argv, versions } from "node:process";
import { connectionPair } from "../../src/transport/memory.ts";
import * as node from "../../src/transport/node.ts";
import type { Certificates } from "../support/certificates.ts";
import { connectionChecks } from "../transport/connection_checks.ts";
import { mutual, openBalancedPair, openPair, serverOnly } from "../transport/open_pair.ts";
import { makesNothingOfProbes, tlsChecks } from "../transport/tls_checks.ts";
import { associationChecks } from "./association_checks.ts";
import { type Outcome, outcomeOf } from "./outcomes.ts";

const [, , certificatesFile] = argv;
const pem: Certificates | undefined = certificatesFile && JSON.parse(readFileSync(certificatesFile, "utf8"));

const HALF_OPEN = "Bun's TLS over a stream ends both directions with either";

/** What the runtime doesn't have, by the names of the checks that show it. README tells of it. */
const lacking: Readonly<Record<string, string>> = !("bun" in versions) ? {} : {
  "TLS behind a load balancer: a connection echoes 50 MB in random chunks, and never touches a chunk again": HALF_OPEN,
  "TLS behind a load balancer: a connection carries on in one direction when the other was closed": HALF_OPEN,
  "listenTls() tells of handshakes that break off": "Bun doesn't tell whether anything came before the end",
};

async function run(what: string, check: () => Promise<void>): Promise<void> {
  const skipped = lacking[what];
  const outcome: Outcome = skipped === undefined ? await outcomeOf(what, check) : { what, skipped };
  console.log(JSON.stringify(outcome));
}

const pairChecks = [
  ...Object.entries(connectionChecks).map(([what, check]) => [`a connection ${what}`, check] as const),
  ...Object.entries(associationChecks).map(([what, check]) => [`an association ${what}`, check] as const),
];
for (const [what, check] of pairChecks) {
  await run(`memory: ${what}`, () => check(connectionPair()));
  await run(`TCP: ${what}`, async () => check(await openPair(node)));
  await run(`TCP behind a load balancer: ${what}`, async () => check(await openBalancedPair(node)));
  if (pem === undefined) continue;
  await run(`TLS: ${what}`, async () => check(await openPair(node, serverOnly(pem))));
  await run(`TLS with client certificates: ${what}`, async () => check(await openPair(node, mutual(pem))));
  await run(`TLS behind a load balancer: ${what}`, async () => check(await openBalancedPair(node, serverOnly(pem))));
}
if (pem !== undefined) {
  for (const [what, check] of Object.entries(tlsChecks)) await run(`listenTls() ${what}`, () => check(node, pem));
  await run(
    "listenTls() makes nothing of connections that end before they say anything",
    () => makesNothingOfProbes(node, pem),
  );
}
