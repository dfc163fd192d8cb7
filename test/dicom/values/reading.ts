/** What tests of values that are text share. */

/** What a reader gives, and what it warns of. */
export function reading<Value>(
  read: (text: string, options: { warn: (message: string) => void }) => Value,
  text: string,
): [Value, string[]] {
  const warnings: string[] = [];
  return [read(text, { warn: (message) => warnings.push(message) }), warnings];
}
