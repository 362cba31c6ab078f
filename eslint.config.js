// What the linter enforces: CONTRIBUTING.md's rules on types, imports between layers, and tests.
// Run by `npm run lint`. A disabled rule names its reason on its line.
import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import { join } from 'node:path';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Layers of src/, from the most special folder to the most general: the first match counts. */
const LAYERS = [
	['contracts', 'src/lib/contracts'],
	['storage', 'src/lib/storage'],
	['host', 'src/lib/host'],
	['server', 'src/lib/server'],
	['node-worker', 'src/lib/client/node/worker'],
	['client', 'src/lib/client'],
	['ui', 'src/lib/ui'],
	['components', 'src/lib/components'],
	['service-worker', 'src/service-worker'],
	['node', 'src/node'],
	['routes', 'src/routes'],
	['app', 'src']
];

/** Who may import whom; every layer may import itself and contracts, contracts imports nothing. */
const MAY_IMPORT = {
	components: ['client', 'ui'],
	client: ['storage'],
	'node-worker': ['host'],
	node: ['host'],
	'service-worker': ['storage']
};

/** Packages that one layer owns: nobody else may import them. */
const OWNED_PACKAGES = [
	['restty', 'client', 'src/lib/client/terminal/'],
	['idb', 'storage', 'src/lib/storage/'],
	['workbox-window', 'client', 'src/lib/client/pwa/'],
	['arctic', 'server', 'src/lib/server/oidc/']
];

const SLEEP = {
	selector:
		"CallExpression[callee.property.name='waitForTimeout'], NewExpression[callee.name='Promise'] CallExpression[callee.name='setTimeout'][arguments.0.type='Identifier']",
	message:
		'No sleeps: wait for the state (expect.poll, a locator, a line), see tests/fixtures/waits.ts.'
};

const SHARED_SYNTAX = [
	{ selector: 'TSEnumDeclaration', message: 'No enum: use a union or an object as const.' },
	{
		selector: 'CatchClause[body.body.length=0]',
		message: 'An empty catch swallows an error.'
	}
];

/** Restricted imports, less those that the files being configured own. */
const restrictedImports = (...owned) => [
	'error',
	{
		paths: [
			...OWNED_PACKAGES.filter(([name]) => !owned.includes(name)).map(([name, , folder]) => ({
				name,
				message: `${name} is imported only in ${folder}.`
			})),
			{ name: 'svelte/store', message: 'State lives in classes in .svelte.ts files.' }
		],
		patterns: [
			...(owned.includes('$env')
				? []
				: [{ regex: '^\\$env/', message: 'Settings come from src/lib/server/config/load.ts.' }])
		]
	}
];

const layer = (type) => ({ element: { type } });

export default ts.config(
	{
		ignores: [
			'node_modules/',
			'build/',
			'.svelte-kit/',
			'.headtab/',
			'static/',
			'wasm/**/*.{js,cjs}',
			'stack/go/',
			'test-results/',
			'playwright-report/',
			'screenshots/',
			'docs/ui/'
		]
	},
	js.configs.recommended,
	ts.configs.strictTypeChecked,
	ts.configs.stylisticTypeChecked,
	svelte.configs.recommended,
	{
		languageOptions: {
			globals: { ...globals.es2023 },
			parserOptions: {
				projectService: true,
				tsconfigRootDir: import.meta.dirname,
				extraFileExtensions: ['.svelte']
			}
		},
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: {
			// The compiler knows every name.
			'no-undef': 'off',
			'no-restricted-syntax': ['error', ...SHARED_SYNTAX],
			'no-restricted-imports': restrictedImports(),
			'no-console': 'error',
			eqeqeq: ['error', 'always'],
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-non-null-assertion': 'error',
			'@typescript-eslint/consistent-type-imports': [
				'error',
				{ fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }
			],
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true }
			],
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': [
				'error',
				{ checksVoidReturn: { attributes: false } }
			],
			'@typescript-eslint/restrict-template-expressions': [
				'error',
				{ allowNumber: true, allowBoolean: true }
			],
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }
			],
			'@typescript-eslint/no-confusing-void-expression': [
				'error',
				{ ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }
			],
			// Redirects and HttpErrors of kit are thrown, and are not Errors.
			'@typescript-eslint/only-throw-error': [
				'error',
				{
					allow: [{ from: 'package', package: '@sveltejs/kit', name: ['Redirect', 'HttpError'] }]
				}
			],
			'@typescript-eslint/no-unnecessary-condition': [
				'error',
				{ allowConstantLoopConditions: 'only-allowed-literals' }
			],
			// Index signatures are read with brackets (tsconfig: noPropertyAccessFromIndexSignature).
			'@typescript-eslint/dot-notation': 'off',
			// One-line no-ops stand for "nothing to do here" where a type asks for a function.
			'@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
			'@typescript-eslint/prefer-nullish-coalescing': [
				'error',
				{ ignorePrimitives: { string: true, boolean: true } }
			],
			'@typescript-eslint/require-await': 'off',
			'@typescript-eslint/unified-signatures': 'off',
			'@typescript-eslint/no-invalid-void-type': 'off',
			'@typescript-eslint/consistent-type-definitions': 'off'
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: {
			globals: { ...globals.browser },
			parserOptions: { parser: ts.parser, svelteConfig }
		},
		rules: {
			'svelte/no-at-html-tags': 'error',
			'svelte/require-each-key': 'error',
			'svelte/button-has-type': 'error',
			'svelte/no-target-blank': 'error',
			// Paths have no base: Headtab owns its origin (the relay answers at the root).
			'svelte/no-navigation-without-resolve': 'off',
			'@typescript-eslint/no-unsafe-return': 'off'
		}
	},
	{
		// Who may import whom, types and import() included.
		files: ['src/**/*.{ts,svelte}'],
		plugins: { boundaries },
		settings: {
			'import/resolver': { [join(import.meta.dirname, 'eslint.resolver.cjs')]: {}, node: true },
			'boundaries/include': ['src/**/*'],
			'boundaries/elements': LAYERS.map(([type, pattern]) => ({
				type,
				pattern,
				partialMatch: false
			})),
			'boundaries/files': [
				{
					category: 'endpoint',
					pattern: ['src/routes/**/+server.ts', 'src/routes/**/+*.server.ts']
				},
				{
					category: 'page',
					pattern: ['src/routes/**/*.svelte', 'src/routes/**/+{page,layout}.ts']
				},
				{ category: 'server-hook', pattern: 'src/hooks.server.ts' },
				// A program of its own: main.ts must not, as its bundle shares no variables with kit's.
				{ category: 'command', pattern: 'src/node/doctor.ts' },
				{ category: 'client-hook', pattern: 'src/hooks.client.ts' },
				{ category: 'ambient', pattern: 'src/app.d.ts' }
			]
		},
		rules: {
			'boundaries/dependencies': [
				'error',
				{
					default: 'disallow',
					policies: [
						{ allow: { to: { module: { origin: ['external', 'core'] } } } },
						{ allow: layerTo('contracts') },
						...Object.entries(MAY_IMPORT).map(([from, to]) => ({
							from: layer(from),
							allow: to.map((type) => ({ to: layer(type) }))
						})),
						{
							from: { file: { categories: 'endpoint' } },
							allow: [layerTo('server'), layerTo('routes')]
						},
						{
							from: { file: { categories: 'page' } },
							allow: ['components', 'client', 'ui', 'routes', 'app'].map(layerTo)
						},
						{ from: { file: { categories: 'server-hook' } }, allow: layerTo('server') },
						{ from: { file: { categories: 'command' } }, allow: layerTo('server') },
						{ from: { file: { categories: 'client-hook' } }, allow: layerTo('client') },
						{
							from: { file: { categories: 'ambient' } },
							allow: ['server', 'client'].map(layerTo)
						}
					]
				}
			]
		}
	},
	{
		// The second is a plugin of the build, which takes restty's table of themes apart.
		files: ['src/lib/client/terminal/**', 'themes.config.ts'],
		rules: { 'no-restricted-imports': restrictedImports('restty') }
	},
	{
		files: ['src/lib/storage/**'],
		rules: { 'no-restricted-imports': restrictedImports('idb') }
	},
	{
		files: ['src/lib/client/pwa/**'],
		rules: { 'no-restricted-imports': restrictedImports('workbox-window') }
	},
	{
		files: ['src/lib/server/oidc/**'],
		rules: { 'no-restricted-imports': restrictedImports('arctic') }
	},
	{
		files: ['src/lib/server/config/load.ts'],
		rules: { 'no-restricted-imports': restrictedImports('$env') }
	},
	{
		// The host runs in a Worker and in a Node thread: neither realm's own globals.
		files: ['src/lib/host/**', 'src/lib/contracts/**'],
		rules: {
			'no-restricted-globals': [
				'error',
				...['self', 'postMessage', 'importScripts', 'window', 'document', 'process', 'Buffer'].map(
					(name) => ({ name, message: 'This folder runs in more than one realm.' })
				)
			]
		}
	},
	{
		// Globals are declared as the platform has them: by var.
		files: ['**/*.d.ts'],
		rules: { 'no-var': 'off' }
	},
	{
		files: ['tests/**'],
		rules: {
			'no-restricted-imports': 'off',
			'no-restricted-syntax': ['error', ...SHARED_SYNTAX, SLEEP],
			// Fakes implement async contracts.
			'@typescript-eslint/unbound-method': 'off'
		}
	},
	{
		// Figures are taken over a time, and at a pace.
		files: ['tests/bench/**', 'tests/load/**'],
		rules: { 'no-restricted-syntax': ['error', ...SHARED_SYNTAX] }
	},
	{
		// The stack waits for real processes by polling, in one place (stack/process.ts).
		files: ['stack/**', 'release/**'],
		rules: { 'no-restricted-imports': 'off' }
	},
	{
		// Scripts that run before anything is installed, and tool configuration: no types to check.
		files: ['**/*.{js,mjs,cjs}', '*.config.ts'],
		extends: [ts.configs.disableTypeChecked],
		languageOptions: { globals: { ...globals.node } }
	},
	{
		files: ['**/*.cjs'],
		rules: { '@typescript-eslint/no-require-imports': 'off' }
	},
	{
		// These talk to the person at the terminal.
		files: ['stack/**/*.mjs', 'wasm/**/*.mjs', 'tests/bench/**'],
		rules: { 'no-console': 'off' }
	}
);

function layerTo(type) {
	return { to: layer(type) };
}
