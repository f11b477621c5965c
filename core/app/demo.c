/* One day of three schools, with both vendors simulated: down, people sign, up; then both again, which must write
 * nothing. */

#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/app/cli.h"
#include "core/app/print.h"
#include "core/app/progress.h"
#include "core/app/simulator.h"
#include "core/app/sync.h"
#include "core/base/clock.h"

/* Schools of a size that a minute's requests are enough for. */
#define SCHOOLS      "3"
#define LEARNERS     "48"
#define INSTRUCTORS  "8"
#define GROUPS       "4"
#define SEED         "7"
#define START_MINUTE (6 * 60) /* before the first lesson */

struct demo {
	struct cli *cli;
	const char *dir;
	struct simulator sim;
	struct rig *rig;
	struct texts schools;
	int32_t day;
	int64_t day_start, day_end; /* UTC */
	bool failed;
	uint64_t sheets, people, absences, payroll;
};

static void say(struct demo *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* With --json standard output is for the document alone. */
static void say(struct demo *d, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(d->cli->json ? stderr : stdout, fmt, ap);
	va_end(ap);
	fflush(d->cli->json ? stderr : stdout);
}

/* ---- the day ---- */

/* Today's morning, or Monday's at a weekend: whatever time it is, the lessons of the day are still to come. */
static int choose_day(struct demo *d, int64_t *ahead_s)
{
	struct tz *zone = NULL;
	int rc = tz_open("Europe/Paris", &zone);
	if (rc) {
		buf_printf(&d->cli->why, "the time zone Europe/Paris is missing: %s\n", err_text(rc));
		return rc;
	}
	int64_t now = clock_wall_ms(clock_system()) / 1000;
	d->day = tz_from_utc(zone, now).day;
	while (day_weekday(d->day) > 4)
		d->day++;
	d->day_start = tz_to_utc(zone, d->day, 0, 0);
	d->day_end = tz_to_utc(zone, d->day + 1, 0, 0);
	*ahead_s = tz_to_utc(zone, d->day, START_MINUTE, 0) - now;
	tz_close(&zone);
	return 0;
}

/* ---- the folder ---- */

static int make_folder(struct demo *d)
{
	const char *base = getenv("TMPDIR");
	char *dir = (char *)arena_printf(d->cli->arena, "%s/passerelle-demo-XXXXXX", base && base[0] ? base : "/tmp");
	REQUIRE(dir);
	if (!mkdtemp(dir)) {
		buf_printf(&d->cli->why, "%s cannot be made: %s\n", dir, err_text(-errno));
		return ERR_CONFIG;
	}
	d->dir = dir;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_folder(struct demo *d)
{
	if (d->dir && nftw(d->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		say(d, "%s could not be removed\n", d->dir);
}

/* ---- runs ---- */

static void count(struct demo *d, const struct report *r)
{
	for (unsigned i = 0; i < r->environment_count; i++) {
		const struct counts *c = r->environments[i].counts;
		d->sheets += c[COUNT_SHEETS].created;
		d->people += c[COUNT_LEARNERS].created + c[COUNT_INSTRUCTORS].created;
		d->absences += c[COUNT_ABSENCES].created;
		d->payroll += c[COUNT_PAYROLL].created;
	}
}

static void show(struct demo *d, const struct report *r)
{
	struct buf text;
	buf_init(&text, 0);
	print_report_text(&text, r);
	say(d, "%s", text.p);
	buf_deinit(&text);
	if (d->cli->json)
		print_report_json(&d->cli->w, r);
	if (r->result > RESULT_ISSUES)
		d->failed = true;
}

static int run_school(struct demo *d, const char *id, enum flow_kind kind)
{
	struct tenant_conf *conf = NULL;
	struct wiring *wiring = NULL;
	if (wiring_conf(d->cli->conf, id, &conf, &d->cli->why) || wiring_open(d->rig, conf, &wiring, &d->cli->why))
		return ERR_CONFIG;
	struct progress progress;
	progress_init(&progress);
	struct sync sync;
	sync_run(&sync, wiring,
	         &(struct sync_options){.kind = kind, .progress = progress_show, .progress_arg = &progress});
	progress_clear(&progress);
	count(d, sync.report);
	show(d, sync.report);
	sync_free(&sync);
	wiring_close(&wiring);
	return 0;
}

static int run_all(struct demo *d, enum flow_kind kind)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < d->schools.n; i++)
		rc = run_school(d, d->schools.v[i].p, kind);
	return rc;
}

/* ---- people ---- */

static int sign(struct demo *d)
{
	char from[UTC_TEXT], to[UTC_TEXT], body[160];
	const struct json *answer = NULL;
	snprintf(body, sizeof(body), "{\"seed\": " SEED ", \"from\": \"%s\", \"to\": \"%s\"}",
	         utc_iso(d->day_start, from), utc_iso(d->day_end, to));
	int rc = simulator_ask(&d->sim, FETCH_POST, "/day", body, &answer, &d->cli->why);
	if (rc == 0)
		say(d, "\n%lld sheets are signed and locked: some learners come late, leave early or stay away\n\n",
		    (long long)json_int(json_get(answer, "sheets"), 0));
	return rc;
}

/* Writes that the simulators saw since the last call, -1: unknown. */
static int64_t writes_seen(struct demo *d)
{
	const struct json *ledger = NULL, *gone = NULL;
	if (simulator_ask(&d->sim, FETCH_GET, "/ledger", NULL, &ledger, &d->cli->why) ||
	    simulator_ask(&d->sim, FETCH_DELETE, "/ledger", NULL, &gone, &d->cli->why))
		return -1;
	const struct json *entries = json_get(ledger, "entries");
	if (!entries || entries->kind != JSON_ARRAY)
		return -1;
	int64_t n = 0;
	for (const struct json *e = entries->first; e; e = e->next)
		n += json_bool(json_get(e, "write"), true) || json_bool(json_get(e, "effect"), true);
	return n;
}

/* ---- the whole ---- */

static int start(struct demo *d)
{
	struct cli *cli = d->cli;
	const char *path = simulator_find(cli->arena, cli->program, &cli->why);
	int64_t ahead = 0;
	char today[DAY_TEXT];
	if (!path || choose_day(d, &ahead) || make_folder(d))
		return ERR_CONFIG;
	const char *seconds = arena_printf(cli->arena, "%lld", (long long)ahead);
	const char *const args[] = {"--schools",
	                            SCHOOLS,
	                            "--learners",
	                            LEARNERS,
	                            "--instructors",
	                            INSTRUCTORS,
	                            "--groups",
	                            GROUPS,
	                            "--seed",
	                            SEED,
	                            "--no-absences",
	                            "--today",
	                            day_iso(d->day, today),
	                            "--ahead",
	                            seconds,
	                            "--write-config",
	                            d->dir,
	                            NULL};
	clock_set_ahead(ahead * 1000);
	int rc = simulator_start(&d->sim, cli->arena, path, args, &cli->why);
	const char *config = arena_printf(cli->arena, "%s/passerelle.json", d->dir);
	if (rc == 0)
		rc = config ? conf_read(config, &cli->conf, &cli->why) : ERR_LIMIT;
	if (rc == 0)
		rc = wiring_list(cli->conf, cli->arena, &d->schools, &cli->why);
	if (rc == 0) {
		log_setup(LOG_LVL_WARNING, LOG_TEXT, STDERR_FILENO);
		rc = rig_open(cli->conf, true, &d->rig, &cli->why);
	}
	if (rc == 0)
		simulator_connect(&d->sim, d->rig);
	return rc;
}

static void begin_list(struct demo *d, const char *key)
{
	if (!d->cli->json)
		return;
	json_write_key(&d->cli->w, key);
	json_write_begin_array(&d->cli->w);
}

static void end_list(struct demo *d)
{
	if (d->cli->json)
		json_write_end_array(&d->cli->w);
}

static int live(struct demo *d, int64_t *first, int64_t *again)
{
	char today[DAY_TEXT];
	say(d, "%zu schools, %s; both vendors are simulated\n\n", d->schools.n, day_iso(d->day, today));
	begin_list(d, "first");
	int rc = run_all(d, FLOW_DOWN);
	if (rc == 0)
		rc = sign(d);
	if (rc == 0)
		rc = run_all(d, FLOW_UP);
	end_list(d);
	if (rc)
		return rc;
	*first = writes_seen(d);
	say(d, "\nboth once more, with nothing changed\n\n");
	begin_list(d, "again");
	rc = run_all(d, FLOW_DOWN);
	if (rc == 0)
		rc = run_all(d, FLOW_UP);
	end_list(d);
	*again = writes_seen(d);
	return rc;
}

static int judge(struct demo *d, int rc, int64_t first, int64_t again)
{
	bool good = rc == 0 && !d->failed && first > 0 && again == 0 && d->sheets && d->people && d->absences;
	if (d->cli->json) {
		json_put_int(&d->cli->w, "writes", first);
		json_put_int(&d->cli->w, "repeated_writes", again);
		json_put_bool(&d->cli->w, "ok", good);
		json_write_end_object(&d->cli->w);
	}
	if (rc)
		return EXIT_FAILED;
	say(d,
	    "\ndown created %llu sheets and %llu people, up sent %llu absences and the attendance of instructors at "
	    "%llu sessions: %lld writes\n",
	    (unsigned long long)d->sheets, (unsigned long long)d->people, (unsigned long long)d->absences,
	    (unsigned long long)d->payroll, (long long)first);
	say(d, "the repeated runs: %lld writes\n", (long long)again);
	if (!good)
		buf_addz(&d->cli->why, "the demo did not go as it should\n");
	return good ? EXIT_DONE : EXIT_FAILED;
}

/* ---- and on, with the daemon ---- */

static void on_page(struct cli *cli, unsigned port)
{
	fprintf(cli->json ? stderr : stdout,
	        "\nthe daemon serves these schools until it is interrupted (Ctrl-C); its page:\n"
	        "  http://127.0.0.1:%u/?token=%s\n",
	        port, cli->page_token);
	fflush(cli->json ? stderr : stdout);
}

/* A token of its own, in the demo's folder. */
static int make_token(struct demo *d, const char *path)
{
	uint8_t bytes[16];
	char *hex = arena_alloc(d->cli->arena, 2 * sizeof(bytes) + 1);
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes) || !hex)
		return ERR_LIMIT;
	str_hex(bytes, sizeof(bytes), hex);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, hex, strlen(hex)) == (ssize_t)strlen(hex);
	if (fd >= 0)
		close(fd);
	d->cli->page_token = hex;
	return good ? 0 : ERR_CONFIG;
}

static int serve(struct demo *d)
{
	struct cli *cli = d->cli;
	const char *path = arena_printf(cli->arena, "%s/token", d->dir);
	if (!path || make_token(d, path)) {
		buf_printf(&cli->why, "%s/token cannot be made\n", d->dir);
		return EXIT_FAILED;
	}
	cli->conf->http_listen = "127.0.0.1:0";
	cli->conf->http_token_file = path;
	cli->conf->log_level = LOG_LVL_WARNING;
	cli->page_open = on_page;
	return cmd_serve(cli);
}

int cmd_demo(struct cli *cli)
{
	struct demo d = {.cli = cli};
	int64_t first = -1, again = -1;
	int status = EXIT_FAILED;
	if (start(&d) == 0) {
		if (cli->json)
			json_write_begin_object(&cli->w);
		int rc = live(&d, &first, &again);
		status = judge(&d, rc, first, again);
	}
	simulator_disconnect(&d.sim);
	rig_close(&d.rig);
	if (status == EXIT_DONE && !cli->once)
		status = serve(&d);
	simulator_stop(&d.sim);
	remove_folder(&d);
	return status;
}
