/**
 * What `node_test.ts` runs on Node. It prints one JSON line for each check: `{ what }`, with `error` when it failed.
 *
 * Its argument is a file that holds the `Certificates` as JSON; without it the checks of TLS are left out.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { connectionPair } from "../../src/transport/memory.ts";
import * as node from "../../src/transport/node.ts";
import type { Certificates } from "../support/certificates.ts";
import { connectionChecks } from "../transport/connection_checks.ts";
import { mutual, openBalancedPair, openPair, serverOnly } from "../transport/open_pair.ts";
import { tlsChecks } from "../transport/tls_checks.ts";
import { associationChecks } from "./association_checks.ts";

const [, , certificatesFile] = argv;
const pem: Certificates | undefined = certificatesFile && JSON.parse(readFileSync(certificatesFile, "utf8"));

async function run(what: string, check: () => Promise<void>): Promise<void> {
  const outcome = await check().then(() => ({}), (error) => ({ error: error.stack ?? String(error) }));
  console.log(JSON.stringify({ what, ...outcome }));
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
}
