/**
 * What `gantry listen` would refuse although the configuration is right: files, folders, ports.
 *
 * @module
 */

import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import type { ArchiveConfig, Config, DicomConfig, PeerTlsConfig, WorklistConfig } from "../../config.ts";
import { ConfigError } from "../../config/config_error.ts";
import { parseUsers } from "../../access/user_file.ts";
import { denoPlatform } from "../../hosts/deno_platform.ts";
import { indexAttributes } from "../../hosts/index_attributes.ts";
import { currentUser } from "../../hosts/node_user.ts";
import { type IdentityFiles, readIdentity, readPem } from "../../hosts/pem_files.ts";
import { describeSystemError } from "../../hosts/system_error.ts";
import { templateProblem } from "../../routing/destinations/name_template.ts";
import { errorText, escapeText } from "../../safe_text.ts";

/** What is wrong with a value, by its key path. */
export interface Obstacle {
  readonly path: readonly (string | number)[];
  readonly found: string;
  readonly expected: string;
}

/** Looks for whatever would keep a gateway from starting, or from calling its peers. Leaves nothing behind. */
export async function findObstacles(config: Config): Promise<Obstacle[]> {
  const { dicom, tls, http, archive, peers, worklist } = config;
  const found = [
    ...await portObstacles(["dicom"], dicom),
    ...usersObstacles(dicom),
    ...(tls ? await identityObstacles(["tls"], tls, () => tryListening(tls)) : []),
    ...await portObstacles(["http"], http),
    ...(http.tls ? await identityObstacles(["http", "tls"], http.tls) : []),
    ...await folderObstacles(archive),
    ...attributeObstacles(archive),
    ...worklistObstacles(worklist),
    ...await destinationObstacles(config.destinations),
    ...await stepObstacles(config),
    ...await viewerObstacles(http),
  ];
  for (const [name, peer] of Object.entries(peers)) {
    if (peer.tls) found.push(...await peerObstacles(["peers", name, "tls"], peer.tls));
  }
  return found;
}

/** That a port is in use is none: it may be the gateway that runs. */
async function portObstacles(
  path: readonly string[],
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Obstacle[]> {
  try {
    const listener = await denoPlatform.listenTcp({ hostname: host, port });
    await listener.close();
    return [];
  } catch (error) {
    const { cause } = error as Error;
    if (cause instanceof Deno.errors.AddrInUse) return [];
    const ofPort = cause instanceof Deno.errors.PermissionDenied;
    return [{
      path: [...path, ofPort ? "port" : "host"],
      found: ofPort ? `${port}: ${reasonOf(error)}` : `${host}: ${reasonOf(error)}`,
      expected: ofPort ? `one that ${await currentUser()} may listen on` : "an address of this machine",
    }];
  }
}

function usersObstacles({ users }: DicomConfig): Obstacle[] {
  if (users === undefined) return [];
  try {
    parseUsers(Deno.readTextFileSync(users));
    return [];
  } catch (error) {
    return [unusable(["dicom", "users"], users, error, "a file of users (see gantry passwd)")];
  }
}

/** Each file by itself, then whether they fit together; `use` tries the rest. */
async function identityObstacles(
  path: readonly string[],
  files: IdentityFiles,
  use: () => Promise<void> = () => Promise.resolve(),
): Promise<Obstacle[]> {
  const { certificate, key, clientCa } = files;
  const unreadable = await unreadableFiles(path, { certificate, key, ...(clientCa !== undefined && { clientCa }) });
  if (unreadable.length > 0) return unreadable;
  try {
    await denoPlatform.checkIdentity(await readIdentity(denoPlatform, files), "use it");
    await use();
    return [];
  } catch (error) {
    return [{ path, found: reasonOf(error), expected: "a certificate, its private key, and what goes with them" }];
  }
}

async function tryListening(tls: NonNullable<Config["tls"]>): Promise<void> {
  const { clientCertificates, profile, native } = tls;
  const listener = await denoPlatform.listenTls({
    ...await readIdentity(denoPlatform, tls),
    ...{ hostname: "127.0.0.1", port: 0, profile, native },
    ...(clientCertificates !== undefined && { clientCertificates }),
  });
  await listener.close();
}

async function peerObstacles(path: readonly string[], { ca, certificate, key }: PeerTlsConfig): Promise<Obstacle[]> {
  const files = Object.entries({ ca, certificate, key }).filter(([, file]) => file !== undefined);
  const unreadable = await unreadableFiles(path, Object.fromEntries(files) as Record<string, string>);
  if (unreadable.length > 0) return unreadable;
  const found: Obstacle[] = [];
  if (ca !== undefined) {
    const { checkAuthorities } = await import("../../transport/node_tls_settings.ts");
    try {
      checkAuthorities(await readPem(denoPlatform, ca), "use it");
    } catch (error) {
      found.push({ path: [...path, "ca"], found: `${ca}: ${reasonOf(error)}`, expected: "certificates in PEM" });
    }
  }
  if (certificate !== undefined && key !== undefined) {
    found.push(...await identityObstacles(path, { certificate, key }));
  }
  return found;
}

async function unreadableFiles(path: readonly string[], files: Readonly<Record<string, string>>): Promise<Obstacle[]> {
  const found: Obstacle[] = [];
  for (const [key, file] of Object.entries(files)) {
    try {
      await Deno.readTextFile(file);
    } catch (error) {
      found.push(unusable([...path, key], file, error, "a PEM file that can be read"));
    }
  }
  return found;
}

function unusable(path: readonly string[], file: string, error: unknown, expected: string): Obstacle {
  return { path, found: `${escapeText(file)}: ${errorText(error)}`, expected };
}

/** What is in the folder of an archive. */
const FOLDERS = ["instances", "incoming", "journal"];
const DATABASES = ["index.sqlite", "documents.sqlite", "queue.sqlite"].flatMap((name) => [name, `${name}-wal`]);
const FILES = ["lock", ...DATABASES];

/** What the archive needs: its folder or one to make it in, and what is in it already. */
async function folderObstacles({ path: folder }: ArchiveConfig): Promise<Obstacle[]> {
  const within = (names: readonly string[]) => names.map((name) => `${folder}/${name}`).filter(exists);
  const files = within(FILES);
  for (const place of [nearestExisting(folder), ...within(FOLDERS), ...files]) {
    try {
      const { isDirectory } = Deno.statSync(place);
      const isFile = files.includes(place);
      if (isFile && isDirectory) throw new Error("a folder stands where a file is expected");
      if (!isFile && !isDirectory) throw new Error("a file stands where a folder is expected");
      accessSync(place, constants.W_OK | (isDirectory ? constants.X_OK : 0));
    } catch (error) {
      const reason = `${escapeText(place)}: ${describeSystemError(error as Error).reason}`;
      return [{
        path: ["archive", "path"],
        found: place === folder ? reason : `${escapeText(folder)} (${reason})`,
        expected: `a folder that ${await currentUser()} can write to`,
      }];
    }
  }
  return [];
}

/** A folder that instances are sent to has to be there, and names of files have to be safe. */
async function destinationObstacles(destinations: Config["destinations"]): Promise<Obstacle[]> {
  const found: Obstacle[] = [];
  for (const [name, { folder, name: template }] of Object.entries(destinations)) {
    const problem = template === undefined ? undefined : templateProblem(template);
    if (problem !== undefined) {
      found.push({ path: ["destinations", name, "name"], found: escapeText(template ?? ""), expected: problem });
    }
    if (folder === undefined) continue;
    try {
      if (!Deno.statSync(folder).isDirectory) throw new Error("a file stands where a folder is expected");
      accessSync(folder, constants.W_OK | constants.X_OK);
    } catch (error) {
      const expected = `a folder that ${await currentUser()} can write to`;
      found.push(unusable(["destinations", name, "folder"], folder, error, expected));
    }
  }
  return found;
}

/** Steps of routes that a gateway would refuse; those of a program's own are not known here. */
async function stepObstacles(config: Config): Promise<readonly Obstacle[]> {
  if (config.routes.length === 0) return [];
  const { ENCODABLE } = await import("../../pixel_data/compression.ts");
  const { deidentifyStep } = await import("../../deidentify/deidentify_step.ts");
  const { rulesOf } = await import("../../gateway/live_routes.ts");
  const { stepProblems } = await import("../../gateway/route_compiler.ts");
  const readText = (path: string) => {
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      throw new Error(describeSystemError(error as Error).reason);
    }
  };
  const options = { kinds: { deidentify: deidentifyStep() }, encodable: ENCODABLE, readText };
  return stepProblems(rulesOf(config), options)
    .map((problem) => ({ ...problem, found: escapeText(problem.found) }));
}

/** The folder of the worklist has to be there: a gateway would start without it, and offer nothing of it. */
function worklistObstacles({ path: folder }: WorklistConfig): Obstacle[] {
  if (folder === undefined) return [];
  const path = ["worklist", "path"];
  try {
    [...Deno.readDirSync(folder)];
    return [];
  } catch (error) {
    return [unusable(path, folder, error, "a folder of worklist items that can be read")];
  }
}

/** The viewer has to be there: a gateway does not start without it. */
async function viewerObstacles({ viewer: folder }: Config["http"]): Promise<Obstacle[]> {
  if (folder === undefined) return [];
  const path = ["http", "viewer"];
  try {
    await denoPlatform.openViewer(folder);
    return [];
  } catch (error) {
    return [{ path, found: `${escapeText(folder)}: ${reasonOf(error)}`, expected: "the folder of a built viewer" }];
  }
}

/** What the index is told to keep and the dictionary doesn't know; the configuration is read without it. */
function attributeObstacles(archive: ArchiveConfig): Obstacle[] {
  try {
    indexAttributes(archive);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ keyPath, found, expected }) => ({ path: keyPath.split("."), found, expected }));
  }
}

function nearestExisting(path: string): string {
  const above = dirname(path);
  return exists(path) || above === path ? path : nearestExisting(above);
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}

/** Without "Cannot listen on …: ". */
function reasonOf(error: unknown): string {
  return errorText(error).replace(/^Cannot (use it|listen on \S+|serve the viewer in .*?): /, "");
}
