/**
 * The servers of `bench:dicomweb`.
 *
 * @module
 */

import { type CommandLine, freePort, serve, type Server } from "./processes.ts";

const PLUGINS = ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/lib/orthanc/libOrthancDicomWeb.so"];

/** A server, and where it is. */
export interface WebServer extends Server {
  readonly name: string;
  readonly httpPort: number;
}

/** Path below which each has DICOMweb. */
export const ROOT = "/dicom-web";

/** A gateway with its defaults, which keeps everything in a folder. */
export function startGantry(folder: string): Promise<WebServer> {
  return start("gantry", (port, httpPort) => gantryLine(port, httpPort, folder));
}

/** Orthanc with its plugin, and without compression of what it answers. */
export function startOrthanc(folder: string): Promise<WebServer> {
  return start("Orthanc", (port, httpPort) => orthancLine(port, httpPort, folder));
}

async function start(name: string, line: (port: number, httpPort: number) => CommandLine): Promise<WebServer> {
  const httpPort = freePort();
  return Object.assign(await serve((port) => line(port, httpPort)), { name, httpPort });
}

function gantryLine(port: number, httpPort: number, folder: string): CommandLine {
  const cli = new URL("../cli.ts", import.meta.url).pathname;
  const flags = ["--port", String(port), "--http-port", String(httpPort), "--data", folder];
  return [Deno.execPath(), "run", "-A", "--quiet", cli, "listen", ...flags];
}

function orthancLine(port: number, httpPort: number, folder: string): CommandLine {
  const plugin = PLUGINS.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  if (plugin === undefined) throw new Error("Cannot measure: Orthanc's DICOMweb plugin is not installed");
  const settings = {
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: httpPort,
    DicomPort: port,
    DicomCheckCalledAet: false,
    HttpCompressionEnabled: false,
    KeepAlive: true,
    TcpNoDelay: true,
    Plugins: [plugin],
    DicomWeb: { Enable: true, StudiesMetadata: "Full", SeriesMetadata: "Full" },
  };
  Deno.writeTextFileSync(`${folder}/orthanc.json`, JSON.stringify(settings));
  return ["Orthanc", `${folder}/orthanc.json`];
}
