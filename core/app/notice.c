#include "core/app/notice.h"

#include <stdio.h>
#include <string.h>

#include "core/app/page.h"
#include "core/data/json.h"

#define FAILED_RUNS   2 /* a run that fails once is tried again five minutes later, and mostly that is all */
#define DIGEST_ISSUES 100

const char *trouble_name(enum trouble t)
{
	static const char *const names[TROUBLE_COUNT] = {
#define X(name, text) text,
	        TROUBLES(X)
#undef X
	};
	return names[t];
}

/* ---- how a school is ---- */

static void raise(struct notice_facts *f, enum trouble t, const char *detail)
{
	if (f->troubles & 1u << t)
		return;
	f->troubles |= 1u << t;
	snprintf(f->detail[t], sizeof(f->detail[t]), "%s", detail);
}

static void look_at_runs(const struct recent *r, enum flow_kind flow, struct notice_facts *f)
{
	const struct run_summary *all = r->runs.v;
	unsigned failed = 0;
	for (size_t i = 0; i < r->runs.n; i++) {
		if (all[i].flow != flow)
			continue;
		if (all[i].result != RESULT_FAILED)
			break;
		failed++;
	}
	if (failed >= FAILED_RUNS && r->last[flow])
		raise(f, TROUBLE_FAILED, r->last[flow]->error.n ? r->last[flow]->error.p : flow_kind_name(flow));
	const struct run_summary *good = r->good[flow];
	if (good && good->ended > f->last_good)
		f->last_good = good->ended;
}

void notice_facts(const struct notice_view *v, struct notice_facts *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < v->environments; i++) {
		for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
			look_at_runs(v->recents[i], (enum flow_kind)flow, out);
			const struct held_plan *plan = recent_held(v->recents[i], (enum flow_kind)flow);
			if (plan)
				raise(out, TROUBLE_HELD, plan->id.p);
		}
	}
	if (v->deaf)
		raise(out, TROUBLE_DEAF, v->deaf);
	if (v->stale && v->stale[0]) {
		char first[256];
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(v->stale, "\n"), v->stale);
		raise(out, TROUBLE_STALE, first);
	}
	int64_t last = out->last_good > v->since ? out->last_good : v->since;
	if (v->silent_s && last && v->now - last > v->silent_s) {
		char at[UTC_TEXT];
		raise(out, TROUBLE_SILENT, utc_iso(last, at));
	}
}

/* ---- words ---- */

static const struct {
	const char *subject[WORDING_LANG_COUNT], *begins[WORDING_LANG_COUNT], *mend[WORDING_LANG_COUNT];
} words[TROUBLE_COUNT] = {
        [TROUBLE_FAILED] = {{"runs fail", "les exécutions échouent"},
                            {"The synchronisation failed twice in a row. It is tried again by itself; nothing is lost.",
                             "La synchronisation a échoué deux fois de suite. Elle est retentée d’elle-même ; rien n’est perdu."},
                            {"passerelle status %s, passerelle history %s", "passerelle status %s, passerelle history %s"}},
        [TROUBLE_HELD] = {{"changes wait for an answer", "des changements attendent une réponse"},
                          {"More would change than is usual in one night. These changes are held until somebody answers; the rest goes ahead.",
                           "Les changements dépassent l’habitude d’une nuit. Ils sont retenus jusqu’à une réponse ; le reste continue."},
                          {"passerelle status %s shows them, passerelle approve %s PLAN does them, discard leaves them undone",
                           "passerelle status %s les montre, passerelle approve %s PLAN les exécute, discard les abandonne"}},
        [TROUBLE_DEAF] = {{"a server does not answer", "un serveur ne répond pas"},
                          {"A server has not answered several times in a row and is asked rarely until it answers again.",
                           "Un serveur n’a pas répondu plusieurs fois de suite ; il n’est interrogé que rarement jusqu’à ce qu’il réponde."},
                          {"passerelle check %s --probe; then ask its host (school %s)", "passerelle check %s --probe ; puis voyez avec son hébergeur (%s)"}},
        [TROUBLE_STALE] = {{"its file is not valid", "son fichier n’est pas valable"},
                           {"The school’s file has mistakes. The last good version goes on.",
                            "Le fichier de l’établissement contient des erreurs. La dernière bonne version reste en service."},
                           {"passerelle check %s says what is wrong (school %s)", "passerelle check %s dit ce qui ne va pas (%s)"}},
        [TROUBLE_SILENT] = {{"no good run for a long time", "aucune exécution réussie depuis longtemps"},
                            {"There has been no good run since the time below.", "Aucune exécution n’a réussi depuis l’instant ci-dessous."},
                            {"passerelle status %s, passerelle history %s", "passerelle status %s, passerelle history %s"}},
};
static const char *const over_words[WORDING_LANG_COUNT] = {"over", "terminé"};
static const char *const over_text[WORDING_LANG_COUNT] = {"This is over:", "C’est terminé :"};
static const char *const sender[WORDING_LANG_COUNT] = {"This notice is sent once, when it begins, and once when it is over.",
                                                       "Cet avis est envoyé une fois au début, et une fois à la fin."};

static struct str keep(struct arena *arena, struct buf *b)
{
	struct str s = buf_error(b) ? STR_NONE : arena_str(arena, buf_str(b));
	buf_deinit(b);
	return s;
}

static struct str subject_of(const struct notice *n, struct arena *arena)
{
	struct buf b;
	buf_init(&b, 1000);
	buf_printf(&b, "%s%s: %s%s%s", n->school, n->language == WORDING_FR ? "\xc2\xa0" : "", words[n->trouble].subject[n->language],
	           n->over ? " – " : "", n->over ? over_words[n->language] : "");
	return keep(arena, &b);
}

static int write_mail(const struct notice *n, struct arena *arena, struct letter *out)
{
	struct str detail = wording(arena, n->language, str_of(n->detail));
	char at[UTC_TEXT];
	struct buf text, html;
	out->subject = subject_of(n, arena);
	buf_init(&text, 8000);
	if (n->over)
		buf_printf(&text, "%s ", over_text[n->language]);
	buf_printf(&text, "%s\n\n", n->over ? words[n->trouble].subject[n->language] : words[n->trouble].begins[n->language]);
	if (!n->over && detail.n)
		buf_printf(&text, "  %.*s\n\n", STR_ARG(detail));
	if (!n->over) {
		buf_addz(&text, "> ");
		for (const char *p = words[n->trouble].mend[n->language]; *p; p++) {
			if (p[0] == '%' && p[1] == 's') {
				buf_addz(&text, n->tenant);
				p++;
			} else {
				buf_addc(&text, *p);
			}
		}
		buf_addz(&text, "\n\n");
	}
	buf_printf(&text, "%s (%s), %s\n%s\n", n->school, n->tenant, utc_iso(n->at, at), sender[n->language]);
	buf_init(&html, 16000);
	buf_printf(&html, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"></head><body><pre style=\"white-space:pre-wrap\">\n",
	           n->language == WORDING_FR ? "fr" : "en");
	page_put(&html, buf_str(&text));
	buf_addz(&html, "</pre></body></html>\n");
	out->text = keep(arena, &text);
	out->html = keep(arena, &html);
	return out->subject.n && out->text.n && out->html.n ? 0 : ERR_LIMIT;
}

static int write_hook(const struct notice *n, struct arena *arena, struct letter *out)
{
	struct buf b;
	struct json_writer w;
	char at[UTC_TEXT];
	buf_init(&b, 8000);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_put_text(&w, "event", trouble_name(n->trouble));
	json_put_bool(&w, "over", n->over);
	json_put_text(&w, "tenant", n->tenant);
	json_put_text(&w, "name", n->school);
	json_put_text(&w, "at", utc_iso(n->at, at));
	json_put_text(&w, "detail", n->over ? "" : n->detail);
	json_write_end_object(&w);
	out->subject = str_of(trouble_name(n->trouble));
	out->text = keep(arena, &b);
	return out->text.n ? 0 : ERR_LIMIT;
}

int notice_write(const struct notice *n, enum letter_kind kind, struct arena *arena, struct letter *out)
{
	out->kind = kind;
	out->record = STR("environment");
	out->about = str_of(arena_printf(arena, "the notice \"%s%s\"", trouble_name(n->trouble), n->over ? ", over" : ""));
	return kind == LETTER_HOOK ? write_hook(n, arena, out) : write_mail(n, arena, out);
}

/* ---- the digest ---- */

static const char *const owners[OWNER_COUNT][WORDING_LANG_COUNT] = {
        [OWNER_SCHOOL] = {"For the school office", "À traiter par l’établissement"},
        [OWNER_OPERATOR] = {"For those who run passerelle", "À traiter par l’exploitant de passerelle"},
        [OWNER_VENDOR] = {"For Yparéo’s or Edusign’s support", "À voir avec l’assistance de Yparéo ou d’Edusign"},
};

static void add_record(struct buf *b, enum wording_lang language, struct str record)
{
	static const struct {
		const char *en, *fr;
	} kinds[] = {{"learner ", "apprenant "}, {"instructor ", "formateur "}, {"tutor ", "tuteur "}, {"sheet ", "séance "},
	             {"group ", "groupe "},     {"attendance ", "présence "},  {"environment", "environnement"}};
	for (size_t i = 0; language == WORDING_FR && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!str_starts(record, kinds[i].en))
			continue;
		buf_addz(b, kinds[i].fr);
		record.p += strlen(kinds[i].en);
		record.n -= strlen(kinds[i].en);
		break;
	}
	buf_add(b, record.p, record.n);
}

/* One environment's issues of one owner, as text. Returns how many. */
static size_t add_issues(struct buf *b, const struct notice_view *v, enum issue_owner owner, enum wording_lang language, struct arena *arena,
                         size_t *left)
{
	size_t count = 0;
	for (unsigned e = 0; e < v->environments; e++) {
		const struct issue *all = v->recents[e]->issues.v;
		for (size_t i = 0; i < v->recents[e]->issues.n; i++) {
			if (!recent_is_open(&all[i], v->now) || issue_owner(&all[i]) != owner)
				continue;
			count++;
			if (*left == 0)
				continue;
			--*left;
			struct str problem = wording(arena, language, all[i].problem), fix = wording(arena, language, all[i].fix);
			buf_addz(b, "- ");
			add_record(b, language, all[i].record);
			buf_printf(b, "%s %.*s\n  → %.*s\n", language == WORDING_FR ? "\xc2\xa0:" : ":", STR_ARG(problem), STR_ARG(fix));
		}
	}
	return count;
}

bool notice_digest(const struct notice_view *v, const char *school, enum wording_lang language, struct arena *arena, struct letter *out)
{
	struct buf text, html;
	size_t left = DIGEST_ISSUES, open = 0, shown = 0;
	for (unsigned e = 0; e < v->environments; e++)
		open += recent_open_issues(v->recents[e], v->now);
	if (open == 0)
		return false;
	buf_init(&text, LETTER_MOST / 3);
	for (int owner = 0; owner < OWNER_COUNT; owner++) {
		struct buf part;
		buf_init(&part, LETTER_MOST / 3);
		size_t before = left;
		if (add_issues(&part, v, (enum issue_owner)owner, language, arena, &left))
			buf_printf(&text, "%s\n\n%.*s\n", owners[owner][language], (int)part.n, part.n ? part.p : "");
		shown += before - left;
		buf_deinit(&part);
	}
	if (open > shown) {
		char more[100];
		snprintf(more, sizeof(more), language == WORDING_FR ? "… et %zu autres, voir passerelle issues" : "… and %zu more, see passerelle issues", open - shown);
		buf_printf(&text, "%s\n", more);
	}
	char subject[400];
	snprintf(subject, sizeof(subject), language == WORDING_FR ? "%s\xc2\xa0: anomalies ouvertes (%zu)" : "%s: open issues (%zu)", school, open);
	buf_init(&html, LETTER_MOST / 2);
	buf_printf(&html, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"></head><body><pre style=\"white-space:pre-wrap\">\n",
	           language == WORDING_FR ? "fr" : "en");
	page_put(&html, buf_str(&text));
	buf_addz(&html, "</pre></body></html>\n");
	out->kind = LETTER_MAIL;
	out->record = STR("environment");
	out->about = STR("the digest of the open issues");
	out->subject = arena_str(arena, str_of(subject));
	out->text = keep(arena, &text);
	out->html = keep(arena, &html);
	return out->subject.n && out->text.n;
}
