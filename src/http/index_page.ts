/**
 * `GET /`: a page with links to everything else.
 *
 * @module
 */

import type { Context } from "hono";
import { html, raw } from "hono/html";
import type { HttpLink } from "./part.ts";

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark }
h1 { font-weight: 600 } small { opacity: .6; font-weight: 400 }
dl { display: grid; grid-template-columns: auto 1fr; gap: .5rem 1.5rem } dd { margin: 0; opacity: .8 }
code { font-size: .95em }
`;

/** Answers `GET /`. */
export async function indexPage(c: Context, version: string, links: readonly HttpLink[]): Promise<Response> {
  const rows = links.map(({ path, about }) =>
    html`
      <dt><a href="${path}"><code>${path}</code></a></dt>
      <dd>${about}</dd>
    `
  );
  const policy = `default-src 'none'; style-src '${await sourceHash(STYLE)}'; base-uri 'none'; form-action 'none'`;
  c.header("Content-Security-Policy", `${policy}; frame-ancestors 'none'`);
  return c.html(html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Gantry</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <h1>Gantry <small>${version}</small></h1>
        <p>A DICOM gateway.</p>
        <dl>
    ${rows}
        </dl>
      </body>
    </html>
  `);
}

/** `sha256-…` of an inline element's text, as a Content-Security-Policy names it. */
export async function sourceHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
