// The window's last net: what kit could not load or draw becomes an error of the table, whose page
// says what to do. The text of the cause never reaches the screen.
import type { HandleClientError } from '@sveltejs/kit';
import { AppError } from '$lib/contracts/app-error';

export const handleError: HandleClientError = ({ error, status }) => {
	const known = AppError.of(status === 404 ? 'not-found' : 'internal', {}, { cause: error });
	return { message: known.message, code: known.code, id: known.id };
};
