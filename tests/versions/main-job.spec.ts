// The main job in a browser, once for each release of Headscale that works. Run by `npm run test:matrix`; alone by
// `npm run test:matrix -- versions`.
import { NODE_GONE_MS } from '../fixtures/waits';
import { openShell } from '../e2e/shell';
import { expect, test } from '../fixtures/test';

test('alice signs in, works on web-1, and nothing stays when her window closes', async ({
	signIn,
	stack,
	headscaleVersion
}) => {
	expect(stack.headscale.version).toBe(headscaleVersion);
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('whoami; echo on-$((40+2))');
	await shell.expectText(stack.login);
	await shell.expectText('on-42');
	expect(await stack.ownNodes()).toHaveLength(1);
	await page.close();
	await expect.poll(async () => stack.ownNodes(), { timeout: NODE_GONE_MS }).toEqual([]);
});
