/**
 * Tables as CSV (RFC 4180): the values of one column by those of another.
 *
 * @module
 */

/** Which columns of a table to use, by the names in its first line; the first and the second by default. */
export interface CsvColumns {
  /** The column to look in. */
  readonly key?: string;
  /** The column with the values. */
  readonly value?: string;
}

/**
 * Reads a table with a line of names first, parted by commas, or by semicolons where that line has no comma. Throws
 * `SyntaxError` for a column that is missing, for a quote that isn't closed or is followed by more text, and for a key that occurs with two values.
 */
export function parseCsvMap(text: string, columns: CsvColumns = {}): Map<string, string> {
  const [names = [], ...rows] = parseCsv(text);
  const key = columnOf(names, columns.key, 0);
  const value = columnOf(names, columns.value, 1);
  const map = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    if (row.length === 1 && row[0] === "") continue;
    const line = `record ${index + 2}`;
    if (row.length !== names.length) {
      throw new SyntaxError(`Cannot read the table: ${line} has ${row.length} fields, expected ${names.length}`);
    }
    const known = map.get(row[key]!);
    if (known !== undefined && known !== row[value]) {
      throw new SyntaxError(`Cannot read the table: ${line} gives a key another value, expected one value`);
    }
    map.set(row[key]!, row[value]!);
  }
  return map;
}

function columnOf(names: readonly string[], name: string | undefined, otherwise: number): number {
  const index = name === undefined ? otherwise : names.indexOf(name);
  if (index >= 0 && index < names.length) return index;
  const found = names.map((column) => JSON.stringify(column)).join(", ");
  const expected = name === undefined ? "two columns" : `a column ${JSON.stringify(name)}`;
  throw new SyntaxError(`Cannot read the table: found ${found || "nothing"}, expected ${expected}`);
}

/** The records of a table, and their fields. */
function parseCsv(text: string): string[][] {
  const body = text.replace(/^\ufeff/, "");
  const comma = /^[^\n]*,/.test(body) ? "," : ";";
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < body.length || row.length > 0;) {
    const [field, end] = body[at] === '"' ? quoted(body, at, comma) : plain(body, at, comma);
    row.push(field);
    at = end + 1;
    if (body[end] === comma) continue;
    rows.push(row);
    row = [];
    if (body[end] === "\r") at++;
  }
  return rows;
}

function plain(text: string, start: number, comma: string): [string, number] {
  let end = start;
  while (end < text.length && text[end] !== comma && text[end] !== "\n" && !text.startsWith("\r\n", end)) end++;
  return [text.slice(start, end), end];
}

function quoted(text: string, start: number, comma: string): [string, number] {
  let field = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') field += text[at];
    else if (text[at + 1] === '"') field += text[at++];
    else if (at + 1 < text.length && ![comma, "\n", "\r\n"].some((end) => text.startsWith(end, at + 1))) {
      throw new SyntaxError("Cannot read the table: text stands behind the quotation mark that ends a field");
    } else return [field, at + 1];
  }
  throw new SyntaxError("Cannot read the table: a quotation mark has no end");
}
