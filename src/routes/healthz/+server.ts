// GET /healthz: the process lives.
import { jsonResponse } from '$lib/server/http/answer';

export const GET = (): Response => jsonResponse({ status: 'ok' });
