// A picture of the page as numbers: what a canvas shows is proved by its pixels. Used by e2e specs.
import type { Page } from '@playwright/test';

export interface Clip {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export class Pixels {
	private constructor(
		readonly width: number,
		readonly height: number,
		/** Red, green, blue and alpha of each. */
		readonly data: Buffer
	) {}

	static async of(page: Page, clip: Clip): Promise<Pixels> {
		const shot = await page.screenshot({ type: 'png', clip });
		const { width, height, base64 } = await page.evaluate(async (png) => {
			const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
			const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
			const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
			const context = canvas.getContext('2d');
			if (context === null) throw new Error('no 2d context');
			context.drawImage(bitmap, 0, 0);
			const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
			// One text: Playwright takes a list apart number by number, half a million for a pane's top.
			let text = '';
			for (let from = 0; from < image.data.length; from += 8_192)
				text += String.fromCharCode(...image.data.subarray(from, from + 8_192));
			return { width: image.width, height: image.height, base64: btoa(text) };
		}, shot.toString('base64'));
		return new Pixels(width, height, Buffer.from(base64, 'base64'));
	}

	/** `#rrggbb` */
	at(x: number, y: number): string {
		return hex(this.#rgb((y * this.width + x) * 4));
	}

	/** How often each colour is seen. */
	colors(): ReadonlyMap<string, number> {
		const counts = new Map<number, number>();
		for (let from = 0; from < this.data.length; from += 4) {
			const rgb = this.#rgb(from);
			counts.set(rgb, (counts.get(rgb) ?? 0) + 1);
		}
		return new Map([...counts].map(([rgb, count]) => [hex(rgb), count]));
	}

	#rgb(from: number): number {
		return from + 3 <= this.data.length ? this.data.readUIntBE(from, 3) : 0;
	}
}

const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`;
