// Pictures of what is wrong and how it is found: waits that are long, legs, the way that works, and the pages
// for admins. Part of `npm run screenshots`; stack/screenshots.ts runs them in each look.
import { expect } from '../tests/fixtures/test';
import { DOCTOR_MS, PROBE_MS } from '../tests/fixtures/waits';
import { connect, machines, openShell, signedIn, type Shot } from './shots';
import { policy } from './tailnet';

export const DIAGNOSIS_SHOTS: Readonly<Record<string, (shot: Shot) => Promise<void>>> = {
	'slow, then a firewall on 22': async ({ stack, take, ...shot }) => {
		await stack.headscale.setPolicy(policy('demo').replace('"tag:plain:*"', '"tag:plain:443"'));
		try {
			const page = await signedIn({ stack, take, ...shot }, 'alice');
			await machines(page);
			await connect(page, 'root@plain-1');
			await expect(page.getByText('Waiting for plain-1 to answer on port 22.')).toBeVisible();
			await take(page, '08-slow');
			await expect(page.getByText(/^Looked at/)).toBeVisible({ timeout: PROBE_MS });
			await take(page, '08-legs-firewall');
		} finally {
			await stack.headscale.setPolicy(policy('demo'));
		}
	},
	'the way that works': async (shot) => {
		const page = await signedIn(shot, 'alice');
		await machines(page);
		await openShell(page, `${shot.stack.login}@web-1`);
		const latency = page.getByRole('button', { name: /^Latency \d/ });
		await expect(latency).toBeVisible();
		await latency.click();
		await shot.take(page, '05-latency');
		await page.getByRole('button', { name: 'Diagnose' }).click();
		await expect(page.getByText(/^Looked at/)).toBeVisible({ timeout: PROBE_MS });
		await shot.take(page, '08-legs-open');
	},
	'for admins': async (shot) => {
		const { stack, take } = shot;
		await stack.restartApp(undefined, { HEADTAB_ADMINS: 'alice@tailnet.example' });
		try {
			const page = await signedIn(shot, 'alice');
			await machines(page);
			await openShell(page, `${stack.login}@web-1`);
			await page.getByRole('button', { name: 'Account and settings' }).click();
			await page.getByRole('menuitem', { name: 'Live windows' }).click();
			await expect(page.getByRole('cell').first()).toBeVisible();
			await take(page, '16-windows');
			await page.getByRole('button', { name: /^End the window/ }).click();
			await take(page, '16-windows-end');
			await page.getByRole('button', { name: 'Cancel' }).click();
			await page.getByRole('button', { name: 'Doctor' }).click();
			await expect(page.getByText(/\d+ checks in \d/)).toBeVisible({ timeout: DOCTOR_MS });
			await take(page, '16-doctor');
		} finally {
			await stack.restartApp();
		}
	},
	'admins only': async (shot) => {
		const page = await signedIn(shot, 'alice', '/admin');
		await expect(page.getByText('admin-only')).toBeVisible();
		await shot.take(page, '16-admin-only');
	}
};
