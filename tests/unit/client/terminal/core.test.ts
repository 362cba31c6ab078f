// restty's core behind our guard, as it runs in the browser: what it answers, and a GPU device that is lost.
import { describe, expect, it, vi } from 'vitest';
import * as restty from 'restty/internal/runtime';
import { TerminalCore } from '$lib/client/terminal/core';

describe('the core', () => {
	it('tells of a lost GPU device, not of one that was given back', async () => {
		for (const [reason, times] of [
			['unknown', 1],
			['destroyed', 0]
		] as const) {
			let lose: (info: { reason: string }) => void = () => undefined;
			const lost = new Promise<{ reason: string }>((resolve) => (lose = resolve));
			const common = {
				...restty.createResttyRuntimeSession(),
				getWebGPUCore: () => Promise.resolve({ device: { lost } })
			} as unknown as ReturnType<typeof restty.createResttyRuntimeSession>;
			const onGpuLost = vi.fn();
			const core = new TerminalCore(restty, common, () => undefined, onGpuLost);
			await core.session.getWebGPUCore({} as HTMLCanvasElement);
			expect(onGpuLost).not.toHaveBeenCalled();
			lose({ reason });
			await lost;
			await Promise.resolve();
			expect(onGpuLost).toHaveBeenCalledTimes(times);
		}
	});

	it('has no device where the browser draws by WebGL2', async () => {
		const common = {
			...restty.createResttyRuntimeSession(),
			getWebGPUCore: () => Promise.resolve(null)
		};
		const core = new TerminalCore(
			restty,
			common,
			() => undefined,
			() => undefined
		);
		expect(await core.session.getWebGPUCore({} as HTMLCanvasElement)).toBeNull();
	});
});
