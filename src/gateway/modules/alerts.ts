/**
 * Alerts: posts to a webhook what an operator should look at.
 *
 * @module
 */

import type { AlertsConfig } from "../../config.ts";
import { Alerts } from "../../routing/alerts.ts";
import { SignedWebhook } from "../../routing/destinations/signed_webhook.ts";
import type { GatewayContext, GatewayEvent, GatewayModule } from "../module.ts";

/** Posts alerts to the webhook of the configuration. */
export function alertsModule(
  { config, onError }: GatewayContext,
  { webhook: url, secret }: AlertsConfig,
): GatewayModule {
  const alerts = new Alerts({ webhook: new SignedWebhook({ url, secret, source: `/${config.aeTitle}` }), onError });
  return {
    name: "alerts",
    observers: [(event: GatewayEvent) => {
      if ("lane" in event) alerts.observe(event);
    }],
    stop: () => alerts[Symbol.asyncDispose](),
  };
}
