// The launcher's list, choice and keys, over plain peers and recents.
import { describe, expect, it } from 'vitest';
import { nodeId, nodeName, type NodeName } from '$lib/contracts/ids';
import type { Peer } from '$lib/contracts/tailnet';
import { Launcher, type LauncherKey } from '$lib/client/launcher/launcher.svelte';
import { login, peer as anyPeer } from '../fakes';

const peer = (name: string, more: Partial<Peer> = {}): Peer =>
	anyPeer({ id: nodeId(`id-${name}`), name: nodeName(name), ...more });

interface Setup {
	readonly peers: readonly Peer[];
	readonly logins?: Readonly<Record<string, string>>;
	readonly favourites?: readonly string[];
	readonly groupBy?: 'state' | 'tag' | 'owner';
}

const launcher = ({ peers, logins = {}, favourites = [], groupBy = 'state' }: Setup) =>
	new Launcher({
		peers: { peers },
		settings: { values: { groupBy } },
		recents: {
			byNode: (node: string) => {
				const last = logins[node];
				return last === undefined
					? null
					: {
							node: nodeName(node),
							logins: [{ login: login(last), openedAtMs: 5 }],
							openedAtMs: 5,
							isFavourite: false,
							color: null,
							lastEnd: null,
							startUp: null
						};
			},
			lastLogin: (node: string) => {
				const last = logins[node];
				return last === undefined ? null : login(last);
			},
			isFavourite: (node: string) => favourites.includes(node)
		}
	});

const key = (name: string, more: Partial<LauncherKey> = {}): LauncherKey => ({
	key: name,
	ctrlKey: false,
	metaKey: false,
	shiftKey: false,
	altKey: false,
	isComposing: false,
	isAtEnd: true,
	...more
});

const names = (of: Launcher): readonly NodeName[] => of.rows.map((row) => row.peer.name);

describe('Launcher', () => {
	const machines = [
		peer('web-10'),
		peer('old-1', { isOnline: false, lastSeenMs: 1 }),
		peer('web-2'),
		peer('db-1')
	];

	it('groups favourites, online and offline, names in natural order', () => {
		const of = launcher({ peers: machines, favourites: ['web-10'] });
		expect(names(of)).toEqual(['web-10', 'db-1', 'web-2', 'old-1']);
		expect(of.rows.map((row) => row.group.kind)).toEqual([
			'favourite',
			'online',
			'online',
			'offline'
		]);
	});

	it('groups by tag or owner: favourites first, online before offline in each, no name last', () => {
		const tagged = [
			peer('laptop'),
			peer('web-2', { tags: ['tag:prod', 'tag:web'] }),
			peer('web-1', { tags: ['tag:prod'], isOnline: false }),
			peer('db-1', { tags: ['tag:db'] }),
			peer('desk', { owner: 'bob' })
		];
		const heads = (of: Launcher) =>
			of.heads.map(({ group, count }) => [group.kind, group.name, count]);
		const byTag = launcher({ peers: tagged, groupBy: 'tag', favourites: ['desk'] });
		expect(names(byTag)).toEqual(['desk', 'db-1', 'web-2', 'web-1', 'laptop']);
		expect(heads(byTag)).toEqual([
			['favourite', '', 1],
			['tag', 'db', 1],
			['tag', 'prod', 2],
			['rest', '', 1]
		]);
		byTag.query = 'web';
		expect(heads(byTag)).toEqual([['tag', 'prod', 2]]);
		const byOwner = launcher({ peers: tagged, groupBy: 'owner' });
		expect(heads(byOwner)).toEqual([
			['owner', 'alice', 1],
			['owner', 'bob', 1],
			['rest', '', 3]
		]);
		expect(names(byOwner)).toEqual(['laptop', 'desk', 'db-1', 'web-2', 'web-1']);
	});

	it('chooses the first row, and the first again when the query changes', () => {
		const of = launcher({ peers: machines });
		expect(of.chosen?.peer.name).toBe('db-1');
		of.key(key('ArrowDown'));
		expect(of.chosen?.peer.name).toBe('web-2');
		of.query = 'web';
		expect(of.chosen?.peer.name).toBe('web-2');
		of.key(key('ArrowDown'));
		expect(of.chosen?.peer.name).toBe('web-10');
		of.query = 'we';
		expect(of.chosen?.peer.name).toBe('web-2');
	});

	it('stays in the list at both ends', () => {
		const of = launcher({ peers: machines });
		of.key(key('ArrowUp'));
		expect(of.chosenIndex).toBe(0);
		of.key(key('PageDown'));
		expect(of.chosenIndex).toBe(3);
		of.key(key('ArrowDown'));
		expect(of.chosenIndex).toBe(3);
	});

	it('connects as the remembered user with Enter, and asks when none is known', () => {
		const of = launcher({ peers: machines, logins: { 'db-1': 'root' } });
		expect(of.key(key('Enter'))).toEqual({ kind: 'connect', node: 'db-1', login: 'root' });
		of.query = 'web-2';
		expect(of.key(key('Enter'))).toEqual({ kind: 'ask', node: 'web-2', login: '' });
	});

	it('asks with Ctrl+Enter, beginning with the remembered user', () => {
		const of = launcher({ peers: machines, logins: { 'db-1': 'root' } });
		expect(of.key(key('Enter', { ctrlKey: true }))).toEqual({
			kind: 'ask',
			node: 'db-1',
			login: 'root'
		});
	});

	it('connects user@machine at once', () => {
		const of = launcher({ peers: machines, logins: { 'web-2': 'root' } });
		of.query = 'deploy@web-2';
		expect(of.direct).toEqual({ node: 'web-2', login: 'deploy' });
		expect(of.isDirectChosen).toBe(true);
		expect(of.key(key('Enter'))).toEqual({ kind: 'connect', node: 'web-2', login: 'deploy' });
	});

	it('prefers the machine that is named exactly over the best match', () => {
		const of = launcher({ peers: [peer('web-1'), peer('web-10', { isOnline: false })] });
		of.query = 'root@web-10';
		expect(of.direct?.node).toBe('web-10');
	});

	it('keeps the typed user for a row chosen by the arrows', () => {
		const of = launcher({ peers: machines });
		of.query = 'deploy@web';
		of.key(key('ArrowDown'));
		of.key(key('ArrowDown'));
		expect(of.isDirectChosen).toBe(false);
		expect(of.key(key('Enter'))).toEqual({ kind: 'connect', node: 'web-10', login: 'deploy' });
		of.key(key('ArrowUp'));
		of.key(key('ArrowUp'));
		expect(of.isDirectChosen).toBe(true);
	});

	it('asks when the typed user is not one', () => {
		const of = launcher({ peers: machines });
		of.query = '-x@web-2';
		expect(of.direct).toBeNull();
		expect(of.key(key('Enter'))).toEqual({ kind: 'ask', node: 'web-2', login: '-x' });
	});

	it('queues what is typed before the list is there', () => {
		const of = launcher({ peers: [] });
		of.query = 'root@ghost';
		expect(of.key(key('Enter'))).toEqual({ kind: 'connect', node: 'ghost', login: 'root' });
		of.query = 'ghost';
		expect(of.key(key('Enter'))).toEqual({ kind: 'ask', node: 'ghost', login: '' });
		of.query = 'no such machine!';
		expect(of.key(key('Enter'))).toBeNull();
	});

	it('stars, inspects, clears and leaves', () => {
		const of = launcher({ peers: machines, favourites: ['web-2'] });
		expect(of.key(key('d', { ctrlKey: true }))).toEqual({
			kind: 'star',
			node: 'web-2',
			isFavourite: false
		});
		expect(of.key(key('ArrowRight'))).toEqual({ kind: 'inspect' });
		expect(of.key(key('ArrowRight', { isAtEnd: false }))).toBeNull();
		of.query = 'x';
		expect(of.key(key('Escape'))).toEqual({ kind: 'handled' });
		expect(of.query).toBe('');
		expect(of.key(key('Escape'))).toEqual({ kind: 'leave' });
	});

	it('suggests what a filter can be, the most frequent first, and finishes it', () => {
		const of = launcher({
			peers: [
				peer('web-1', { tags: ['tag:prod', 'tag:web'] }),
				peer('web-2', { tags: ['tag:prod'] }),
				peer('mac-1', { os: 'macOS' })
			]
		});
		expect(of.facets).toEqual([]);
		of.query = 'tag:';
		expect(of.facets).toEqual([
			{ by: 'tag', value: 'prod', count: 2 },
			{ by: 'tag', value: 'web', count: 1 }
		]);
		of.query = 'web-1 tag:p';
		expect(of.facets.map(({ value }) => value)).toEqual(['prod']);
		of.narrow({ by: 'tag', value: 'prod' });
		expect(of.query).toBe('web-1 tag:prod ');
		expect(of.facets).toEqual([]);
		expect(names(of)).toEqual(['web-1']);
		of.query = 'os:mac';
		expect(names(of)).toEqual(['mac-1']);
	});

	it('leaves letters and composed text to the field', () => {
		const of = launcher({ peers: machines });
		expect(of.key(key('a'))).toBeNull();
		expect(of.key(key('Enter', { isComposing: true }))).toBeNull();
	});

	it('N12 tells two machines of one name apart, and takes strange names as text', () => {
		const strange = `<img src=x onerror=alert(1)>🐧${String.fromCodePoint(0x202e)}abc`;
		const of = launcher({
			peers: [
				peer('twin', { id: nodeId('a'), addresses: ['100.64.0.1'] }),
				peer('twin', { id: nodeId('b'), addresses: ['100.64.0.2'] }),
				peer(strange),
				peer('x'.repeat(500)),
				peer('six', { addresses: ['fd7a::1'] })
			]
		});
		expect(of.rows.filter((row) => row.isTwin).map((row) => row.peer.addresses[0])).toEqual([
			'100.64.0.1',
			'100.64.0.2'
		]);
		of.query = '<img';
		expect(names(of)).toEqual([strange]);
	});

	it('N12 finds among 5,000 machines', () => {
		const of = launcher({
			peers: Array.from({ length: 5_000 }, (_, at) => peer(`node-${String(at)}`))
		});
		for (const query of ['n', 'no', 'nod', 'node-4', 'node-49', 'node-499', 'n4999']) {
			of.query = query;
			expect(of.rows.length).toBeGreaterThan(0);
		}
		expect(of.chosen?.peer.name).toBe('node-4999');
	});
});
