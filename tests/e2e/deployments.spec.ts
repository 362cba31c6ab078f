// Deployments as deploy/ describes them: every cell opens a shell in a real browser, on a tailnet that is reached
// through the proxy alone. `npm test` runs the diagonal, `npm run test:matrix` all of it on every Headscale.
import { expect, type Page } from '@playwright/test';
import { LAYOUTS, PROXIES } from '../../stack/reverse-proxy';
import { launchOptions, MODES, test, type Cell } from '../fixtures/deployment';
import { picture } from '../fixtures/picture';
import { enterLogin } from '../fixtures/provider';
import { JOIN_MS, NODE_GONE_MS, SIGN_IN_MS } from '../fixtures/waits';
import { controlled } from './kept';
import { openShell } from './shell';

test.use({ launchOptions });

const isWhole = process.env['HEADTAB_MATRIX'] === 'all';
const CELLS: readonly Cell[] = isWhole
	? PROXIES.flatMap((proxy) =>
			LAYOUTS.flatMap((layout) => MODES.map((mode) => ({ mode, proxy, layout })))
		)
	: [
			{ mode: 'relay', proxy: 'caddy', layout: 'same-origin' },
			{ mode: 'direct', proxy: 'nginx', layout: 'two-origins' }
		];

const machines = (page: Page) => page.getByRole('list', { name: 'Machines' });

async function signIn(page: Page, origin: string): Promise<void> {
	await page.goto(`${origin}/?screenreader=1`);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await enterLogin(page, 'alice');
	await page.waitForURL((at) => at.origin === origin, { timeout: SIGN_IN_MS });
}

for (const cell of CELLS) {
	const { mode, proxy, layout } = cell;
	test(`S9 S10 ${mode}, ${proxy}, ${layout}: a shell`, async ({
		page,
		deployment,
		headscaleVersion
	}) => {
		test.info().annotations.push({
			type: 'cell',
			description: `${mode}/${proxy}/${layout}/${headscaleVersion}`
		});
		const { tailnet, headscaleOrigin } = deployment;
		const origin = await deployment.deploy(cell);
		const nodes = async () => (await tailnet.headscale.nodes()).map(({ name }) => name);
		// The app was ended under the last cell's window, which could not say that it left.
		const before = await nodes();
		await signIn(page, origin);
		const shell = await openShell(page, `${tailnet.login}@web-1`);
		await shell.run('echo through the proxy');

		// Its way is the one that was chosen, and it may go no other.
		expect(deployment.log().includes('"ev":"relay.open"')).toBe(mode === 'relay');
		const policy = await page.evaluate(async () =>
			(await fetch('/healthz')).headers.get('content-security-policy')
		);
		const sources = [`'self'`, origin.replace('https', 'wss')];
		if (mode === 'direct' && layout === 'two-origins')
			sources.push(headscaleOrigin, headscaleOrigin.replace('https', 'wss'));
		expect(policy).toContain(`connect-src ${sources.join(' ')};`);

		await page.close();
		// Without relayed connections the beacon alone tells the server, and a browser may lose that.
		if (mode === 'direct') return;
		await expect
			.poll(async () => (await nodes()).filter((name) => !before.includes(name)), {
				message: 'nodes of the closed window',
				timeout: NODE_GONE_MS
			})
			.toEqual([]);
	});
}

test('D2 R10 Caddy ends under an open shell: the node stays, and the shell goes on behind the next one', async ({
	page,
	deployment
}) => {
	const cell: Cell = { mode: 'relay', proxy: 'caddy', layout: 'same-origin' };
	const { tailnet } = deployment;
	await signIn(page, await deployment.deploy(cell));
	const shell = await openShell(page, `${tailnet.login}@web-1`);
	await shell.run('MARK=before');
	const nodes = async () => (await tailnet.headscale.nodes()).map(({ name }) => name).sort();
	const before = await nodes();
	await deployment.stopProxy();
	// Caddy says for every window that it goes away; old ones say it so wrongly that the connection fails.
	await expect.poll(() => deployment.log()).toMatch(/client (closed \(1001\)|failed)/);
	// Longer than a window may take that is there.
	await expect(shell.region).toContainText(/\b([7-9]|\d\d) s/);
	await deployment.changeProxy(cell);
	await shell.run('echo $MARK-after');
	await shell.expectText('before-after');
	expect(await nodes()).toEqual(before);
	expect(deployment.log()).not.toContain('"ev":"node.removed"');
});

test('direct: the worker’s script comes with the policy of now, and from this device without a network', async ({
	page,
	deployment
}) => {
	const cell: Cell = { mode: 'direct', proxy: 'caddy', layout: 'two-origins' };
	await signIn(page, await deployment.deploy(cell));
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS });
	await controlled(page);
	const script = await page.evaluate(() =>
		performance
			.getEntriesByType('resource')
			.map(({ name }) => name)
			.find((name) => name.includes('node.worker'))
	);
	expect(script).toMatch(/\?policy=[\w-]{12}$/);
	const later = script?.replace(/[\w-]+$/, 'of-another') ?? '';
	const ask = (url: string) =>
		page.evaluate(async (at) => {
			const response = await fetch(at);
			return response.headers.get('content-security-policy');
		}, url);
	expect(await ask(script ?? '')).toContain(deployment.headscaleOrigin);
	await deployment.stopProxy();
	expect(await ask(later)).toContain("connect-src 'self'");
	await deployment.changeProxy(cell);
});

test('[control-cors] E7 D6 direct, without CORS: told at start and in the window', async ({
	page,
	deployment
}) => {
	const cell: Cell = { mode: 'direct', proxy: 'caddy', layout: 'two-origins' };
	const origin = await deployment.deploy(cell, (text) =>
		text.replace(/^\t\tAccess-Control-Allow-Origin .*\n/m, '')
	);
	await expect.poll(() => deployment.log()).toContain('"code":"control-cors"');
	await signIn(page, origin);
	await expect(page.getByText('control-cors')).toBeVisible({ timeout: JOIN_MS });
	await expect(
		page.getByText(new RegExp(`does not let a page of ${origin} read its answers`))
	).toBeVisible();
	await picture(page, 'E7-control-cors');
	await deployment.changeProxy(cell);
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS * 2 });
	await expect(page.getByText('control-cors')).toHaveCount(0);
});

/** Real proxies with a line too few or too many; states.spec.ts has the same with one of our own, in each run. */
const BROKEN = [
	{
		what: 'before Headtab, without the lines for upgrades',
		code: 'relay-no-websocket',
		cell: { mode: 'relay', proxy: 'nginx', layout: 'same-origin' },
		change: (text) => text.replace(/^\tproxy_set_header (Upgrade|Connection) .*\n/gm, '')
	},
	{
		what: 'before Headtab, without Sec-WebSocket-Protocol',
		code: 'relay-no-websocket',
		cell: { mode: 'relay', proxy: 'caddy', layout: 'two-origins' },
		change: (text) =>
			text.replace(
				/^\treverse_proxy .*HEADTAB_UPSTREAM.*$/m,
				'$& {\n\t\theader_up -Sec-WebSocket-Protocol\n\t}'
			)
	},
	{
		what: 'before Headscale, without the lines for upgrades',
		code: 'control-unreachable',
		cell: { mode: 'direct', proxy: 'nginx', layout: 'two-origins' },
		change: (text) => text.replace(/^\tproxy_set_header (Upgrade|Connection) .*\n/gm, '')
	}
] as const satisfies readonly {
	readonly what: string;
	readonly code: string;
	readonly cell: Cell;
	readonly change: (text: string) => string;
}[];

for (const { what, code, cell, change } of isWhole ? BROKEN : []) {
	test(`[${code}] E7 D1 D2 ${cell.proxy} ${what}`, async ({ page, deployment }) => {
		const origin = await deployment.deploy(cell, change);
		await signIn(page, origin);
		await expect(page.getByText(code, { exact: true })).toBeVisible({ timeout: JOIN_MS * 2 });
		await deployment.changeProxy(cell);
		await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS * 2 });
	});
}
