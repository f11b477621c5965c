#include "core/flow/exchange.h"

#include <stdarg.h>

const char *exchange_printf(struct exchange *x, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vprintf(x->arena, fmt, ap);
	va_end(ap);
	if (text)
		return text;
	fault_set(&x->fault, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
	return "";
}

void exchange_header(struct exchange *x, const char *name, const char *value)
{
	for (int i = 0; i < FETCH_HEADERS; i++) {
		if (!x->request.headers[i].name) {
			x->request.headers[i].name = name;
			x->request.headers[i].value = value;
			return;
		}
	}
	fault_set(&x->fault, FAULT_BUG, ERR_BUG, "too many headers");
}

void exchange_body(struct exchange *x, struct buf *b)
{
	struct str copy = arena_str(x->arena, buf_str(b));
	if (buf_error(b) || !copy.p)
		fault_set(&x->fault, FAULT_LOCAL, ERR_LIMIT, "the request is larger than the run may hold");
	else
		x->request.body = copy;
	buf_deinit(b);
}
