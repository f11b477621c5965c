#include "tests/world/sim_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/world/edusign.h"

static const char *const towns[] = {"lyon",   "lille", "nantes", "rennes",      "toulouse", "bordeaux",
                                    "rouen",  "dijon", "metz",   "montpellier", "tours",    "annecy",
                                    "angers", "nice",  "brest",  "grenoble"};
#define TOWNS (sizeof(towns) / sizeof(towns[0]))

const char *sim_setup_name(unsigned n, char out[32])
{
	if (n < TOWNS)
		snprintf(out, 32, "cfa-%s", towns[n]);
	else
		snprintf(out, 32, "cfa-%u", n + 1);
	return out;
}

static unsigned schools(const struct sim_setup *setup)
{
	return setup->schools ? setup->schools : 1;
}

unsigned sim_setup_environments(struct sim *sim, const struct sim_setup *setup, unsigned customer)
{
	return setup->by_site ? (unsigned)sim_ypareo_at(sim, customer)->sites.n : 1;
}

/* "edusign-cfa-lyon", "edusign-cfa-lyon-2": token and file name alike. */
static const char *account(unsigned customer, unsigned index, char out[64])
{
	char name[32];

	sim_setup_name(customer, name);
	if (index)
		snprintf(out, 64, "edusign-%s-%u", name, index + 1);
	else
		snprintf(out, 64, "edusign-%s", name);
	return out;
}

struct ed_school *sim_setup_school(struct sim *sim, const struct sim_setup *setup, unsigned customer, unsigned index)
{
	char token[64];

	(void)setup;
	return edusign_school_of_token(sim_edusign(sim), str_of(account(customer, index, token)));
}

static void make_customer(struct sim *sim, const struct sim_setup *setup, unsigned n)
{
	struct edusign *e = sim_edusign(sim);
	struct gen_options options = setup->gen;
	char name[32], token[64];

	options.seed = setup->gen.seed + n;
	options.token = NULL;
	gen_school(sim_ypareo_add(sim, sim_setup_name(n, name)), &options);
	const struct ypareo *y = sim_ypareo_at(sim, n);
	for (unsigned i = 0; i < sim_setup_environments(sim, setup, n); i++) {
		struct ed_school *s =
		        edusign_school_add(e, edusign_new_id(e).p, account(n, i, token), "Europe/Paris");
		const char *title = setup->by_site ? arena_printf(e->arena, "%s, %s", name, y->sites.items[i].name)
		                                   : arena_strz(e->arena, name);
		REQUIRE(title);
		s->name = str_of(title);
	}
}

void sim_setup_make(struct sim *sim, const struct sim_setup *setup)
{
	for (unsigned n = 0; n < schools(setup); n++)
		make_customer(sim, setup, n);
}

/* ---- files ---- */

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Readers see the whole file or none. */
static int put_file(const char *dir, const char *name, mode_t mode, struct str text)
{
	char path[512], temporary[512];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
	    snprintf(temporary, sizeof(temporary), "%s/.%s.tmp", dir, name) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	(void)unlink(temporary); /* one of an earlier run, perhaps with another mode */
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int rc = write_all(fd, text.p, text.n);
	if (close(fd) && !rc)
		rc = -errno;
	if (!rc && rename(temporary, path))
		rc = -errno;
	return rc;
}

static int make_dir(const char *dir, const char *name, mode_t mode, char out[512])
{
	if (snprintf(out, 512, "%s%s%s", dir, *name ? "/" : "", name) >= 512)
		return -ENAMETOOLONG;
	return mkdir(out, mode) && errno != EEXIST ? -errno : 0;
}

static void put_reasons(struct json_writer *w, const struct ypareo *y)
{
	int64_t justified = 0, unjustified = 0;

	for (size_t i = 0; i < y->reasons.n; i++) {
		const struct ypareo_reason *r = &y->reasons.items[i];
		if (r->retired)
			continue;
		if (r->justified && !justified)
			justified = r->code;
		if (!r->justified && !unjustified)
			unjustified = r->code;
	}
	json_write_key(w, "absence_reasons");
	json_write_begin_object(w);
	json_put_int(w, "unjustified", unjustified);
	json_put_int(w, "justified", justified);
	json_put_int(w, "late", unjustified);
	json_write_end_object(w);
}

static void put_environment(struct json_writer *w, const struct ypareo *y, bool by_site, unsigned customer,
                            unsigned index, const char *edusign_url)
{
	char file[96], name[64];

	snprintf(file, sizeof(file), "../secrets/%s", account(customer, index, name));
	json_write_begin_object(w);
	if (by_site && index % 2)
		json_put_text(w, "location", y->sites.items[index].name);
	else if (by_site)
		json_put_int(w, "structure_id", y->sites.items[index].code);
	json_write_key(w, "edusign");
	json_write_begin_object(w);
	json_put_text(w, "url", edusign_url);
	json_put_text(w, "token_file", file);
	json_write_end_object(w);
	json_write_end_object(w);
}

static void put_tenant(struct sim *sim, const struct sim_setup *setup, unsigned n, struct buf *out,
                       const char *ypareo_url, const char *edusign_url)
{
	const struct ypareo *y = sim_ypareo_at(sim, n);
	char url[512], file[96];
	struct json_writer w;

	snprintf(url, sizeof(url), "%s/%s/index.php", ypareo_url, y->name);
	snprintf(file, sizeof(file), "../secrets/ypareo-%s", y->name);
	json_write_init(&w, out, true);
	json_write_begin_object(&w);
	json_put_text(&w, "name", y->name);
	json_put_text(&w, "timezone", "Europe/Paris");
	json_write_key(&w, "ypareo");
	json_write_begin_object(&w);
	json_put_text(&w, "url", url);
	json_put_text(&w, "token_file", file);
	json_put_text(&w, "email", "normal, else pro");
	json_write_end_object(&w);
	json_write_key(&w, "environments");
	json_write_begin_array(&w);
	for (unsigned i = 0; i < sim_setup_environments(sim, setup, n); i++)
		put_environment(&w, y, setup->by_site, n, i, edusign_url);
	json_write_end_array(&w);
	json_write_key(&w, "options");
	json_write_begin_object(&w);
	put_reasons(&w, y);
	json_write_end_object(&w);
	json_write_end_object(&w);
	buf_addc(out, '\n');
}

static int write_tenant(struct sim *sim, const struct sim_setup *setup, unsigned n, const char *tenants,
                        const char *secrets, const char *ypareo_url, const char *edusign_url)
{
	char name[64], token[64];
	struct buf text;
	int rc = 0;

	for (unsigned i = 0; i < sim_setup_environments(sim, setup, n) && !rc; i++) {
		account(n, i, token);
		rc = put_file(secrets, token, 0600, str_of(token));
	}
	snprintf(name, sizeof(name), "ypareo-%s", sim_ypareo_at(sim, n)->name);
	if (!rc)
		rc = put_file(secrets, name, 0600, str_of(sim_ypareo_at(sim, n)->keys.items[0].token));
	if (rc)
		return rc;
	buf_init(&text, 0);
	put_tenant(sim, setup, n, &text, ypareo_url, edusign_url);
	snprintf(name, sizeof(name), "%s.json", sim_ypareo_at(sim, n)->name);
	rc = put_file(tenants, name, 0644, buf_str(&text));
	buf_deinit(&text);
	return rc;
}

int sim_setup_write(struct sim *sim, const struct sim_setup *setup, const char *dir, const char *ypareo_url,
                    const char *edusign_url)
{
	static const char main_file[] = "{\n"
	                                "  \"data\": \"data\",\n"
	                                "  \"tenants\": \"tenants.d\",\n"
	                                "  \"control\": \"control.sock\"\n"
	                                "}\n";
	char root[512], tenants[512], secrets[512];
	int rc = make_dir(dir, "", 0755, root);

	if (!rc)
		rc = make_dir(dir, "tenants.d", 0755, tenants);
	if (!rc)
		rc = make_dir(dir, "secrets", 0700, secrets);
	for (unsigned n = 0; n < schools(setup) && !rc; n++)
		rc = write_tenant(sim, setup, n, tenants, secrets, ypareo_url, edusign_url);
	if (!rc)
		rc = put_file(root, "passerelle.json", 0644, str_of(main_file));
	return rc;
}
