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

/** Of Node's own what oclif asks for at its start, and uses where it asks another program. */
const LAZY_BUILTINS = ['node:child_process'];

export const lazyFile = (name) => join('lazy', `${name}.cjs`);

export const lazyRequires = {
  name: 'lazy-requires',
  setup(build) {
    const filter = new RegExp(`^(${LAZY.join('|')})$`);
    build.onResolve({ filter }, ({ path, importer }) =>
      importer.includes('@oclif') ? { path, namespace: 'lazy' } : undefined,
    );
    build.onResolve({ filter: new RegExp(`^(${LAZY_BUILTINS.join('|')})$`) }, ({ path, importer }) =>
      importer.includes('@oclif') ? { path, namespace: 'lazy' } : undefined,
    );
    // Compiled TypeScript asks for __esModule first, and takes `default`; both answers fit both kinds.
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `let loaded;
        const load = () => (loaded ??= requireLazy(${JSON.stringify(path.startsWith('node:') ? path : `./${lazyFile(path)}`)}));
        module.exports = new Proxy(function () {}, {
          get(_, key) {
            if (key === '__esModule') return true;
            return key === 'default' && !load().__esModule ? load() : load()[key];
          },
        });`,
    }));
  },
};

const COLLATED = '.sort((a, b) => a.id.localeCompare(b.id))';

/** oclif sorts the commands by the rules of a language: to load those takes longer than all else it does at its start. */
export const plainSort = {
  name: 'plain-sort',
  setup(build) {
    build.onLoad({ filter: /@oclif\/core\/lib\/config\/plugin\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes(COLLATED)) throw new Error(`${path} sorts in another way now`);
      return { contents: text.replace(COLLATED, '.sort((a, b) => (a.id < b.id ? -1 : 1))'), loader: 'js' };
    });
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
