import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Two esbuild plugins for a quick start. What oclif requires at its own start, and few commands ever
 * use, is loaded on first use, from a file of its own. And Node's own modules are asked for, not
 * imported: importing node:fs touches its every getter, which loads streams that a short command
 * never needs.
 */
export const LAZY =
  'clean-stack cli-spinners debug ejs indent-string lilconfig minimatch tinyglobby widest-line wrap-ansi'.split(' ');

export const lazyFile = (name) => join('lazy', `${name}.cjs`);

export const lazyRequires = {
  name: 'lazy-requires',
  setup(build) {
    const filter = new RegExp(`^(${LAZY.join('|')})$`);
    build.onResolve({ filter }, ({ path, importer }) =>
      importer.includes('@oclif') ? { path, namespace: 'lazy' } : undefined,
    );
    // Compiled TypeScript asks for __esModule first, and takes `default`; both answers fit both kinds.
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `let loaded;
        const load = () => (loaded ??= requireLazy(${JSON.stringify(`./${lazyFile(path)}`)}));
        module.exports = new Proxy(function () {}, {
          get(_, key) {
            if (key === '__esModule') return true;
            return key === 'default' && !load().__esModule ? load() : load()[key];
          },
        });`,
    }));
  },
};

const IMPORT = /^import (?!type\b)(?:(\w+)|\* as (\w+)|\{([^}]*)\}) from '(node:[^']+)';/gm;

export const builtins = {
  name: 'builtins',
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(IMPORT, asked),
      loader: 'ts',
    }));
  },
};

function asked(_, byDefault, whole, names, module) {
  const taken = (names ?? '')
    .split(',')
    .map((name) => name.trim().replace(/\s+as\s+/, ': '))
    .filter((name) => name !== '' && !name.startsWith('type '));
  return `const ${byDefault ?? whole ?? `{ ${taken.join(', ')} }`} = process.getBuiltinModule('${module}');`;
}
