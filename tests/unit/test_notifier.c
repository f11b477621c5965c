#include "core/app/notifier.h"
#include "core/app/notice.h"
#include "tests/unit/letters.h"
#include "tests/unit/tenant_fixture.h"

/* Who is told what of a school, and how often. Days on a virtual clock; letters are looked at where they wait. */

#define NOTIFY \
	NO_SPREAD ", \"name\": \"CFA de Lyon\", \"language\": \"en\", \"notify\": { \"email\": [\"office@cfa.example\", \"head@cfa.example\"]," \
	          " \"webhook\": \"https://hook.test/x\", \"silent_hours\": 40, \"heartbeat\": \"https://beat.test/secret-path\" }"

/* ---- the way out: the vendors, and an address that is called ---- */

static struct {
	struct fetch_transport base, *inner;
	struct loop_task task;
	struct scene *s;
	struct fetch *waiting;
	unsigned beats;
	int status;
} out;

static void on_beat(struct loop_task *t)
{
	(void)t;
	struct fetch *f = out.waiting;
	out.waiting = NULL;
	f->reply.status = out.status;
	f->reply.sent = true;
	fetch_finish(f);
}

static bool is_beat(const struct fetch *f)
{
	return strncmp(f->request.url, "https://beat.test/", 18) == 0;
}

static void out_start(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	if (!is_beat(f)) {
		out.inner->start(out.inner, f);
		return;
	}
	out.beats++;
	out.waiting = f;
	loop_defer(out.s->rig.loop, &out.task);
}

static void out_cancel(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	if (!is_beat(f))
		out.inner->cancel(out.inner, f);
}

static void out_close(struct fetch_transport *t)
{
	(void)t;
	out.inner->close(out.inner);
}

/* ---- the scene ---- */

static struct postman *postman;
static struct notifier *notifier;
static struct letters box;
static const char *mistakes;

static bool schools(void *arg, void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes), void *to)
{
	struct scene *s = arg;
	see(to, "cfa", s->tenant, mistakes);
	return true;
}

static void open_notifier(struct scene *s)
{
	postman = postman_new(&(struct postman_options){.loop = s->rig.loop, .hub = s->rig.hub, .stores = s->rig.stores});
	postman_stop(postman); /* letters stay where they are */
	notifier = notifier_new(&(struct notifier_options){.rig = &s->rig, .postman = postman, .schools = schools, .arg = s});
}

static void close_notifier(struct scene *s)
{
	notifier_stop(notifier);
	loop_virtual_run(s->rig.loop, NULL, NULL, 1000);
	notifier_free(&notifier);
	postman_free(&postman);
}

static int notifier_set_up(void **state)
{
	set_up(state);
	struct scene *s = *state;
	fetch_hub_free(&s->rig.hub);
	memset(&out, 0, sizeof(out));
	out.base = (struct fetch_transport){out_start, out_cancel, out_close};
	out.inner = front_fake_new(s->rig.loop, s->sim, NULL);
	out.s = s;
	out.status = 200;
	loop_task_init(&out.task, on_beat);
	s->rig.hub = fetch_hub_new(s->rig.loop, &out.base, NULL);
	s->conf.smtp_url = "smtp://127.0.0.1:25"; /* there is one */
	start(s, NOTIFY);
	open_notifier(s);
	return 0;
}

static int notifier_tear_down(void **state)
{
	close_notifier(*state);
	arena_free(&box.arena);
	return tear_down(state);
}

static void fault(struct scene *s, const char *spec)
{
	struct arena *a = arena_new(0);
	struct sim_fault f;
	assert_int_equal(sim_fault_parse(spec, &f, a), 0);
	sim_fault_add(s->sim, &f);
	arena_free(&a);
}

/* How many calls of the webhook say that this began, or is over. */
static unsigned told(struct scene *s, const char *event, bool over)
{
	unsigned n = 0;
	letters_read(&box, s->rig.loop, s->rig.stores);
	for (size_t i = 0; i < box.list.n; i++) {
		const struct letter *l = letters_at(&box, i);
		n += l->kind == LETTER_HOOK && str_eqz(l->subject, event) && (strstr(l->text.p, "\"over\":true") != NULL) == over;
	}
	return n;
}

static unsigned mails(struct scene *s, const char *to, const char *subject)
{
	unsigned n = 0;
	letters_read(&box, s->rig.loop, s->rig.stores);
	for (size_t i = 0; i < box.list.n; i++) {
		const struct letter *l = letters_at(&box, i);
		n += l->kind == LETTER_MAIL && str_eqz(l->to, to) && strstr(l->subject.p, subject) != NULL;
	}
	return n;
}

/* ---- */

static void a_school_that_is_well_is_not_spoken_of(void **state)
{
	struct scene *s = *state;
	days(s, 3);
	assert_true(s->ended[FLOW_DOWN] > 4);
	letters_read(&box, s->rig.loop, s->rig.stores);
	assert_int_equal(box.list.n, 0);
}

static void failing_is_told_once_and_so_is_its_end(void **state)
{
	struct scene *s = *state;
	days(s, 0.5);
	fault(s, "status:*:*:*:status=500");
	days(s, 1.0);
	assert_true(s->failed > 4);
	assert_int_equal(told(s, "failed", false), 1);
	assert_int_equal(told(s, "failed", true), 0);
	assert_int_equal(mails(s, "office@cfa.example", "CFA de Lyon: runs fail"), 1);
	assert_int_equal(mails(s, "head@cfa.example", "CFA de Lyon: runs fail"), 1);
	assert_int_equal(told(s, "silent", false), 0);
	/* another process says nothing again */
	close_notifier(s);
	open_notifier(s);
	days(s, 1.0);
	assert_int_equal(told(s, "failed", false), 1);
	assert_int_equal(told(s, "silent", false), 1); /* over 40 hours without a good run by now */
	sim_faults_clear(s->sim);
	days(s, 1.0);
	assert_int_equal(told(s, "failed", true), 1);
	assert_int_equal(told(s, "silent", true), 1);
	assert_int_equal(told(s, "deaf", false), told(s, "deaf", true));
	size_t all = box.list.n;
	days(s, 2.0);
	letters_read(&box, s->rig.loop, s->rig.stores);
	assert_int_equal(box.list.n, all);
}

static void one_failure_is_no_news(void **state)
{
	struct scene *s = *state;
	days(s, 0.5);
	unsigned before = s->failed;
	fault(s, "status:edusign:GET:/v1/school:status=500:count=4");
	days(s, 1.0);
	assert_true(s->failed > before);
	assert_int_equal(told(s, "failed", false), 0);
}

static void a_broken_file_is_told(void **state)
{
	struct scene *s = *state;
	days(s, 0.1);
	tenant_stale(s->tenant, "cfa.json:3:4: ypareo: is missing\nand more\n");
	days(s, 0.01);
	assert_int_equal(told(s, "stale", false), 1);
	const struct letter *l = letters_at(&box, 0);
	assert_non_null(strstr(l->text.p, "cfa.json:3:4: ypareo: is missing"));
	assert_null(strstr(l->text.p, "and more"));
	tenant_stale(s->tenant, "cfa.json:9:9: another mistake\n");
	days(s, 0.01);
	assert_int_equal(told(s, "stale", false), 1);
	tenant_stale(s->tenant, NULL);
	days(s, 0.01);
	assert_int_equal(told(s, "stale", true), 1);
}

static void those_who_run_it_are_told_as_well(void **state)
{
	struct scene *s = *state;
	static struct str ops = STR("ops@host.example");
	s->conf.notify = (struct notify_conf){.on = true, .alerts = true, .email = {&ops, 1}, .silent_s = 36 * 3600, .language = WORDING_FR};
	days(s, 0.1);
	tenant_stale(s->tenant, "cfa.json:3:4: no\n");
	days(s, 0.01);
	assert_int_equal(mails(s, "ops@host.example", "son fichier n’est pas valable"), 1);
	assert_int_equal(mails(s, "office@cfa.example", "its file is not valid"), 1);
}

static void each_good_run_beats(void **state)
{
	struct scene *s = *state;
	days(s, 0.05);
	unsigned first = out.beats;
	assert_int_equal(first, 0);
	days(s, 1.0); /* noon and evening down, evening up */
	assert_true(out.beats >= 2 && out.beats <= 3);
	first = out.beats;
	fault(s, "status:*:*:*:status=500");
	days(s, 1.0);
	assert_int_equal(out.beats, first);
	sim_faults_clear(s->sim);
	out.status = 500; /* who does not answer is called again, until */
	days(s, 0.1);
	assert_true(out.beats > first + 1);
	out.status = 204;
	days(s, 0.01);
	first = out.beats;
	days(s, 0.01);
	assert_int_equal(out.beats, first);
}

static void the_digest_comes_once_a_day_while_there_is_something(void **state)
{
	struct scene *s = *state;
	tenant_change(s->tenant, file(s, NO_SPREAD ", \"name\": \"CFA\", \"notify\": { \"email\": [\"office@cfa.example\"], \"digest\": [\"07:30\"] }"));
	struct ypareo *y = sim_ypareo(s->sim, "cfa");
	const char *address = y->learners.items[0].email, *name = y->learners.items[0].last;
	y->learners.items[0].email = "";
	days(s, 0.9); /* a new school has missed none */
	assert_int_equal(mails(s, "office@cfa.example", "anomalies ouvertes"), 0);
	days(s, 2); /* 07:30 of two days */
	assert_int_equal(mails(s, "office@cfa.example", "anomalies ouvertes"), 2);
	const struct letter *l = letters_at(&box, box.list.n - 1);
	assert_non_null(strstr(l->text.p, "À traiter par l’établissement"));
	assert_non_null(strstr(l->text.p, "apprenant "));
	assert_non_null(strstr(l->text.p, "n’a pas d’adresse e-mail"));
	assert_null(strstr(l->text.p, name)); /* people by code */
	y->learners.items[0].email = address;
	days(s, 3);
	unsigned of_it = 0; /* the morning's before the next run down */
	letters_read(&box, s->rig.loop, s->rig.stores);
	for (size_t i = 0; i < box.list.n; i++)
		of_it += strstr(letters_at(&box, i)->text.p, "n’a pas d’adresse e-mail") != NULL;
	assert_int_equal(of_it, 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, notifier_set_up, notifier_tear_down)
	const struct CMUnitTest tests[] = {
	        T(a_school_that_is_well_is_not_spoken_of),
	        T(failing_is_told_once_and_so_is_its_end),
	        T(one_failure_is_no_news),
	        T(a_broken_file_is_told),
	        T(those_who_run_it_are_told_as_well),
	        T(each_good_run_beats),
	        T(the_digest_comes_once_a_day_while_there_is_something),
	};
	log_setup(LOG_LVL_CRIT, LOG_TEXT, STDERR_FILENO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
