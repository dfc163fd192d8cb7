/**
 * The modules that every gateway has. Those that receive instances are there at once; all others load when they are first
 * needed, along with what several modules share.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { webPeerCalled } from "../config/peer_kinds.ts";
import { createMemoryIndex } from "../index/memory_index.ts";
import { Late } from "../late.ts";
import { createMemoryQueue } from "../queue/memory_queue.ts";
import {
  availabilityOffer,
  findOffer,
  getOffers,
  moveOffer,
  type Offer,
  procedureStepOffer,
  worklistOffer,
} from "../services/offers.ts";
import { commitmentOffer } from "../services/storage_commitment.ts";
import { archiveRouting } from "./archive_routing.ts";
import { lanesThatHearOfUnits, planDestinations } from "./destination_plans.ts";
import { createGatewayArchive } from "./gateway_archive.ts";
import type { GatewayOptions } from "./gateway_options.ts";
import { lateModule } from "./late_module.ts";
import type { LiveRoutes } from "./live_routes.ts";
import type { GatewayContext, GatewayModule } from "./module.ts";
import type { AskCount } from "../routing/units/unit_counting.ts";
import { resourcesModule } from "./modules/resources.ts";
import { storageModule, type Takers } from "./modules/storage.ts";
import { verificationModule } from "./modules/verification.ts";

/** Makes the modules, in the order in which their services are asked. Throws for destinations that cannot be made. */
export function ownModules(context: GatewayContext, options: GatewayOptions, routes: LiveRoutes): GatewayModule[] {
  const { store, index = createMemoryIndex(), queue = createMemoryQueue(), tasksFor, transcoding, codecs } = options;
  const { destinations = {}, folderDestination: folder, shortage, observers = [], viewer, worklistFiles, retrieved } =
    options;
  const { config } = context;
  const answers = config.commitment.enabled && config.archive.durable;
  const planned = planDestinations(config, Object.keys(destinations), folder);
  const units = !routes.any ? undefined : new Late(async () => {
    const { GatewayUnits } = await import("./modules/units.ts");
    const askCount: AskCount = async (...asked) => await (await answering.get()).countInstances(...asked);
    const standInLanes = new Set(lanesThatHearOfUnits(planned, destinations));
    return new GatewayUnits(context, { routes, queue, index, askCount, standInLanes });
  });
  // Until units are loaded and the gateway has started, jobs that await their unit stay in the queue, where units find them.
  const routing = archiveRouting(routes, queue, (instance, jobs, again) => {
    units?.loaded?.collector.queued(instance, jobs, again);
  }, context.onError);
  const archive = createGatewayArchive(context, { store, index, tasksFor, routing });
  const own = new Late(async () => {
    const { createArchiveSource } = await import("../archive/archive_source.ts");
    return createArchiveSource({ store, index });
  });
  const answering = new Late(async () => {
    const { Answering } = await import("./answering.ts");
    return new Answering(context, options.source ?? await own.get(), { transcoding });
  });
  const webPeerFor = (calledAeTitle: string) =>
    webPeerCalled(config.peers, calledAeTitle) === undefined
      ? undefined
      : answering.get().then((answering) => answering.webPeerFor(calledAeTitle));
  const workflow = new Late(async () => {
    const { workflowModules } = await import("./workflow_modules.ts");
    return workflowModules(context, {
      ...{ store, index, answers, webPeerFor, worklistFiles },
      units: await units?.get(),
    });
  });
  const takers: Takers = {
    sinkFor: webPeerFor,
    // Sending a C-MOVE has loaded it already.
    takerOf: (instance) => answering.loaded?.takerOf(instance),
  };
  return [
    verificationModule(),
    storageModule(context, archive, takers),
    { name: "answering", stop: async () => await (await answering.ifWanted())?.stop() },
    // After storage, whose presentation contexts serve C-GET as well.
    lateModule("query-retrieve", async () => {
      const { queryRetrieveModule } = await import("./modules/query_retrieve.ts");
      return queryRetrieveModule(context, await answering.get(), { transcoding });
    }, queryRetrieveOffers(config)),
    lateModule("dicomweb", async () => {
      const { dicomwebModule } = await import("./modules/dicomweb.ts");
      const { workflow: ofWorkflow } = await workflow.get();
      const parts = { own: await own.get(), codecs, workflow: ofWorkflow, units: await units?.get(), ...archive };
      return dicomwebModule(context, await answering.get(), parts);
    }),
    webPeers(config, async () => {
      const { webPeersModule } = await import("./modules/web_peers.ts");
      return webPeersModule(context, await answering.get(), { store, retrieved, codecs });
    }),
    lateModule("commitment", async () => (await workflow.get()).commitment, [
      commitmentOffer({ takesRequests: answers, takesReports: true }),
    ]),
    lateModule("worklist", async () => (await workflow.get()).worklist, [worklistOffer]),
    lateModule("mpps", async () => (await workflow.get()).procedureSteps, [procedureStepOffer]),
    lateModule("routing", async () => {
      const { routingModule } = await import("./modules/routing.ts");
      return routingModule(context, {
        ...archive,
        queue,
        rules: () => routes.rules,
        recipes: await routes.recipes(),
        destinations,
        folder,
        transcoding,
        units: await units?.get(),
        commit: async (...call) => await (await workflow.get()).commitmentScu.commit(...call),
      });
    }),
    lateModule("units", async () => {
      const { unitsModule } = await import("./modules/units.ts");
      return unitsModule(context, await units?.get());
    }, units === undefined ? [] : [availabilityOffer]),
    ...alerts(context),
    resourcesModule(shortage),
    lateModule("health", async () => (await import("./modules/operations.ts")).healthModule(context)),
    lateModule("associations", async () => (await import("./modules/operations.ts")).associationsModule(context)),
    lateModule("echo", async () => (await import("./modules/echo.ts")).echoModule(context, observers)),
    lateModule("metrics", async () => (await import("./modules/operations.ts")).metricsModule(context)),
    lateModule("events", async () => (await import("./modules/events.ts")).eventsModule(context)),
    ...(viewer === undefined ? [] : [{ ...viewer, name: "viewer" }]),
  ];
}

/** Without a webhook for alerts, no module is loaded. */
function alerts(context: GatewayContext): readonly GatewayModule[] {
  const { config: { alerts } } = context;
  return alerts === undefined
    ? []
    : [lateModule("alerts", async () => (await import("./modules/alerts.ts")).alertsModule(context, alerts))];
}

/** Without a peer on the web, only the explanations of unknown paths are loaded. */
function webPeers({ peers }: Config, load: () => Promise<GatewayModule>): GatewayModule {
  const isAnyOnTheWeb = Object.values(peers).some(({ web }) => web === true);
  return lateModule(
    "web-peers",
    isAnyOnTheWeb ? load : async () => {
      const { whatHasNoRoute } = await import("./modules/unknown_web_peers.ts");
      return { name: "web-peers", ...whatHasNoRoute(peers) };
    },
  );
}

function queryRetrieveOffers({ dicom }: Config): readonly Offer[] {
  return [findOffer, moveOffer, ...getOffers(dicom.unknownSopClasses === "accept" ? "any" : "standard")];
}
