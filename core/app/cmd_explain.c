/* One record, traced from Yparéo to Edusign and back. */

#include <string.h>

#include "core/app/explain_look.h"
#include "core/app/print.h"
#include "core/app/tour.h"

static void begin(struct cli *cli)
{
	if (cli->json)
		json_write_begin_array(&cli->w);
}

static void end(struct cli *cli)
{
	if (cli->json)
		json_write_end_array(&cli->w);
}

static int read_look(struct store_txn *txn, struct cli *cli, void *seen)
{
	return explain_look_read(txn, cli->arena, &cli->explanation, clock_wall_ms(clock_system()) / 1000, seen);
}

/* ---- as text ---- */

static void step_text(struct buf *out, const struct explain_step *s)
{
	static const char marks[] = {'.', '+', '-'};
	buf_printf(out, "  %c ", marks[s->mark]);
	print_clean(out, s->text);
	if (!str_empty(s->fix)) {
		buf_addz(out, "\n      ");
		print_clean(out, s->fix);
	}
	buf_addc(out, '\n');
}

static void account_text(struct buf *out, const struct explain_look *l)
{
	const struct binding *b = l->binding;
	char at[UTC_TEXT];
	buf_addz(out, "    is Edusign's account ");
	print_clean(out, b->id);
	buf_printf(out, ", %s, last changed %s\n", b->created ? "created by passerelle" : "that was there before", utc_iso(b->at, at));
	if (!l->tutor)
		return;
	buf_printf(out, "    is followed by tutor %lld, Edusign's external contact ", (long long)l->tutor->code);
	print_clean(out, l->tutor->id);
	buf_addz(out, b->follower_found ? ", who was there before\n" : "\n");
}

static void sheet_text(struct buf *out, const struct sheet_memory *m)
{
	char start[UTC_TEXT], stop[UTC_TEXT];
	buf_addz(out, "    is Edusign's sheet ");
	print_clean(out, m->id);
	buf_addz(out, " \"");
	print_clean(out, m->name);
	buf_printf(out, "\", %s to %s, %zu learners, %zu instructors%s\n", utc_iso(m->start, start), utc_iso(m->end, stop), m->learners.n,
	           m->instructors.n, m->gone ? ", removed" : "");
}

static void ledger_text(struct buf *out, const struct ledger_row *r)
{
	buf_printf(out, "    sent to Yparéo: session %lld, learner %lld, %s from %02d:%02d to %02d:%02d, absence %lld%s\n", (long long)r->session,
	           (long long)r->learner, absence_kind_name(r->kind), r->written.start_minute / 60, r->written.start_minute % 60,
	           r->written.end_minute / 60, r->written.end_minute % 60, (long long)r->code, r->taken_over ? ", since then a person's" : "");
}

static void as_text(struct cli *cli, const char *id, const char *key, const struct explain_look *l)
{
	const struct explanation *e = &cli->explanation;
	const struct explain_step *steps = e->steps.v;
	const struct ledger_row *rows = l->ledger.v;
	const struct write_line *writes = l->writes.v;
	const struct issue *issues = l->issues.v;
	struct str mend, verdict = explain_verdict(cli->arena, e, key, l, &mend);
	buf_printf(&cli->out, "%s %s: %s ", id, key, explain_of_name(e->of));
	print_clean(&cli->out, e->text);
	buf_addz(&cli->out, ": ");
	print_clean(&cli->out, verdict);
	buf_addc(&cli->out, '\n');
	if (!str_empty(mend)) {
		buf_addz(&cli->out, "    ");
		print_clean(&cli->out, mend);
		buf_addc(&cli->out, '\n');
	}
	for (size_t i = 0; i < e->steps.n; i++)
		if (strcmp(steps[i].environment, key) == 0)
			step_text(&cli->out, &steps[i]);
	if (l->binding)
		account_text(&cli->out, l);
	if (l->sheet)
		sheet_text(&cli->out, l->sheet);
	for (size_t i = 0; i < l->ledger.n; i++)
		ledger_text(&cli->out, &rows[i]);
	for (size_t i = 0; i < l->writes.n; i++)
		print_write_text(&cli->out, &writes[i]);
	for (size_t i = 0; i < l->issues.n; i++)
		print_issue_text(&cli->out, &issues[i]);
}

/* ---- as JSON ---- */

static void steps_json(struct cli *cli, const char *key)
{
	const struct explain_step *steps = cli->explanation.steps.v;
	json_write_key(&cli->w, "steps");
	json_write_begin_array(&cli->w);
	for (size_t i = 0; i < cli->explanation.steps.n; i++) {
		if (strcmp(steps[i].environment, key) != 0)
			continue;
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "mark", explain_mark_name(steps[i].mark));
		json_put_str(&cli->w, "text", steps[i].text);
		if (str_empty(steps[i].fix))
			json_put_null(&cli->w, "fix");
		else
			json_put_str(&cli->w, "fix", steps[i].fix);
		json_write_end_object(&cli->w);
	}
	json_write_end_array(&cli->w);
}

static void account_json(struct json_writer *w, const struct explain_look *l)
{
	const struct binding *b = l->binding;
	json_write_key(w, "account");
	if (!b) {
		json_write_null(w);
		return;
	}
	json_write_begin_object(w);
	json_put_str(w, "id", b->id);
	json_put_bool(w, "created", b->created);
	print_time_json(w, "at", b->at);
	if (l->tutor)
		json_put_int(w, "tutor", l->tutor->code);
	else
		json_put_null(w, "tutor");
	json_write_end_object(w);
}

static void sheet_json(struct json_writer *w, const struct sheet_memory *m)
{
	json_write_key(w, "sheet");
	if (!m) {
		json_write_null(w);
		return;
	}
	json_write_begin_object(w);
	json_put_str(w, "id", m->id);
	json_put_str(w, "name", m->name);
	print_time_json(w, "start", m->start);
	print_time_json(w, "end", m->end);
	json_put_str(w, "room", m->room);
	json_put_int(w, "learners", (int64_t)m->learners.n);
	json_put_int(w, "instructors", (int64_t)m->instructors.n);
	json_put_bool(w, "removed", m->gone);
	print_time_json(w, "created", m->created_at);
	print_time_json(w, "updated", m->updated_at);
	json_write_end_object(w);
}

static void ledger_json(struct json_writer *w, const struct items *list)
{
	const struct ledger_row *rows = list->v;
	json_write_key(w, "absences");
	json_write_begin_array(w);
	for (size_t i = 0; i < list->n; i++) {
		json_write_begin_object(w);
		json_put_int(w, "session", rows[i].session);
		json_put_int(w, "learner", rows[i].learner);
		json_put_text(w, "kind", absence_kind_name(rows[i].kind));
		json_put_int(w, "start_minute", rows[i].written.start_minute);
		json_put_int(w, "end_minute", rows[i].written.end_minute);
		json_put_int(w, "absence", rows[i].code);
		json_put_bool(w, "taken_over", rows[i].taken_over);
		print_time_json(w, "at", rows[i].at);
		json_write_end_object(w);
	}
	json_write_end_array(w);
}

static void as_json(struct cli *cli, const char *id, const char *key, const struct explain_look *l)
{
	const struct explanation *e = &cli->explanation;
	const struct write_line *writes = l->writes.v;
	const struct issue *issues = l->issues.v;
	struct json_writer *w = &cli->w;
	struct str mend, verdict = explain_verdict(cli->arena, e, key, l, &mend);
	json_write_begin_object(w);
	json_put_text(w, "tenant", id);
	json_put_text(w, "environment", key);
	json_put_text(w, "of", explain_of_name(e->of));
	json_write_key(w, "code");
	if (l->known)
		json_write_int(w, l->code);
	else
		json_write_null(w);
	json_put_str(w, "verdict", verdict);
	if (str_empty(mend))
		json_put_null(w, "mend");
	else
		json_put_str(w, "mend", mend);
	steps_json(cli, key);
	if (e->of == EXPLAIN_LEARNER || e->of == EXPLAIN_INSTRUCTOR)
		account_json(w, l);
	else
		sheet_json(w, l->sheet);
	ledger_json(w, &l->ledger);
	json_write_key(w, "writes");
	json_write_begin_array(w);
	for (size_t i = 0; i < l->writes.n; i++)
		print_write_json(w, &writes[i]);
	json_write_end_array(w);
	json_write_key(w, "issues");
	json_write_begin_array(w);
	for (size_t i = 0; i < l->issues.n; i++)
		print_issue_json(w, id, key, &issues[i]);
	json_write_end_array(w);
	json_write_end_object(w);
}

static void show(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		struct explain_look *l = stops[k].seen;
		if (!l->known)
			explain_look_none(&cli->explanation, l);
		if (cli->json)
			as_json(cli, c->id, stops[k].key, l);
		else
			as_text(cli, c->id, stops[k].key, l);
	}
}

const struct tour_ops tour_explain = {sizeof(struct explain_look), begin, end, read_look, show, NULL};
