/**
 * Modules that load their code when it is first needed. A whole gateway is large, and a program that imports the library, or
 * a gateway that only receives, needs little of it.
 *
 * @module
 */

import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import { ServiceChoice } from "../dimse/service_choice.ts";
import { Late } from "../late.ts";
import type { Offer } from "../services/offers.ts";
import { notify } from "../upper_layer/events.ts";
import type { GatewayModule } from "./module.ts";

/**
 * A module that the first need loads: `start()` of the gateway, an HTTP request, or an operation of one of its services.
 * Negotiation needs only the `offers` of its services. Until it is loaded it has no metrics and observes nothing; it is never
 * short of anything.
 */
export function lateModule(
  name: string,
  load: () => Promise<GatewayModule>,
  offers: readonly Offer[] = [],
): GatewayModule {
  const module = new Late(load);
  const services = new Late(async () => new ServiceChoice((await module.get()).services ?? []));
  return {
    name,
    services: offers.map((offer) => lateService(offer, services)),
    observers: [(event) => notify(module.loaded?.observers ?? [], event)],
    http: () => module.get(),
    health: async () => await (await module.get()).health?.() ?? {},
    metrics: () => module.loaded?.metrics?.() ?? [],
    start: async () => await (await module.get()).start?.(),
    drained: () => module.loaded?.drained?.(),
    stop: async () => await (await module.ifWanted())?.stop?.(),
  };
}

/** A service that passes each operation to the loaded service of its abstract syntax. */
function lateService(offer: Offer, services: Late<ServiceChoice>): Service {
  return {
    ...offer,
    perform: (request) =>
      services.loaded === undefined ? performLate(request, services) : performBy(services.loaded, request),
  };
}

function performBy(choice: ServiceChoice, request: PerformRequest): ReturnType<Service["perform"]> {
  const { abstractSyntax } = request.context;
  const chosen = choice.of(abstractSyntax);
  if (chosen === undefined) throw new Error(`Cannot perform: no service that was loaded takes ${abstractSyntax}`);
  return chosen.service.perform(request);
}

async function* performLate(request: PerformRequest, services: Late<ServiceChoice>): AsyncGenerator<PerformResponse> {
  const responses = performBy(await services.get(), request);
  if (Symbol.asyncIterator in responses) yield* responses;
  else yield await responses;
}
