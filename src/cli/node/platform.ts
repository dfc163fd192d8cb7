/**
 * What stands in for Deno's platform on Node, under its names.
 *
 * @module
 */

import type { Connect } from "../../gateway/connect.ts";
import { connectBy } from "../../hosts/connect.ts";
import { nodePlatform } from "../../hosts/node_platform.ts";

export { nodePlatform as denoPlatform };

/** Connects from Node to a peer as it is configured. */
export const connect: Connect = connectBy(nodePlatform);
