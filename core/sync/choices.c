#include "core/sync/choices.h"

#include <string.h>

#include "core/base/buf.h"

static void add_text(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_addc(b, (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i]);
}

struct str choices_text(struct arena *arena, const struct settings *s, const struct env_settings *env)
{
	static const char *const emails[] = {[EMAIL_PRO] = "pro",
	                                     [EMAIL_NORMAL] = "normal",
	                                     [EMAIL_PRO_ELSE_NORMAL] = "pro, else normal",
	                                     [EMAIL_NORMAL_ELSE_PRO] = "normal, else pro"};
	static const char *const groupings[] = {[GROUPING_NONE] = "none",
	                                        [GROUPING_GROUP] = "group",
	                                        [GROUPING_CLASS] = "class",
	                                        [GROUPING_TRAINING] = "training"};
	struct buf b;
	buf_init(&b, 0);
	buf_printf(&b, "timezone=%s\n", tz_name(s->zone));
	buf_printf(&b, "ypareo.email=%s\n", emails[s->email]);
	buf_printf(&b, "ypareo.session_states=%s%s\n", s->want_validated ? "validated " : "",
	           s->want_pending ? "pending" : "");
	buf_addz(&b, "ypareo.training_states=");
	for (size_t i = 0; i < s->training_states.n; i++) {
		add_text(&b, s->training_states.v[i]);
		buf_addc(&b, ';');
	}
	buf_printf(&b, "\nypareo.remote_only=%d\n", s->remote_only);
	buf_printf(&b, "environments.structure_id=%lld\n", (long long)env->structure);
	buf_addz(&b, "environments.location=");
	add_text(&b, str_of(env->location));
	buf_printf(&b, "\noptions.grouping=%s\n", groupings[s->grouping]);
	buf_printf(&b, "options.tutors=%d\n", s->tutors);
	buf_printf(&b, "options.default_instructor=%lld\n", (long long)s->default_instructor);
	buf_printf(&b, "drift=%s\n", s->drift == DRIFT_REPAIR ? "repair" : "report");
	struct str out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

struct str choices_up_text(struct arena *arena, const struct settings *s)
{
	struct buf b;
	buf_init(&b, 0);
	buf_printf(&b, "options.absence_reasons.unjustified=%lld\n", (long long)s->reason_unjustified);
	buf_printf(&b, "options.absence_reasons.justified=%lld\n", (long long)s->reason_justified);
	buf_printf(&b, "options.absence_reasons.late=%lld\n", (long long)s->reason_late);
	buf_addz(&b, "options.absence_reasons.map=");
	for (unsigned i = 0; i < s->reason_count; i++) {
		add_text(&b, s->reasons[i].key);
		buf_printf(&b, ":%lld;", (long long)s->reasons[i].reason);
	}
	buf_printf(&b, "\noptions.send_reasons=%d\n", s->send_reasons);
	buf_printf(&b, "options.instructor_attendance=%d\n", s->instructor_attendance);
	buf_printf(&b, "options.instructor_unsigned=%s\n",
	           s->instructor_unsigned == INSTRUCTOR_UNKNOWN ? "unknown" : "absent");
	buf_printf(&b, "options.unsigned_sheet=%s\n", s->unsigned_sheet == UNSIGNED_ABSENT ? "absent" : "issue");
	struct str out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

/* The next line of *rest, without its end. */
static struct str take_line(struct str *rest)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	struct str line = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
	size_t gone = line.n + (end != NULL);
	*rest = (struct str){rest->p + gone, rest->n - gone};
	return line;
}

static struct str name_of(struct str line)
{
	const char *equals = line.n ? memchr(line.p, '=', line.n) : NULL;
	return (struct str){line.p, equals ? (size_t)(equals - line.p) : line.n};
}

/* A choice that an earlier version did not know is none that was changed. */
static bool differs(struct str before, struct str line)
{
	while (before.n) {
		struct str old = take_line(&before);
		if (str_eq(name_of(old), name_of(line)))
			return !str_eq(old, line);
	}
	return false;
}

struct str choices_changed(struct arena *arena, struct str before, struct str now)
{
	struct buf b;
	buf_init(&b, 0);
	while (now.n) {
		struct str line = take_line(&now), name = name_of(line);
		if (differs(before, line))
			buf_printf(&b, "%s%.*s", b.n ? ", " : "", STR_ARG(name));
	}
	struct str out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}
