/**
 * Two esbuild plugins for a quick start. What oclif requires at its own start and most commands never
 * use is run on first use; and Node's own modules are required, not imported: importing node:fs
 * touches its every getter, which loads streams that a short command never needs.
 */
const LAZY = 'clean-stack cli-spinners ejs indent-string lilconfig minimatch tinyglobby widest-line wrap-ansi'.split(
  ' ',
);

export const lazyRequires = {
  name: 'lazy-requires',
  setup(build) {
    const filter = new RegExp(`^(${LAZY.join('|')})$`);
    build.onResolve({ filter }, ({ path, importer, namespace }) =>
      namespace === 'lazy' || !importer.includes('@oclif')
        ? undefined
        : { path: `${path}?${importer}`, namespace: 'lazy' },
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const [name, importer] = path.split('?');
      // Compiled TypeScript asks for __esModule first, and takes `default`; both answers fit both kinds.
      const contents = `const load = () => require(${JSON.stringify(name)});
        module.exports = new Proxy(function () {}, {
          get(_, key) {
            if (key === '__esModule') return true;
            return key === 'default' && !load().__esModule ? load() : load()[key];
          },
        });`;
      return { contents, loader: 'js', resolveDir: importer.replace(/\/[^/]*$/, '') };
    });
  },
};

export const requiredBuiltins = {
  name: 'required-builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
