/**
 * C-ECHO as SCP.
 *
 * @module
 */

import { verification } from "../../services/verification.ts";
import type { GatewayModule } from "../module.ts";

/** Answers C-ECHO. */
export function verificationModule(): GatewayModule {
  return { name: "verification", services: [verification()] };
}
