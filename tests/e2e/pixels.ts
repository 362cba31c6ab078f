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
		readonly data: readonly number[]
	) {}

	static async of(page: Page, clip: Clip): Promise<Pixels> {
		const shot = await page.screenshot({ type: 'png', clip });
		const { width, height, data } = await page.evaluate(async (base64) => {
			const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
			const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
			const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
			const context = canvas.getContext('2d');
			if (context === null) throw new Error('no 2d context');
			context.drawImage(bitmap, 0, 0);
			const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
			return { width: image.width, height: image.height, data: [...image.data] };
		}, shot.toString('base64'));
		return new Pixels(width, height, data);
	}

	/** `#rrggbb` */
	at(x: number, y: number): string {
		const from = (y * this.width + x) * 4;
		const hex = (part: number) => part.toString(16).padStart(2, '0');
		return `#${[0, 1, 2].map((i) => hex(this.data[from + i] ?? 0)).join('')}`;
	}

	/** How often each colour is seen. */
	colors(): ReadonlyMap<string, number> {
		const counts = new Map<string, number>();
		for (let y = 0; y < this.height; y += 1) {
			for (let x = 0; x < this.width; x += 1) {
				const color = this.at(x, y);
				counts.set(color, (counts.get(color) ?? 0) + 1);
			}
		}
		return counts;
	}
}
