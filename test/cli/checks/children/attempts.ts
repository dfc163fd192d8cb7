/** Attempts what a gateway that was broken into might; prints what the runtime says to each, as a JSON object. */

const [data = "", elsewhere = "", host = ""] = Deno.args;

async function attempt(work: () => unknown): Promise<string> {
  try {
    await work();
    return "done";
  } catch (error) {
    return (error as Error).name;
  }
}

console.log(JSON.stringify({
  writeInside: await attempt(() => Deno.writeTextFile(`${data}/inside`, "")),
  writeOutside: await attempt(() => Deno.writeTextFile(`${elsewhere}/outside`, "")),
  writeAbove: await attempt(() => Deno.writeTextFile(`${data}/../outside`, "")),
  rename: await attempt(() => Deno.rename(`${data}/inside`, `${elsewhere}/outside`)),
  link: await attempt(() => Deno.symlink(elsewhere, `${data}/another`)),
  readOutside: await attempt(() => Deno.readTextFile("/etc/hostname")),
  readKeys: await attempt(() => Deno.readTextFile(`${elsewhere}/secret`)),
  connect: await attempt(() => Deno.connect({ hostname: host, port: 9 })),
  listen: await attempt(() => Deno.listen({ hostname: host, port: 0 })),
  run: await attempt(() => new Deno.Command("true").output()),
  env: await attempt(() => Deno.env.get("HOME")),
  foreign: await attempt(() => Deno.dlopen("libc.so.6", {})),
}));
