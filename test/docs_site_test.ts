/** Holds the site: every page is there in a browser, without errors, and every link in it leads somewhere. */

import assert from "node:assert/strict";
import { buildSite, sitePages } from "../scripts/docs_site.ts";
import { type Browser, startChromium } from "./support/chromium.ts";
import { temporaryFolder } from "./support/folders.ts";
import { find, testWith } from "./support/peers.ts";

const missing = find("chromium") === undefined ? ["chromium"] : [];

Deno.test(testWith({
  name: "deno task docs:site makes pages that Chromium shows, with links that lead somewhere",
  missing,
  async fn(t) {
    using folder = temporaryFolder();
    await buildSite(folder.path);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
      return fileAt(`${folder.path}${decodeURI(new URL(url).pathname)}`);
    });
    const origin = `http://127.0.0.1:${server.addr.port}`;
    await using browser = await startChromium();
    const links: Link[] = [];
    const ids = new Map<string, ReadonlySet<string>>();
    for (const [name, text] of sitePages()) {
      await t.step(name, async () => {
        const path = `/${name.replace(/\.md$/, ".html")}`;
        assert.deepEqual(await browser.open(`${origin}${path}`), []);
        const page = await look(browser);
        assert.equal(page.heading, /^# (.*)$/m.exec(text)?.[1]?.replaceAll("`", ""));
        assert.ok(page.width <= 1280, "nothing is wider than the window");
        ids.set(path, new Set(page.ids));
        links.push(...page.links.map((href) => ({ from: path, to: new URL(href) })));
      });
    }
    await t.step("links", () => {
      assert.ok(links.length > 100);
      for (const { from, to } of links) {
        if (to.origin !== origin) continue;
        const path = to.pathname === "/" ? "/index.html" : to.pathname;
        const found = ids.get(path) ?? ids.get(`${path}.html`);
        assert.ok(found !== undefined, `${from}: ${to.pathname}`);
        const anchor = decodeURIComponent(to.hash.slice(1));
        assert.ok(anchor === "" || found.has(anchor), `${from}: ${to.pathname}#${anchor}`);
      }
    });
  },
}));

interface Link {
  readonly from: string;
  readonly to: URL;
}

interface Look {
  readonly heading: string;
  readonly width: number;
  readonly ids: readonly string[];
  readonly links: readonly string[];
}

function look(browser: Browser): Promise<Look> {
  return browser.evaluate(`({
    heading: document.querySelector(".vp-doc h1")?.innerText.replace(/[\\u200B#\\s]+$/, ""),
    width: document.documentElement.scrollWidth,
    ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    links: [...document.querySelectorAll(".vp-doc a[href], .VPSidebar a[href]")].map(({ href }) => href),
  })`);
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
  json: "application/json",
  woff2: "font/woff2",
};

async function fileAt(path: string): Promise<Response> {
  if (path.endsWith("/favicon.ico")) return new Response(null, { status: 204 });
  const [, extension = ""] = /\.(\w+)$/.exec(path) ?? [];
  try {
    return new Response(await Deno.readFile(path), {
      headers: { "Content-Type": TYPES[extension] ?? "application/octet-stream" },
    });
  } catch {
    return new Response("Not Found", { status: 404 });
  }
}
