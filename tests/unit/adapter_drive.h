#ifndef TESTS_UNIT_ADAPTER_DRIVE_H
#define TESTS_UNIT_ADAPTER_DRIVE_H

/* An adapter's exchange, driven by a test: what was asked, what came of the answer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/data/json.h"
#include "tests/unit/exchange_drive.h"

static inline void drive_answer(struct drive *d, int status, const char *body)
{
	drive_reply(d, 0, status, str_of(body));
}

/* The runner may try again: the same exchange, its fault gone. */
static inline void drive_retry(struct drive *d)
{
	memset(&d->x.fault, 0, sizeof(d->x.fault));
	memset(&d->x.reply, 0, sizeof(d->x.reply));
}

static inline void drive_ok(const struct drive *d)
{
	if (fault_is(&d->x.fault))
		fail_msg("unexpected fault: %s, %s", fault_class_name(d->x.fault.class), d->x.fault.what);
}

static inline void drive_fault(const struct drive *d, enum fault_class class, int code)
{
	if (d->x.fault.class != class || d->x.fault.code != code)
		fail_msg("expected %s and %s, got %s and %s: %s", fault_class_name(class), err_text(code),
		         fault_class_name(d->x.fault.class), err_text(d->x.fault.code), d->x.fault.what);
}

static inline void drive_asked(const struct drive *d, enum fetch_method method, const char *url,
                               enum fetch_effect effect)
{
	drive_ok(d);
	assert_string_equal(d->x.request.url, url);
	assert_int_equal(d->x.request.method, method);
	assert_int_equal(d->x.request.effect, effect);
}

static inline bool drive_same(const struct json *a, const struct json *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == JSON_BOOL)
		return a->boolean == b->boolean;
	if (a->kind == JSON_NUMBER || a->kind == JSON_STRING)
		return str_eq(a->text, b->text);
	const struct json *other = b->first;
	for (const struct json *m = a->first; m; m = m->next, other = other ? other->next : NULL) {
		char key[128];
		snprintf(key, sizeof(key), "%.*s", STR_ARG(m->key));
		const struct json *twin = a->kind == JSON_OBJECT ? json_get(b, key) : other;
		if (!twin || !drive_same(m, twin))
			return false;
	}
	return true;
}

/* The body of the request, members in any order. */
static inline void drive_body(const struct drive *d, const char *wanted)
{
	const struct json *want, *have;
	assert_int_equal(json_parse(d->arena, str_of(wanted), NULL, &want, NULL, NULL), 0);
	if (json_parse(d->arena, d->x.request.body, NULL, &have, NULL, NULL) || !drive_same(want, have))
		fail_msg("body is %.*s\nwanted  %s", STR_ARG(d->x.request.body), wanted);
}

static inline void drive_text(struct str s, const char *wanted)
{
	if (!str_eqz(s, wanted))
		fail_msg("text is \"%.*s\", wanted \"%s\"", STR_ARG(s), wanted);
}

static inline void drive_says(const struct drive *d, const char *part)
{
	if (!strstr(d->x.fault.what, part))
		fail_msg("\"%s\" does not say \"%s\"", d->x.fault.what, part);
}

static inline void drive_silent(const struct drive *d, const char *part)
{
	if (strstr(d->x.fault.what, part))
		fail_msg("\"%s\" says \"%s\"", d->x.fault.what, part);
}

#endif
