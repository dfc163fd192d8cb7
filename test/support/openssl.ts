/**
 * OpenSSL as an authority that issues certificates.
 *
 * @module
 */

/** What `openssl ca` wants to be told before its extensions; it is the one command that dates certificates freely. */
export const CA_CONFIGURATION = `
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** Makes the folder of an authority, which goes with the process. */
export async function authorityFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-certificates-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/index.txt`, "");
  return folder;
}

/** Runs `openssl` in a folder; the words of `line` come first. */
export async function openssl(folder: string, line: string, ...more: string[]): Promise<void> {
  const command = new Deno.Command("openssl", { args: [...line.split(" "), ...more], cwd: folder, stdin: "null" });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`Cannot make a certificate: openssl ${line}: ${new TextDecoder().decode(stderr)}`);
}
