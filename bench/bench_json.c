/*
 * What it costs to read a long list: a Yparéo learner list of about 36 MB, in pieces of 16 KiB as a connection brings
 * them, through the record reader (five fields of some thirty are wanted), against yajl alone lexing the same bytes.
 * The two take turns, so that whatever else the machine does falls on both; processor time of this thread is what
 * counts. The list is made piece by piece and never whole, so that the process's peak is the reader's.
 *
 * Ends with 1 when the reader is slower than half of yajl, or the process ever held 32 MiB.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <yajl/yajl_parse.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/data/json.h"
#include "core/data/record.h"

#define LEARNERS     15500
#define PIECE        ((size_t)16 * 1024)
#define PAIRS        7
#define RATIO_LEAST  0.5
#define RSS_MOST_KIB (32L * 1024)

/* ---- the list ---- */

struct source {
	struct buf buf;
	unsigned next; /* learner */
	uint64_t bytes;
};

static const char *const last_names[] = {"MARTIN", "LEFÈVRE", "DE LA FONTAINE", "NGUYEN", "GARCIA", "BRÛLÉ"};
static const char *const first_names[] = {"Zoé", "Jean-Baptiste", "Inès", "Mohamed", "Élise", "Théo"};
static const char *const towns[] = {"Saint-Étienne", "Lyon", "Besançon", "Orléans", "Angers", "Nîmes"};

static void put_address(struct json_writer *w, unsigned i, const char *mail)
{
	char text[96];
	json_write_key(w, "adresse");
	json_write_begin_object(w);
	snprintf(text, sizeof(text), "%u, rue de la République \"bât. C\"", i % 200 + 1);
	json_put_text(w, "adr1", text);
	json_put_text(w, "adr2", "");
	json_put_null(w, "adr3");
	json_put_null(w, "adr4");
	json_put_text(w, "cp", "42000");
	json_put_text(w, "ville", towns[i % 6]);
	json_write_key(w, "pays");
	json_write_begin_object(w);
	json_put_int(w, "codePays", 1);
	json_put_text(w, "nomPays", "FRANCE");
	json_write_end_object(w);
	json_put_text(w, "tel1", "04 77 00 00 00");
	json_put_text(w, "tel2", "06 00 00 00 00");
	json_put_text(w, "email", mail);
	json_write_end_object(w);
}

static void put_enrolment(struct json_writer *w, unsigned i, unsigned nth)
{
	json_write_begin_object(w);
	json_put_int(w, "codeInscription", 700000 + 3 * i + nth);
	json_put_int(w, "isInscriptionEnCours", nth == 1);
	json_put_int(w, "codePeriode", 11 + nth);
	json_put_int(w, "annee", 1);
	json_put_text(w, "dateDebut", "01/09/2026");
	json_put_text(w, "dateFin", "31/08/2027");
	json_put_text(w, "dateDepart", "");
	json_write_key(w, "site");
	json_write_begin_object(w);
	json_put_int(w, "codeSite", 2);
	json_put_text(w, "nomSite", "CFA de la Loire – Saint-Étienne");
	json_write_end_object(w);
	json_write_key(w, "formation");
	json_write_begin_object(w);
	json_put_int(w, "codeFormation", 4100 + i % 40);
	json_put_text(w, "nomFormation", "BTS Management commercial opérationnel");
	json_put_text(w, "abregeFormation", "BTS MCO");
	json_put_text(w, "nomSecteurActivite", "Commerce, vente et grande distribution");
	json_write_end_object(w);
	json_write_key(w, "situation");
	json_write_begin_object(w);
	json_put_text(w, "nomStatut", "Apprenti");
	json_put_text(w, "nomAnnee", "1ère année");
	json_write_end_object(w);
	json_write_key(w, "statut");
	json_write_begin_object(w);
	json_put_int(w, "codeStatut", 3);
	json_put_text(w, "nomStatut", "Apprenti sous contrat");
	json_put_text(w, "abregeStatut", "APP");
	json_put_int(w, "isFacturableNpec", 1);
	json_put_int(w, "isFacturableContrat", 1);
	json_put_int(w, "isFacturableFormation", 0);
	json_write_end_object(w);
	json_write_end_object(w);
}

static void put_person(struct json_writer *w, unsigned i)
{
	json_put_int(w, "codeApprenant", 100000 + i);
	json_put_text(w, "nomApprenant", last_names[i % 6]);
	json_put_text(w, "prenomApprenant", first_names[i / 6 % 6]);
	json_put_text(w, "nomJeuneFille", "");
	json_put_int(w, "codeCivilite", 1 + i % 2);
	json_put_text(w, "dateNaissance", "17/03/2007");
	json_put_text(w, "lieuNaissance", towns[i % 6]);
	json_put_int(w, "codeCommuneNaissance", 42218);
	json_put_int(w, "codePaysNaissance", 1);
	json_put_int(w, "codeNationalite", 1);
	json_put_text(w, "dateCreation", "02/06/2026");
	json_put_text(w, "dateModification", "11/09/2026");
	json_put_int(w, "estReconnuHandicape", 0);
	json_put_text(w, "ine", "120000000AB");
	json_put_text(w, "numeroBadge", "00A1B2C3");
	json_put_null(w, "numeroSecuriteSociale");
	json_put_bool(w, "droitImage", i % 3 != 0);
	json_put_null(w, "photo");
	json_put_text(w, "commentaire",
	              "Dossier complet ; à revoir avec l’équipe pédagogique avant la rentrée.\nRAS.");
	json_put_int(w, "codeRegimeHebergement", 2);
	json_put_text(w, "nomRegimeHebergement", "Demi-pensionnaire");
	json_put_text(w, "dernierDiplome", "Baccalauréat professionnel commerce");
	json_put_text(w, "etablissementOrigine", "Lycée des métiers Benoît-Charvet");
	json_put_int(w, "codeOrigineScolaire", 31);
	json_put_text(w, "login", "apprenant");
}

static void put_learner(struct source *s)
{
	unsigned i = s->next++;
	char text[64];
	struct json_writer w;
	snprintf(text, sizeof(text), "%s\"%u\":", i ? "," : "{", 100000 + i);
	buf_addz(&s->buf, text);
	json_write_init(&w, &s->buf, false);
	json_write_begin_object(&w);
	put_person(&w, i);
	snprintf(text, sizeof(text), "apprenant%u@exemple.fr", i);
	put_address(&w, i, text);
	json_write_key(&w, "inscriptions");
	json_write_begin_array(&w);
	put_enrolment(&w, i, 0);
	put_enrolment(&w, i, 1);
	json_write_end_array(&w);
	json_write_key(&w, "informationsCourantes");
	json_write_begin_object(&w);
	json_put_int(&w, "codeInscription", 700000 + 3 * i + 1);
	json_put_int(&w, "codeGroupe", 300 + i % 90);
	json_write_end_object(&w);
	json_write_end_object(&w);
	if (s->next == LEARNERS)
		buf_addc(&s->buf, '}');
}

/* The next piece; its length is 0 at the end. */
static size_t next_piece(struct source *s, char *out)
{
	while (s->buf.n < PIECE && s->next < LEARNERS)
		put_learner(s);
	size_t n = s->buf.n < PIECE ? s->buf.n : PIECE;
	if (n == 0)
		return 0;
	memcpy(out, s->buf.p, n);
	memmove(s->buf.p, s->buf.p + n, s->buf.n - n);
	s->buf.n -= n;
	s->bytes += n;
	return n;
}

/* ---- what is wanted of it ---- */

struct address {
	struct str mail;
};
struct now {
	int64_t group;
};
struct learner {
	int64_t code;
	struct str last, first;
	struct address address;
	struct now now;
};

#define AT(type, member) offsetof(struct type, member)
static const struct field address_fields[] = {{"email", FIELD_TEXT, 0, AT(address, mail), NULL, NULL}};
static const struct shape address_shape = {"address", sizeof(struct address), FIELDS(address_fields), RECORD_NO_MASK,
                                           NULL};
static const struct field now_fields[] = {{"codeGroupe", FIELD_INT, 0, AT(now, group), NULL, NULL}};
static const struct shape now_shape = {"now", sizeof(struct now), FIELDS(now_fields), RECORD_NO_MASK, NULL};
static const struct field learner_fields[] = {
        {"codeApprenant", FIELD_INT, FIELD_REQUIRED, AT(learner, code), NULL, NULL},
        {"nomApprenant", FIELD_TEXT, 0, AT(learner, last), NULL, NULL},
        {"prenomApprenant", FIELD_TEXT, 0, AT(learner, first), NULL, NULL},
        {"adresse", FIELD_OBJECT, 0, AT(learner, address), &address_shape, NULL},
        {"informationsCourantes", FIELD_OBJECT, 0, AT(learner, now), &now_shape, NULL},
};
static const struct shape learner_shape = {"learner", sizeof(struct learner), FIELDS(learner_fields), RECORD_NO_MASK,
                                           NULL};

struct seen {
	uint64_t learners, texts, groups;
};

static int on_learner(void *arg, void *record, struct str key)
{
	struct seen *seen = arg;
	const struct learner *l = record;
	(void)key;
	seen->learners++;
	seen->texts += l->last.n + l->first.n + l->address.mail.n;
	seen->groups += (uint64_t)l->now.group;
	return 0;
}

static const struct field list_fields[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &learner_shape, on_learner}};
static const struct shape list_shape = {"list", 1, FIELDS(list_fields), RECORD_NO_MASK, NULL};

/* ---- measuring ---- */

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double lex(uint64_t *bytes)
{
	static char piece[PIECE];
	struct source s = {.next = 0};
	yajl_handle yajl = yajl_alloc(NULL, NULL, NULL);
	double spent = 0;
	for (size_t n; (n = next_piece(&s, piece)) > 0;) {
		double from = now_ms();
		REQUIRE(yajl_parse(yajl, (const unsigned char *)piece, n) == yajl_status_ok);
		spent += now_ms() - from;
	}
	REQUIRE(yajl_complete_parse(yajl) == yajl_status_ok);
	yajl_free(yajl);
	*bytes = s.bytes;
	buf_deinit(&s.buf);
	return spent;
}

static double read_records(struct seen *seen)
{
	static char piece[PIECE];
	struct source s = {.next = 0};
	struct arena *arena = arena_new((size_t)8 << 20);
	char none;
	struct record_reader *r = record_reader_new(arena, &list_shape, &none, seen);
	double spent = 0;
	REQUIRE(r);
	for (size_t n; (n = next_piece(&s, piece)) > 0;) {
		double from = now_ms();
		REQUIRE(record_reader_feed(r, piece, n) == 0);
		spent += now_ms() - from;
	}
	REQUIRE(record_reader_end(r) == 0 && record_reader_count(r) == LEARNERS);
	arena_free(&arena);
	buf_deinit(&s.buf);
	return spent;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

int main(void)
{
	double yajl[PAIRS], record[PAIRS], ratio[PAIRS];
	uint64_t bytes = 0;
	struct seen seen = {0};
	for (int i = 0; i < PAIRS; i++) {
		/* who goes first changes from pair to pair */
		if (i % 2 == 0)
			yajl[i] = lex(&bytes);
		seen = (struct seen){0};
		record[i] = read_records(&seen);
		if (i % 2 == 1)
			yajl[i] = lex(&bytes);
		ratio[i] = yajl[i] / record[i];
	}
	REQUIRE(seen.learners == LEARNERS && seen.texts > 0 && seen.groups > 0);
	double mb = (double)bytes / 1e6;
	double y = median(yajl, PAIRS), r = median(record, PAIRS), q = median(ratio, PAIRS);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("learner list: %.1f MB, %d learners, pieces of %zu bytes, %d pairs, medians\n", mb, LEARNERS, PIECE,
	       PAIRS);
	printf("  %-28s %8.1f ms %8.0f MB/s\n", "yajl alone, lexing", y, mb / y * 1e3);
	printf("  %-28s %8.1f ms %8.0f MB/s\n", "record reader, five fields", r, mb / r * 1e3);
	printf("  %-28s %8.2f (of pairs: %.2f to %.2f)\n", "speed against yajl alone", q, ratio[0], ratio[PAIRS - 1]);
	printf("  %-28s %8.1f MiB\n", "peak resident memory", (double)usage.ru_maxrss / 1024);
	printf("{\"bench\":\"json\",\"bytes\":%llu,\"pairs\":%d,\"yajl_ms\":%.2f,\"record_ms\":%.2f,\"ratio\":%.3f,"
	       "\"peak_rss_kib\":%ld}\n",
	       (unsigned long long)bytes, PAIRS, y, r, q, usage.ru_maxrss);
	return q < RATIO_LEAST || usage.ru_maxrss >= RSS_MOST_KIB;
}
