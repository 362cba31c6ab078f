// WebGL2 where there is no GPU (virtual machines, remote desktops, blocked drivers): restty 0.3.0 draws
// each cell as one instance, and SwiftShader and llvmpipe pay for an instance what they pay for a draw
// call. Its calls become plain triangles, its background a few boxes, its shaders short ones
// (figures: docs/decisions/0005-page-speed.md). Window only; engine.ts gives it each canvas.
import { joinBoxes, QuadVertices, BOX_FLOATS, GLYPH_FLOATS } from './quads';

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** restty's instance attributes after the corner: location, size; in the order of its buffers. */
const ATTRIBUTES: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
	[BOX_FLOATS]: [
		[1, 2],
		[2, 2],
		[3, 4]
	],
	[GLYPH_FLOATS]: [
		[1, 2],
		[2, 2],
		[3, 2],
		[4, 2],
		[5, 4],
		[6, 4],
		[7, 1],
		[8, 1]
	]
};

const eased = new WeakSet<HTMLCanvasElement>();

/** Software draws this canvas. */
export const isDrawnBySoftware = (canvas: HTMLCanvasElement | null): boolean =>
	canvas !== null && eased.has(canvas);

/** Lets a canvas draw cheaply as soon as it gets a WebGL2 context without a GPU. */
export function easeSoftwareDrawing(canvas: HTMLCanvasElement): void {
	const getContext = canvas.getContext.bind(canvas);
	Object.defineProperty(canvas, 'getContext', {
		configurable: true,
		value: (kind: string, options?: unknown): unknown => {
			const context: unknown = getContext(kind, options);
			if (context instanceof WebGL2RenderingContext && isSoftware(context)) {
				// One context a canvas: asking again must not wrap it again.
				Object.defineProperty(canvas, 'getContext', { configurable: true, value: getContext });
				eased.add(canvas);
				ease(context);
			}
			return context;
		}
	});
}

function isSoftware(gl: WebGL2RenderingContext): boolean {
	const info = gl.getExtension('WEBGL_debug_renderer_info');
	const name: unknown = gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
	return typeof name === 'string' && SOFTWARE.test(name);
}

/** restty uploads an instance buffer and draws it at once: both calls become one of ours. */
function ease(gl: WebGL2RenderingContext): void {
	const real = {
		bufferSubData: gl.bufferSubData.bind(gl),
		clear: gl.clear.bind(gl),
		clearColor: gl.clearColor.bind(gl),
		drawArraysInstanced: gl.drawArraysInstanced.bind(gl),
		shaderSource: gl.shaderSource.bind(gl)
	};
	const meshes = new Map<number, Mesh>();
	let uploaded: Float32Array | null = null;
	let background: readonly number[] = [0, 0, 0, 0];
	let isCleared = false;

	Object.assign(gl, {
		shaderSource(shader: WebGLShader, source: string) {
			real.shaderSource(shader, withoutLinearBlending(source));
		},
		clearColor(...color: [number, number, number, number]) {
			background = color;
			real.clearColor(...color);
		},
		clear(mask: number) {
			isCleared = (mask & gl.COLOR_BUFFER_BIT) !== 0;
			real.clear(mask);
		},
		bufferSubData(target: number, offset: number, data: unknown) {
			uploaded = target === gl.ARRAY_BUFFER && data instanceof Float32Array ? data : null;
			if (uploaded === null) Reflect.apply(real.bufferSubData, gl, [target, offset, data]);
		},
		drawArraysInstanced(mode: number, first: number, count: number, instances: number) {
			const data = uploaded;
			const floats = data === null ? 0 : data.length / instances;
			const attributes = ATTRIBUTES[floats];
			uploaded = null;
			if (data === null || attributes === undefined || mode !== gl.TRIANGLES || count !== 6) {
				if (data !== null) real.bufferSubData(gl.ARRAY_BUFFER, 0, data);
				real.drawArraysInstanced(mode, first, count, instances);
				return;
			}
			const visible = floats === BOX_FLOATS ? joinBoxes(data, isCleared ? background : null) : data;
			isCleared = false;
			if (visible.length === 0) return;
			let mesh = meshes.get(floats);
			if (mesh === undefined) meshes.set(floats, (mesh = new Mesh(gl, floats, attributes)));
			mesh.draw(visible);
		}
	});
}

/** In WebGL2 restty always blends as the page does (`u_blend` is 0), but software runs both branches of
 *  an `if` with their powers for each pixel. The uniform stays, restty asks for its place. */
const withoutLinearBlending = (source: string): string =>
	source
		.replace('bool useLinear = u_blend.x > 0.5;', 'const bool useLinear = false;')
		.replace('bool useCorrection = u_blend.y > 0.5;', 'const bool useCorrection = false;')
		.replaceAll('fragColor = color;', 'fragColor = color + u_blend.xyxy;');

/** Quads of one kind as indexed triangles. */
class Mesh {
	readonly #gl: WebGL2RenderingContext;
	readonly #vertices: QuadVertices;
	readonly #array: WebGLVertexArrayObject;
	readonly #buffer: WebGLBuffer;
	readonly #indices: WebGLBuffer;
	#quads = 0;

	constructor(
		gl: WebGL2RenderingContext,
		floats: number,
		attributes: readonly (readonly [number, number])[]
	) {
		this.#gl = gl;
		this.#vertices = new QuadVertices(floats);
		this.#array = gl.createVertexArray();
		this.#buffer = gl.createBuffer();
		this.#indices = gl.createBuffer();
		gl.bindVertexArray(this.#array);
		gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
		gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#indices);
		const stride = (2 + floats) * 4;
		let offset = 0;
		for (const [location, size] of [[0, 2] as const, ...attributes]) {
			gl.enableVertexAttribArray(location);
			gl.vertexAttribPointer(location, size, gl.FLOAT, false, stride, offset);
			offset += size * 4;
		}
	}

	draw(instances: Float32Array): void {
		const gl = this.#gl;
		const { data, length, quads } = this.#vertices.fill(instances);
		gl.bindVertexArray(this.#array);
		gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
		gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW, 0, length);
		if (quads > this.#quads) {
			this.#quads = Math.max(quads, this.#quads * 2, 256);
			gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, QuadVertices.indices(this.#quads), gl.STATIC_DRAW);
		}
		gl.drawElements(gl.TRIANGLES, quads * 6, gl.UNSIGNED_INT, 0);
	}
}
