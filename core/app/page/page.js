'use strict';
// Without it the page reads as well, and is loaded anew every half minute. With it, what changed is put in place: when the server says so
// over /events, or now and then when it cannot.
(() => {
	const every = 5000, slow = 60000;
	const lost = document.getElementById('lost');
	const shown = new Map(); // as it was sent: what people opened since is theirs
	let timer = 0, events = null, asked = false, heard = 0;

	// ---- the reader's own time, beside the school's ----

	const here = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
	const whole = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'full', timeStyle: 'short' });

	function tell(root) {
		root.querySelectorAll('time[datetime]').forEach((t) => {
			const iso = t.getAttribute('datetime'), at = new Date(iso);
			if (Number.isNaN(at.getTime()) || t.querySelector('.yours')) return;
			t.title = whole.format(at);
			const offset = /([+-])(\d\d):(\d\d)$/.exec(iso);
			const theirs = offset ? (offset[1] === '-' ? -1 : 1) * (60 * offset[2] + +offset[3]) : 0;
			if (theirs === -at.getTimezoneOffset()) return;
			const yours = document.createElement('span');
			yours.className = 'yours';
			yours.textContent = `${here.format(at)} ${document.body.dataset.yours || ''}`;
			t.append(yours);
		});
	}

	// ---- what changed ----

	function put(fresh) {
		const old = document.getElementById(fresh.id);
		if (!old || shown.get(fresh.id) === fresh.innerHTML) return;
		shown.set(fresh.id, fresh.innerHTML);
		const active = old.contains(document.activeElement) ? document.activeElement : null;
		if (active && active.matches('input, select, textarea')) return; // somebody is typing there
		const scroll = old.scrollLeft;
		const href = active && active.getAttribute('href');
		const opened = [...old.querySelectorAll('details')].map((d) => d.open);
		old.replaceWith(fresh);
		fresh.querySelectorAll('details').forEach((d, i) => { if (i < opened.length) d.open = opened[i]; });
		fresh.scrollLeft = scroll;
		tell(fresh);
		if (!active) return;
		const again = active.id ? document.getElementById(active.id)
			: href ? [...fresh.querySelectorAll('a')].find((a) => a.getAttribute('href') === href) : null;
		if (!again && !fresh.hasAttribute('tabindex')) fresh.tabIndex = -1;
		(again || fresh).focus({ preventScroll: true });
	}

	async function look() {
		clearTimeout(timer);
		if (document.hidden) return;
		asked = false;
		try {
			const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
			if (answer.status === 401) { location.reload(); return; }
			if (!answer.ok) throw new Error(String(answer.status));
			const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
			page.querySelectorAll('[data-live]').forEach((fresh) => put(document.adoptNode(fresh)));
			lost.hidden = true;
		} catch {
			lost.hidden = false;
		}
		timer = setTimeout(look, asked ? 300 : Date.now() - heard < slow ? slow : every);
	}

	function listen() {
		const at = location.pathname.split('/');
		events = new EventSource(at[1] === 'schools' && at[2] ? `/events?school=${at[2]}` : '/events');
		events.addEventListener('change', () => {
			if (asked) return;
			asked = true;
			clearTimeout(timer);
			timer = setTimeout(look, 200);
		});
		events.addEventListener('open', () => { heard = Date.now(); }); // each answer is a whole one: the browser asks again by itself
	}

	tell(document);
	document.querySelectorAll('[data-live]').forEach((e) => shown.set(e.id, e.innerHTML));
	if (location.search.includes('done=')) history.replaceState(null, '', location.pathname);
	if (document.querySelector('[data-live]')) {
		document.addEventListener('visibilitychange', () => {
			if (document.hidden) { if (events) events.close(); events = null; clearTimeout(timer); return; }
			listen();
			look();
		});
		listen();
		timer = setTimeout(look, every);
	}
})();
