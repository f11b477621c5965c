// The status page in a browser: every page and every button, in both languages, light and dark, narrow and wide. Prints TAP.
//   node page.mjs URL OPERATOR-TOKEN SCHOOL-TOKEN SCHOOL FOLDER-FOR-PICTURES
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [origin, operator, school, id, pictures] = process.argv.slice(2);
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let count = 0, failed = 0;
const ok = (good, name, why) => {
	count++;
	failed += !good;
	console.log(`${good ? 'ok' : 'not ok'} ${count} - ${name}`);
	if (!good && why) console.log(String(why).replace(/^/gm, '# '));
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
const complaints = [], elsewhere = [];
let asked = false; // for a token: the form comes with a 401, which the console tells

async function open(options, token) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
	const page = await context.newPage();
	page.on('console', (m) => { if (m.type() === 'error' && !(asked && m.text().includes('401'))) complaints.push(`${page.url()}: ${m.text()}`); });
	page.on('pageerror', (e) => complaints.push(`${page.url()}: ${e}`));
	page.on('request', (r) => { if (!r.url().startsWith(origin) && !r.url().startsWith('data:')) elsewhere.push(r.url()); });
	if (token) await page.goto(`${origin}/?token=${token}`);
	return page;
}

async function accessible(page, name) {
	// the page's own policy lets no script in: this one is the test's
	await page.evaluate(await (await import('node:fs/promises')).readFile(axe, 'utf8'));
	const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
	const grave = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
	ok(grave.length === 0, `${name}: no serious finding of axe`, grave.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html).join(' | ')}`).join('\n'));
}

async function shown(page, path, name) {
	const answer = await page.goto(origin + path);
	ok(answer.status() === 200, `${name}: is there`, answer.status());
	ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: is no wider than its window`);
	await page.screenshot({ path: `${pictures}/${name.replace(/[^a-z0-9]+/gi, '-')}.png`, fullPage: true });
	await accessible(page, name);
}

// ---- every page ----

for (const [lang, colorScheme, width] of [['fr', 'light', 1440], ['en', 'dark', 1440], ['fr', 'dark', 420]]) {
	const page = await open({ locale: lang, colorScheme, viewport: { width, height: 900 } }, operator);
	const kind = `${lang} ${colorScheme} ${width}`;
	ok(await page.getAttribute('html', 'lang') === lang, `${kind}: in the browser's language`);
	await shown(page, '/', `${kind} schools`);
	await shown(page, '/?only=issues&sort=issues&dir=desc', `${kind} filtered`);
	await shown(page, `/schools/${id}`, `${kind} school`);
	const run = await page.getAttribute('#runs tbody a', 'href');
	await shown(page, run, `${kind} run`);
	await page.goto(`${origin}/schools/${id}`);
	const record = await page.getAttribute('#issues tbody a', 'href');
	await shown(page, record, `${kind} explanation`);
	await page.context().close();
}

// ---- every button, with the keyboard where people would ----

const page = await open({ locale: 'en' }, operator);
await page.goto(`${origin}/schools/${id}`);
for (const [button, said] of [['do-run-down', 'Run requested'], ['do-run-up', 'Run requested'], ['do-pause', 'Paused'], ['do-resume', 'Resumed']]) {
	await page.waitForSelector(`#${button}`);
	await page.focus(`#${button}`);
	await page.keyboard.press('Enter');
	await page.waitForSelector('[role=status].note');
	ok((await page.textContent('[role=status].note')).includes(said), `${button} does it and says so`);
	// the page changes by itself, without being loaded
	const wanted = { 'do-pause': '#do-resume', 'do-resume': '#do-pause' }[button];
	if (wanted) ok(await page.waitForSelector(wanted, { timeout: 20000 }).then(() => true, () => false), `${button}: the page shows it by itself`);
}
ok(await page.evaluate(() => document.querySelector('#deeds').textContent.includes('token alice')), 'who did it is named');
await page.click('button:has-text("Explain")').catch(() => {});
ok(new URL(page.url()).pathname === `/schools/${id}`, 'explain asks for a code first');
await page.fill('input[name=code]', '1');
await page.selectOption('select[name=kind]', 'session');
await page.click('button:has-text("Explain")');
ok((await page.textContent('.verdict')).includes('no sheet'), 'explain explains');
await page.goto(origin);
await page.keyboard.press('Tab');
ok(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first stop of the keyboard skips to the content');
await page.fill('input[type=search]', 'no such school');
await page.keyboard.press('Enter');
await page.waitForURL(/find=no/);
ok((await page.textContent('#schools')).includes('No school matches'), 'a search that finds nothing says so');
await page.click('a[hreflang=fr]');
ok(await page.getAttribute('html', 'lang') === 'fr', 'the language is switched');
asked = true;
await page.click('header form button');
ok(await page.locator('input[type=password]').count() === 1, 'logging out leads to the form');
await accessible(page, 'login');
await page.fill('input[type=password]', operator);
await page.keyboard.press('Enter');
await page.waitForSelector('#schools');
asked = false;
ok(true, 'logging in leads back');
await page.context().close();

// ---- a school's own ----

const own = await open({ locale: 'fr' }, school);
await own.goto(origin);
ok((await own.textContent('#state')).includes(id) && await own.locator('#schools').count() === 0, 'a school sees its own page and no list');
ok(await own.locator('.actions').count() === 0, 'and no buttons');
await accessible(own, 'a school');
await own.context().close();

// ---- without a script ----

const plain = await open({ locale: 'fr', javaScriptEnabled: false }, operator);
await plain.goto(`${origin}/schools/${id}`);
ok(await plain.locator('#runs tbody tr').count() > 0 && await plain.locator('#issues tbody tr').count() > 0, 'it reads without a script');
await plain.context().close();

ok(complaints.length === 0, 'no error on the console', complaints.join('\n'));
ok(elsewhere.length === 0, 'no request to another host', elsewhere.join('\n'));
await browser.close();
console.log(`1..${count}`);
process.exit(failed ? 1 : 0);
