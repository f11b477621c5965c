#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/tz.h"
#include "core/io/loop.h"
#include "tests/world/edusign.h"
#include "tests/world/front_http.h"
#include "tests/world/sim_control.h"
#include "tests/world/sim_setup.h"

/* passerelle-sim: both vendors on loopback, with schools in them. */

#define POOL_THREADS 4

struct program {
	struct sim *sim;
	struct loop *loop;
	struct front_http *front;
	struct sim_setup setup;
	uint64_t seed;
	const char *listen, *config, *ledger_file;
	FILE *ledger;
	struct arena *arena;
};

static const char usage[] =
        "usage: passerelle-sim [options]\n"
        "Simulates Yparéo and Edusign on loopback, and prints their addresses as one line of JSON when ready.\n"
        "\n"
        "  --listen ADDRESS:PORT  Yparéo here, Edusign on the next port; 127.0.0.1:0 (any free ones) by default\n"
        "  --write-config DIR     a passerelle.json with tenants.d/ and secrets/ that points here\n"
        "  --ledger FILE          every request as a line of JSON\n"
        "  --seed N               the same seed gives the same schools\n"
        "  --today yyyy-MM-dd     first day of the schools' plannings; today by default\n"
        "  --ahead SECONDS        the servers' clock against this machine's\n"
        "  --schools N            customers (1)\n"
        "  --by-site              an Edusign account for each site, instead of one for each school\n"
        "  --learners N  --instructors N  --groups N  --rooms N  --sites N\n"
        "  --days N               days with sessions (14)\n"
        "  --sessions N           of each group on a day (2)\n"
        "  --quirks               with every special case once\n"
        "  --no-absences          no absence entered by people\n"
        "  --switch NAME          an open question of the vendors, answered the other way; again for more\n"
        "  --fault SPEC           KIND:VENDOR:METHOD:PATH:skip=N:count=N:ms=N:status=N:body=TEXT; again for more\n"
        "  --help\n";

enum choice {
	OPTION_LISTEN = 1,
	OPTION_CONFIG,
	OPTION_LEDGER,
	OPTION_SEED,
	OPTION_TODAY,
	OPTION_AHEAD,
	OPTION_BY_SITE,
	OPTION_QUIRKS,
	OPTION_NO_ABSENCES,
	OPTION_SWITCH,
	OPTION_FAULT,
	OPTION_HELP,
	OPTION_NUMBER, /* and those behind: see numbers[] */
};

static const char *const number_names[] = {"schools", "learners", "instructors", "groups",
                                           "rooms",   "sites",    "days",        "sessions"};
enum { NUMBERS = sizeof(number_names) / sizeof(number_names[0]) };

static unsigned *number(struct program *p, int which)
{
	unsigned *const numbers[NUMBERS] = {&p->setup.schools,         &p->setup.gen.learners,
	                                    &p->setup.gen.instructors, &p->setup.gen.groups,
	                                    &p->setup.gen.rooms,       &p->setup.gen.sites,
	                                    &p->setup.gen.days,        &p->setup.gen.sessions_per_day};

	return numbers[which];
}

static int wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "passerelle-sim: --%s %s: %s is expected\n", option, value, expected);
	return 1;
}

static int take_number(struct program *p, int which, const char *value)
{
	int64_t n;

	if (str_to_int64(str_of(value), &n) || n < 0 || n > 1000000)
		return wrong(number_names[which], value, "a number from 0 to 1000000");
	*number(p, which) = (unsigned)n;
	return 0;
}

static int take_switch(struct program *p, const char *value)
{
	enum sim_switch which;

	if (sim_switch_parse(value, &which)) {
		fputs("passerelle-sim: --switch takes one of:", stderr);
		for (int i = 0; i < SIM_SWITCH_COUNT; i++)
			fprintf(stderr, " %s", sim_switch_name((enum sim_switch)i));
		fputs("\n", stderr);
		return 1;
	}
	sim_set(p->sim, which, true);
	return 0;
}

static int take_fault(struct program *p, const char *value)
{
	struct sim_fault fault;

	if (sim_fault_parse(value, &fault, p->arena))
		return wrong("fault", value, "KIND:VENDOR:METHOD:PATH:skip=N:count=N:ms=N:status=N:body=TEXT");
	sim_fault_add(p->sim, &fault);
	return 0;
}

static int take_ahead(const char *value)
{
	int64_t seconds;

	if (str_to_int64(str_of(value), &seconds) || seconds > INT32_MAX || seconds < INT32_MIN)
		return wrong("ahead", value, "a number of seconds");
	clock_set_ahead(seconds * 1000);
	return 0;
}

static int take(struct program *p, int option, const char *value)
{
	int64_t seed;

	if (option >= OPTION_NUMBER)
		return take_number(p, option - OPTION_NUMBER, value);
	if (option == OPTION_LISTEN)
		p->listen = value;
	else if (option == OPTION_CONFIG)
		p->config = value;
	else if (option == OPTION_LEDGER)
		p->ledger_file = value;
	else if (option == OPTION_SWITCH)
		return take_switch(p, value);
	else if (option == OPTION_FAULT)
		return take_fault(p, value);
	else if (option == OPTION_TODAY)
		return day_parse(str_of(value), &p->setup.gen.first_day) ? wrong("today", value, "yyyy-MM-dd") : 0;
	else if (option == OPTION_AHEAD)
		return take_ahead(value);
	else if (option == OPTION_BY_SITE)
		p->setup.by_site = true;
	else if (option == OPTION_QUIRKS)
		p->setup.gen.quirks = true;
	else if (option == OPTION_NO_ABSENCES)
		p->setup.gen.no_absences = true;
	else if (str_to_int64(str_of(value), &seed) || seed < 0)
		return wrong("seed", value, "a number");
	else
		p->setup.gen.seed = p->seed = (uint64_t)seed;
	return 0;
}

/* 0; 1: wrong; 2: help was given. */
static int parse(struct program *p, int argc, char **argv)
{
	struct option options[32] = {
	        {"listen", required_argument, NULL, OPTION_LISTEN},
	        {"write-config", required_argument, NULL, OPTION_CONFIG},
	        {"ledger", required_argument, NULL, OPTION_LEDGER},
	        {"seed", required_argument, NULL, OPTION_SEED},
	        {"today", required_argument, NULL, OPTION_TODAY},
	        {"ahead", required_argument, NULL, OPTION_AHEAD},
	        {"by-site", no_argument, NULL, OPTION_BY_SITE},
	        {"quirks", no_argument, NULL, OPTION_QUIRKS},
	        {"no-absences", no_argument, NULL, OPTION_NO_ABSENCES},
	        {"switch", required_argument, NULL, OPTION_SWITCH},
	        {"fault", required_argument, NULL, OPTION_FAULT},
	        {"help", no_argument, NULL, OPTION_HELP},
	};
	int option;

	for (int i = 0; i < NUMBERS; i++)
		options[OPTION_HELP + i] =
		        (struct option){number_names[i], required_argument, NULL, OPTION_NUMBER + i};
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPTION_HELP) {
			fputs(usage, stdout);
			return 2;
		}
		if (option == '?' || take(p, option, optarg))
			return 1;
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "passerelle-sim: %s: no such argument\n", argv[optind]);
	return 1;
}

static int32_t today(void)
{
	struct tz *tz = NULL;
	int rc = tz_open("Europe/Paris", &tz);

	REQUIRE(rc == 0);
	int32_t day = tz_from_utc(tz, clock_wall_ms(clock_system()) / 1000).day;
	tz_close(&tz);
	return day;
}

/* ---- ready ---- */

static void put_ready(struct program *p, struct buf *out, const char *ypareo, const char *edusign)
{
	struct json_writer w;
	char text[512];

	json_write_init(&w, out, false);
	json_write_begin_object(&w);
	json_put_text(&w, "ypareo", ypareo);
	json_put_text(&w, "edusign", edusign);
	snprintf(text, sizeof(text), "%s/_sim", ypareo);
	json_put_text(&w, "control", text);
	json_put_int(&w, "pid", getpid());
	if (p->config) {
		snprintf(text, sizeof(text), "%s/passerelle.json", p->config);
		json_put_text(&w, "config", text);
	}
	json_write_key(&w, "schools");
	json_write_begin_array(&w);
	for (unsigned n = 0; sim_ypareo_at(p->sim, n); n++) {
		json_write_begin_object(&w);
		json_put_text(&w, "name", sim_ypareo_at(p->sim, n)->name);
		json_write_key(&w, "edusign");
		json_write_begin_array(&w);
		for (unsigned i = 0; i < sim_setup_environments(p->sim, &p->setup, n); i++)
			json_write_str(&w, sim_setup_school(p->sim, &p->setup, n, i)->id);
		json_write_end_array(&w);
		json_write_end_object(&w);
	}
	json_write_end_array(&w);
	json_write_end_object(&w);
	buf_addc(out, '\n');
}

static int announce(struct program *p)
{
	char ypareo[128], edusign[128];
	int host = (int)(strrchr(p->listen, ':') - p->listen);
	struct buf out;

	snprintf(ypareo, sizeof(ypareo), "http://%.*s:%u", host, p->listen, front_http_ypareo_port(p->front));
	snprintf(edusign, sizeof(edusign), "http://%.*s:%u/v1", host, p->listen, front_http_edusign_port(p->front));
	int rc = p->config ? sim_setup_write(p->sim, &p->setup, p->config, ypareo, edusign) : 0;
	if (rc) {
		fprintf(stderr, "passerelle-sim: %s: %s\n", p->config, err_text(rc));
		return rc;
	}
	buf_init(&out, 0);
	put_ready(p, &out, ypareo, edusign);
	fwrite(out.p, 1, out.n, stdout);
	buf_deinit(&out);
	return fflush(stdout) ? -errno : 0;
}

static void on_entry(void *arg, const struct sim_entry *entry)
{
	struct program *p = arg;
	struct json_writer w;
	struct buf line;

	buf_init(&line, 0);
	json_write_init(&w, &line, false);
	sim_control_entry(&w, entry);
	buf_addc(&line, '\n');
	fwrite(line.p, 1, line.n, p->ledger);
	fflush(p->ledger);
	buf_deinit(&line);
}

static void on_signal(void *arg, int signum)
{
	struct program *p = arg;

	(void)signum;
	loop_stop(p->loop);
}

static int serve(struct program *p)
{
	struct front_http_options options = {.listen = p->listen, .note = p->ledger ? on_entry : NULL, .arg = p};
	int rc = loop_open(POOL_THREADS, &p->loop);

	if (!rc)
		rc = loop_signal(p->loop, SIGTERM, on_signal, p);
	if (!rc)
		rc = loop_signal(p->loop, SIGINT, on_signal, p);
	if (!rc)
		rc = front_http_open(p->loop, p->sim, &options, &p->front);
	if (rc)
		fprintf(stderr, "passerelle-sim: %s: %s\n", p->listen, err_text(rc));
	else
		rc = announce(p);
	if (!rc)
		loop_run(p->loop);
	front_http_close(&p->front);
	loop_close(&p->loop);
	return rc;
}

int main(int argc, char **argv)
{
	struct program p = {.listen = "127.0.0.1:0", .seed = 1, .setup.gen.seed = 1, .arena = arena_new(0)};
	int status = 1;

	/* switches and faults go straight into the sim; its own seed follows from the schools' */
	p.sim = sim_new(1);
	int rc = parse(&p, argc, argv);
	if (rc) {
		status = rc == 2 ? 0 : 1;
		goto out;
	}
	sim_edusign(p.sim)->seed = p.seed;
	if (!p.setup.gen.first_day)
		p.setup.gen.first_day = today();
	p.ledger = p.ledger_file ? fopen(p.ledger_file, "we") : NULL;
	if (p.ledger_file && !p.ledger) {
		fprintf(stderr, "passerelle-sim: %s: %s\n", p.ledger_file, strerror(errno));
		goto out;
	}
	sim_setup_make(p.sim, &p.setup);
	status = serve(&p) ? 1 : 0;
	if (p.ledger)
		fclose(p.ledger);
out:
	sim_free(&p.sim);
	arena_free(&p.arena);
	return status;
}
