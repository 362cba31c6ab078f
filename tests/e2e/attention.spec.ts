// Terminals that nobody looks at: they call by bell and by a finished command, a notification leads back to
// the right one, and nothing of them is drawn.
import { expect, test } from '../fixtures/test';
import { Notifications } from './notifications';
import { openShell, type Shell, tabsOf, waitForFile } from './shell';

test('a bell or a finished command of a tab that is not in view notifies; choosing it brings up the right tab of the right window', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['notifications']);
	const page = await signIn('alice');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	await page.keyboard.press('Control+Comma');
	await page.getByRole('button', { name: 'Notifications', exact: true }).click();
	await page.getByRole('switch', { name: /^Notify/ }).click();
	const notifications = await Notifications.of(page);
	const [web, db] = [`${stack.login}@web-1`, `${stack.login}@db-1`];
	const other = await context.newPage();
	await other.goto('/?screenreader=1');
	const elsewhere = await openShell(other, web);

	await page.bringToFront();
	const first = await openShell(page, web);
	const go = `/tmp/headtab-call-${String(Date.now())}`;
	const mark = (what: string) => String.raw`printf '\e]133;` + what + String.raw`\a'`;
	const wait = (step: number) => waitForFile(`${go}${String(step)}`);
	await first.type(
		`${wait(1)}; printf '\\a'; ${wait(2)}; ${mark('C')}; echo begun; ${wait(3)}; ${mark('D;3')}`
	);
	const second = await openShell(page, db);
	await second.run(`touch ${go}1`);
	await notifications.expectNext({ title: web, body: 'The bell rang.' });

	// The other window is the one in front, and has a tab of the same name.
	await other.bringToFront();
	await notifications.choose(web);
	await expect(first.region).toBeVisible();
	await expect(page.getByRole('tab', { selected: true })).toHaveAccessibleName(web);
	await notifications.expectNone();
	await expect(elsewhere.region).toBeVisible();

	// A minute passes between the marks of one command; a short one calls nobody.
	await page.bringToFront();
	await tabsOf(page).nth(1).click();
	await second.run(`touch ${go}2`);
	await expect(tabsOf(page).first()).toHaveAttribute('aria-description', /new output/);
	// Its begin has been read, too, not only come.
	await expect(first.region.locator('[aria-label^="Text of"]')).toContainText(/^begun$/m);
	await page.evaluate(() => {
		// The clock on the wall alone: Playwright's also takes the one that paces the drawing.
		const now = Date.now.bind(Date);
		Date.now = () => now() + 60_000;
	});
	await second.run(`touch ${go}3`);
	await notifications.expectNext({
		title: web,
		body: expect.stringMatching(/^A command failed with 3 after 1 min/)
	});
	// Seen by the person's own way: it goes by itself.
	await tabsOf(page).first().click();
	await notifications.expectNone();
});

test('a terminal that is not in view draws nothing, and all of it when it is', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice', {
		before: async (blank) => {
			// Draw calls by canvas, whoever makes them.
			await blank.addInitScript(() => {
				const counts = new WeakMap<object, number>();
				const context = WebGL2RenderingContext.prototype;
				const count = (of: WebGL2RenderingContext) => {
					counts.set(of.canvas, (counts.get(of.canvas) ?? 0) + 1);
				};
				const { drawArrays, drawElements, drawArraysInstanced, drawElementsInstanced, clear } =
					context;
				context.clear = function (...args) {
					count(this);
					clear.apply(this, args);
				};
				context.drawArrays = function (...args) {
					count(this);
					drawArrays.apply(this, args);
				};
				context.drawElements = function (...args) {
					count(this);
					drawElements.apply(this, args);
				};
				context.drawArraysInstanced = function (...args) {
					count(this);
					drawArraysInstanced.apply(this, args);
				};
				context.drawElementsInstanced = function (...args) {
					count(this);
					drawElementsInstanced.apply(this, args);
				};
				Reflect.set(globalThis, 'drawCalls', (canvas: object) => counts.get(canvas) ?? 0);
			});
		}
	});
	const drawn = (shell: Shell) =>
		shell.region.locator('canvas').evaluateAll((canvases) => {
			const calls = Reflect.get(globalThis, 'drawCalls') as (canvas: object) => number;
			return canvases.reduce((sum, canvas) => sum + calls(canvas), 0);
		});
	const web = await openShell(page, `${stack.login}@web-1`);
	const go = `/tmp/headtab-draw-${String(Date.now())}`;
	await web.type(
		`${waitForFile(go)}; for i in $(seq 400); do echo row-$i; sleep 0.01; done; echo al""l`
	);
	const db = await openShell(page, `${stack.login}@db-1`);
	await db.run('clear');
	const before = await drawn(web);
	expect(before).toBeGreaterThan(0);
	const received = await web.receivedBytes();
	const seen = await drawn(db);
	await db.run(`touch ${go}`);
	await expect.poll(() => web.receivedBytes()).toBeGreaterThan(received + 300);
	expect(await drawn(web)).toBe(before);
	expect(await drawn(db)).toBeGreaterThan(seen);
	await tabsOf(page).first().click();
	await web.expectText('all');
	await expect.poll(() => drawn(web)).toBeGreaterThan(before);
});
