/**
 * What `workerd_test.ts` runs inside workerd: a worker that answers with the outcome of each check as a line of JSON. The
 * checks want `node:assert`; what they check does not.
 *
 * @module
 */

import { connectionPair } from "../../src/transport/memory.ts";
import { connectionChecks } from "../transport/connection_checks.ts";
import { associationChecks } from "./association_checks.ts";
import { outcomeOf } from "./outcomes.ts";

export default {
  async fetch(): Promise<Response> {
    const lines: string[] = [];
    const run = async (what: string, check: () => Promise<void>) =>
      lines.push(JSON.stringify(await outcomeOf(`memory: ${what}`, check)));
    for (const [what, check] of Object.entries(connectionChecks)) {
      await run(`a connection ${what}`, () => check(connectionPair()));
    }
    for (const [what, check] of Object.entries(associationChecks)) {
      await run(`an association ${what}`, () => check(connectionPair()));
    }
    return new Response(lines.join("\n"));
  },
};
