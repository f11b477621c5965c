'use strict';
// Without it the page reads as well, and is loaded anew every half minute. With it, what changed is put in place.
(() => {
	const every = 5000;
	const lost = document.getElementById('lost');
	const shown = new Map(); // as it was sent: what people opened since is theirs
	let timer = 0;

	function put(fresh) {
		const old = document.getElementById(fresh.id);
		if (!old || shown.get(fresh.id) === fresh.innerHTML) return;
		shown.set(fresh.id, fresh.innerHTML);
		const active = old.contains(document.activeElement) ? document.activeElement : null;
		const scroll = old.scrollLeft;
		const href = active && active.getAttribute('href');
		old.replaceWith(fresh);
		fresh.scrollLeft = scroll;
		if (!active) return;
		const again = active.id ? document.getElementById(active.id)
			: href ? [...fresh.querySelectorAll('a')].find((a) => a.getAttribute('href') === href) : null;
		if (!again && !fresh.hasAttribute('tabindex')) fresh.tabIndex = -1;
		(again || fresh).focus({ preventScroll: true });
	}

	async function look() {
		clearTimeout(timer);
		if (document.hidden) return;
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
		timer = setTimeout(look, every);
	}

	document.querySelectorAll('[data-live]').forEach((e) => shown.set(e.id, e.innerHTML));
	if (location.search.includes('done=')) history.replaceState(null, '', location.pathname);
	document.addEventListener('visibilitychange', look);
	if (document.querySelector('[data-live]')) timer = setTimeout(look, every);
})();
