#include "core/app/wiring.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/edusign/edusign.h"
#include "adapters/ypareo/ypareo.h"
#include "tenants/confdir.h"
#include "tenants/erased.h"
#include "tenants/keep.h"

#define EDUSIGN_CONCURRENCY 6
#define NAMES_MAX           64

/* ---- the files ---- */

static void endpoint_names(const struct endpoint *(*table)(size_t *count), const char *names[NAMES_MAX + 1])
{
	size_t count = 0;
	const struct endpoint *e = table(&count);
	for (size_t i = 0; i < count && i < NAMES_MAX; i++)
		names[i] = e[i].name;
	names[count < NAMES_MAX ? count : NAMES_MAX] = NULL;
}

int wiring_note_erased(const struct conf *conf, struct tenant_conf *c, struct buf *mistakes)
{
	struct items erased = {NULL, 0};
	struct buf folder;
	buf_init(&folder, 4096);
	buf_printf(&folder, "%s/%s", conf->data, c->id);
	int rc = buf_error(&folder) ? ERR_LIMIT : erased_read(folder.p, c->arena, &erased);
	if (rc)
		buf_printf(mistakes, "%s/" ERASED_NAME ": %s: it says who was erased, and without it they would come back\n", folder.p ? folder.p : "", err_text(rc));
	else
		c->settings.erased = erased;
	buf_deinit(&folder);
	return rc ? ERR_CONFIG : 0;
}

static int read_conf(const struct conf *conf, const char *id, bool kept, struct tenant_conf **out, struct buf *mistakes)
{
	const char *ypareo[NAMES_MAX + 1], *edusign[NAMES_MAX + 1];
	endpoint_names(ypareo_endpoints, ypareo);
	endpoint_names(edusign_endpoints, edusign);
	struct tenant_conf_options options = {ypareo, edusign};
	struct arena *scratch = arena_new(64 * 1024);
	const char *path = arena_printf(scratch, "%s/%s.json", conf->tenants, id);
	const char *from = kept ? keep_file_path(scratch, conf->data, id) : path;
	int rc = path && from ? tenant_conf_read_kept(path, from, &options, out, mistakes) : ERR_LIMIT;
	arena_free(&scratch);
	if (rc == 0 && wiring_note_erased(conf, *out, mistakes)) {
		tenant_conf_free(out);
		rc = ERR_CONFIG;
	}
	return rc;
}

int wiring_conf(const struct conf *conf, const char *id, struct tenant_conf **out, struct buf *mistakes)
{
	return read_conf(conf, id, false, out, mistakes);
}

int wiring_conf_kept(const struct conf *conf, const char *id, struct tenant_conf **out)
{
	struct buf unheard; /* the file's own mistakes are what matters */
	buf_init(&unheard, 64 * 1024);
	int rc = read_conf(conf, id, true, out, &unheard);
	buf_deinit(&unheard);
	return rc;
}

int wiring_list(const struct conf *conf, struct arena *arena, struct texts *out, struct buf *why)
{
	int rc = confdir_list(arena, conf->tenants, out);
	if (rc)
		buf_printf(why, "%s cannot be read: %s\n", conf->tenants, err_text(rc));
	return rc;
}

/* ---- the connections ---- */

static struct adapter_connection connection(const struct upstream_conf *u, struct fetch_lane *lane,
                                            unsigned concurrency, struct endpoint_override *overrides)
{
	const struct schema_pair *pairs = u->endpoints.v;
	for (size_t i = 0; i < u->endpoints.n; i++)
		overrides[i] = (struct endpoint_override){pairs[i].key.p, pairs[i].text.p};
	return (struct adapter_connection){.url = u->url,
	                                   .token = u->token.p,
	                                   .ca_file = u->ca_file,
	                                   .lane = lane,
	                                   .concurrency = concurrency,
	                                   .overrides = overrides,
	                                   .override_count = u->endpoints.n};
}

static int open_ypareo(struct wiring *s, struct fault *fault)
{
	struct tenant_conf *c = s->conf;
	struct fetch_lane_limits limits = {.concurrency = c->ypareo_concurrency, .learns = true, .tenant = c->id};
	struct endpoint_override *overrides = arena_array(c->arena, c->ypareo.endpoints.n, sizeof(*overrides));
	const char *name = arena_printf(c->arena, "%s ypareo", c->id);
	if (!overrides || !name)
		return fault_set(fault, FAULT_LOCAL, ERR_LIMIT, "the school's file is too large");
	s->ypareo = fetch_lane_new(s->rig->hub, name, &limits);
	struct adapter_connection a = connection(&c->ypareo, s->ypareo, c->ypareo_concurrency, overrides);
	a.timeout_ms = c->timeout_ms;
	return ypareo_open(&a, &c->settings.ypareo, fault);
}

static int open_edusign(struct wiring *s, unsigned i, struct fault *fault)
{
	struct tenant_conf *c = s->conf;
	struct fetch_lane_limits limits = {
	        .concurrency = EDUSIGN_CONCURRENCY, .per_minute = c->edusign_per_minute, .tenant = c->id};
	struct endpoint_override *overrides = arena_array(c->arena, c->edusign[i].endpoints.n, sizeof(*overrides));
	const char *name = arena_printf(c->arena, "%s %s edusign", c->id, c->environments[i].key);
	if (!overrides || !name)
		return fault_set(fault, FAULT_LOCAL, ERR_LIMIT, "the school's file is too large");
	s->edusign[i] = fetch_lane_new(s->rig->hub, name, &limits);
	struct adapter_connection a = connection(&c->edusign[i], s->edusign[i], EDUSIGN_CONCURRENCY, overrides);
	a.timeout_ms = c->timeout_ms;
	return edusign_open(&a, &c->environments[i].edusign, fault);
}

int wiring_open(struct rig *rig, struct tenant_conf *conf, struct wiring **out, struct buf *mistakes)
{
	struct wiring *s = xcalloc(1, sizeof(*s));
	s->rig = rig;
	s->conf = conf;
	conf->settings.can_mail = rig->conf->smtp_url != NULL;
	s->edusign = xcalloc(conf->settings.environment_count, sizeof(struct fetch_lane *));
	s->keepers = xcalloc(conf->settings.environment_count, sizeof(struct window_keeper *));
	struct fault fault = {0};
	bool bad = open_ypareo(s, &fault) != 0;
	if (bad)
		buf_printf(mistakes, "%s: ypareo: %s\n", conf->file, fault.what);
	for (unsigned i = 0; i < conf->settings.environment_count; i++) {
		if (open_edusign(s, i, &fault) == 0)
			continue;
		buf_printf(mistakes, "%s: environments[%u].edusign: %s\n", conf->file, i, fault.what);
		bad = true;
	}
	if (bad) {
		wiring_close(&s);
		return ERR_CONFIG;
	}
	*out = s;
	return 0;
}

void wiring_close(struct wiring **wiring)
{
	struct wiring *s = *wiring;
	if (!s)
		return;
	struct tenant_conf *c = s->conf;
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		if (c->environments[i].edusign)
			edusign_close(&c->environments[i].edusign);
		window_keeper_free(&s->keepers[i]);
		if (s->edusign[i])
			fetch_lane_free(&s->edusign[i]);
	}
	if (c->settings.ypareo)
		ypareo_close(&c->settings.ypareo);
	if (s->ypareo)
		fetch_lane_free(&s->ypareo);
	tenant_conf_free(&s->conf);
	free(s->keepers);
	free(s->edusign);
	free(s);
	*wiring = NULL;
}

/* ---- the last minute ---- */

static int read_window(struct store_txn *txn, void *arg)
{
	window_read(txn, arg);
	return 0;
}

static int write_window(struct store_txn *txn, void *arg)
{
	window_write(txn, arg);
	return 0;
}

void wiring_keep_windows(struct wiring *s)
{
	struct tenant_conf *c = s->conf;
	for (unsigned i = 0; i < c->settings.environment_count; i++)
		s->keepers[i] = window_keeper_new(s->rig, s->edusign[i], c->id, c->environments[i].key, c->edusign_per_minute);
}

void wiring_restore_windows(struct wiring *s)
{
	if (s->keepers[0]) /* of a run before this one: its lanes know */
		return;
	struct window w = {.n = 0};
	for (unsigned i = 0; i < s->conf->settings.environment_count; i++)
		if (rig_work(s->rig, s->conf->id, s->conf->environments[i].key, false, read_window, &w) == 0)
			window_give(s->edusign[i], &w);
	window_clear(&w);
	wiring_keep_windows(s);
}

void wiring_rest_windows(struct wiring *s)
{
	struct window w = {.n = 0};
	for (unsigned i = 0; i < s->conf->settings.environment_count; i++) {
		const char *key = s->conf->environments[i].key;
		int rc = 0;
		/* no store of its own for an account that was not used */
		if (window_keeper_rest(s->keepers[i], &w))
			rc = rig_work(s->rig, s->conf->id, key, true, write_window, &w);
		if (rc) {
			struct log_ctx ctx = {.tenant = s->conf->id, .environment = key};
			log_warning("store", &ctx, "the last minute's requests could not be kept", "error=«%s»",
			            err_text(rc));
		}
	}
	window_clear(&w);
}
