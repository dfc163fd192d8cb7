#!/usr/bin/env node
/**
 * The command line on Node 22 and later: the `gantry` of the npm package.
 *
 * @module
 */

import process from "node:process";
import { main } from "../main.ts";
import { denoTerminal } from "../output/terminal.ts";

// Node 22 calls its SQLite experimental, each time and to everybody.
const emitWarning = process.emitWarning;
process.emitWarning = (warning: string | Error, ...rest: never[]) => {
  if (!String(warning).startsWith("SQLite is an experimental feature")) emitWarning.call(process, warning, ...rest);
};

process.exitCode = await main(process.argv.slice(2), denoTerminal());
// What is still open, such as a connection of a peer that hangs, must not keep the process.
process.exit();
