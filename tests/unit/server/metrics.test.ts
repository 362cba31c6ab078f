// What the metrics make of the audit trail's events, and what they tell of the process.
import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Audit } from '$lib/server/audit/log';
import { makeLogger } from '$lib/server/log';
import { Metrics } from '$lib/server/metrics/registry';

const metricsWith = (hasProcess: boolean) =>
	new Metrics({
		version: '0',
		relay: { count: () => 0, movedBytes: { up: 0, down: 0 }, windows: [] },
		agent: {
			facts: {
				phase: { at: 'stopped' },
				isControlConnected: false,
				peers: 0,
				restarts: 0,
				health: null,
				stats: null
			}
		},
		hasProcess
	});

test('a removed node is counted once, by who ended it', async () => {
	const audit = new Audit(makeLogger({ level: 'silent', secrets: [] }));
	const metrics = metricsWith(false);
	metrics.listen(audit);
	// An admin ends a window, and its node goes with it.
	audit.write('window.ended', true, { by: 'abcd1234', hostname: 'headtab-a' });
	audit.write('node.removed', true, { by: 'admin', node: '1', hostname: 'headtab-a' });
	audit.write('node.removed', true, { by: 'window', node: '2', hostname: 'headtab-b' });
	audit.write('node.removed', true, { agent: true, node: '3', hostname: 'headtab-agent-c' });
	audit.write('janitor.delete', true, { node: '4', hostname: 'headtab-d' });
	const { body } = await metrics.text();
	const counted = [...body.matchAll(/^headtab_nodes_removed_total\{by="(\w+)"\} (\d+)$/gm)];
	expect(Object.fromEntries(counted.map(([, by, n]) => [by, n]))).toEqual({
		admin: '1',
		window: '1',
		agent: '1',
		janitor: '1'
	});
});

test('open descriptors are counted, and nothing lists each of them', async () => {
	const metrics = metricsWith(true);
	const count = async () =>
		Number(/^process_open_fds (\d+)$/m.exec((await metrics.text()).body)?.[1]);
	const before = await count();
	const files = await Promise.all(Array.from({ length: 50 }, () => open('/dev/null')));
	const after = await count();
	await Promise.all(files.map((file) => file.close()));
	expect(after - before).toBeGreaterThanOrEqual(50);
	expect((await metrics.text()).body).not.toContain('nodejs_active_');
});
