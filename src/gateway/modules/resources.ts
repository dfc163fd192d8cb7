/**
 * Shortages of the host.
 *
 * @module
 */

import type { HealthCheck } from "../../http/health_format.ts";
import type { GatewayModule } from "../module.ts";

/** Takes no new associations while `shortage` says that the host is short of something, such as memory. */
export function resourcesModule(shortage: () => string | undefined = () => undefined): GatewayModule {
  return {
    name: "resources",
    shortage() {
      const detail = shortage();
      return detail === undefined ? undefined : { limit: "maxMemory", detail };
    },
    health() {
      const short = shortage() !== undefined;
      const check: HealthCheck = {
        componentType: "system",
        status: short ? "fail" : "pass",
        ...(short && { output: "New associations are rejected until resources are available again" }),
      };
      return { "gateway:resources": [check] };
    },
  };
}
