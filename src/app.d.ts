// Types of kit's own objects: what hooks put on each request.
import type { Place } from '$lib/client/place';
import type { AppError } from '$lib/contracts/app-error';
import type { AppContext } from '$lib/server/app';
import type { LoginSession } from '$lib/server/session/login-session';

declare global {
	namespace App {
		interface Error {
			message: string;
			/** A code of the error table. */
			code?: string;
			/** Finds the cause in the server's log. */
			id?: string;
		}
		interface Locals {
			app: AppContext;
			requestId: string;
			/** The living login session of the request's cookie. */
			loginSession: LoginSession | null;
			/** What the cookie is to hold from now on; null where it may stay as it is. */
			resealed: LoginSession | null;
			/** Why who signed in may no longer be here; `loginSession` is null then. */
			accessFault: AppError | null;
			/** Where the request comes from. */
			address: string;
		}
		interface PageState {
			/** Of a history entry made without loading a page. */
			place?: Place;
		}
	}
}

export {};
