#include "tests/world/ypareo_p.h"

#include <stdio.h>
#include <string.h>

#include "core/base/tz.h"

static const char *or_empty(const char *z)
{
	return z ? z : "";
}

/* ---- sites, periods, and the small lists ---- */

static void put_site_address(struct ypareo__call *c, const struct ypareo_site *site)
{
	json_write_key(&c->w, "adresse");
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeAdresse", 70000 + site->code);
	json_put_text(&c->w, "adr1", "1 place de la Mairie");
	json_put_text(&c->w, "adr2", "");
	json_put_text(&c->w, "adr3", "");
	json_put_text(&c->w, "adr4", "");
	json_put_text(&c->w, "cp", or_empty(site->postcode));
	json_put_text(&c->w, "ville", or_empty(site->town));
	json_put_text(&c->w, "email", NULL);
	json_put_text(&c->w, "tel1", NULL);
	json_put_text(&c->w, "tel2", NULL);
	json_put_text(&c->w, "fax", NULL);
	json_write_end_object(&c->w);
}

void ypareo__sites(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->sites.n; i++) {
		const struct ypareo_site *site = &c->y->sites.items[i];
		if (!ypareo__sees(c, site->code))
			continue;
		ypareo__list_item(c, site->code);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeSite", site->code);
		json_put_text(&c->w, "nomSite", site->name);
		json_put_text(&c->w, "abregeSite", or_empty(site->short_name));
		json_put_null(&c->w, "etenduSite");
		json_put_null(&c->w, "regroupementSite");
		put_site_address(c, site);
		json_put_null(&c->w, "siret");
		json_put_null(&c->w, "naf");
		json_put_null(&c->w, "rne");
		json_put_null(&c->w, "nomDirigeant");
		ypareo__put_flag(c, "plusUtilise", site->retired);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

void ypareo__periods(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->periods.n; i++) {
		const struct ypareo_period *period = &c->y->periods.items[i];
		ypareo__list_item(c, period->code);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codePeriode", period->code);
		json_put_text(&c->w, "nomPeriode", period->name);
		ypareo__put_day(c, "dateDeb", period->first);
		ypareo__put_day(c, "dateFin", period->last);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

void ypareo__years(struct ypareo__call *c)
{
	static const char *const names[] = {"1ère année", "2ème année", "3ème année"};

	for (int i = 0; i < 3; i++) {
		ypareo__list_item(c, i + 1);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeAnnee", i + 1);
		json_put_text(&c->w, "nomAnnee", names[i]);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

void ypareo__statuses(struct ypareo__call *c)
{
	ypareo__list_item(c, 1);
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeStatut", 1);
	json_put_text(&c->w, "nomStatut", "Apprenti");
	json_put_text(&c->w, "abregeStatut", "APP");
	json_write_end_object(&c->w);
	ypareo__list_end(c);
}

static void put_subject(struct ypareo__call *c, const struct ypareo_subject *subject)
{
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeMatiere", subject->code);
	json_put_text(&c->w, "nomMatiere", subject->name);
	json_put_text(&c->w, "abregeMatiere", or_empty(subject->short_name));
	json_put_text(&c->w, "nomTypeMatiere", "Enseignement");
	ypareo__put_flag(c, "nePlusUtiliser", subject->retired);
	json_write_end_object(&c->w);
}

void ypareo__subjects(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->subjects.n; i++) {
		ypareo__list_item(c, c->y->subjects.items[i].code);
		put_subject(c, &c->y->subjects.items[i]);
	}
	ypareo__list_end(c);
}

/* ---- trainings ---- */

static void put_training(struct ypareo__call *c, const struct ypareo_training *training)
{
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeFormation", training->code);
	json_put_text(&c->w, "nomFormation", training->name);
	json_put_text(&c->w, "abregeFormation", or_empty(training->short_name));
	json_put_text(&c->w, "nomSecteurActivite", training->sector);
	ypareo__put_flag(c, "plusUtilise", training->retired);
	json_write_key(&c->w, "planDeFormation"); /* documented, and empty in practice */
	json_write_begin_array(&c->w);
	json_write_end_array(&c->w);
	json_write_end_object(&c->w);
}

void ypareo__trainings(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->trainings.n; i++) {
		ypareo__list_item(c, c->y->trainings.items[i].code);
		put_training(c, &c->y->trainings.items[i]);
	}
	ypareo__list_end(c);
}

void ypareo__training(struct ypareo__call *c)
{
	const struct ypareo_training *training = ypareo_training(c->y, c->code);

	if (training)
		put_training(c, training);
	else
		ypareo__refuse(c, 404, "Formation inconnue.");
}

/* ---- groups ---- */

static void put_group(struct ypareo__call *c, const struct ypareo_group *group)
{
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeGroupe", group->code);
	json_put_text(&c->w, "nomGroupe", group->name);
	json_put_text(&c->w, "abregeGroupe", or_empty(group->short_name));
	json_put_text(&c->w, "etenduGroupe", or_empty(group->long_name));
	ypareo__put_code(c, "codeFormation", group->training);
	ypareo__put_code(c, "codeSite", group->site);
	json_put_int(&c->w, "numeroAnnee", group->year);
	json_put_int(&c->w, "capaciteMax", 0);
	json_put_int(&c->w, "prixDeVente", 0);
	ypareo__put_code(c, "codePersonnel", group->head);
	if (!group->no_state)
		json_put_text(&c->w, "etatActionFormation", group->state);
	ypareo__put_day(c, "dateDebut", group->first);
	ypareo__put_day(c, "dateFin", group->last);
	json_write_key(&c->w, "matieres");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < group->subjects.n; i++) {
		const struct ypareo_subject *subject = ypareo_subject(c->y, group->subjects.items[i]);
		if (subject)
			put_subject(c, subject);
	}
	json_write_end_array(&c->w);
	json_write_end_object(&c->w);
}

void ypareo__groups_long(struct ypareo__call *c)
{
	struct ypareo__filter periods = ypareo__filter(c, "codesPeriode"), sites = ypareo__filter(c, "codesSite");

	for (size_t i = 0; i < c->y->groups.n; i++) {
		const struct ypareo_group *group = &c->y->groups.items[i];
		if (group->short_course || !ypareo__sees(c, group->site))
			continue;
		if (!ypareo__passes(&periods, group->period) || !ypareo__passes(&sites, group->site))
			continue;
		ypareo__list_item(c, group->code);
		put_group(c, group);
	}
	ypareo__list_end(c);
}

void ypareo__groups_short(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->groups.n; i++) {
		const struct ypareo_group *group = &c->y->groups.items[i];
		if (!group->short_course || !ypareo__sees(c, group->site))
			continue;
		if (group->first > c->to || group->last < c->from)
			continue;
		ypareo__list_item(c, group->code);
		put_group(c, group);
	}
	ypareo__list_end(c);
}

void ypareo__group(struct ypareo__call *c)
{
	const struct ypareo_group *group = ypareo_group(c->y, c->code);

	if (group && ypareo__sees(c, group->site))
		put_group(c, group);
	else
		ypareo__refuse(c, 404, "Groupe inconnu.");
}

/* ---- rooms and reasons: assumed shapes ---- */

void ypareo__rooms(struct ypareo__call *c)
{
	struct ypareo__filter sites = ypareo__filter(c, "codesSite");

	for (size_t i = 0; i < c->y->rooms.n; i++) {
		const struct ypareo_room *room = &c->y->rooms.items[i];
		if (!ypareo__passes(&sites, room->site) || (room->site && !ypareo__sees(c, room->site)))
			continue;
		ypareo__list_item(c, room->code);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeSalle", room->code);
		json_put_text(&c->w, "nomSalle", room->name);
		json_put_text(&c->w, "abregeSalle", or_empty(room->short_name));
		ypareo__put_code(c, "codeSite", room->site);
		ypareo__put_code(c, "capacite", room->capacity);
		ypareo__put_flag(c, "plusUtilise", room->retired);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

void ypareo__reasons(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->reasons.n; i++) {
		const struct ypareo_reason *reason = &c->y->reasons.items[i];
		ypareo__list_item(c, reason->code);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeMotifAbsence", reason->code);
		json_put_text(&c->w, "nomMotifAbsence", reason->name);
		ypareo__put_flag(c, "isJustifie", reason->justified);
		ypareo__put_flag(c, "plusUtilise", reason->retired);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}
