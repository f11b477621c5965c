/* export payroll: the instructors' attendance as CSV (RFC 4180), for schools whose key may not write it into Yparéo.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/csv.h"
#include "core/app/print.h"
#include "core/app/tour.h"
#include "core/sync/state.h"

struct look {
	struct env_state state;
};

static int read_payroll(struct store_txn *txn, struct cli *cli, void *seen)
{
	struct look *l = seen;
	return state_load(txn, FLOW_UP, cli->arena, clock_wall_ms(clock_system()) / 1000, &l->state);
}

/* One line, with what it is sorted by. */
struct line {
	const struct payroll_memory *m;
	const struct sheet_memory *sheet;
	const struct binding *who; /* NULL: forgotten */
};

struct lines {
	const struct look *look;
	struct line *v;
	size_t n;
	int64_t from, to; /* UTC seconds, to excluded */
};

static bool collect(void *value, void *arg)
{
	const struct payroll_memory *m = value;
	struct lines *l = arg;
	const struct env_state *s = &l->look->state;
	const struct sheet_memory *sheet = map_get(s->sheets, m->last.session);
	if (sheet && sheet->start >= l->from && sheet->start < l->to)
		l->v[l->n++] = (struct line){m, sheet, map_get(s->people[PERSON_INSTRUCTOR], m->last.instructor)};
	return true;
}

static int by_start(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;
	if (a->sheet->start != b->sheet->start)
		return a->sheet->start < b->sheet->start ? -1 : 1;
	if (a->m->last.session != b->m->last.session)
		return a->m->last.session < b->m->last.session ? -1 : 1;
	return a->m->last.instructor < b->m->last.instructor ? -1 : a->m->last.instructor > b->m->last.instructor;
}

static void put_csv(struct cli *cli, const struct tenant_conf *c, const char *environment, const struct line *l)
{
	struct buf *b = &cli->out;
	char day[DAY_TEXT];
	struct tz_local begin = tz_from_utc(c->settings.zone, l->sheet->start),
	                end = tz_from_utc(c->settings.zone, l->sheet->end);
	buf_printf(b, "%s,%s,%02d:%02d,%02d:%02d,%lld,", environment, day_iso(begin.day, day),
	           begin.minute_of_day / 60, begin.minute_of_day % 60, end.minute_of_day / 60, end.minute_of_day % 60,
	           (long long)l->m->last.session);
	csv_cell(b, l->sheet->name);
	buf_printf(b, ",%lld,", (long long)l->m->last.instructor);
	csv_cell(b, l->who ? l->who->last : STR_NONE);
	buf_addc(b, ',');
	csv_cell(b, l->who ? l->who->first : STR_NONE);
	buf_printf(b, ",%s,%lld,%s\r\n", l->m->last.present ? "present" : "absent", (long long)l->m->last.minutes,
	           l->m->at ? "yes" : "no");
}

static void put_json(struct cli *cli, const struct tenant_conf *c, const char *environment, const struct line *l)
{
	struct json_writer *w = &cli->w;
	char day[DAY_TEXT];
	json_write_begin_object(w);
	json_put_text(w, "tenant", c->id);
	json_put_text(w, "environment", environment);
	json_put_text(w, "date", day_iso(tz_from_utc(c->settings.zone, l->sheet->start).day, day));
	print_time_json(w, "start", l->sheet->start);
	print_time_json(w, "end", l->sheet->end);
	json_put_int(w, "session", l->m->last.session);
	json_put_str(w, "name", l->sheet->name);
	json_put_int(w, "instructor", l->m->last.instructor);
	json_put_bool(w, "present", l->m->last.present);
	json_put_int(w, "minutes", l->m->last.minutes);
	json_put_bool(w, "sent", l->m->at != 0);
	json_write_end_object(w);
}

static bool read_day(struct cli *cli, const char *option, const char *text, int32_t *out)
{
	if (!text || day_parse(str_of(text), out)) {
		buf_printf(&cli->why, "%s: %s%s%s, expected a date such as 2026-11-23\n", option, text ? "\"" : "",
		           text ? text : "is missing", text ? "\" is no date" : "");
		return false;
	}
	return true;
}

int export_fits(struct cli *cli)
{
	int32_t from, to;
	if (strcmp(cli->args[0], "payroll") != 0) {
		buf_printf(&cli->why, "there is no export \"%s\", there is payroll\n", cli->args[0]);
		return EXIT_USAGE;
	}
	if (!read_day(cli, "--from", cli->from, &from) || !read_day(cli, "--to", cli->to, &to))
		return EXIT_USAGE;
	if (to < from) {
		buf_addz(&cli->why, "--to: is before --from, expected the last day, which is included\n");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static void begin(struct cli *cli)
{
	if (cli->json)
		json_write_begin_array(&cli->w);
	else
		buf_addz(&cli->out, "environment,date,start,end,session,name,instructor,last_name,first_name,"
		                    "attendance,minutes,sent\r\n");
}

static void end(struct cli *cli)
{
	if (cli->json)
		json_write_end_array(&cli->w);
}

static void show(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	int32_t from = 0, to = 0;
	if (!read_day(cli, "--from", cli->from, &from) || !read_day(cli, "--to", cli->to, &to))
		return;
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		const struct look *look = stops[i].seen;
		if (!look->state.payroll)
			continue;
		struct lines l = {.look = look,
		                  .from = tz_to_utc(c->settings.zone, from, 0, 0),
		                  .to = tz_to_utc(c->settings.zone, to + 1, 0, 0),
		                  .v = arena_array(cli->arena, map_count(look->state.payroll) + 1, sizeof(*l.v))};
		REQUIRE(l.v);
		map_each(look->state.payroll, collect, &l);
		qsort(l.v, l.n, sizeof(*l.v), by_start);
		for (size_t k = 0; k < l.n; k++)
			(cli->json ? put_json : put_csv)(cli, c, stops[i].key, &l.v[k]);
	}
}

const struct tour_ops tour_export = {sizeof(struct look), begin, end, read_payroll, show, NULL, 1};
