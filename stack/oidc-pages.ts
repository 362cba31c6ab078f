// The pages of the demo's sign-in provider: one form, one way out, one fault. Plain HTML.
// Node; rendered by oidc.ts, which sends PAGE_CSP with each.
import { createHash } from 'node:crypto';

const STYLE = `
:root{color-scheme:light dark;--bg:#f4f5f7;--card:#fff;--line:#d5d9e0;--text:#14171c;--muted:#5a6372;--accent:#1f6feb;--on:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--bg:#0f1216;--card:#171b21;--line:#2e353f;--text:#e8ebef;--muted:#97a1b0;--accent:#5b9bff;--on:#0b0d10;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;min-height:100dvh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{width:min(360px,100%);padding:32px;background:var(--card);border:1px solid var(--line);border-radius:12px}
h1{margin:0 0 4px;font-size:20px;line-height:1.3}
p{margin:0 0 20px;color:var(--muted)}
p[role=alert]{color:var(--bad)}
label{display:block;margin:0 0 16px;font-weight:500}
input{display:block;width:100%;margin-top:6px;padding:9px 12px;border:1px solid var(--line);border-radius:8px;background:var(--bg);color:inherit;font:inherit}
button{width:100%;padding:10px;border:0;border-radius:8px;background:var(--accent);color:var(--on);font:inherit;font-weight:600;cursor:pointer}
input:focus-visible,button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
a{display:block;margin-top:16px;text-align:center;color:var(--muted)}
`;

/** Sends the sign-out form: the person has just said so in the app. */
const SUBMIT = 'document.forms[0].submit()';
const SUBMIT_HASH = createHash('sha256').update(SUBMIT).digest('base64');

/** form-action is not limited: the browser applies it to the redirect back to the app as well. */
export const PAGE_CSP = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${SUBMIT_HASH}'; frame-ancestors 'none'; base-uri 'none'`;

const ESCAPES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;'
};
const escape = (text: string) => text.replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? char);

const page = (title: string, body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>${escape(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;

export interface LoginPage {
	readonly uid: string;
	/** Client that asks. */
	readonly client: string;
	readonly login: string;
	readonly isRefused?: boolean;
}

export function loginPage({ uid, client, login, isRefused }: LoginPage): string {
	const action = `/interaction/${encodeURIComponent(uid)}`;
	return page(
		'Sign in',
		`<h1>Sign in</h1>
${isRefused === true ? '<p role="alert">Login and password do not match.</p>' : `<p>to go on to ${escape(client)}</p>`}
<form method="post" action="${action}">
<label>Login<input name="login" value="${escape(login)}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form>
<a href="${action}/cancel">Cancel</a>`
	);
}

/** @param form the provider's own form, with id `op.logoutForm` */
export function logoutPage(form: string): string {
	return page(
		'Sign out',
		`<h1>Signing out</h1>${form.replace('</form>', '<input type="hidden" name="logout" value="yes"></form>')}
<button type="submit" form="op.logoutForm">Sign out</button><script>${SUBMIT}</script>`
	);
}

export const signedOutPage = () =>
	page('Signed out', '<h1>Signed out</h1><p>You can close this window.</p>');

export function errorPage(title: string, detail: string): string {
	return page('Sign-in failed', `<h1>${escape(title)}</h1><p role="alert">${escape(detail)}</p>`);
}
