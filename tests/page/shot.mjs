// One picture, for whoever works on the page: node shot.mjs URL FILE.png [WIDTH] [fr|en] [dark]
import { chromium } from 'playwright-core';

const [url, file, width = '1440', lang = 'en', scheme = 'light'] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
const context = await browser.newContext({ viewport: { width: +width, height: 900 }, locale: lang, colorScheme: scheme });
const page = await context.newPage();
if (process.env.TOKEN) await page.goto(`${new URL(url).origin}/?token=${process.env.TOKEN}`);
await page.goto(url);
await page.screenshot({ path: file, fullPage: true });
await browser.close();
