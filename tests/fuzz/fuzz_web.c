/*
 * What a stranger sends to the page: fields of queries and forms, languages, cookies, and text that must not become
 * HTML. The first byte says which.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/page.h"
#include "core/app/web.h"
#include "tests/fuzz/fuzz.h"

static void fields(struct str text)
{
	static const char *const names[] = {"form", "token", "a", ""};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char small[8], large[256];
		memset(small, 'x', sizeof(small));
		bool fits = web_param(text, names[i], small, sizeof(small));
		bool there = web_param(text, names[i], large, sizeof(large));
		if (!fits)
			continue;
		REQUIRE(there && strcmp(small, large) == 0);
		REQUIRE(strlen(small) < sizeof(small) && strlen(small) <= text.n);
	}
}

/* Nothing of it is a tag, an end of an attribute or an entity of its own; and nothing else is lost. */
static void html(struct str text)
{
	struct buf out;
	size_t plain = 0;
	buf_init(&out, 0);
	page_put(&out, text);
	for (size_t i = 0; i < out.n; i++) {
		REQUIRE(!strchr("<>\"'", out.p[i]));
		plain++;
		if (out.p[i] != '&')
			continue;
		static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
		size_t n = 0;
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (strncmp(out.p + i, known[k], strlen(known[k])) == 0)
				n = strlen(known[k]);
		REQUIRE(n > 0);
		i += n - 1;
	}
	REQUIRE(plain == text.n);
	buf_deinit(&out);
}

static void language(struct str text)
{
	char *z = xcalloc(1, text.n + 1);
	if (text.n)
		memcpy(z, text.p, text.n);
	REQUIRE(page_lang_of(z) < PAGE_LANG_COUNT);
	free(z);
}

/* Nobody is let in whose cookie was not made here. */
static void cookie(struct str text)
{
	struct access a = {.name = "a", .role = ACCESS_OPERATOR, .seal = {1, 2, 3}};
	char right[ACCESS_COOKIE];
	access_cookie(&a, 5000, right);
	REQUIRE(str_eqz(text, right) || !access_equal(text, str_of(right)));
	REQUIRE(access_by_cookie(NULL, text, 0) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct str text) = {fields, html, language, cookie};
	if (size == 0)
		return 0;
	all[data[0] & 3]((struct str){size > 1 ? (const char *)data + 1 : NULL, size - 1});
	return 0;
}
