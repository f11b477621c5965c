#include "core/app/cli.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/app/chore.h"
#include "core/app/owner.h"
#include "core/app/progress.h"
#include "core/app/person.h"
#include "core/app/remote.h"
#include "core/app/sync.h"
#include "core/app/tour.h"
#include "tenants/confdir.h"

#define ARENA_CAP (256u << 20)

struct command {
	const char *name, *args;
	int least, most;
	bool needs_conf;
	int (*run)(struct cli *cli); /* NULL: a tour, or of a later version */
	const char *doc;
	const struct tour_ops *tour;
};

static const struct command commands[] = {
        {"serve", "", 0, 0, true, cmd_serve, "the daemon, in the foreground: every school by its schedule"},
        {"check", "[TENANT…] [--probe]", 0, 1000, true, cmd_check,
         "validate the configuration; --probe also tries each credential and right"},
        {"plan", "TENANT down|up", 2, 2, true, cmd_plan,
         "what a run would do, each change with its reason; writes nothing"},
        {"sync", "TENANT down|up", 2, 2, true, cmd_sync, "run now, wait, show progress"},
        {"status", "[TENANT]", 0, 1, true, NULL, "each school: its environments, its last and next runs", &tour_status},
        {"issues", "[TENANT]", 0, 1, true, NULL,
         "records that could not be synchronised: what, why, how to fix", &tour_issues},
        {"explain", "TENANT --learner CODE|EMAIL | --instructor CODE | --session CODE | --sheet ID [--memory]", 1, 1, true, NULL,
         "why one record stands in Edusign as it does: Yparéo is read now, nothing is written", &tour_explain},
        {"export", "payroll TENANT --from DATE --to DATE", 2, 2, true, NULL,
         "the attendance of instructors as CSV, sent to Yparéo or not", &tour_export},
        {"person", "TENANT CODE [--learner|--instructor|--tutor] [--erase [--force]]", 1, 2, true, cmd_chore,
         "all that is kept of one person; --erase removes it, and says what stays at the vendors", &tour_person},
        {"history", "TENANT", 1, 1, true, NULL, "past runs", &tour_history},
        {"shadow", "TENANT", 1, 1, true, NULL, "where a school that only looks on agrees with what stands there", &tour_shadow},
        {"schedule", "TENANT [--from TIME] [--count N]", 1, 1, true, cmd_schedule, "the next runs, in the school's time and UTC"},
        {"token", "NAME operator|read|school:TENANT", 2, 2, false, cmd_token,
         "a new token for the page and the admin API, and the line for the token file"},
        {"schema", "tenant|passerelle", 1, 1, false, cmd_schema, "the JSON Schema of a school's file, or of passerelle.json, for editors"},
        {"demo", "[--once]", 0, 0, false, cmd_demo, "simulators of both vendors, three schools, one day; without --once the daemon with its page goes on"},
        {"pause", "TENANT", 1, 1, true, cmd_pause, "no runs by schedule"},
        {"resume", "TENANT", 1, 1, true, cmd_resume, "runs by schedule again"},
        {"approve", "TENANT PLAN [--reason TEXT]", 2, 2, true, cmd_approve,
         "do what is held: what is still wanted just so, and list the rest"},
        {"discard", "TENANT PLAN [--reason TEXT]", 2, 2, true, cmd_discard,
         "leave what is held undone, and do not ask again"},
        {"rebuild", "TENANT ENVIRONMENT", 2, 2, true, cmd_rebuild,
         "forget a store that is damaged; the next run makes it anew from what stands in Edusign"},
        {"backup", "TENANT FOLDER", 2, 2, true, cmd_chore, "a copy of what is remembered of a school, into a new folder"},
        {"restore", "TENANT FOLDER", 2, 2, true, cmd_chore,
         "back to a backup; who was erased since stays erased, and the next run reads Edusign first"},
        {"purge", "TENANT [--yes]", 1, 1, true, cmd_chore, "all data of a school that left; refused while its file is there"},
        {"rename", "OLD NEW", 2, 2, true, cmd_rename, "a school with its data, while no daemon runs"},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* ---- for commands ---- */

int cli_rig(struct cli *cli, struct rig **out)
{
	if (owner_become(cli->conf->data, &cli->why))
		return EXIT_UNREACHABLE;
	return rig_open(cli->conf, true, out, &cli->why) ? EXIT_UNREACHABLE : EXIT_DONE;
}

int cli_schools(struct cli *cli, int first, struct texts *out)
{
	struct texts all = {NULL, 0};
	if (wiring_list(cli->conf, cli->arena, &all, &cli->why))
		return EXIT_USAGE;
	if (cli->arg_count <= first) {
		*out = all;
		return EXIT_DONE;
	}
	size_t n = (size_t)(cli->arg_count - first);
	struct str *v = arena_array(cli->arena, n, sizeof(*v));
	REQUIRE(v);
	int status = EXIT_DONE;
	for (size_t i = 0; i < n; i++) {
		v[i] = str_of(cli->args[(size_t)first + i]);
		size_t k = 0;
		while (k < all.n && !str_eq(all.v[k], v[i]))
			k++;
		if (k == all.n) {
			buf_printf(&cli->why, "%s: there is no such school in %s\n", v[i].p, cli->conf->tenants);
			status = EXIT_USAGE;
		}
	}
	*out = (struct texts){v, n};
	return status;
}

/* ---- the command line ---- */

static void list_commands(FILE *to)
{
	fputs("usage: passerelle [-c FILE] [--json] COMMAND …\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].run || commands[i].tour)
			fprintf(to, "  %s %s\n      %s\n", commands[i].name, commands[i].args, commands[i].doc);
}

static const struct command *find_command(struct cli *cli, const char *name)
{
	const char *names[COMMANDS];
	for (size_t i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(name, names[i]) == 0)
			return &commands[i];
	}
	const char *near = schema_nearest(str_of(name), names, COMMANDS);
	if (near)
		buf_printf(&cli->why, "there is no command \"%s\", did you mean \"%s\"?\n", name, near);
	else
		buf_printf(&cli->why, "there is no command \"%s\": passerelle --help lists them\n", name);
	return NULL;
}

static int usage(struct cli *cli, const struct command *c)
{
	buf_printf(&cli->why, "usage: passerelle [-c FILE] [--json] %s %s\n", c->name, c->args);
	return EXIT_USAGE;
}

static bool options_fit(const struct cli *cli, const struct command *c)
{
	if (cli->probe && c->run != cmd_check)
		return false;
	if (cli->once && c->run != cmd_demo)
		return false;
	if (cli->from && c->run != cmd_schedule && c->tour != &tour_export)
		return false;
	if ((cli->count && c->run != cmd_schedule) || (cli->to && c->tour != &tour_export))
		return false;
	if ((cli->erase && c->tour != &tour_person) || (cli->force && !cli->erase))
		return false;
	if (cli->yes && strcmp(c->name, "purge") != 0)
		return false;
	if (cli->reason && c->run != cmd_approve && c->run != cmd_discard)
		return false;
	if (cli->tutor && c->tour != &tour_person)
		return false;
	if (c->tour == &tour_person)
		return !cli->asked[EXPLAIN_SESSION] && !cli->asked[EXPLAIN_SHEET] && !cli->memory;
	bool asked = false;
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++)
		asked = asked || cli->asked[i];
	return c->tour == &tour_explain || (!asked && !cli->memory);
}

static int arguments_fit(struct cli *cli, const struct command *c)
{
	int64_t code;
	if (cli->arg_count < c->least || cli->arg_count > c->most || !options_fit(cli, c))
		return usage(cli, c);
	if (c->tour == &tour_export)
		return export_fits(cli);
	if (c->tour == &tour_person)
		return person_fits(cli, &code);
	if (c->tour == &tour_explain && !cli_explanation(cli))
		return usage(cli, c);
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++) {
		if ((i != EXPLAIN_INSTRUCTOR && i != EXPLAIN_SESSION) || !cli->asked[i] || str_to_int64(str_of(cli->asked[i]), &code) == 0)
			continue;
		buf_printf(&cli->why, "\"%s\" is no %s's code, expected a whole number\n", cli->asked[i], explain_of_name((enum explain_of)i));
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

const struct tour_ops *cli_tour(struct cli *cli, const char *name, int *status)
{
	const struct command *c = find_command(cli, name);
	*status = c && c->tour ? arguments_fit(cli, c) : EXIT_USAGE;
	return c ? c->tour : NULL;
}

const struct chore_ops *cli_chore(struct cli *cli, const char *name, int *status)
{
	const struct chore_ops *ops = chore_find(cli, name);
	const struct command *c = ops ? find_command(cli, name) : NULL;
	*status = c ? arguments_fit(cli, c) : EXIT_USAGE;
	return ops;
}

struct waited { struct loop *loop; int status; };

static void on_toured(void *arg, int status)
{
	struct waited *w = arg;
	w->status = status;
	loop_stop(w->loop);
}

bool cli_explanation(struct cli *cli)
{
	unsigned n = 0;
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++) {
		if (!cli->asked[i] || !cli->asked[i][0])
			continue;
		n++;
		cli->explanation = (struct explanation){.arena = cli->arena, .of = (enum explain_of)i, .text = str_of(cli->asked[i])};
	}
	return n == 1;
}

void cli_explained(struct cli *cli, const struct report *report)
{
	for (unsigned i = 0; i < report->environment_count; i++)
		if (fault_is(&report->environments[i].error))
			explain_add(&cli->explanation, report->environments[i].environment, EXPLAIN_INFO, NULL,
			            "Yparéo could not be read now, this is what the last run left: %s", report->environments[i].error.what);
}

/* What the school's planning says now, before what its stores remember. */
static int read_now(struct cli *cli, struct rig *rig)
{
	struct texts schools;
	struct tenant_conf *conf = NULL;
	struct wiring *wiring = NULL;
	int status = cli_schools(cli, 0, &schools);
	if (status)
		return status;
	if (wiring_conf(cli->conf, schools.v[0].p, &conf, &cli->why) || wiring_open(rig, conf, &wiring, &cli->why))
		return EXIT_USAGE;
	struct progress progress;
	progress_init(&progress);
	struct sync sync;
	sync_run(&sync, wiring,
	         &(struct sync_options){.kind = FLOW_DOWN,
	                                .plan_only = true,
	                                .explain = &cli->explanation,
	                                .progress = progress_show,
	                                .progress_arg = &progress});
	progress_clear(&progress);
	cli_explained(cli, sync.report);
	sync_free(&sync);
	wiring_close(&wiring);
	return EXIT_DONE;
}

/* By the daemon that holds the stores, else here. */
static int run_tour(struct cli *cli, const struct command *c)
{
	struct rig *rig = NULL;
	int status;
	if (remote_ask(cli, c->name, &status))
		return status;
	status = cli_rig(cli, &rig);
	if (status)
		return status;
	if (c->tour == &tour_explain && !cli->memory)
		status = read_now(cli, rig);
	if (status) {
		rig_close(&rig);
		return status;
	}
	struct waited w = {rig->loop, EXIT_FAILED};
	tour_start(rig, cli, c->tour, on_toured, &w);
	loop_run(rig->loop);
	rig_close(&rig);
	return w.status;
}

static int run(struct cli *cli, int argc, const char **argv)
{
	if (argc < 2) {
		list_commands(stderr);
		return EXIT_USAGE;
	}
	const struct command *c = find_command(cli, argv[1]);
	if (!c)
		return EXIT_USAGE;
	cli->command = c->name;
	cli->args = argv + 2;
	cli->arg_count = argc - 2;
	if (!c->run && !c->tour) {
		buf_printf(&cli->why, "%s is not available in this version\n", c->name);
		return EXIT_USAGE;
	}
	int status = arguments_fit(cli, c);
	if (status)
		return status;
	if (c->needs_conf) {
		if (conf_read(cli->config, &cli->conf, &cli->why))
			return EXIT_USAGE;
		/* a command says itself what it does: its log is for what needs an action */
		enum log_level level = cli->conf->log_level == LOG_LVL_INFO || cli->conf->log_level == LOG_LVL_NOTICE
		                               ? LOG_LVL_WARNING
		                               : cli->conf->log_level;
		log_setup(level, cli->conf->log_format, STDERR_FILENO);
	}
	return c->tour && !cli->erase ? run_tour(cli, c) : c->run(cli);
}

/* What is wrong goes to standard error; with --json, and nothing else to print, as a document too. */
static int finish(struct cli *cli, int status)
{
	if (cli->why.n)
		fwrite(cli->why.p, 1, cli->why.n, stderr);
	if (cli->json && !cli->out.n) {
		json_write_init(&cli->w, &cli->out, true);
		json_write_begin_object(&cli->w);
		json_put_str(&cli->w, "error", str_trim(buf_str(&cli->why)));
		json_put_int(&cli->w, "exit", status);
		json_write_end_object(&cli->w);
	}
	if (cli->json)
		buf_addc(&cli->out, '\n');
	if (cli->out.n)
		fwrite(cli->out.p, 1, cli->out.n, stdout);
	if (fflush(stdout) || ferror(stdout)) {
		perror("passerelle: standard output");
		status = status ? status : EXIT_FAILED;
	}
	return status;
}

/* "--learner 4711", or "--learner" beside a code that stands elsewhere. */
static gboolean on_person_option(const gchar *name, const gchar *value, gpointer data, GError **error)
{
	struct cli *cli = data;
	const char *text = value ? arena_strz(cli->arena, value) : "";
	(void)error;
	if (strcmp(name, "--learner") == 0)
		cli->asked[EXPLAIN_LEARNER] = text;
	else if (strcmp(name, "--instructor") == 0)
		cli->asked[EXPLAIN_INSTRUCTOR] = text;
	else
		cli->tutor = text;
	return TRUE;
}

static bool parse(struct cli *cli, int *argc, char ***argv, bool *version)
{
	char *config = NULL, *asked[EXPLAIN_OF_COUNT] = {NULL}, *from = NULL, *to = NULL, *count = NULL, *reason = NULL;
	gboolean memory = FALSE, json = FALSE, probe = FALSE, once = FALSE, show_version = FALSE, erase = FALSE, force = FALSE, yes = FALSE;
	const GOptionEntry entries[] = {
	        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config, "configuration (default " CONF_DEFAULT_FILE ")",
	         "FILE"},
	        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "one JSON document on standard output", NULL},
	        {"probe", 0, 0, G_OPTION_ARG_NONE, &probe, "check: try each credential and right", NULL},
	        {"once", 0, 0, G_OPTION_ARG_NONE, &once, "demo: run and end", NULL},
	        {"learner", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, on_person_option, "explain, person: a learner", "CODE|EMAIL"},
	        {"instructor", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, on_person_option, "explain, person: an instructor", "CODE"},
	        {"tutor", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, on_person_option, "person: an apprenticeship tutor", "CODE"},
	        {"erase", 0, 0, G_OPTION_ARG_NONE, &erase, "person: erase what is kept", NULL},
	        {"force", 0, 0, G_OPTION_ARG_NONE, &force, "person --erase: also when Yparéo cannot be asked", NULL},
	        {"yes", 0, 0, G_OPTION_ARG_NONE, &yes, "purge: without asking", NULL},
	        {"session", 0, 0, G_OPTION_ARG_STRING, &asked[EXPLAIN_SESSION], "explain: a session", "CODE"},
	        {"sheet", 0, 0, G_OPTION_ARG_STRING, &asked[EXPLAIN_SHEET], "explain: a sheet, by Edusign's id", "ID"},
	        {"memory", 0, 0, G_OPTION_ARG_NONE, &memory, "explain: without reading Yparéo", NULL},
	        {"from", 0, 0, G_OPTION_ARG_STRING, &from, "schedule: runs from this time on; export: the first day", "TIME"},
	        {"to", 0, 0, G_OPTION_ARG_STRING, &to, "export: the last day", "DATE"},
	        {"count", 0, 0, G_OPTION_ARG_STRING, &count, "schedule: so many runs (10)", "N"},
	        {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "approve, discard: why, for the history", "TEXT"},
	        {"version", 0, 0, G_OPTION_ARG_NONE, &show_version, "print the version", NULL},
	        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	GOptionContext *context = g_option_context_new("COMMAND …");
	GString *summary = g_string_new("Keeps Yparéo's planning and Edusign's attendance in step.\n\nCommands:");
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].run || commands[i].tour)
			g_string_append_printf(summary, "\n  %s %s\n      %s", commands[i].name, commands[i].args,
			                       commands[i].doc);
	g_option_context_set_summary(context, summary->str);
	g_string_free(summary, TRUE);
	GOptionGroup *group = g_option_group_new("", "", "", cli, NULL);
	g_option_group_add_entries(group, entries);
	g_option_context_set_main_group(context, group);
	GError *error = NULL;
	bool good = g_option_context_parse(context, argc, argv, &error);
	if (!good) {
		buf_printf(&cli->why, "%s\n", error->message);
		g_error_free(error);
	}
	g_option_context_free(context);
	cli->json = json;
	cli->probe = probe;
	cli->once = once;
	cli->config = config ? arena_strz(cli->arena, config) : CONF_DEFAULT_FILE;
	cli->memory = memory;
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++) {
		if (asked[i])
			cli->asked[i] = arena_strz(cli->arena, asked[i]);
		g_free(asked[i]);
	}
	cli->erase = erase;
	cli->force = force;
	cli->yes = yes;
	cli->reason = reason ? arena_strz(cli->arena, reason) : NULL;
	cli->from = from ? arena_strz(cli->arena, from) : NULL;
	cli->to = to ? arena_strz(cli->arena, to) : NULL;
	cli->count = count ? arena_strz(cli->arena, count) : NULL;
	g_free(config);
	g_free(from);
	g_free(to);
	g_free(reason);
	g_free(count);
	*version = show_version;
	return good;
}

void cli_init(struct cli *cli)
{
	*cli = (struct cli){.arena = arena_new(ARENA_CAP)};
	buf_init(&cli->out, 0);
	buf_init(&cli->why, 0);
	json_write_init(&cli->w, &cli->out, true);
	snprintf(cli->by, sizeof(cli->by), "uid %lu", (unsigned long)getuid());
}

void cli_deinit(struct cli *cli)
{
	buf_deinit(&cli->out);
	buf_deinit(&cli->why);
	arena_free(&cli->arena);
}

int cli_main(int argc, char **argv)
{
	struct cli cli;
	cli_init(&cli);
	cli.program = argc ? argv[0] : "passerelle";
	bool version = false;
	int status = EXIT_USAGE;
	if (parse(&cli, &argc, &argv, &version)) {
		if (version) {
			printf("passerelle %s\n", PACKAGE_VERSION);
			status = EXIT_DONE;
			cli.json = false;
		} else {
			status = run(&cli, argc, (const char **)argv);
		}
	}
	status = finish(&cli, status);
	conf_free(&cli.conf);
	cli_deinit(&cli);
	return status;
}
