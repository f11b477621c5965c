#ifndef CORE_BASE_STR_H
#define CORE_BASE_STR_H

/*
 * Borrowed slices of text. Never assume a NUL behind data from the network; a slice made
 * by arena_str() or STR() has one, by convention, so that it can be shown with %s.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;

struct str {
	const char *p; /* NULL only when n is 0 */
	size_t n;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).n, (s).n ? (s).p : ""

struct str str_of(const char *z); /* NULL gives STR_NONE */
bool str_eq(struct str a, struct str b);
bool str_eqz(struct str a, const char *z);
bool str_starts(struct str s, const char *prefix);
int str_cmp(struct str a, struct str b); /* bytes, then length */
static inline bool str_empty(struct str s) { return s.n == 0; }
/* Without leading and trailing white space (ASCII and U+00A0). */
struct str str_trim(struct str s);
bool str_is_utf8(struct str s);
/* The first character of a text that is not empty, and how many bytes it has; 0: they are none. */
size_t str_rune(struct str s, uint32_t *out);
/* A whole decimal number with nothing around it; ERR_TYPE or ERR_RANGE. */
int str_to_int64(struct str s, int64_t *out) MUST_USE;

/* For comparing what people typed: NFKD, accents off, case folded, outer space trimmed and inner runs of
 * space, hyphen and apostrophe made one space. "  MÜLLER-Ó'Neil " equals "muller o neil". In the arena. */
struct str str_fold(struct arena *arena, struct str s);
/* For comparing names of sites and reasons: NFKC, case folded, outer space trimmed. Accents stay. */
struct str str_fold_case(struct arena *arena, struct str s);
/* str_fold, then every run of what is not [a-z0-9] a single '-', none at the ends. */
struct str str_slug(struct arena *arena, struct str s);
/* E-mail addresses are compared trimmed and lower-cased (ASCII). */
struct str str_fold_email(struct arena *arena, struct str s);
/* One '@', something on both sides, a dot in the domain, no space, no control character: what both vendors accept. */
bool str_is_email(struct str s);

/* FNV-1a style 64-bit hash for tables, never stored. */
uint64_t str_hash(struct str s);
/* Lower-case hex of n bytes into out[2n+1]. */
void str_hex(const uint8_t *bytes, size_t n, char *out);

/* SHA-256 (GLib) of a sequence of slices; what fingerprints and plan ids are made of. */
struct digest { void *impl; };
void digest_init(struct digest *d);
void digest_add(struct digest *d, struct str s);     /* length-prefixed, so that "ab"+"c" differs from "a"+"bc" */
void digest_add_int(struct digest *d, int64_t value);
void digest_end(struct digest *d, uint8_t out[32]);   /* also frees */

#endif
