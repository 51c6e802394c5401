#!/usr/bin/env node
// Runs what tsc wrote, without the bundle. HOLDFAST_DIST names another build folder.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = resolve(process.env.HOLDFAST_DIST ?? new URL('../dist', import.meta.url).pathname);
const { main } = await import(pathToFileURL(resolve(dist, 'src', 'lib', 'cli', 'main.js')).href);
await main(process.argv.slice(2));
