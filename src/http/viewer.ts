/**
 * A viewer in the browser, OHIF, beside the API: its files as they were built, and a configuration that points it to this
 * gateway. Any client may load its files, which are those of a public package. It reads data from the API, with the token if
 * the gateway has one.
 *
 * @module
 */

import type { Context } from "hono";
import { sourceHash } from "./index_page.ts";
import { operation } from "./openapi.ts";
import type { HttpPart } from "./part.ts";
import { viewerConfig } from "./viewer_config.ts";

/** A file of a viewer. */
export interface ViewerFile {
  /** Path below the folder, with slashes: `assets/favicon.ico`. */
  readonly name: string;
  /** Changes with the contents; without quotes. */
  readonly version: string;
  /** The contents. Reading fails if the file cannot be read. */
  stream(): ReadableStream<Uint8Array>;
}

/** A built viewer: the files in its folder when the gateway started. */
export interface ViewerFiles {
  /** The page that loads everything else. */
  readonly index: string;
  /** All files. */
  readonly files: readonly ViewerFile[];
}

/** The path of the viewer. */
export const VIEWER_ROOT = "/ohif";

const INDEX = "index.html";
const CONFIG = "app-config.js";

const TYPES: Readonly<Record<string, string>> = {
  ...{ js: "text/javascript; charset=utf-8", mjs: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" },
  ...{ html: "text/html; charset=utf-8", json: "application/json", jsonc: "application/json", map: "application/json" },
  ...{ wasm: "application/wasm", svg: "image/svg+xml", png: "image/png", ico: "image/x-icon", xml: "application/xml" },
  ...{ woff2: "font/woff2", woff: "font/woff", ttf: "font/ttf", webapp: "application/x-web-app-manifest+json" },
};

/** Names that are the same on every web server; others would have to be escaped in a path. */
const PLAIN = /^[\w@-][\w.@-]*(\/[\w@-][\w.@-]*)*$/;
/** Names that change with the contents of the file. */
const HASHED = /\.[\da-f]{16}\.\w+$/;

/**
 * The routes of a viewer. Its page answers at `/ohif/` and at every path below that has no file. The package is built for the
 * root of a server, so its files are there as well.
 */
export async function viewerPart({ index, files }: ViewerFiles, hasToken: boolean): Promise<HttpPart> {
  const served = new Map(
    files.filter(({ name }) => PLAIN.test(name) && name !== INDEX && name !== CONFIG).map((file) => [file.name, file]),
  );
  const headers = await headersOf(index, "'wasm-unsafe-eval'");
  // A worker has the policy of its script, and the codecs in workers compile functions of their own.
  const ofFiles = await headersOf(index, "'unsafe-eval'");
  const page = (c: Context) =>
    c.body(index, 200, { ...headers, "Content-Type": TYPES.html!, "Cache-Control": "no-cache" });
  const config = (c: Context) =>
    c.body(viewerConfig(hasToken), 200, { ...headers, "Content-Type": TYPES.js!, "Cache-Control": "no-cache" });
  return {
    openRoutes(app) {
      app.get(VIEWER_ROOT, page);
      app.get(`${VIEWER_ROOT}/:name{.*}`, (c) => {
        const name = c.req.param("name");
        if (name === CONFIG) return config(c);
        const file = served.get(name);
        return file === undefined ? page(c) : fileAnswer(c, file, ofFiles);
      });
      app.get(`/${CONFIG}`, config);
      for (const [name, file] of served) {
        if (isOnlyOfViewer(name)) {
          app.get(`/${name}`, (c) => fileAnswer(c, file, ofFiles));
        }
      }
    },
    paths: (options) => ({
      [`${VIEWER_ROOT}/`]: {
        get: operation("viewer", "The viewer, at this path and below", { ...options, isOpen: true }, {
          200: { description: "Its page.", content: { "text/html": { schema: { type: "string" } } } },
        }),
      },
    }),
    links: [{ path: `${VIEWER_ROOT}/`, about: "The viewer" }],
  };
}

/** Whether no route of the gateway itself has this name: those have no ending, except for one. */
function isOnlyOfViewer(name: string): boolean {
  return Object.hasOwn(TYPES, endingOf(name)) && name !== "openapi.json";
}

/** `js` of `assets/a.js`. */
function endingOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).split(".").slice(1).at(-1)?.toLowerCase() ?? "";
}

/** Headers that pages with WebAssembly and shared memory need; they allow nothing of any other server. */
async function headersOf(index: string, evaluation: string): Promise<Record<string, string>> {
  const inline = Array.from(index.matchAll(/<script>([\s\S]*?)<\/script>/g), ([, text = ""]) => text);
  const hashes = await Promise.all(inline.map(async (text) => `'${await sourceHash(text)}'`));
  const policy = [
    "default-src 'self'",
    [`script-src 'self' ${evaluation} blob:`, ...new Set(hashes)].join(" "),
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    ...["img", "connect", "media", "font"].map((kind) => `${kind}-src 'self' data: blob:`),
    "object-src 'self' blob:",
    "frame-src 'self' blob:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return {
    "Content-Security-Policy": policy,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  };
}

function fileAnswer(c: Context, file: ViewerFile, security: Readonly<Record<string, string>>): Response {
  // The tag is weak because a server that compresses the file changes its bytes.
  const etag = `W/"${file.version}"`;
  const isForEver = HASHED.test(file.name);
  const headers = {
    ...security,
    "Content-Type": TYPES[endingOf(file.name)] ?? "application/octet-stream",
    "Cache-Control": isForEver ? "public, max-age=31536000, immutable" : "no-cache",
    "ETag": etag,
  };
  const known = c.req.header("if-none-match")?.split(",").map((tag) => tag.trim()) ?? [];
  if (known.includes(etag)) return c.body(null, 304, headers);
  return c.req.method === "HEAD" ? c.body(null, 200, headers) : c.body(file.stream(), 200, headers);
}
