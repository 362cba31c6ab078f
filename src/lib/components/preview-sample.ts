// What the preview's terminal shows: a prompt with symbols, a listing, a change, an error, the palette.

const ESC = '\u001b';
const paint = (code: string, text: string) => `${ESC}[${code}m${text}${ESC}[0m`;
const ARROW = '\ue0b0';
const FOLDER = '\uf07c';
const BRANCH = '\ue0a0';

const prompt = [
	paint('30;44', ' deploy@web-1 '),
	paint('34;100', ARROW),
	paint('97;100', ` ${FOLDER} ~/app `),
	paint('90', ARROW),
	paint('32', ` ${BRANCH} main`)
].join('');
const sign = paint('32', '❯');
const blocks = (from: number) =>
	Array.from({ length: 8 }, (_, at) => `${ESC}[${String(from + at)}m  `).join('') + `${ESC}[0m`;

export const PREVIEW_SAMPLE = [
	prompt,
	`${sign} ls -l`,
	`drwxr-xr-x deploy ${paint('1;34', 'config')}`,
	`drwxr-xr-x deploy ${paint('1;34', 'src')}`,
	`-rw-r--r-- deploy ${paint('33', 'compose.yml')}`,
	`-rwxr-xr-x deploy ${paint('1;32', 'start.sh')}`,
	prompt,
	`${sign} git diff --stat`,
	` src/limits.ts | 12 ${paint('32', '++++++++')}${paint('31', '----')}`,
	` src/server.ts |  3 ${paint('32', '++')}${paint('31', '-')}`,
	paint('90', '2 files changed, 10 insertions(+)'),
	`${sign} make test ${paint('3;90', '# a => b != c')}`,
	`${paint('1;31', 'error')}: ENV is not set, see ${paint('4;36', 'docs/deploy.md')}`,
	`${paint('35', 'warning')}: il1 0O {} ${paint('96', '"quoted"')}`,
	'',
	blocks(40),
	blocks(100),
	`${sign} `
].join('\r\n');
