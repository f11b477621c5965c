#ifndef CORE_DATA_JSON_P_H
#define CORE_DATA_JSON_P_H

/* What the reader and the writer share. */

#include <stddef.h>

/* The length of the well-formed UTF-8 character at p (n > 0 bytes are there), 0 when there is none: no overlong form, no
 * surrogate, nothing beyond U+10FFFF. */
static inline size_t json__char(const unsigned char *p, size_t n)
{
	unsigned char c = p[0];
	size_t want = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (want == 0 || want > n)
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
		return 0;
	return want;
}

#endif
