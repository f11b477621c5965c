#include "core/sync/wording.h"

#include <string.h>
#include <strings.h>

#define GAPS_MOST 8

/* What a sentence has in place of its format's marks. */
struct gaps {
	struct str v[GAPS_MOST];
	size_t n;
};

enum wording_lang wording_lang_of(const char *locale)
{
	return locale && strncasecmp(locale, "fr", 2) == 0 && (!locale[2] || strchr("_-.@", locale[2])) ? WORDING_FR
	                                                                                                 : WORDING_EN;
}

const char *issue_owner_name(enum issue_owner owner)
{
	static const char *const names[OWNER_COUNT] = {"school", "operator", "vendor"};
	return names[owner];
}

/* ---- a sentence and its format ---- */

/* Length of the mark at the start of a format ("%.*s", "%lld"); 0: there is none. "%%" is no mark. */
static size_t mark_length(const char *f)
{
	if (f[0] != '%' || f[1] == '%')
		return 0;
	return 1 + strcspn(f + 1, "sdu") + 1;
}

/* The format's text up to its next mark. */
static size_t plain_length(const char *f)
{
	size_t n = 0;
	while (f[n] && !(f[n] == '%' && mark_length(f + n)))
		n += f[n] == '%' ? 2 : 1;
	return n;
}

/* Does text begin with these n characters of a format, of which "%%" says '%'? *taken: how much of the text. */
static bool begins(struct str text, const char *f, size_t n, size_t *taken)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		i += f[i] == '%';
		if (at == text.n || text.p[at] != f[i])
			return false;
		at++;
	}
	*taken = at;
	return true;
}

static bool matches(struct str text, const char *f, struct gaps *gaps)
{
	size_t n = plain_length(f), taken;
	if (!begins(text, f, n, &taken))
		return false;
	text = (struct str){text.p + taken, text.n - taken};
	f += n;
	if (!*f)
		return text.n == 0;
	size_t length = mark_length(f);
	bool whole_number = f[length - 1] != 's';
	f += length;
	if (gaps->n == GAPS_MOST)
		return false;
	size_t mine = gaps->n++;
	for (size_t k = 0; k <= text.n; k++) {
		if (whole_number && k && (text.p[k - 1] < '0' || text.p[k - 1] > '9') && (k > 1 || text.p[0] != '-'))
			return false;
		gaps->v[mine] = (struct str){text.p, k};
		gaps->n = mine + 1;
		if (!*f && !whole_number && k < text.n)
			k = text.n, gaps->v[mine].n = k; /* the last one takes what is left */
		if (matches((struct str){text.p + k, text.n - k}, f, gaps))
			return true;
	}
	return false;
}

static const struct wording_row *row_of(struct str english, struct gaps *gaps)
{
	for (size_t i = 0; i < wording_row_count; i++) {
		gaps->n = 0;
		if (matches(english, wording_rows[i].en, gaps))
			return &wording_rows[i];
	}
	return NULL;
}

bool wording_known(struct str english)
{
	struct gaps gaps;
	return row_of(english, &gaps) != NULL;
}

/* ---- in French ---- */

static struct str fill(struct arena *arena, const char *fr, const struct gaps *gaps, bool deeper)
{
	struct buf b;
	buf_init(&b, 8000);
	for (const char *p = fr; *p; p++) {
		unsigned k = p[0] == '{' && p[1] >= '1' && p[1] <= '9' && p[2] == '}' ? (unsigned)(p[1] - '0') : 0;
		if (!k || k > gaps->n) {
			buf_addc(&b, *p);
			continue;
		}
		/* a part may be a sentence of ours too */
		struct str part = gaps->v[k - 1], own = str_trim(part);
		struct gaps inner;
		const struct wording_row *row = own.n ? row_of(own, &inner) : NULL;
		struct str said = row && (inner.n == 0 || deeper) ? fill(arena, row->fr, &inner, false) : STR_NONE;
		if (said.n)
			buf_add(&b, said.p, said.n);
		else
			buf_add(&b, part.p, part.n);
		p += 2;
	}
	struct str out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

struct str wording(struct arena *arena, enum wording_lang lang, struct str english)
{
	struct gaps gaps;
	const struct wording_row *row = lang == WORDING_FR ? row_of(english, &gaps) : NULL;
	struct str out = row ? fill(arena, row->fr, &gaps, true) : STR_NONE;
	return out.n ? out : english;
}

/* ---- issues ---- */

static const struct wording_row *remedy_of(const struct issue *i)
{
	struct gaps gaps;
	return row_of(i->fix, &gaps);
}

enum issue_owner issue_owner(const struct issue *i)
{
	const struct wording_row *row = remedy_of(i);
	return row ? row->owner : OWNER_OPERATOR;
}

enum issue_place issue_place(const struct issue *i)
{
	const struct wording_row *row = remedy_of(i);
	return row ? row->place : PLACE_NONE;
}

/* "4711" of "learner 4711", of "attendance 90210/4711" the part asked for. */
static struct str code_of(struct str record, bool second)
{
	const char *space = record.n ? memchr(record.p, ' ', record.n) : NULL;
	if (!space)
		return STR_NONE;
	struct str code = {space + 1, record.n - (size_t)(space + 1 - record.p)};
	const char *slash = code.n ? memchr(code.p, '/', code.n) : NULL;
	if (!slash)
		return code;
	size_t first = (size_t)(slash - code.p);
	return second ? (struct str){slash + 1, code.n - first - 1} : (struct str){code.p, first};
}

struct str issue_place_text(struct arena *arena, enum wording_lang lang, const struct issue *i)
{
	static const char *const texts[PLACE_COUNT][WORDING_LANG_COUNT] = {
	        [PLACE_PERSON] = {"Yparéo: file of %s %.*s", "Yparéo : fiche %s %.*s"},
	        [PLACE_SESSION] = {"Yparéo: planning, session %.*s", "Yparéo : planning, séance %.*s"},
	        [PLACE_ABSENCES] = {"Yparéo: absences, learner %.*s", "Yparéo : absences, apprenant %.*s"},
	        [PLACE_RIGHTS] = {"Yparéo: rights of the web-services provider",
	                          "Yparéo : droits du prestataire webservices"},
	        [PLACE_ACCOUNT] = {"Edusign: account of %s %.*s", "Edusign : compte %s %.*s"},
	        [PLACE_SHEET] = {"Edusign: sheet of session %.*s", "Edusign : feuille de la séance %.*s"},
	        [PLACE_GROUP] = {"Edusign: group %.*s", "Edusign : groupe %.*s"},
	        [PLACE_FILE] = {"passerelle: the school’s file", "passerelle : fichier de l’établissement"},
	        [PLACE_MACHINE] = {"passerelle: its machine", "passerelle : sa machine"},
	};
	static const struct {
		const char *kind, *named[WORDING_LANG_COUNT];
	} people[] = {{"learner ", {"learner", "apprenant"}},
	              {"attendance ", {"learner", "apprenant"}},
	              {"instructor ", {"staff member", "du personnel"}},
	              {"tutor ", {"company contact", "du contact d’entreprise"}}};
	enum issue_place place = issue_place(i);
	const char *text = texts[place][lang], *kind = "";
	bool of_person = place == PLACE_PERSON || place == PLACE_ACCOUNT;
	struct str code = code_of(i->record, of_person || place == PLACE_ABSENCES);
	if (!text)
		return STR_NONE;
	for (size_t k = 0; k < sizeof(people) / sizeof(people[0]); k++)
		if (str_starts(i->record, people[k].kind))
			kind = people[k].named[lang];
	struct buf b;
	buf_init(&b, 400);
	for (const char *p = text; *p; p++) {
		bool mark = p[0] == '%';
		if (mark && p[1] == 's')
			buf_addz(&b, kind), p++;
		else if (mark)
			buf_add(&b, code.p, code.n), p += 3;
		else
			buf_addc(&b, *p);
	}
	struct str out = str_trim(arena_str(arena, buf_str(&b)));
	buf_deinit(&b);
	return out;
}
