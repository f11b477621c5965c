#include "core/app/page_text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

const char *page_text(enum page_lang lang, enum page_text_id id)
{
	static const char *const texts[][PAGE_LANG_COUNT] = {
#define X(name, fr, en) {fr, en},
	        PAGE_TEXTS(X)
#undef X
	};
	return texts[id][lang];
}

/* Between 0 and 1000; 1000 where nothing is said. */
static int weight(const char *p, size_t n)
{
	const char *q = memmem(p, n, "q=", 2);
	if (!q)
		return 1000;
	q += 2;
	if (*q == '1')
		return 1000;
	int w = 0, place = 100;
	for (q += 2; q < p + n && *q >= '0' && *q <= '9' && place; q++, place /= 10)
		w += (*q - '0') * place;
	return w;
}

enum page_lang page_lang_of(const char *accept_language)
{
	static const char *const names[PAGE_LANG_COUNT] = {"fr", "en"};
	enum page_lang best = PAGE_FR;
	int most = 0;
	for (const char *p = accept_language; p && *p;) {
		size_t n = strcspn(p, ",");
		size_t skip = strspn(p, " \t");
		for (int i = 0; i < PAGE_LANG_COUNT; i++) {
			bool named = strncasecmp(p + skip, names[i], 2) == 0 &&
			             !strchr("abcdefghijklmnopqrstuvwxyz", p[skip + 2] | 32);
			if (named && weight(p, n) > most) {
				most = weight(p, n);
				best = (enum page_lang)i;
			}
		}
		p += n + (p[n] == ',');
	}
	return best;
}
