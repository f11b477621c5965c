#include "adapters/ypareo/ypareo_p.h"

#include <stdio.h>
#include <string.h>

/* Learners with their current enrolment, their accounts, instructors, contracts, companies and their contacts. */

#define AT(type, member) offsetof(struct type, member)
#define LIST_ROOT(id, item, fn)                                                                                      \
	static const struct field id##_list[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &item, fn}};                        \
	static const struct shape id##_root = {"list", 1, FIELDS(id##_list), RECORD_NO_MASK, NULL}

static int memory_of(const struct ypareo_port__question *q)
{
	return q->base.exhausted ? ERR_LIMIT : 0;
}

/* ---- learners ---- */

struct site_record {
	int64_t code;
	struct str name;
};
static const struct field site_fields[] = {
        {"codeSite", FIELD_INT, FIELD_LOOSE, AT(site_record, code), NULL, NULL},
        {"nomSite", FIELD_TEXT, FIELD_LOOSE, AT(site_record, name), NULL, NULL},
};
static const struct shape site_shape = {"site", sizeof(struct site_record), FIELDS(site_fields), RECORD_NO_MASK,
                                        NULL};

struct training_record {
	struct str name;
};
static const struct field training_fields[] = {
        {"nomFormation", FIELD_TEXT, FIELD_LOOSE, AT(training_record, name), NULL, NULL},
};
static const struct shape training_shape = {"training", sizeof(struct training_record), FIELDS(training_fields),
                                            RECORD_NO_MASK, NULL};

struct enrolment_record {
	int64_t code, group;
	bool current;
	struct site_record site;
	struct training_record training;
};
static const struct field enrolment_fields[] = {
        {"codeInscription", FIELD_INT, FIELD_LOOSE, AT(enrolment_record, code), NULL, NULL},
        {"codeGroupe", FIELD_INT, FIELD_LOOSE, AT(enrolment_record, group), NULL, NULL},
        {"isInscriptionEnCours", FIELD_BOOL, FIELD_LOOSE, AT(enrolment_record, current), NULL, NULL},
        {"site", FIELD_OBJECT, FIELD_LOOSE, AT(enrolment_record, site), &site_shape, NULL},
        {"formation", FIELD_OBJECT, FIELD_LOOSE, AT(enrolment_record, training), &training_shape, NULL},
};
static const struct shape enrolment_shape = {"enrolment", sizeof(struct enrolment_record), FIELDS(enrolment_fields),
                                             RECORD_NO_MASK, NULL};

struct address_record {
	struct str email, phone, mobile;
};
static const struct field address_fields[] = {
        {"email", FIELD_TEXT, FIELD_LOOSE, AT(address_record, email), NULL, NULL},
        {"tel1", FIELD_TEXT, FIELD_LOOSE, AT(address_record, phone), NULL, NULL},
        {"tel2", FIELD_TEXT, FIELD_LOOSE, AT(address_record, mobile), NULL, NULL},
};
static const struct shape address_shape = {"address", sizeof(struct address_record), FIELDS(address_fields),
                                           RECORD_NO_MASK, NULL};

struct now_record {
	int64_t enrolment, group;
};
static const struct field now_fields[] = {
        {"codeInscription", FIELD_INT, FIELD_LOOSE, AT(now_record, enrolment), NULL, NULL},
        {"codeGroupe", FIELD_INT, FIELD_LOOSE, AT(now_record, group), NULL, NULL},
};
static const struct shape now_shape = {"current enrolment", sizeof(struct now_record), FIELDS(now_fields),
                                       RECORD_NO_MASK, NULL};

struct learner_record {
	int64_t code;
	struct str last, first;
	struct address_record address;
	struct now_record now;
	struct items enrolments;
};

static const struct field learner_fields[] = {
        {"codeApprenant", FIELD_INT, FIELD_REQUIRED, AT(learner_record, code), NULL, NULL},
        {"nomApprenant", FIELD_TEXT, FIELD_LOOSE, AT(learner_record, last), NULL, NULL},
        {"prenomApprenant", FIELD_TEXT, FIELD_LOOSE, AT(learner_record, first), NULL, NULL},
        {"adresse", FIELD_OBJECT, FIELD_LOOSE, AT(learner_record, address), &address_shape, NULL},
        {"informationsCourantes", FIELD_OBJECT, FIELD_LOOSE, AT(learner_record, now), &now_shape, NULL},
        {"inscriptions", FIELD_ITEMS, FIELD_LOOSE, AT(learner_record, enrolments), &enrolment_shape, NULL},
};
static const struct shape learner_shape = {"learner", sizeof(struct learner_record), FIELDS(learner_fields),
                                           RECORD_NO_MASK, NULL};

/* Of several that say they are current the one that the learner's own note names; else the latest entered. NULL:
 * none. */
static const struct enrolment_record *current_of(const struct learner_record *r)
{
	const struct enrolment_record *all = r->enrolments.v, *found = NULL;
	for (size_t i = 0; i < r->enrolments.n; i++) {
		if (!all[i].current)
			continue;
		if (r->now.enrolment && all[i].code == r->now.enrolment)
			return &all[i];
		if (!found || all[i].code > found->code)
			found = &all[i];
	}
	return found;
}

static void fill_learner(struct ypareo_port__question *q, const struct learner_record *r, struct learner *l)
{
	struct adapter__question *b = &q->base;
	const struct enrolment_record *now = current_of(r);
	l->code = r->code;
	l->last = adapter__copy(b, q->keep, r->last);
	l->first = adapter__copy(b, q->keep, r->first);
	l->email_normal = adapter__copy(b, q->keep, r->address.email);
	l->phone = adapter__copy(b, q->keep,
	                         str_empty(str_trim(r->address.mobile)) ? r->address.phone : r->address.mobile);
	l->group = r->now.group ? r->now.group : now ? now->group : 0;
	if (!now)
		return;
	l->training = adapter__copy(b, q->keep, now->training.name);
	l->site = adapter__copy(b, q->keep, now->site.name);
	l->site_code = now->site.code;
}

/* A learner enrolled twice comes twice in some answers: one is kept, the one that has a current enrolment if any. */
static int add_learner(struct ypareo_port__question *q, const struct learner_record *r)
{
	if (!q->known)
		q->known = map_new_int(q->base.x->arena);
	struct learner *all = q->base.list.v, *l;
	size_t at = (size_t)(uintptr_t)map_get(q->known, r->code);
	if (at) {
		l = &all[at - 1];
		if (!current_of(r) || !str_empty(l->site) || !str_empty(l->training))
			return 0;
		memset(l, 0, sizeof(*l));
	} else {
		l = adapter__list_add(&q->base);
		if (!l)
			return ERR_LIMIT;
		map_put(q->known, r->code, (void *)(uintptr_t)q->base.list.n);
	}
	fill_learner(q, r, l);
	return memory_of(q);
}

static int on_learner(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct learner_record *r = record;
	(void)key;
	return q->want(q->arg, r->code) ? add_learner(q, r) : 0;
}

LIST_ROOT(learner, learner_shape, on_learner);

void ypareo_port__learners(void *self, struct exchange *x, struct arena *keep, struct ints periods,
                           bool (*want)(void *, int64_t), void *arg, struct items *out)
{
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_LEARNERS, &learner_root, keep, out, sizeof(struct learner), NULL);
	if (!q)
		return;
	q->want = want;
	q->arg = arg;
	ypareo_port__query_periods(x, periods);
}

void ypareo_port__short_learners(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                                 bool (*want)(void *, int64_t), void *arg, struct items *out)
{
	struct ypareo_port__days d;
	ypareo_port__days(&d, first, last);
	struct ypareo_port__question *q = ypareo_port__list(self, x, YPAREO_SHORT_LEARNERS, &learner_root, keep, out,
	                                                    sizeof(struct learner), d.args);
	if (!q)
		return;
	q->want = want;
	q->arg = arg;
	q->optional = true;
}

/* The answer is the learner, not a list. */
static void learner_finish(struct exchange *x)
{
	struct ypareo_port__question *q = x->adapter;
	struct learner_record *r = x->root;
	if (!fault_is(&x->fault) && r->code == 0)
		adapter__untrusted(x, ERR_MISSING, "the answer is no learner");
	else if (!fault_is(&x->fault) && r->code != q->learner)
		adapter__untrusted(x, ERR_CONFLICT, "the answer is another learner than the one asked for");
	if (!fault_is(&x->fault))
		(void)add_learner(q, r);
	(void)adapter__settle(x);
	q->known = NULL;
	memset(r, 0, sizeof(*r));
}

void ypareo_port__learner(void *self, struct exchange *x, struct arena *keep, int64_t code, struct items *out)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", (long long)code);
	const struct adapter__arg args[] = {{"code", str_of(text)}, {NULL, STR_NONE}};
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_LEARNER, &learner_shape, keep, out, sizeof(struct learner), args);
	if (!q)
		return;
	q->learner = code;
	x->root = arena_alloc(x->arena, sizeof(struct learner_record));
	x->finish = learner_finish;
	if (!x->root)
		adapter__exhausted(x);
}

/* ---- accounts of learners ---- */

struct account_record {
	int64_t code;
	struct str last, first, email;
};

static const struct field account_fields[] = {
        {"codeApprenant", FIELD_INT, 0, AT(account_record, code), NULL, NULL},
        {"email", FIELD_TEXT, FIELD_LOOSE, AT(account_record, email), NULL, NULL},
};
static const struct shape account_shape = {"account", sizeof(struct account_record), FIELDS(account_fields),
                                           RECORD_NO_MASK, NULL};

/* Of two accounts of one learner the first that has an address counts. */
static int on_account(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct account_record *r = record;
	struct learner *l = map_get(q->arg, r->code);
	(void)key;
	if (!l || !str_empty(l->email_pro))
		return 0;
	l->email_pro = adapter__copy(&q->base, q->keep, r->email);
	return memory_of(q);
}

LIST_ROOT(account, account_shape, on_account);

void ypareo_port__learner_accounts(void *self, struct exchange *x, struct arena *keep, struct map *by_code)
{
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_LEARNER_ACCOUNTS, &account_root, keep, NULL, 0, NULL);
	if (q)
		q->arg = by_code;
}

/* ---- instructors ---- */

static const struct field instructor_fields[] = {
        {"codePersonnel", FIELD_INT, FIELD_REQUIRED, AT(account_record, code), NULL, NULL},
        {"nom", FIELD_TEXT, FIELD_LOOSE, AT(account_record, last), NULL, NULL},
        {"prenom", FIELD_TEXT, FIELD_LOOSE, AT(account_record, first), NULL, NULL},
        {"email", FIELD_TEXT, FIELD_LOOSE, AT(account_record, email), NULL, NULL},
};
static const struct shape instructor_shape = {"instructor", sizeof(struct account_record), FIELDS(instructor_fields),
                                              RECORD_NO_MASK, NULL};

/* isFormateur is not asked for: staff teach too, and the planning says who does. */
static int on_instructor(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct account_record *r = record;
	(void)key;
	if (!q->want(q->arg, r->code) || ypareo_port__repeated(q, r->code))
		return 0;
	struct instructor *i = adapter__list_add(&q->base);
	if (!i)
		return ERR_LIMIT;
	i->code = r->code;
	i->last = adapter__copy(&q->base, q->keep, r->last);
	i->first = adapter__copy(&q->base, q->keep, r->first);
	i->email = adapter__copy(&q->base, q->keep, r->email);
	return memory_of(q);
}

LIST_ROOT(instructor, instructor_shape, on_instructor);

void ypareo_port__instructors(void *self, struct exchange *x, struct arena *keep, bool (*want)(void *, int64_t),
                              void *arg, struct items *out)
{
	struct ypareo_port__question *q = ypareo_port__list(self, x, YPAREO_INSTRUCTORS, &instructor_root, keep, out,
	                                                    sizeof(struct instructor), NULL);
	if (!q)
		return;
	q->want = want;
	q->arg = arg;
}

/* ---- contracts ---- */

struct contract_record {
	int64_t learner, company, tutor;
	struct str first, last, broken;
};

static const struct field contract_fields[] = {
        {"codeApprenant", FIELD_INT, 0, AT(contract_record, learner), NULL, NULL},
        {"codeEntreprise", FIELD_INT, FIELD_LOOSE, AT(contract_record, company), NULL, NULL},
        {"codeInterlocuteur", FIELD_INT, FIELD_LOOSE, AT(contract_record, tutor), NULL, NULL},
        {"dateDebContrat", FIELD_TEXT, FIELD_LOOSE, AT(contract_record, first), NULL, NULL},
        {"dateFinContrat", FIELD_TEXT, FIELD_LOOSE, AT(contract_record, last), NULL, NULL},
        {"dateResiliation", FIELD_TEXT, FIELD_LOOSE, AT(contract_record, broken), NULL, NULL},
};
static const struct shape contract_shape = {"contract", sizeof(struct contract_record), FIELDS(contract_fields),
                                            RECORD_NO_MASK, NULL};

struct active_contract {
	struct contract contract;
	int32_t first;
};

/* An end that is not set is open; a date that is none makes the contract unusable, and the company is optional. One
 * that was terminated was active until the day before. */
static bool covers(const struct contract_record *r, int32_t day, int32_t *first)
{
	int32_t last = INT32_MAX, broken;
	*first = INT32_MIN;
	if (!str_empty(str_trim(r->first)) && day_parse(r->first, first))
		return false;
	if (!str_empty(str_trim(r->last)) && day_parse(r->last, &last))
		return false;
	if (!str_empty(str_trim(r->broken)) && (day_parse(r->broken, &broken) || broken <= day))
		return false;
	return *first <= day && day <= last;
}

static int on_contract(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct contract_record *r = record;
	int32_t first;
	(void)key;
	if (!r->learner || !r->company || !covers(r, q->day, &first))
		return 0;
	if (!q->known)
		q->known = map_new_int(q->base.x->arena);
	struct active_contract *c = map_get(q->known, r->learner);
	if (c && (first < c->first || (first == c->first && r->company <= c->contract.company)))
		return 0;
	if (!c)
		c = arena_alloc(q->base.x->arena, sizeof(*c));
	if (!c) {
		q->base.exhausted = true;
		return ERR_LIMIT;
	}
	*c = (struct active_contract){{r->learner, r->company, r->tutor}, first};
	map_put(q->known, r->learner, c);
	return 0;
}

LIST_ROOT(contract, contract_shape, on_contract);

static bool tell_contract(void *value, void *arg)
{
	const struct ypareo_port__question *q = arg;
	const struct active_contract *c = value;
	q->set_contract(q->arg, &c->contract);
	return true;
}

/* Of several active contracts the one that began last, whatever their order in the answer. */
static void contracts_finish(struct exchange *x)
{
	struct ypareo_port__question *q = x->adapter;
	if (adapter__settle(x) && q->known)
		map_each(q->known, tell_contract, q);
	q->known = NULL;
}

void ypareo_port__contracts(void *self, struct exchange *x, struct ints periods, int32_t day,
                            void (*set)(void *, const struct contract *), void *arg)
{
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_CONTRACTS, &contract_root, x->arena, NULL, 0, NULL);
	if (!q)
		return;
	q->day = day;
	q->set_contract = set;
	q->arg = arg;
	x->finish = contracts_finish;
	ypareo_port__query_periods(x, periods);
}

/* ---- companies ---- */

struct company_record {
	int64_t code;
	struct str name;
};

static const struct field company_fields[] = {
        {"codeEntreprise", FIELD_INT, FIELD_REQUIRED, AT(company_record, code), NULL, NULL},
        {"nomEntreprise", FIELD_TEXT, FIELD_LOOSE, AT(company_record, name), NULL, NULL},
};
static const struct shape company_shape = {"company", sizeof(struct company_record), FIELDS(company_fields),
                                           RECORD_NO_MASK, NULL};

static int on_company(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct company_record *r = record;
	(void)key;
	q->each_company(q->arg, r->code, str_trim(r->name));
	return 0;
}

LIST_ROOT(company, company_shape, on_company);

void ypareo_port__companies(void *self, struct exchange *x, void (*each)(void *, int64_t, struct str), void *arg)
{
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_COMPANIES, &company_root, x->arena, NULL, 0, NULL);
	if (!q)
		return;
	q->each_company = each;
	q->arg = arg;
}

/* ---- contacts of a company ---- */

static const struct field contact_fields[] = {
        {"codeInterlocuteur", FIELD_INT, FIELD_REQUIRED, AT(account_record, code), NULL, NULL},
        {"nomInterlocuteur", FIELD_TEXT, FIELD_LOOSE, AT(account_record, last), NULL, NULL},
        {"prenomInterlocuteur", FIELD_TEXT, FIELD_LOOSE, AT(account_record, first), NULL, NULL},
        {"email", FIELD_TEXT, FIELD_LOOSE, AT(account_record, email), NULL, NULL},
};
static const struct shape contact_shape = {"contact", sizeof(struct account_record), FIELDS(contact_fields),
                                           RECORD_NO_MASK, NULL};

/* isTuteur is not asked for: the contract says who the tutor is. */
static int on_contact(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct account_record *r = record;
	(void)key;
	if (ypareo_port__repeated(q, r->code))
		return 0;
	struct tutor *t = adapter__list_add(&q->base);
	if (!t)
		return ERR_LIMIT;
	t->code = r->code;
	t->company = q->company;
	t->last = adapter__copy(&q->base, q->keep, r->last);
	t->first = adapter__copy(&q->base, q->keep, r->first);
	t->email = adapter__copy(&q->base, q->keep, r->email);
	return memory_of(q);
}

LIST_ROOT(contact, contact_shape, on_contact);

void ypareo_port__contacts(void *self, struct exchange *x, struct arena *keep, int64_t company, struct items *out)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", (long long)company);
	const struct adapter__arg args[] = {{"code", str_of(text)}, {NULL, STR_NONE}};
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_CONTACTS, &contact_root, keep, out, sizeof(struct tutor), args);
	if (q)
		q->company = company;
}
