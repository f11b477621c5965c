#include "core/base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

struct str str_of(const char *z)
{
	return z ? (struct str){ z, strlen(z) } : STR_NONE;
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eqz(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

bool str_starts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;
	return d ? d : a.n < b.n ? -1 : a.n > b.n;
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	for (;;) {
		if (s.n && is_blank((unsigned char)s.p[0]))
			s.p++, s.n--;
		else if (s.n >= 2 && memcmp(s.p, "\xc2\xa0", 2) == 0)
			s.p += 2, s.n -= 2;
		else
			break;
	}
	for (;;) {
		if (s.n && is_blank((unsigned char)s.p[s.n - 1]))
			s.n--;
		else if (s.n >= 2 && memcmp(s.p + s.n - 2, "\xc2\xa0", 2) == 0)
			s.n -= 2;
		else
			break;
	}
	return s;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] & 0x80)
			return false;
	return true;
}

size_t str_rune(struct str s, uint32_t *out)
{
	if ((unsigned char)s.p[0] < 0x80) {
		*out = (unsigned char)s.p[0];
		return 1;
	}
	gunichar c = g_utf8_get_char_validated(s.p, (gssize)s.n);
	if (c == (gunichar)-1 || c == (gunichar)-2)
		return 0;
	*out = c;
	return (size_t)(g_utf8_next_char(s.p) - s.p);
}

bool str_is_utf8(struct str s)
{
	return is_ascii(s) || g_utf8_validate_len(s.p, s.n, NULL);
}

int str_to_int64(struct str s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	size_t i = negative;
	if (i >= s.n)
		return ERR_TYPE;
	int64_t v = 0;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return ERR_TYPE;
		int digit = s.p[i] - '0';
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v)) {
			for (i++; i < s.n; i++)
				if (s.p[i] < '0' || s.p[i] > '9')
					return ERR_TYPE;
			return ERR_RANGE;
		}
	}
	if (!negative && v == INT64_MIN)
		return ERR_RANGE;
	*out = negative ? v : -v;
	return 0;
}

/* ---- comparing what people typed ---- */

/* Normalised and case-folded by GLib; NULL when there is no text. Invalid bytes are replaced first. */
static char *normalise(struct str s, GNormalizeMode mode)
{
	char *valid = g_utf8_make_valid(s.n ? s.p : "", (gssize)s.n);
	char *folded = g_utf8_casefold(valid, -1);
	char *out = g_utf8_normalize(folded, -1, mode);
	g_free(valid);
	g_free(folded);
	return out;
}

static struct str ascii_lower(struct arena *arena, struct str s)
{
	struct str out = arena_str(arena, s);
	for (size_t i = 0; out.p && i < out.n; i++)
		((char *)out.p)[i] = (char)tolower((unsigned char)out.p[i]);
	return out;
}

struct str str_fold_case(struct arena *arena, struct str s)
{
	s = str_trim(s);
	if (is_ascii(s))
		return ascii_lower(arena, s);
	char *folded = normalise(s, G_NORMALIZE_ALL_COMPOSE);
	struct str out = arena_str(arena, str_trim(str_of(folded)));
	g_free(folded);
	return out;
}

static bool is_separator(gunichar c)
{
	return g_unichar_isspace(c) || c == '-' || c == '\'' || c == '_' || c == 0x2019 || c == 0x2018 || c == 0x02bc ||
	       g_unichar_type(c) == G_UNICODE_DASH_PUNCTUATION;
}

/* Letters that no decomposition takes apart. */
static const char *plain(gunichar c)
{
	switch (c) {
	case 0x0153:
		return "oe";
	case 0x00e6:
		return "ae";
	case 0x00f8:
		return "o";
	case 0x0142:
		return "l";
	case 0x0111:
		return "d";
	default:
		return NULL;
	}
}

struct str str_fold(struct arena *arena, struct str s)
{
	char *folded = normalise(str_trim(s), G_NORMALIZE_ALL);
	struct buf b;
	buf_init(&b, 0);
	bool gap = false;
	for (const char *p = folded; p && *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		GUnicodeType type = g_unichar_type(c);
		if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK || type == G_UNICODE_SPACING_MARK)
			continue;
		if (is_separator(c)) {
			gap = b.n > 0;
			continue;
		}
		if (gap)
			buf_addc(&b, ' ');
		gap = false;
		if (plain(c))
			buf_addz(&b, plain(c));
		else
			buf_add(&b, p, (size_t)(g_utf8_next_char(p) - p));
	}
	struct str out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	g_free(folded);
	return out;
}

struct str str_slug(struct arena *arena, struct str s)
{
	struct str folded = str_fold(arena, s);
	char *out = arena_alloc(arena, folded.n + 1);
	size_t n = 0;
	for (size_t i = 0; out && i < folded.n; i++) {
		char c = folded.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	if (n && out[n - 1] == '-')
		n--;
	if (out)
		out[n] = '\0';
	return (struct str){ out, out ? n : 0 };
}

struct str str_fold_email(struct arena *arena, struct str s)
{
	return ascii_lower(arena, str_trim(s));
}

bool str_is_email(struct str s)
{
	size_t at = 0, ats = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c == 0x7f || c == ',' || c == ';' || c == '<' || c == '>' || c == '"')
			return false;
		if (c == '@')
			at = i, ats++;
	}
	if (ats != 1 || at == 0)
		return false;
	struct str domain = { s.p + at + 1, s.n - at - 1 };
	const char *dot = domain.n ? memchr(domain.p, '.', domain.n) : NULL;
	return dot && dot > domain.p && domain.p[domain.n - 1] != '.' && domain.n >= 3;
}

/* ---- hashes ---- */

uint64_t str_hash(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h;
}

void str_hex(const uint8_t *bytes, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

void digest_init(struct digest *d)
{
	d->impl = g_checksum_new(G_CHECKSUM_SHA256);
}

void digest_add_int(struct digest *d, int64_t value)
{
	uint8_t bytes[8];
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
	g_checksum_update(d->impl, bytes, sizeof(bytes));
}

void digest_add(struct digest *d, struct str s)
{
	digest_add_int(d, (int64_t)s.n);
	if (s.n)
		g_checksum_update(d->impl, (const guchar *)s.p, (gssize)s.n);
}

void digest_end(struct digest *d, uint8_t out[32])
{
	gsize n = 32;
	g_checksum_get_digest(d->impl, out, &n);
	g_checksum_free(d->impl);
	d->impl = NULL;
}
