// Resolves imports for eslint-plugin-boundaries: `$lib`, relative paths, with the endings that Vite tries.
// Named in eslint.config.js. Own code, because the resolvers on npm that know aliases bring native
// binaries that not every registry serves.
const { statSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');

const ENDINGS = ['', '.ts', '.svelte', '.svelte.ts', '.d.ts', '.js', '.mjs', '/index.ts'];
const LIB = join(__dirname, 'src', 'lib');

const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

exports.interfaceVersion = 2;

/** A package or a virtual module is left to the other resolvers. */
exports.resolve = (source, file) => {
	const [plain] = source.split('?');
	let target;
	if (plain.startsWith('.')) target = resolve(dirname(file), plain);
	else if (plain === '$lib' || plain.startsWith('$lib/')) target = join(LIB, plain.slice(4));
	else return { found: false };
	const path = ENDINGS.map((ending) => target + ending).find(isFile);
	return path === undefined ? { found: false } : { found: true, path };
};
