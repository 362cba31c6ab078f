// Who sees what: the policy decides, and a person without a Headscale user is told what to do.
import { picture } from '../fixtures/picture';
import { expect, test } from '../fixtures/test';

test.use({ hasServiceWorker: false });

test('bob sees web-1 only', async ({ signIn }) => {
	const page = await signIn('bob');
	const machines = page.getByRole('list', { name: 'Machines' });
	await expect(machines.getByRole('listitem').filter({ hasText: 'web-1' })).toBeVisible();
	await expect(machines.getByRole('listitem')).toHaveCount(1);
});

test('[identity-no-headscale-user] L10 carol reads who she is, how people are matched, and is let in once she is linked', async ({
	signIn,
	stack
}) => {
	const page = await signIn('carol');
	await expect(page.getByText('identity-no-headscale-user')).toBeVisible();
	await picture(page, 'E4-identity-no-headscale-user');
	const main = page.getByRole('main');
	await expect(main).toContainText('carol');
	await expect(main).toContainText(stack.oidc.issuer);
	await expect(main.getByRole('button', { name: 'Copy for admin' })).toBeVisible();
	expect(await stack.keysIssuedTo('carol')).toBe(0);

	await main.getByRole('button', { name: /Try again/ }).click();
	await expect(page.getByText('identity-no-headscale-user')).toBeVisible();
});
