import assert from "node:assert/strict";
import { type CommandSet, decodeCommandSet } from "../../src/dimse/command_set.ts";
import { CommandSetError } from "../../src/errors.ts";
import { contentSize, leaf, parseElements, serialize, type Sized } from "../support/field_tree.ts";
import { COMMAND_SET_VECTORS } from "../vectors/command_sets.ts";

/** Any other error than CommandSetError fails the test. */
function decodeHostile(bytes: Uint8Array): CommandSet | CommandSetError {
  try {
    return decodeCommandSet(bytes);
  } catch (error) {
    if (error instanceof CommandSetError) return error;
    throw error;
  }
}

for (const { command, bytes } of COMMAND_SET_VECTORS) {
  const elements = parseElements(bytes).filter((field): field is Sized => field.kind === "sized");

  Deno.test(`decodeCommandSet() refuses a ${command.type} with a wrong length of an element`, () => {
    assert.equal(elements.reduce((sum, element) => sum + 8 + contentSize(element), 0), bytes.length);
    elements.forEach((element, index) => {
      const right = contentSize(element);
      for (const claims of [right - 1, right + 1, 0, 0xffff_ffff]) {
        const changed = elements.map((other, at) => at === index ? { ...other, claims } : other);
        const outcome = decodeHostile(serialize(changed));
        assert.ok(outcome instanceof CommandSetError, `length ${claims} of element ${index}`);
      }
    });
  });

  Deno.test(`decodeCommandSet() takes each element of a ${command.type} for no more than it is when it is cut short`, () => {
    elements.forEach((element, index) => {
      const value = serialize(element.children);
      for (let end = 0; end < value.length; end++) {
        const cut = { ...element, children: [leaf(value.subarray(0, end))] };
        const outcome = decodeHostile(serialize(elements.map((other, at) => at === index ? cut : other)));
        if (outcome instanceof CommandSetError) continue;
        const differing = Object.entries({ ...command, ...outcome }).filter(([field, is]) =>
          JSON.stringify(is) !== JSON.stringify(Object.entries(command).find(([name]) => name === field)?.[1])
        );
        assert.ok(differing.length <= 1, Deno.inspect(differing));
      }
    });
  });
}
