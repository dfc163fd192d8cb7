/**
 * A gateway on a host: its archive, its ports, its files, its end. A `Platform` covers the differences between runtimes.
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

/** What a program adds to a configured gateway. */
export interface StartOptions extends
  Pick<
    GatewayOptions,
    "admit" | "destinations" | "identify" | "modules" | "observers" | "services" | "shortage" | "steps" | "tasksFor"
  > {
  /**
   * Keeps the instances, for example in memory for a test; the caller closes it. Default: the folder of the configuration's
   * `archive.path`, with its index.
   */
  readonly archive?: ArchiveParts;
  /** Called with notices for operators that observers do not get, such as about certificates. Default: no notices. */
  readonly onNotice?: OnNotice;
}

/** A gateway that listens. Disposing of it aborts whatever is running, and closes everything. */
export interface RunningGateway extends AsyncDisposable {
  /** Address where it listens for DICOM, with the port that the system chose. */
  readonly dicom: Endpoint;
  /** Address where it serves HTTP, with the port that the system chose. */
  readonly http: Endpoint;
  /** The gateway that listens there. */
  readonly gateway: Pick<Gateway, "accept" | "associations" | "fetch" | "replaceRoutes">;
  /**
   * Takes no new associations. Resolves when the open ones have ended or were aborted, and everything is closed; within the
   * drain timeout in any case. Resolves with whether everything is closed: if not, the process has to exit. Throws what
   * closing throws, such as an error of the archive's last write to a full disk.
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

/** The store for instances that are retrieved from peers; undefined if no peer has `web`. */
async function openRetrieved(platform: Platform, config: Config): Promise<ObjectStore | undefined> {
  const { peers, archive, dicomweb } = config;
  if (!Object.values(peers).some(({ web }) => web === true)) return undefined;
  const folder = dicomweb.retrieved.path ?? `${archive.path}/retrieved`;
  return await platform.openObjects(folder, { reserve: retrievedReserve(config) });
}

/** What to end, what ends it at once, and within how many milliseconds. */
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
    // The caller of `drain()` gets the error.
    abort: () => void endAtOnce().catch(() => {}),
    async [Symbol.asyncDispose]() {
      await endAtOnce();
    },
  };
}

/** The step that de-identifies instances, for routes; loaded here since its tables are large. */
async function stepsBy(codecs: FrameCodecs): Promise<Pick<GatewayOptions, "deidentify">> {
  const { deidentifyStep } = await import("../deidentify/deidentify_step.ts");
  const { blankingBy } = await import("../deidentify/blank_compressed.ts");
  return { deidentify: deidentifyStep(blankingBy(codecs)) };
}

/** Reads files that steps name. Throws errors with texts for users. */
function readTextBy(platform: Platform): (path: string) => string {
  return (path) => {
    try {
      return platform.readTextFileSync(path);
    } catch (error) {
      throw new Error(describeSystemError(error as Error).reason);
    }
  };
}

/** Protects the gateway from an observer that throws. */
function harmless(onNotice: OnNotice): OnNotice {
  return (notice: HostNotice) => {
    try {
      onNotice(notice);
    } catch {
      // An observer cannot stop the gateway.
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The shortage when the process uses more than `maximum` bytes of memory; 0 means no limit. */
function shortageOfMemory(used: number, maximum: number): string | undefined {
  if (maximum === 0 || used <= maximum) return undefined;
  return `the process uses ${used} bytes of memory (maxMemory is ${maximum})`;
}

/** Checks user identities against a file, which must be readable now. Throws errors with texts for users. */
async function identifyByFile(path: string | undefined, files: TextFiles): Promise<Identify | undefined> {
  if (path === undefined) return undefined;
  try {
    parseUsers(await files.readTextFile(path));
  } catch (error) {
    throw new Error(`Cannot use the users in ${escapeText(path)}: ${errorText(error)}`);
  }
  return identifyUsers(() => files.readTextFile(path));
}
