// AppError: the one error that crosses realms, by code and params, never by text.
import { hex } from './hex';
import { ERRORS, isErrorCode, type ErrorCode, type ErrorParams } from './errors';

/** What crosses a realm; `cause` never does. */
export interface WireError {
	readonly code: ErrorCode;
	readonly params: Readonly<Record<string, string>>;
	/** Finds the cause in the log of the realm that made it. */
	readonly id: string;
}

/** What a person or a monitor reads; `application/problem+json` carries exactly this. */
export interface ErrorReport {
	readonly code: ErrorCode;
	readonly message: string;
	readonly remedy: string;
	readonly retryable: boolean;
	readonly docs: string;
	readonly id: string;
}

type ParamsArg<C extends ErrorCode> = keyof ErrorParams<C> extends never
	? [params?: Readonly<Record<string, never>>, options?: { cause?: unknown }]
	: [params: ErrorParams<C>, options?: { cause?: unknown }];

export class AppError extends Error {
	override readonly name = 'AppError';
	readonly code: ErrorCode;
	readonly params: Readonly<Record<string, string>>;
	readonly id: string;

	private constructor(wire: WireError, cause: unknown) {
		super(fill(ERRORS[wire.code].message, wire), { cause });
		this.code = wire.code;
		this.params = wire.params;
		this.id = wire.id;
	}

	/** A new failure at the boundary that knows the leg. */
	static of<C extends ErrorCode>(code: C, ...[params, options]: ParamsArg<C>): AppError {
		return new AppError({ code, params: params ?? {}, id: newErrorId() }, options?.cause);
	}

	/** The same failure, on this side of a wire. */
	static fromWire(wire: WireError): AppError {
		return new AppError(wire, undefined);
	}

	toWire(): WireError {
		return { code: this.code, params: this.params, id: this.id };
	}
}

export const isAppError = (value: unknown): value is AppError => value instanceof AppError;

/** An AppError as it is; anything else becomes `internal`, its cause kept for the log. */
export function toAppError(value: unknown): AppError {
	return isAppError(value) ? value : AppError.of('internal', {}, { cause: value });
}

/** Reads what another realm sent; a stranger becomes `internal`. */
export function parseWireError(value: unknown): WireError {
	if (typeof value === 'object' && value !== null && 'code' in value && isErrorCode(value.code)) {
		const params: Record<string, string> = {};
		if ('params' in value && typeof value.params === 'object' && value.params !== null) {
			for (const [name, param] of Object.entries(value.params))
				if (typeof param === 'string' || typeof param === 'number') params[name] = String(param);
		}
		const id = 'id' in value && typeof value.id === 'string' ? value.id : newErrorId();
		return { code: value.code, params, id };
	}
	return { code: 'internal', params: {}, id: newErrorId() };
}

/** The filled-in texts of an error. `docs` is the README anchor. */
export function report(error: WireError): ErrorReport {
	const row = ERRORS[error.code];
	return {
		code: error.code,
		message: fill(row.message, error),
		remedy: fill(row.remedy, error),
		retryable: row.retry !== 'never',
		docs: `README.md#${error.code}`,
		id: error.id
	};
}

/** The same with the params: another realm builds the same AppError of it. */
export const fullReport = (error: WireError): ErrorReport & WireError => ({
	...report(error),
	params: error.params
});

function fill(text: string, error: WireError): string {
	return text.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
		name === 'id' ? error.id : (error.params[name] ?? 'unknown')
	);
}

function newErrorId(): string {
	return hex(globalThis.crypto.getRandomValues(new Uint8Array(5)));
}
