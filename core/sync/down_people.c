#include "core/sync/down.h"

#include <string.h>
#include <strings.h>

/* One person at a time: found by code, else by e-mail, else created; or brought up to date. Every try begins with a reading, so a try
 * after an uncertain write is the read-back. */

static struct doing *doing_of(struct run *run)
{
	return run_state(run);
}

static struct want_person *person_of(struct run *run)
{
	return doing_of(run)->item->person;
}

static const struct attendance_port *port_of(struct doing *g)
{
	return g->d->env->edusign;
}

static int64_t not_before(struct run *run)
{
	return down_not_before(doing_of(run));
}

static enum verdict is_new(struct run *run)
{
	return person_of(run)->binding ? STEP_SKIP : STEP_NEXT;
}

/* ---- found, or created ---- */

static enum verdict find_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (down_cannot_be_there(g))
		return STEP_SKIP;
	const struct person *p = &g->item->person->wish;
	port_of(g)->person_find(port_of(g)->self, x, run_arena(run), p->kind, p->code, &g->id);
	return down_asks(g->d);
}

static enum verdict must_got(struct run *run, struct exchange *x)
{
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

/* No public source knows the calls for one tutor by code and by id: where they are not there, the address has to do. */
static bool is_no_call(struct run *run, const struct exchange *x)
{
	return person_of(run)->wish.kind == PERSON_TUTOR && x->fault.class == FAULT_REMOTE && x->fault.http_status == 404;
}

static enum verdict find_got(struct run *run, struct exchange *x)
{
	return is_no_call(run, x) ? STEP_NEXT : must_got(run, x);
}

static enum verdict read_found_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (str_empty(g->id))
		return STEP_SKIP;
	port_of(g)->person_read(port_of(g)->self, x, run_arena(run), g->item->person->wish.kind, g->id, &g->found);
	return down_asks(g->d);
}

static bool names_agree(struct arena *a, const struct person *p, const struct account *acc)
{
	struct str first = str_fold(a, p->first), last = str_fold(a, p->last);
	struct str there_first = str_fold(a, acc->first), there_last = str_fold(a, acc->last);
	return (str_eq(first, there_first) && str_eq(last, there_last)) || (str_eq(first, there_last) && str_eq(last, there_first));
}

/* The code alone is not proof: another connector numbers its people too, and an instructor's account that schools share bears the code of
 * whichever came first. Such an account is as good as not found; the address has the next word. */
static enum verdict read_found_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct person *p = &g->item->person->wish;
	const struct account *acc = &g->found;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	bool foreign = !str_empty(acc->api_type) && !(acc->api_type.n == 6 && strncasecmp(acc->api_type.p, "ypareo", 6) == 0);
	bool shared = p->kind == PERSON_INSTRUCTOR && acc->schools > 1;
	if (foreign || (shared && !names_agree(run_arena(run), p, acc))) {
		g->id = STR_NONE;
		g->found = (struct account){ 0 };
	}
	return STEP_NEXT;
}

static enum verdict by_email_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (!str_empty(g->id))
		return STEP_SKIP;
	g->found_by_email = true;
	const struct person *p = &g->item->person->wish;
	port_of(g)->person_by_email(port_of(g)->self, x, run_arena(run), p->kind, p->email, &g->found);
	return down_asks(g->d);
}

struct same_email { struct arena *arena; const struct person *mine; struct str email; int64_t other; };

static bool compare_email(void *value, void *arg)
{
	const struct want_person *p = value;
	struct same_email *s = arg;
	if (p->wish.code != s->mine->code && str_eq(str_fold_email(s->arena, p->wish.email), s->email))
		s->other = p->wish.code;
	return s->other == 0;
}

/* Another person of the same kind whom Yparéo gives the same address; 0: none. */
static int64_t twin_of(struct run *run, const struct person *p)
{
	struct same_email s = { run_arena(run), p, str_fold_email(run_arena(run), p->email), 0 };
	map_each(doing_of(run)->d->cmp.people[p->kind], compare_email, &s);
	return s.other;
}

static enum verdict refuse(struct run *run, const char *field, const char *fix, const char *problem)
{
	struct doing *g = doing_of(run);
	issues_add(g->d->issues, g->item->record, field, 0, fix, "%s", problem);
	g->outcome = OUTCOME_FAILED;
	return STEP_DONE;
}

/* An account that bears somebody else's code is somebody else's. */
static bool bears_other_code(struct run *run, const struct account *acc, const struct person *p)
{
	if (str_empty(acc->api_id))
		return false;
	const char *mine = arena_printf(run_arena(run), "%lld", (long long)p->code);
	return !mine || !str_eqz(acc->api_id, mine);
}

/* May the account be taken for this person? NULL, or a problem. */
static const char *objection(struct run *run, const struct person *p)
{
	struct doing *g = doing_of(run);
	const struct account *acc = &g->found;
	if (!g->found_by_email)
		return NULL; /* it bears our code */
	bool shared = p->kind == PERSON_INSTRUCTOR && acc->schools > 1;
	if (!shared && bears_other_code(run, acc, p))
		return arena_printf(run_arena(run), "has an e-mail address whose account in Edusign bears the code %.*s", STR_ARG(acc->api_id));
	if (!names_agree(run_arena(run), p, acc))
		return "has an e-mail address whose account in Edusign bears another name";
	int64_t twin = twin_of(run, p);
	if (twin)
		return arena_printf(run_arena(run), "has the e-mail address of %s %lld too, and one account in Edusign", person_kind_name(p->kind),
		                    (long long)twin);
	if (map_get_str(g->d->state.people_by_id[p->kind], acc->id))
		return "has an e-mail address whose account in Edusign already stands for another person";
	return NULL;
}

static enum verdict adopt(struct run *run)
{
	struct doing *g = doing_of(run);
	struct want_person *w = person_of(run);
	if (str_empty(g->found.id) || (w->wish.kind == PERSON_INSTRUCTOR && !g->found.in_school && g->found_by_email)) {
		if (g->item->intent && down_too_early(g))
			return STEP_DONE;
		g->create = true;
		return STEP_NEXT;
	}
	const char *problem = objection(run, &w->wish);
	if (problem)
		return refuse(run, "email", "Give each person an e-mail address of their own in Yparéo, or mend the account in Edusign", problem);
	g->id = g->found.id;
	g->restore = g->found.hidden;
	return STEP_NEXT;
}

static enum verdict wants_restore(struct run *run)
{
	return doing_of(run)->restore ? STEP_NEXT : STEP_SKIP;
}

static void intend(struct run *run, enum intent_kind kind)
{
	struct doing *g = doing_of(run);
	struct want_person *w = person_of(run);
	g->intent = (struct intent){ .kind = kind, .code = w->wish.code, .person = w->wish.kind, .id = g->id, .payload = w->wish.email };
	journal_intend(g->d->journal, run, &g->intent);
}

static void restore_open(struct run *run)
{
	intend(run, INTENT_PERSON_RESTORE);
}

static enum verdict restore_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->person_restore(port_of(g)->self, x, person_of(run)->wish.kind, g->id);
	return down_asks(g->d);
}

static enum verdict restore_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	journal_drop(g->d->journal, g->intent.seq);
	down_note(g, "restored");
	return STEP_NEXT;
}

static enum verdict wants_create(struct run *run)
{
	return doing_of(run)->create ? STEP_NEXT : STEP_SKIP;
}

static void create_open(struct run *run)
{
	intend(run, INTENT_PERSON_CREATE);
}

static enum verdict create_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	g->id = STR_NONE;
	port_of(g)->person_create(port_of(g)->self, x, run_arena(run), &person_of(run)->wish, &g->id);
	return down_asks(g->d);
}

static enum verdict create_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	struct want_person *w = person_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	w->binding = down_bind(g->d, g->intent.seq, &w->wish, g->id, w->fingerprint, false, true);
	w->fresh = true;
	g->d->report->counts[compare_count_kind(w->wish.kind)].created++;
	down_count_guarded(g);
	down_note(g, "created");
	return STEP_NEXT;
}

static bool same_details(const struct person *p, const struct account *acc)
{
	return str_eq(p->first, acc->first) && str_eq(p->last, acc->last) && str_eq(p->email, acc->email) &&
	       (p->kind != PERSON_LEARNER ||
	        (str_eq(p->phone, acc->phone) && str_eq(p->training, acc->training) && str_eq(p->company, acc->company)));
}

/* Found, not made: bound as it is. Where it differs, or does not bear our code yet, it is brought up to date by a further try. */
static enum verdict bind_found(struct run *run)
{
	struct doing *g = doing_of(run);
	struct want_person *w = person_of(run);
	if (g->create)
		return STEP_DONE;
	static const uint8_t unknown[32];
	bool shared = w->wish.kind == PERSON_INSTRUCTOR && g->found.schools > 1;
	bool marked = !str_empty(g->found.api_id), same = same_details(&w->wish, &g->found) && !(g->found_by_email && !marked);
	w->binding = down_bind(g->d, g->item->intent, &w->wish, g->id, same || shared ? w->fingerprint : unknown, shared,
	                       w->wish.kind == PERSON_TUTOR && marked);
	g->item->intent = 0;
	if (!same && !shared) {
		g->item->action = ACTION_UPDATE;
		g->item->reason = STR("found in Edusign, differs from Yparéo");
		g->outcome = OUTCOME_AGAIN;
	} else if (w->binding) {
		g->d->report->counts[compare_count_kind(w->wish.kind)].unchanged++;
	}
	return STEP_DONE;
}

static const struct step create_part[] = {
	{ STEP_HTTP, "find", .ask = find_ask, .got = find_got },
	{ STEP_HTTP, "read-found", .ask = read_found_ask, .got = read_found_got },
	{ STEP_HTTP, "by-email", .ask = by_email_ask, .got = must_got },
	{ STEP_CALC, "adopt", .calc = adopt },
	{ STEP_CALC, "archived", .calc = wants_restore, .skip = "absent" },
	{ STEP_GATE, "restore-intent", .open = restore_open },
	{ STEP_HTTP, "restore", .effect = FETCH_WRITE_KEYED, .ask = restore_ask, .got = restore_got },
	{ STEP_CALC, "absent", .calc = wants_create, .skip = "bind" },
	{ STEP_GATE, "create-intent", .open = create_open },
	{ STEP_HTTP, "create", .effect = FETCH_WRITE_ONCE, .ask = create_ask, .got = create_got },
	{ STEP_CALC, "bind", .calc = bind_found },
	STEP_END,
};

/* ---- brought up to date ---- */

static enum verdict is_known(struct run *run)
{
	struct doing *g = doing_of(run);
	if (!person_of(run)->binding || g->create || g->outcome != OUTCOME_DONE || !str_empty(g->id))
		return STEP_DONE; /* the first part dealt with it */
	g->id = person_of(run)->binding->id;
	return STEP_NEXT;
}

static enum verdict read_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->person_read(port_of(g)->self, x, run_arena(run), person_of(run)->wish.kind, g->id, &g->found);
	return down_asks(g->d);
}

static enum verdict read_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	g->by_address = is_no_call(run, x);
	if (g->by_address)
		return STEP_NEXT;
	if (x->fault.class == FAULT_REMOTE && x->fault.code == ERR_NOT_FOUND) {
		/* the account is no longer there: forgotten, and found or made anew */
		person_of(run)->binding = NULL;
		g->item->action = ACTION_CREATE;
		g->outcome = OUTCOME_AGAIN;
		return STEP_DONE;
	}
	g->restore = g->found.hidden && g->item->drift; /* archived by hand, and that is to be undone */
	return must_got(run, x);
}

static enum verdict read_again_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct want_person *w = person_of(run);
	if (!g->by_address)
		return STEP_SKIP;
	port_of(g)->person_by_email(port_of(g)->self, x, run_arena(run), w->wish.kind, w->binding->email, &g->found);
	return down_asks(g->d);
}

/* By the address that it had, or by the one that an earlier write may have given it. */
static enum verdict read_new_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct want_person *w = person_of(run);
	if (!g->by_address || str_eq(g->found.id, g->id))
		return STEP_SKIP;
	port_of(g)->person_by_email(port_of(g)->self, x, run_arena(run), w->wish.kind, w->wish.email, &g->found);
	return down_asks(g->d);
}

static enum verdict read_new_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v = must_got(run, x);
	if (v != STEP_NEXT || str_eq(g->found.id, g->id))
		return v;
	return refuse(run, "email", "Give the account in Edusign the e-mail address that it had, or archive it",
	              "is not to be found in Edusign by the e-mail address that its account had: somebody changed it there");
}

static enum verdict taken_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct person *p = &person_of(run)->wish;
	struct arena *a = run_arena(run);
	if (str_eq(str_fold_email(a, p->email), str_fold_email(a, g->found.email)))
		return STEP_SKIP;
	port_of(g)->person_by_email(port_of(g)->self, x, a, p->kind, p->email, &g->other);
	return down_asks(g->d);
}

static enum verdict taken_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v = must_got(run, x);
	const struct account *other = &g->other;
	if (v != STEP_NEXT || str_empty(other->id) || str_eq(other->id, g->id))
		return v;
	return refuse(run, "email", "Give each person an e-mail address of their own in Yparéo, or mend the other account in Edusign",
	              arena_printf(run_arena(run), "has a new e-mail address that another account in Edusign uses (code %.*s)",
	                           STR_ARG(str_empty(other->api_id) ? STR("none") : other->api_id)));
}

static enum verdict differs(struct run *run)
{
	struct doing *g = doing_of(run);
	struct want_person *w = person_of(run);
	bool same = same_details(&w->wish, &g->found) && !bears_other_code(run, &g->found, &w->wish) && !str_empty(g->found.api_id);
	bool shared = w->wish.kind == PERSON_INSTRUCTOR && g->found.schools > 1;
	if (!same && !shared) /* a change that is still on its way would undo a later one */
		return g->item->intent && down_too_early(g) ? STEP_DONE : STEP_NEXT;
	w->binding = down_bind(g->d, g->item->intent, &w->wish, g->id, w->fingerprint, shared, w->binding->created);
	g->item->intent = 0;
	if (g->restore) {
		g->d->report->counts[compare_count_kind(w->wish.kind)].updated++;
		down_count_guarded(g);
	} else {
		g->d->report->counts[compare_count_kind(w->wish.kind)].unchanged++;
	}
	return STEP_DONE;
}

static void update_open(struct run *run)
{
	struct doing *g = doing_of(run);
	if (g->item->intent)
		journal_drop(g->d->journal, g->item->intent);
	g->item->intent = 0;
	intend(run, INTENT_PERSON_UPDATE);
}

static enum verdict update_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->person_update(port_of(g)->self, x, &person_of(run)->wish, g->id);
	return down_asks(g->d);
}

static enum verdict update_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	struct want_person *w = person_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	w->binding = down_bind(g->d, g->intent.seq, &w->wish, g->id, w->fingerprint, false, w->binding->created);
	g->d->report->counts[compare_count_kind(w->wish.kind)].updated++;
	down_count_guarded(g);
	down_note(g, "updated");
	return STEP_DONE;
}

static const struct step update_part[] = {
	{ STEP_CALC, "known", .calc = is_known },
	{ STEP_HTTP, "read", .ask = read_ask, .got = read_got },
	{ STEP_HTTP, "read-again", .ask = read_again_ask, .got = must_got },
	{ STEP_HTTP, "read-new", .ask = read_new_ask, .got = read_new_got },
	{ STEP_CALC, "hidden", .calc = wants_restore, .skip = "taken" },
	{ STEP_GATE, "unhide-intent", .open = restore_open },
	{ STEP_HTTP, "unhide", .effect = FETCH_WRITE_KEYED, .ask = restore_ask, .got = restore_got },
	{ STEP_HTTP, "taken", .ask = taken_ask, .got = taken_got },
	{ STEP_CALC, "differs", .calc = differs },
	{ STEP_GATE, "update-intent", .open = update_open },
	{ STEP_HTTP, "update", .effect = FETCH_WRITE_KEYED, .ask = update_ask, .got = update_got },
	STEP_END,
};

const struct step down_person_list[] = {
	{ STEP_WAIT, "not-before", .wait_ms = not_before },
	{ STEP_CALC, "new", .calc = is_new, .skip = "update" },
	{ STEP_CALL, "create", .sub = create_part },
	{ STEP_CALL, "update", .sub = update_part },
	STEP_END,
};
