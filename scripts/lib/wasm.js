import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder } from './digest.js';

const OPTIONS = '-O3 --noAssert --enable simd --runtime stub --initialMemory 10 --maximumMemory 10'.split(' ');

/**
 * Compiles assembly/erasure.ts to assembly/build/erasure.js: a module that exports the bytes as text, so that
 * it loads alike from dist/src, from the bundle and in a worker, with no file to find. Done again only when
 * the source, the options or the compiler changed.
 */
export async function buildWasm(root) {
  const folder = join(root, 'assembly', 'build');
  const target = join(folder, 'erasure.js');
  const stamp = `// ${digestOfAssembly(root)}`;
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(`${stamp}\n`)) return;
  const wasm = await compiled(root, join('assembly', 'erasure.ts'));
  mkdirSync(folder, { recursive: true });
  const base64 = Buffer.from(wasm).toString('base64');
  replace(join(folder, 'erasure.d.ts'), 'export declare const erasureWasm: string;\n');
  replace(target, `${stamp}\nexport const erasureWasm =\n  '${base64}';\n`);
}

function digestOfAssembly(root) {
  const hash = createHash('sha256').update(OPTIONS.join(' '));
  const compiler = readFileSync(join(root, 'node_modules', 'assemblyscript', 'package.json'), 'utf8');
  hash.update(JSON.parse(compiler).version);
  for (const file of filesUnder(join(root, 'assembly'))) {
    if (file.endsWith('.ts') && !file.endsWith('.d.ts')) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

async function compiled(root, source) {
  const { main } = await import('assemblyscript/asc');
  let wasm;
  const writeFile = (_name, contents) => {
    wasm = contents;
  };
  const { error, stderr } = await main([source, '--baseDir', root, '--outFile', 'erasure.wasm', ...OPTIONS], {
    writeFile,
  });
  if (error) throw new Error(`assembly does not compile\n${stderr.toString()}`);
  return wasm;
}

/** Whoever reads it meanwhile, another build of this checkout, reads the old or the new. */
function replace(file, text) {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, text);
  renameSync(partial, file);
}
