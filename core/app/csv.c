#include "core/app/csv.h"

#include <string.h>

void csv_cell(struct buf *b, struct str s)
{
	bool formula = s.n && memchr("=+-@\t\r", s.p[0], 6), quote = formula;
	for (size_t i = 0; i < s.n; i++)
		quote = quote || memchr(",\"\r\n", s.p[i], 4);
	if (!quote) {
		buf_add(b, s.p, s.n);
		return;
	}
	buf_addz(b, formula ? "\"'" : "\"");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_addc(b, '"');
		buf_addc(b, s.p[i]);
	}
	buf_addc(b, '"');
}
