// Notifications of terminals that call: shown for the window that asks, taken back when it says so; choosing
// one brings its window up and tells it which terminal. Runs in the service worker, since a page of Chromium
// on Android can show none by itself; index.ts hands over what windows say.
import { isRecord } from '$lib/contracts/parse';
import type { CallChosen, ToServiceWorker } from '$lib/contracts/service-worker';

declare const self: ServiceWorkerGlobalScope;

type Show = Extract<ToServiceWorker, { type: 'call/show' }>;

/** Who shows a call: the same terminal calls in the same place, in each window on its own. */
const tagOf = (clientId: string, id: string): string => `${clientId}/${id}`;
/** One after the other: what is taken back was shown before. */
let last: Promise<unknown> = Promise.resolve();

export function showCall(event: ExtendableMessageEvent, { id, title, text }: Show): void {
	const { source } = event;
	if (!(source instanceof Client)) return;
	const clientId = source.id;
	inTurn(event, () =>
		self.registration.showNotification(title, {
			body: text,
			tag: tagOf(clientId, id),
			icon: '/icons/icon-192.png',
			data: { clientId, id }
		})
	);
}

export function takeBackCall(event: ExtendableMessageEvent, id: string): void {
	const { source } = event;
	if (!(source instanceof Client)) return;
	const tag = tagOf(source.id, id);
	inTurn(event, async () => {
		for (const shown of await self.registration.getNotifications({ tag })) shown.close();
	});
}

/** Brings the window up that called; a new one where it is gone. */
export function chooseCall(event: NotificationEvent): void {
	event.notification.close();
	const data: unknown = event.notification.data;
	if (!isRecord(data)) return;
	const { clientId, id } = data;
	if (typeof clientId !== 'string' || typeof id !== 'string') return;
	event.waitUntil(choose(clientId, id));
}

async function choose(clientId: string, id: string): Promise<void> {
	const client = await self.clients.get(clientId);
	try {
		if (client instanceof WindowClient) {
			client.postMessage({ type: 'call/chosen', id } satisfies CallChosen);
			await client.focus();
		} else await self.clients.openWindow('/');
	} catch (cause) {
		// The browser lets a person's choice alone bring a window up, and that for a moment only.
		if (!(cause instanceof DOMException)) throw cause;
	}
}

/** Permission may be withdrawn at any time: the call is on the icon and in its tab all the same. */
function inTurn(event: ExtendableEvent, run: () => Promise<unknown>): void {
	last = last.then(run).catch((cause: unknown) => {
		if (!(cause instanceof TypeError) && !(cause instanceof DOMException)) throw cause;
	});
	event.waitUntil(last);
}
