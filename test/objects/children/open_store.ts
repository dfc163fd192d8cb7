/** Opens the file store in the folder of the first argument, and closes it. */
import { openFileStore } from "../../../src/objects/file_store.ts";

await using _store = await openFileStore(Deno.args[0] ?? "");
