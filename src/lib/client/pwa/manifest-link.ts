// The page's `<link rel="manifest">`: putting a new one in its place makes the browser fetch the manifest
// again, through the service worker, and write the OS menu anew. Window only; os-menu.svelte.ts and the
// sign-out use it.

/** What of `navigator.serviceWorker` is used. */
export interface WorkerContainer {
	readonly controller: { readonly state: string } | null;
	readonly ready: Promise<{ readonly active: Pick<ServiceWorker, 'postMessage'> | null }>;
	addEventListener(type: 'controllerchange', listener: () => void): void;
	removeEventListener(type: 'controllerchange', listener: () => void): void;
}

export interface ManifestLinkOptions {
	/** null where there are no service workers. */
	readonly container: WorkerContainer | null;
	readonly document: Pick<Document, 'querySelector'>;
}

export class ManifestLink {
	readonly #options: ManifestLinkOptions;
	/** The manifest that came with the page was the worker's. */
	readonly wasServed: boolean;

	/** Build it while the page loads: by then it shows who served the page. */
	constructor(options: ManifestLinkOptions) {
		this.#options = options;
		this.wasServed = options.container !== null && options.container.controller !== null;
	}

	/** The same for a page that is about to be left: at once, where the worker answers it. */
	refreshNow(): void {
		const { container } = this.#options;
		if (container !== null && container.controller !== null) this.#replace();
	}

	/** Fetches the manifest anew. Waits until the worker answers this page, which it does not by itself on
	 *  a first visit and after a shift-reload; for ever where no worker is registered. */
	async refresh(): Promise<void> {
		const { container } = this.#options;
		if (container === null) return;
		await this.#controlled(container);
		this.#replace();
	}

	#replace(): void {
		const link = this.#options.document.querySelector('link[rel="manifest"]');
		link?.replaceWith(link.cloneNode());
	}

	async #controlled(container: WorkerContainer): Promise<void> {
		if (container.controller !== null) return;
		const { active } = await container.ready;
		if (this.#isControlled(container)) return;
		await new Promise<void>((resolve) => {
			const heard = () => {
				container.removeEventListener('controllerchange', heard);
				resolve();
			};
			container.addEventListener('controllerchange', heard);
			active?.postMessage({ type: 'claim' });
		});
	}

	/** Asked again after a wait: it may have changed meanwhile. */
	#isControlled(container: WorkerContainer): boolean {
		return container.controller !== null;
	}
}

/** The real one. */
export const createManifestLink = (): ManifestLink =>
	new ManifestLink({
		container: 'serviceWorker' in navigator ? navigator.serviceWorker : null,
		document
	});
