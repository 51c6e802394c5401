#!/usr/bin/env node
// The fast path comes before anything is imported: `holdfast --version` is what scripts probe with.
const [first] = process.argv.slice(2);
if (first === '--version' || first === 'version') {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${name} ${version}\n`);
} else {
  const { main } = await import('../dist/cli/main.js');
  await main(process.argv.slice(2));
}
