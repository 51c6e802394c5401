// `node scripts/schemas.js [--out DIR] DIST`: writes schemas/TYPE.json, one JSON Schema for each type of
// record that `--json` prints. test/schemas.test.ts holds the repository to them.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { toJsonSchema } from '@valibot/to-json-schema';

const ROOMS = ['rpc', 'cli'];
const TOKENS = '^\\d{1,12}(\\.\\d{1,8})?$';

/** Type → JSON Schema, from the records that tsc compiled into `dist`. */
export async function jsonSchemas(dist) {
  const found = new Map();
  for (const room of ROOMS) {
    const file = join(resolve(dist), 'src', 'lib', room, 'records.js');
    for (const schema of Object.values(await import(pathToFileURL(file).href))) {
      const type = schema.entries.type.literal;
      if (found.has(type)) throw new Error(`two records of type ${type}`);
      const { $schema, ...rest } = withTokens(toJsonSchema(schema, { errorMode: 'ignore' }));
      found.set(type, { $schema, title: type, ...rest });
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The command line puts beside every amount in grains the same in decimal tokens. */
function withTokens(schema) {
  if (Array.isArray(schema)) return schema.map(withTokens);
  if (typeof schema !== 'object' || schema === null) return schema;
  const out = Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, withTokens(inner)]));
  if (!schema.properties) return out;
  const properties = {};
  const required = [];
  for (const [name, inner] of Object.entries(out.properties)) {
    const twin = name.endsWith('_grains') ? name.slice(0, -'_grains'.length) : undefined;
    properties[name] = inner;
    if (twin) properties[twin] = decimal(inner);
    if (out.required?.includes(name)) required.push(name, ...(twin ? [twin] : []));
  }
  return { ...out, properties, required };
}

function decimal(grains) {
  const text = { type: 'string', pattern: TOKENS };
  return grains.anyOf ? { anyOf: [text, { type: 'null' }] } : text;
}

export function schemaText(schema) {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

async function main() {
  const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
  const out = values.out ?? join(import.meta.dirname, '..', 'schemas');
  const schemas = await jsonSchemas(positionals[0] ?? join(import.meta.dirname, '..', 'dist'));
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out)) if (!schemas.has(name.replace(/\.json$/, ''))) rmSync(join(out, name));
  for (const [type, schema] of schemas) writeFileSync(join(out, `${type}.json`), schemaText(schema));
}

if (process.argv[1] === import.meta.filename) await main();
