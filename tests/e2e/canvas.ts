// What a window shows as pixels: the proof that a terminal has really been drawn. Used by e2e specs.
import type { Page } from '@playwright/test';

/** Number of distinct colours drawn, as a proof that the canvas shows what was sent. */
export async function canvasColours(page: Page): Promise<number> {
	const shot = await page.screenshot({ type: 'png' });
	return page.evaluate(async (base64) => {
		const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
		const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
		const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
		const context = canvas.getContext('2d');
		if (context === null) throw new Error('no 2d context');
		context.drawImage(bitmap, 0, 0);
		const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
		const counts = new Map<number, number>();
		for (let i = 0; i < data.length; i += 4) {
			const colour = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
			counts.set(colour, (counts.get(colour) ?? 0) + 1);
		}
		return [...counts.values()].filter((count) => count > 800).length;
	}, shot.toString('base64'));
}
