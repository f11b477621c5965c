#ifndef CORE_SYNC_WORDING_H
#define CORE_SYNC_WORDING_H

/*
 * What passerelle says to people, in their language. Sentences are made and stored in English, as they were said; whoever shows them asks for
 * their French here. A sentence is known by the format that it was made with, so what varies in it (a code, a name, a time) is found
 * again and put into the French one, and a text of long ago is understood as well. What a server answered stays in its own words.
 *
 * The table is wording_fr.c; tests/replay holds it against every issue that a script brings about.
 */

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/sync/report.h"

enum wording_lang { WORDING_EN, WORDING_FR, WORDING_LANG_COUNT };
/* By a POSIX locale's name or a language tag ("fr_FR.UTF-8", "fr"); anything but French is English. */
enum wording_lang wording_lang_of(const char *locale);

/* Who can mend an issue. */
enum issue_owner { OWNER_SCHOOL, OWNER_OPERATOR, OWNER_VENDOR, OWNER_COUNT };
const char *issue_owner_name(enum issue_owner owner); /* "school", "operator", "vendor" */

/* Where an issue is mended: the screen to open. */
enum issue_place {
	PLACE_NONE,
	PLACE_PERSON,   /* Yparéo: the person's file */
	PLACE_SESSION,  /* Yparéo: the planning, at the session */
	PLACE_ABSENCES, /* Yparéo: the learner's absences */
	PLACE_RIGHTS,   /* Yparéo: the web-services provider screen, where rights are ticked */
	PLACE_ACCOUNT,  /* Edusign: the person */
	PLACE_SHEET,    /* Edusign: the sheet */
	PLACE_GROUP,    /* Edusign: the group */
	PLACE_FILE,     /* the school's file, passerelle's own */
	PLACE_MACHINE,  /* the machine that passerelle runs on */
	PLACE_COUNT
};

/* One row: an English format of printf, its French with {1}, {2}… in place of what varies. */
struct wording_row {
	const char *en, *fr;
	enum issue_owner owner; /* of a remedy */
	enum issue_place place;
};
extern const struct wording_row wording_rows[];
extern const size_t wording_row_count;

/* The sentence in that language, in the arena; what nobody translated (or memory that is out): as it is. */
struct str wording(struct arena *arena, enum wording_lang lang, struct str english);
/* Is there a row for it? */
bool wording_known(struct str english);

/* By its remedy; what is not in the table is the operator's, who reads the manual. */
enum issue_owner issue_owner(const struct issue *i);
enum issue_place issue_place(const struct issue *i);
/* "Yparéo, file of learner 4711", in the arena; empty: none. */
struct str issue_place_text(struct arena *arena, enum wording_lang lang, const struct issue *i);

#endif
