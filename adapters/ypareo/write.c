#include "adapters/ypareo/ypareo_p.h"

#include <stdio.h>
#include <string.h>

/* What is written: absences, attendance of instructors. All of it is assumed. */

static struct ypareo_port__question *write_ask(struct ypareo *y, struct exchange *x, enum ypareo_port__endpoint which,
                                               enum fetch_effect effect, int64_t code)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", (long long)code);
	const struct adapter__arg args[] = {{"code", str_of(text)}, {NULL, STR_NONE}};
	struct ypareo_port__question *q = adapter__ask(&y->side, x, which, effect, sizeof(*q), args);
	x->empty_ok = true;
	return q;
}

static void put_code(struct json_writer *w, const char *key, int64_t code)
{
	if (code)
		json_put_int(w, key, code);
	else
		json_put_null(w, key);
}

static void absence_body(struct exchange *x, const struct absence *a, bool with_code)
{
	struct buf b;
	struct json_writer w;
	char day[DAY_TEXT];
	buf_init(&b, 65536);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	if (with_code)
		json_put_int(&w, "codeAbsence", a->code);
	json_put_int(&w, "codeApprenant", a->learner);
	put_code(&w, "codeGroupe", a->group);
	json_put_text(&w, "dateDeb", day_slashes(a->first, day));
	json_put_text(&w, "dateFin", day_slashes(a->last, day));
	json_put_int(&w, "heureDeb", a->start_minute);
	json_put_int(&w, "heureFin", a->end_minute);
	json_put_int(&w, "duree", a->minutes);
	json_put_int(&w, "codeMotifAbsence", a->reason);
	json_put_int(&w, "isRetard", a->late);
	json_put_str(&w, "observation", a->observation);
	json_write_end_object(&w);
	adapter__body(x, &b);
}

/* ---- answers ---- */

/* The status decides, but for a page in the place of an answer: a login or maintenance page may have kept the write
 * from happening. */
static void write_finish(struct exchange *x)
{
	struct str head = str_trim((struct str){x->reply.head, x->reply.head_n});
	if (!fault_is(&x->fault) && x->reply.status < 300 && str_starts(head, "<"))
		adapter__untrusted(x, ERR_NOT_JSON, "a page instead of an answer");
	adapter__word(x);
}

/* A bare whole number, alone or in quotes. Whatever else a 2xx says, the absence may have been written. */
static bool bare_code(const struct exchange *x, int64_t *out)
{
	if (x->reply.body_bytes > x->reply.head_n)
		return false;
	struct str s = str_trim((struct str){x->reply.head, x->reply.head_n});
	if (s.n > 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = str_trim((struct str){s.p + 1, s.n - 2});
	return str_to_int64(s, out) == 0 && *out > 0;
}

static void create_finish(struct exchange *x)
{
	struct ypareo_port__question *q = x->adapter;
	int64_t code;
	if (!fault_is(&x->fault)) {
		if (bare_code(x, &code))
			*q->code_out = code;
		else
			adapter__untrusted(x, x->reply.head_n ? ERR_TYPE : ERR_EMPTY,
			                   "the answer is not the code of the new absence");
	}
	adapter__word(x);
}

/* Already gone is what was wanted. A 404 without the absence being meant would be one for the whole service, which is
 * told by the writes that come with it. */
static void delete_finish(struct exchange *x)
{
	if (x->fault.class == FAULT_REMOTE && x->reply.status == 404)
		memset(&x->fault, 0, sizeof(x->fault));
	write_finish(x);
}

/* ---- questions ---- */

void ypareo_port__absence_create(void *self, struct exchange *x, const struct absence *a, int64_t *code_out)
{
	struct ypareo_port__question *q = write_ask(self, x, YPAREO_ABSENCE_CREATE, FETCH_WRITE_ONCE, 0);
	if (!q)
		return;
	q->code_out = code_out;
	x->finish = create_finish;
	absence_body(x, a, false);
}

void ypareo_port__absence_update(void *self, struct exchange *x, const struct absence *a)
{
	if (!write_ask(self, x, YPAREO_ABSENCE_UPDATE, FETCH_WRITE_KEYED, a->code))
		return;
	x->finish = write_finish;
	absence_body(x, a, true);
}

void ypareo_port__absence_delete(void *self, struct exchange *x, int64_t code)
{
	if (write_ask(self, x, YPAREO_ABSENCE_DELETE, FETCH_WRITE_KEYED, code))
		x->finish = delete_finish;
}

void ypareo_port__payroll_put(void *self, struct exchange *x, const struct payroll *p)
{
	struct buf b;
	struct json_writer w;
	if (!write_ask(self, x, YPAREO_PAYROLL_PUT, FETCH_WRITE_KEYED, p->session))
		return;
	x->finish = write_finish;
	buf_init(&b, 4096);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_put_int(&w, "codeSeance", p->session);
	json_put_int(&w, "codePersonnel", p->instructor);
	json_put_int(&w, "isPresent", p->present);
	json_put_int(&w, "minutes", p->minutes);
	put_code(&w, "codeMotifAbsence", p->reason);
	json_write_end_object(&w);
	adapter__body(x, &b);
}
