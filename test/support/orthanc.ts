/**
 * Orthanc as a process of its own.
 *
 * @module
 */

import { temporaryFolder } from "./folders.ts";
import { find } from "./peers.ts";
import { freePort, Process } from "./process.ts";

/** A running Orthanc. */
export interface Orthanc extends AsyncDisposable {
  /** Of DICOM. */
  readonly port: number;
  /** Of its REST API, without a slash at its end. */
  readonly url: string;
  /** Asks its REST API; a body makes it a POST. */
  ask(path: string, body?: unknown): Promise<Response>;
}

/** Starts an Orthanc with these settings besides those for ports and folders; its AE title is ORTHANC. */
export async function startOrthanc(settings: Readonly<Record<string, unknown>> = {}): Promise<Orthanc> {
  await using starting = new AsyncDisposableStack();
  const { path: folder } = starting.use(temporaryFolder());
  const [port, httpPort] = [freePort(), freePort()];
  const configuration = {
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: httpPort,
    DicomPort: port,
    DicomAet: "ORTHANC",
    Plugins: [],
    ...settings,
  };
  Deno.writeTextFileSync(`${folder}/orthanc.json`, JSON.stringify(configuration));
  const child = starting.use(
    new Process(find("Orthanc") ?? "Orthanc", [`${folder}/orthanc.json`], {
      // Without it each message waits for 44 ms.
      env: { TCP_NODELAY: "1" },
    }),
  );
  await child.line(/Orthanc has started/);
  const running = starting.move();
  return {
    port: configuration.DicomPort,
    url: `http://127.0.0.1:${httpPort}`,
    ask: (path, body) =>
      fetch(
        `http://127.0.0.1:${httpPort}${path}`,
        body === undefined ? {} : {
          method: "POST",
          body: JSON.stringify(body),
        },
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Where Debian's package has the plugin. */
const PLUGINS = ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/lib/orthanc/libOrthancDicomWeb.so"];

/** Path of Orthanc's DICOMweb plugin; undefined where it is not installed. */
export function dicomwebPlugin(): string | undefined {
  return PLUGINS.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** What a test with that plugin lacks, in words. */
export function missingOfPlugin(): readonly string[] {
  return [
    ...find("Orthanc") === undefined ? ["Orthanc"] : [],
    ...dicomwebPlugin() === undefined ? ["its DICOMweb plugin"] : [],
  ];
}
