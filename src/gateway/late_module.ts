/**
 * Modules whose code is loaded when it is first needed: what a gateway is made of is large, and a program that imports the
 * library, or a gateway that only receives, needs little of it.
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
 * A module that is loaded by whatever comes first: `start()` of the gateway, a request over HTTP, an operation of one of its
 * services. Negotiation needs the `offers` of its services alone. Before it is loaded it has no metrics, and observes
 * nothing; it can't be short of anything.
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

/** A service that is performed by the one that takes its abstract syntax, once that is loaded. */
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
