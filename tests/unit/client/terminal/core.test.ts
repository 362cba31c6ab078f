// restty's core behind our guard, as it runs in the browser: what it answers, and a GPU device that is lost.
import { describe, expect, it, vi } from 'vitest';
import * as restty from 'restty/internal/runtime';
import { ByteFilter, NEW_SHELL } from '$lib/client/terminal/byte-filter';
import { TerminalCore, type RenderState } from '$lib/client/terminal/core';

describe('the core', () => {
	it('P6 tells of a lost GPU device, not of one that was given back', async () => {
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

	it('a device keeps no core that is done with: it is asked once, and tells those that are left', async () => {
		let lose: (info: { reason: string }) => void = () => undefined;
		const lost = new Promise<{ reason: string }>((resolve) => (lose = resolve));
		const asked = vi.spyOn(lost, 'then');
		const device = { lost };
		const common = {
			...restty.createResttyRuntimeSession(),
			getWebGPUCore: () => Promise.resolve({ device })
		} as unknown as ReturnType<typeof restty.createResttyRuntimeSession>;
		const told: number[] = [];
		const cores = [0, 1, 2].map(
			(at) =>
				new TerminalCore(
					restty,
					common,
					() => undefined,
					() => told.push(at)
				)
		);
		for (const core of cores) await core.session.getWebGPUCore({} as HTMLCanvasElement);
		expect(asked).toHaveBeenCalledTimes(1);
		cores[1]?.dispose();
		lose({ reason: 'unknown' });
		await lost;
		await Promise.resolve();
		expect(told).toEqual([0, 2]);
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

	it.each(['\x1b[>1u', '\x1b[=5u', '\x1b[>1u\x1b[>8u', '\x1b[>1u\x1b[?1049h\x1b[>8u', '\x1b[?5h'])(
		'a new shell has its usual keys and colours after %j of one that is gone',
		async (left) => {
			const core = new TerminalCore(
				restty,
				restty.createResttyRuntimeSession(),
				() => undefined,
				() => undefined
			);
			const wasm = await core.session.getWasm();
			const handle = wasm.create(8, 2, 1000);
			let answers = '';
			const write = (text: string) => {
				wasm.write(handle, text);
				answers += wasm.drainOutput(handle);
			};
			const filter = new ByteFilter(
				{
					output: (bytes) => {
						write(new TextDecoder().decode(bytes));
					},
					mode: write,
					event: () => undefined
				},
				{ ownOrigin: 'https://tab.example' }
			);
			const push = (text: string) => {
				filter.push(new TextEncoder().encode(text));
			};
			push(left);
			push(NEW_SHELL);
			expect(core.kittyKeyboardFlags()).toBe(0);
			push('\x1b[<u');
			expect(core.kittyKeyboardFlags()).toBe(0);
			push('\x1b[?5$p');
			expect(answers).toContain('\x1b[?5;2$y');
			wasm.destroy(handle);
		}
	);

	it('gives restty what is to be drawn, and everybody else what programs wrote', async () => {
		const common = restty.createResttyRuntimeSession();
		const core = new TerminalCore(
			restty,
			common,
			() => undefined,
			() => undefined
		);
		const wasm = await core.session.getWasm();
		const handle = wasm.create(8, 1, 1000);
		// As a theme comes: every colour of it is a near grey.
		wasm.setDefaultColors(handle, 0x222222, 0xffffff, 0x222222);
		const greys = Array.from({ length: 16 }, (_, at) => [0x60 + at, 0x60, 0x60]);
		wasm.setPalette(handle, Uint8Array.from(greys.flat()), 16);
		wasm.write(handle, '\x1b[37;44m\ue0bax');
		const colors = (state: RenderState | null) => [...(state?.fgBytes?.slice(4, 7) ?? [])];
		const written = core.renderState();
		expect(written?.codepoints?.[0]).toBe(0xe0ba);
		expect(colors(written)).toEqual([0x67, 0x60, 0x60]);
		const toDraw = wasm.getRenderState(handle);
		expect(toDraw?.codepoints?.[0]).toBe(0xe0bc);
		expect(Math.min(...colors(toDraw))).toBeGreaterThan(0xc0);
		core.paint((state) => ({ ...state, fgBytes: Uint8Array.of(0, 0, 0, 0, ...[1, 2, 3]) }));
		expect(colors(wasm.getRenderState(handle))).toEqual([1, 2, 3]);
		expect(colors(core.renderState())).toEqual([0x67, 0x60, 0x60]);
		core.paint(null);
		expect(colors(wasm.getRenderState(handle))).toEqual(colors(toDraw));
		wasm.destroy(handle);
	});
});
