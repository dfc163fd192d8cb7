/**
 * A gateway on a host: its archive, its ports, its files, its end. What runtimes differ in is their `Platform`.
 *
 * @module
 */

import { identifyUsers, parseUsers } from "../access/user_file.ts";
import type { Identify } from "../access/user_identity.ts";
import type { Config } from "../config.ts";
import { needsToken } from "../config/needs_token.ts";
import { VIEWER_PACKAGE } from "../config/sections/http.ts";
import { transcodingBy } from "../pixel_data/transcoding/transcoding_by.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../gateway/gateway.ts";
import { retrievedReserve } from "../gateway/retrieved_reserve.ts";
import type { FrameCodecs } from "../pixel_data/frame_codecs.ts";
import { viewerPart } from "../http/viewer.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import { errorText, escapeText } from "../safe_text.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import { openCodecs } from "./codecs.ts";
import { connectBy } from "./connect.ts";
import { withinDrainTimeout } from "./drain_timeout.ts";
import { listenForDicom, serveHttp } from "./listeners.ts";
import type { HostNotice, OnNotice } from "./notice.ts";
import type { ArchiveParts, Platform, TextFiles } from "./platform.ts";
import { describeSystemError } from "./system_error.ts";
import { Resources } from "./resources.ts";

/** What a program adds to a gateway that is configured. */
export interface StartOptions extends
  Pick<
    GatewayOptions,
    "admit" | "destinations" | "identify" | "modules" | "observers" | "services" | "shortage" | "steps" | "tasksFor"
  > {
  /**
   * Where instances live, such as in memory for a test; it stays the caller's to close. Default: the folder of the
   * configuration's `archive.path`, with its index.
   */
  readonly archive?: ArchiveParts;
  /** Called with notices for operators that observers don't get, such as about certificates. Default: no notices. */
  readonly onNotice?: OnNotice;
}

/** A gateway that listens. Disposing of it aborts what is running, and closes everything. */
export interface RunningGateway extends AsyncDisposable {
  /** Where it listens for DICOM, with the port that the system chose. */
  readonly dicom: Endpoint;
  /** Where it serves HTTP, with the port that the system chose. */
  readonly http: Endpoint;
  /** What it runs. */
  readonly gateway: Pick<Gateway, "accept" | "associations" | "fetch" | "replaceRoutes">;
  /**
   * Takes no new associations; resolves when the running ones have ended or were aborted, and all is closed. Resolves within
   * the drain timeout whatever else goes on, and answers whether all is closed: if not, the process has to end. Throws what
   * closing throws, such as the archive's last word to a disk that is full.
   */
  drain(): Promise<boolean>;
  /** As `drain`, but aborts everything at once. */
  abort(): void;
}

/** Runs a gateway as configured. Leaves nothing behind when it throws. */
export async function runGateway(
  platform: Platform,
  config: Config,
  options: StartOptions,
): Promise<RunningGateway> {
  const owner = new Resources();
  try {
    const { onNotice: listener = () => {}, archive, ...given } = options;
    const onNotice = harmless(listener);
    const identify = given.identify ?? await identifyByFile(config.dicom.users, platform);
    const parts = archive ??
      owner.use(await platform.openArchive(config.archive, onNotice, { queue: config.routes.length > 0 }));
    const retrieved = archive === undefined ? await openRetrieved(platform, config) : undefined;
    if (retrieved !== undefined) owner.use(retrieved);
    const codecs = owner.use(await openCodecs(platform, onNotice));
    const viewer = config.http.viewer === undefined
      ? undefined
      : await platform.openViewer(config.http.viewer === "ohif" ? VIEWER_PACKAGE : config.http.viewer);
    const gateway = owner.use(createGateway({
      ...given,
      ...{ codecs, transcoding: transcodingBy(codecs) },
      ...(config.routes.length > 0 && { ...await stepsBy(codecs), readText: readTextBy(platform) }),
      ...(viewer !== undefined && { viewer: await viewerPart(viewer, needsToken(config.http)) }),
      ...{ store: parts.store, index: parts.index, config, connect: connectBy(platform) },
      ...(parts.documents !== undefined && { documents: parts.documents }),
      ...(config.worklist.path !== undefined &&
        { worklistFiles: await platform.openWorklistFolder(config.worklist.path) }),
      ...(parts.queue !== undefined && { queue: parts.queue }),
      ...(retrieved !== undefined && { retrieved }),
      folderDestination: await platform.folderDestination(),
      ...(identify !== undefined && { identify }),
      shortage: () => shortageOfMemory(platform.memoryUsed(), config.dicom.maxMemory) ?? given.shortage?.(),
      onError: (error) => onNotice({ level: "error", event: "failed", message: messageOf(error) }),
    }));
    await gateway.start();
    const context = { platform, onNotice, owner };
    const abort = new AbortController();
    const connections = await listenForDicom(config, gateway, context);
    const fetch: Gateway["fetch"] = (request, sender) => gateway.fetch(request, sender);
    const http = await serveHttp(config, { fetch, enough: abort.signal }, context);
    (async () => {
      for await (const connection of connections) gateway.accept(connection);
    })();
    return running(gateway, { dicom: connections.addr, http }, {
      owner,
      onNotice,
      abort,
      timeout: config.dicom.timeouts.drain,
    });
  } catch (error) {
    await owner[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

/** Where instances are held that are retrieved from peers, where any peer is one for that. */
async function openRetrieved(platform: Platform, config: Config): Promise<ObjectStore | undefined> {
  const { peers, archive, dicomweb } = config;
  if (!Object.values(peers).some(({ web }) => web === true)) return undefined;
  const folder = dicomweb.retrieved.path ?? `${archive.path}/retrieved`;
  return await platform.openObjects(folder, { reserve: retrievedReserve(config) });
}

/** What is to be ended, what ends it at once, and within how many milliseconds. */
interface Ending {
  readonly owner: Resources;
  readonly onNotice: OnNotice;
  readonly abort: AbortController;
  readonly timeout: number;
}

function running(
  gateway: Gateway,
  where: Pick<RunningGateway, "dicom" | "http">,
  { owner, onNotice, abort, timeout }: Ending,
): RunningGateway {
  const end = async () => {
    await gateway.drain(abort.signal);
    await owner[Symbol.asyncDispose]();
  };
  const endInTime = async () => {
    if (await withinDrainTimeout(timeout, abort, end())) return true;
    const message = "The drain timeout has passed: the gateway aborts open associations and requests";
    onNotice({ level: "warn", event: "cut-off", message });
    return false;
  };
  let ended: Promise<boolean> | undefined;
  const drain = () => ended ??= endInTime();
  const endAtOnce = () => {
    abort.abort(new DOMException("The gateway was told to end at once", "AbortError"));
    return drain();
  };
  return {
    ...where,
    gateway,
    drain,
    // Whoever drains hears of what goes wrong.
    abort: () => void endAtOnce().catch(() => {}),
    async [Symbol.asyncDispose]() {
      await endAtOnce();
    },
  };
}

/** What de-identifies, for routes; its tables are large. */
async function stepsBy(codecs: FrameCodecs): Promise<Pick<GatewayOptions, "deidentify">> {
  const { deidentifyStep } = await import("../deidentify/deidentify_step.ts");
  const { blankingBy } = await import("../deidentify/blank_compressed.ts");
  return { deidentify: deidentifyStep(blankingBy(codecs)) };
}

/** Reads files that steps name. Throws what a user should read. */
function readTextBy(platform: Platform): (path: string) => string {
  return (path) => {
    try {
      return platform.readTextFileSync(path);
    } catch (error) {
      throw new Error(describeSystemError(error as Error).reason);
    }
  };
}

/** An observer never ends what it watches. */
function harmless(onNotice: OnNotice): OnNotice {
  return (notice: HostNotice) => {
    try {
      onNotice(notice);
    } catch {
      // It is told, and that is all.
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is said when the process has more than `maximum` bytes of memory; 0 means that it may. */
function shortageOfMemory(used: number, maximum: number): string | undefined {
  if (maximum === 0 || used <= maximum) return undefined;
  return `the process uses ${used} bytes of memory (maxMemory is ${maximum})`;
}

/** What checks user identities against a file, which can be read now. Throws what a user should read. */
async function identifyByFile(path: string | undefined, files: TextFiles): Promise<Identify | undefined> {
  if (path === undefined) return undefined;
  try {
    parseUsers(await files.readTextFile(path));
  } catch (error) {
    throw new Error(`Cannot use the users in ${escapeText(path)}: ${errorText(error)}`);
  }
  return identifyUsers(() => files.readTextFile(path));
}
