/**
 * Builds a web site of the pages, with VitePress, in build/site/ or the folder that is named.
 *
 *     deno task docs:site [FOLDER]
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);

/** VitePress and what its pages import; they are installed where the site is built, and nowhere else. */
const PACKAGES = { vitepress: "npm:vitepress@1.6.4", vue: "npm:vue@3.5.45" };

/** Pages from outside of docs/, by their names in the site. */
const OTHER_PAGES: Readonly<Record<string, string>> = {
  "security.md": "SECURITY.md",
  "contributing.md": "CONTRIBUTING.md",
  "examples.md": "examples/README.md",
};

/** The pages of the site, by their names. Links to what is not in it are plain text. */
export function sitePages(): Map<string, string> {
  const inDocs = [...Deno.readDirSync(new URL("docs/", root))].map(({ name }) => name)
    .filter((name) => name.endsWith(".md")).sort();
  const sources = new Map([...inDocs.map((name) => [name, `docs/${name}`] as const), ...Object.entries(OTHER_PAGES)]);
  const names = new Map([...sources].map(([name, path]) => [path, name]));
  return new Map([...sources].map(([name, path]) => {
    const text = path === "examples/README.md" ? withPrograms(read(path)) : read(path);
    return [
      name,
      text.replaceAll(/\[([^\]]+)\]\((?!https?:)([^)\s]+)\)/g, (_, label, link) => {
        const [target = "", anchor] = link.split("#");
        const page = target === "" ? name : names.get(new URL(target, `file:///${path}`).pathname.slice(1));
        if (page !== undefined) return `[${label}](./${page}${anchor === undefined ? "" : `#${anchor}`})`;
        return /^[\w./-]+$/.test(label) ? `\`${label}\`` : label;
      }),
    ];
  }));
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

/** The page of examples with each program's source. */
function withPrograms(page: string): string {
  const programs = [...page.matchAll(/\]\((\w+\.ts)\)/g)].map(([, name = ""]) => name);
  return [page, ...programs.map((name) => `## ${name}\n\n\`\`\`ts\n${read(`examples/${name}`)}\`\`\`\n`)].join("\n");
}

/** The side bar: the groups and links of docs/index.md, and the pages from elsewhere. */
function sidebar(index: string): unknown[] {
  const groups = index.split(/^\*\*(.*)\*\*$/m).slice(1);
  return Array.from({ length: groups.length / 2 }, (_, at) => ({
    text: groups[2 * at],
    items: [...groups[2 * at + 1]!.matchAll(/\[([^\]]+)\]\(\.\/([^)]+)\.md\)/g)]
      .map(([, text, page]) => ({ text, link: `/${page}` })),
  }));
}

/** Builds the site into `target`; throws an Error with what VitePress said when it can't. */
export async function buildSite(target: string): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "gantry-site-" });
  try {
    const pages = sitePages();
    Deno.mkdirSync(`${folder}/docs/.vitepress`, { recursive: true });
    for (const [name, text] of pages) Deno.writeTextFileSync(`${folder}/docs/${name}`, text);
    const config = {
      title: "Gantry",
      description: "A DICOM gateway and library in TypeScript",
      themeConfig: { sidebar: sidebar(pages.get("index.md") ?? ""), search: { provider: "local" }, outline: [2, 3] },
    };
    Deno.writeTextFileSync(`${folder}/docs/.vitepress/config.mjs`, `export default ${JSON.stringify(config)};\n`);
    Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify({ nodeModulesDir: "auto", imports: PACKAGES }));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", PACKAGES.vitepress, "build", "docs", "--outDir", target],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`Cannot build the site: ${decoder.decode(stdout)}${decoder.decode(stderr)}`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const target = Deno.args[0] ?? fileURLToPath(new URL("build/site", root));
  Deno.mkdirSync(target, { recursive: true });
  await buildSite(Deno.realPathSync(target));
  console.log(`Wrote ${target}`);
}
