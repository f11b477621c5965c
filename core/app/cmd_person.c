#include <stdio.h>
#include <string.h>

#include "core/app/person.h"
#include "core/app/print.h"
#include "core/app/tour.h"

/* All that is kept of one person: every record of every kind (records.h), environment after environment. */

bool person_kind_asked(const struct cli *cli, enum person_kind *kind)
{
	const char *const asked[PERSON_KIND_COUNT] = {cli->asked[EXPLAIN_LEARNER], cli->asked[EXPLAIN_INSTRUCTOR], cli->tutor};
	for (int k = 0; k < PERSON_KIND_COUNT; k++) {
		if (!asked[k])
			continue;
		*kind = (enum person_kind)k;
		return true;
	}
	return false;
}

int person_fits(struct cli *cli, int64_t *code)
{
	enum person_kind kind;
	const char *text = cli->arg_count > 1 ? cli->args[1] : NULL;
	const char *const asked[PERSON_KIND_COUNT] = {cli->asked[EXPLAIN_LEARNER], cli->asked[EXPLAIN_INSTRUCTOR], cli->tutor};
	unsigned kinds = 0;
	for (int k = 0; k < PERSON_KIND_COUNT; k++) {
		kinds += asked[k] != NULL;
		if (asked[k] && asked[k][0])
			text = text ? "" : asked[k]; /* a code in both places is one too many */
	}
	if (kinds <= 1 && text && str_to_int64(str_of(text), code) == 0 && (!cli->erase || person_kind_asked(cli, &kind)))
		return EXIT_DONE;
	if (cli->erase && kinds == 0)
		buf_addz(&cli->why, "erase whom: --learner, --instructor or --tutor? One code may stand for several people\n");
	else
		buf_addz(&cli->why, "expected one code of Yparéo's, a whole number, and at most one of --learner, --instructor, --tutor\n");
	return EXIT_USAGE;
}

/* ---- reading ---- */

struct look {
	struct str records[PERSON_KIND_COUNT]; /* a JSON array each; empty: nothing */
};

struct writing {
	struct json_writer w;
	const struct subject *who;
	size_t n;
};

static void on_record(void *arg, const struct record_kind *k, const struct record *r)
{
	struct writing *w = arg;
	record_show(k, r, w->who, &w->w);
	w->n++;
}

static int read_kind(struct store_txn *txn, struct cli *cli, enum person_kind kind, int64_t code, struct str *out)
{
	struct subject who = {.kind = kind, .code = code};
	struct writing w = {.who = &who};
	struct buf text;
	buf_init(&text, 0);
	json_write_init(&w.w, &text, false);
	json_write_begin_array(&w.w);
	(void)subject_load(txn, cli->arena, &who);
	records_of(txn, &who, on_record, &w);
	json_write_end_array(&w.w);
	if (w.n)
		*out = arena_str(cli->arena, buf_str(&text));
	buf_deinit(&text);
	return w.n && str_empty(*out) ? ERR_LIMIT : 0;
}

static int read_all(struct store_txn *txn, struct cli *cli, void *seen)
{
	struct look *l = seen;
	enum person_kind kind;
	int64_t code;
	bool one = person_kind_asked(cli, &kind);
	if (person_fits(cli, &code))
		return ERR_BUG; /* looked at before */
	for (int k = 0; k < PERSON_KIND_COUNT; k++) {
		int rc = one && k != (int)kind ? 0 : read_kind(txn, cli, (enum person_kind)k, code, &l->records[k]);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- showing ---- */

static void show_value(struct buf *out, const struct json *j)
{
	if (j->kind == JSON_STRING)
		print_clean(out, j->text);
	else if (j->kind == JSON_BOOL)
		buf_addz(out, json_bool(j, false) ? "yes" : "no");
	else if (j->kind == JSON_NUMBER)
		buf_printf(out, "%lld", (long long)json_int(j, 0));
}

/* "binding" and a line for each of its parts; of a list inside one for each element. */
static void show_record(struct buf *out, const struct json *record, int depth)
{
	for (const struct json *f = record->first; f; f = f->next) {
		if (f->kind == JSON_NULL || (f->kind == JSON_STRING && !f->text.n))
			continue;
		if (depth == 0 && str_eqz(f->key, "kind")) {
			buf_printf(out, "  %.*s\n", STR_ARG(f->text));
			continue;
		}
		buf_printf(out, "%*s%.*s: ", 6 + depth * 4, "", STR_ARG(f->key));
		if (f->kind != JSON_ARRAY)
			show_value(out, f);
		buf_addc(out, '\n');
		for (const struct json *e = f->kind == JSON_ARRAY ? f->first : NULL; e; e = e->next)
			show_record(out, e, depth + 1);
	}
}

static void show_environment(struct cli *cli, const struct tour_stop *stop, enum person_kind kind)
{
	const struct look *l = stop->seen;
	const struct json *all = NULL;
	const struct json_options options = {.max_text = 64u << 20};
	struct str text = l->records[kind];
	if (!str_empty(text) && json_parse(cli->arena, text, &options, &all, NULL, NULL))
		all = NULL;
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "environment", stop->key);
		json_write_key(&cli->w, "records");
		if (all)
			json_write_tree(&cli->w, all);
		else {
			json_write_begin_array(&cli->w);
			json_write_end_array(&cli->w);
		}
		json_write_end_object(&cli->w);
		return;
	}
	buf_printf(&cli->out, "%s: %s\n", stop->key, all ? "" : "nothing is kept");
	for (const struct json *r = all ? all->first : NULL; r; r = r->next)
		show_record(&cli->out, r, 0);
}

const char *const person_vendors[] = {
        "In Edusign the account, its signatures and its attendance stay: have the school delete or anonymise it there.",
        "In Yparéo the absences and the attendance that were sent stay, as the school's own records.",
        "Backups made before hold what was kept then; a restore leaves out who was erased since, the files themselves are yours to delete.",
};

void person_tell_vendors(struct cli *cli)
{
	size_t n = sizeof(person_vendors) / sizeof(person_vendors[0]);
	if (cli->json) {
		json_write_key(&cli->w, "elsewhere");
		json_write_begin_array(&cli->w);
	}
	for (size_t i = 0; i < n; i++) {
		if (cli->json)
			json_write_text(&cli->w, person_vendors[i]);
		else
			buf_printf(&cli->out, "%s\n", person_vendors[i]);
	}
	if (cli->json)
		json_write_end_array(&cli->w);
}

/* Whose code it is: the kind that was asked for, or the only one of which anything is kept. False: it is several people's. */
static bool choose(struct cli *cli, const struct tour_stop *stops, unsigned n, enum person_kind *kind)
{
	unsigned found = 0;
	enum person_kind only = PERSON_LEARNER;
	if (person_kind_asked(cli, kind))
		return true;
	for (int k = 0; k < PERSON_KIND_COUNT; k++) {
		bool any = false;
		for (unsigned i = 0; i < n; i++)
			any = any || !str_empty(((const struct look *)stops[i].seen)->records[k]);
		if (any) {
			only = (enum person_kind)k;
			found++;
		}
	}
	*kind = only;
	return found <= 1;
}

static void show(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	unsigned n = c->settings.environment_count;
	enum person_kind kind;
	int64_t code = 0;
	(void)!person_fits(cli, &code);
	if (!choose(cli, stops, n, &kind)) {
		buf_printf(&cli->why, "%s: %lld is the code of several people: say --learner, --instructor or --tutor\n", c->id, (long long)code);
		cli->worst = EXIT_USAGE;
		return;
	}
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", c->id);
		json_put_text(&cli->w, "kind", person_kind_name(kind));
		json_put_int(&cli->w, "code", code);
		json_write_key(&cli->w, "environments");
		json_write_begin_array(&cli->w);
	} else {
		buf_printf(&cli->out, "%s: %s %lld\n", c->id, person_kind_name(kind), (long long)code);
	}
	for (unsigned i = 0; i < n; i++)
		show_environment(cli, &stops[i], kind);
	if (cli->json)
		json_write_end_array(&cli->w);
	person_tell_vendors(cli);
	if (cli->json)
		json_write_end_object(&cli->w);
}

const struct tour_ops tour_person = {sizeof(struct look), NULL, NULL, read_all, show, NULL, 0, 1};
