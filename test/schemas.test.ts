import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { projectRoot } from './helpers/root.js';

interface Schema {
  type: string;
  properties: Record<string, { type?: string; anyOf?: { type: string }[]; const?: string }>;
  required: string[];
}

const script = pathToFileURL(join(projectRoot(), 'scripts', 'schemas.js')).href;
const { jsonSchemas, schemaText } = (await import(script)) as {
  jsonSchemas(dist: string): Promise<Map<string, Schema>>;
  schemaText(schema: Schema): string;
};
const made = await jsonSchemas(fileURLToPath(new URL('..', import.meta.url)));
const dir = join(projectRoot(), 'schemas');

test('the schemas in the repository are those of the records: `npm run schemas` writes them', () => {
  assert.deepEqual(readdirSync(dir).sort(), [...made.keys()].map((type) => `${type}.json`).sort());
  for (const [type, schema] of made)
    assert.equal(readFileSync(join(dir, `${type}.json`), 'utf8'), schemaText(schema), type);
});

test('each names its type, and beside each amount in grains stand tokens', () => {
  assert.ok(made.size > 20);
  let amounts = 0;
  for (const [type, { properties, required }] of made) {
    assert.equal(properties.type?.const, type);
    assert.ok(required.includes('type'));
    for (const name of Object.keys(properties).filter((key) => key.endsWith('_grains'))) {
      amounts++;
      const twin = name.slice(0, -'_grains'.length);
      assert.equal(properties[twin]?.anyOf?.[0]?.type ?? properties[twin]?.type, 'string', `${type}.${twin}`);
      assert.equal(required.includes(twin), required.includes(name));
    }
  }
  assert.ok(amounts > 15);
});
