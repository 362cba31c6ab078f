// What the browser shows of the app's notifications, read only where none is being shown: Chromium forgets one
// that is asked for between being written and being on display (PlatformNotificationContextImpl).
import type { Page, Worker } from '@playwright/test';
import { expect } from '../fixtures/test';
import { controlled } from './kept';

interface Shown {
	readonly title: string;
	readonly body: unknown;
}

export class Notifications {
	readonly #worker: Worker;
	#told = 0;

	private constructor(worker: Worker) {
		this.#worker = worker;
	}

	/** Waits until the service worker serves the page: only such a page speaks through it. */
	static async of(page: Page): Promise<Notifications> {
		await controlled(page);
		const [worker] = page.context().serviceWorkers();
		if (worker === undefined) throw new Error('no service worker');
		await worker.evaluate(() => {
			const registration = Reflect.get(globalThis, 'registration') as ServiceWorkerRegistration;
			const show = registration.showNotification.bind(registration);
			Reflect.set(globalThis, 'onDisplay', 0);
			registration.showNotification = async (...wanted) => {
				await show(...wanted);
				Reflect.set(globalThis, 'onDisplay', Number(Reflect.get(globalThis, 'onDisplay')) + 1);
			};
		});
		return new Notifications(worker);
	}

	/** One more comes, and is the only one on display. */
	async expectNext(wanted: Shown): Promise<void> {
		this.#told += 1;
		await expect
			.poll(() => this.#worker.evaluate(() => Number(Reflect.get(globalThis, 'onDisplay'))))
			.toBe(this.#told);
		expect(await this.#onDisplay()).toEqual([wanted]);
	}

	async expectNone(): Promise<void> {
		await expect.poll(() => this.#onDisplay()).toEqual([]);
	}

	/** The person's choice of one, as the browser tells the worker of it: no protocol of headless Chromium has
	 *  a pointer for the system's own surface. */
	async choose(title: string): Promise<void> {
		await this.#worker.evaluate(async (wanted) => {
			const registration = Reflect.get(globalThis, 'registration') as ServiceWorkerRegistration;
			const found = (await registration.getNotifications()).find((one) => one.title === wanted);
			if (found === undefined) throw new Error(`no notification called ${wanted}`);
			const Chosen = Reflect.get(globalThis, 'NotificationEvent') as new (
				type: string,
				init: { notification: Notification }
			) => Event;
			globalThis.dispatchEvent(new Chosen('notificationclick', { notification: found }));
		}, title);
	}

	#onDisplay(): Promise<readonly Shown[]> {
		return this.#worker.evaluate(async () => {
			const registration = Reflect.get(globalThis, 'registration') as ServiceWorkerRegistration;
			return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }));
		});
	}
}
