#include "core/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t bugs;

const char *err_text(int code)
{
	switch (code) {
	case 0:
		return "no error";
#define X(name, number, text) \
	case number: \
		return text;
		ERR_CODES(X)
#undef X
	default:
		return code < 0 && code > -4096 ? strerrordesc_np(-code) ? strerrordesc_np(-code) : "unknown system error" : "unknown error";
	}
}

const char *fault_class_name(enum fault_class class)
{
	static const char *const names[FAULT_CLASS_COUNT] = {
#define X(name, text) [name] = text,
		FAULT_CLASSES(X)
#undef X
	};
	return class >= 0 && class < FAULT_CLASS_COUNT ? names[class] : "?";
}

/* One line for people: no control character can forge a log line, no character is cut in its middle. */
static void tidy(char *text, size_t size)
{
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
	if (n != size - 1)
		return;
	size_t i = n;
	while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
		i--;
	if (i == 0)
		return;
	unsigned char lead = (unsigned char)text[i - 1];
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (n - (i - 1) < want)
		text[i - 1] = '\0';
}

int fault_set(struct fault *f, enum fault_class class, int code, const char *fmt, ...)
{
	va_list ap;
	f->class = class;
	f->code = code;
	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
	tidy(f->what, sizeof(f->what));
	return code;
}

void fault_prefix(struct fault *f, const char *fmt, ...)
{
	char text[2 * sizeof(f->what)];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(f->what), fmt, ap);
	va_end(ap);
	size_t at = n < 0 ? 0 : (size_t)n < sizeof(f->what) ? (size_t)n : sizeof(f->what) - 1;
	snprintf(text + at, sizeof(text) - at, ": %.*s", (int)sizeof(f->what) - 1, f->what);
	memcpy(f->what, text, sizeof(f->what) - 1);
	f->what[sizeof(f->what) - 1] = '\0';
	tidy(f->what, sizeof(f->what));
}

void err_assert_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "passerelle: %s:%d: broken assertion: %s\n", file, line, expr);
	abort();
}

bool err_bug(const char *expr, const char *file, int line)
{
#ifdef PSR_DEVELOPER
	err_assert_failed(expr, file, line);
#else
	if (__atomic_add_fetch(&bugs, 1, __ATOMIC_RELAXED) <= 100)
		fprintf(stderr, "passerelle: %s:%d: this should not happen: %s\n", file, line, expr);
	return true;
#endif
}

uint64_t err_bug_count(void)
{
	return __atomic_load_n(&bugs, __ATOMIC_RELAXED);
}

static void *checked(void *p)
{
	static const char text[] = "passerelle: out of memory\n";
	if (!p) {
		ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
		(void)ignored;
		abort();
	}
	return p;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}
