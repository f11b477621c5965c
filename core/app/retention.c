#include "core/app/retention.h"

#include "core/base/log.h"
#include "core/sync/records.h"

#define MOST       20000
#define NIGHT_FROM (3 * 60) /* minutes of the local day */
#define NIGHT_TO   (5 * 60)

bool retention_due(const struct retention *r, const struct tz *zone, int64_t now_s)
{
	struct tz_local local = tz_from_utc(zone, now_s);
	return r->day != local.day && local.minute_of_day >= NIGHT_FROM && local.minute_of_day < NIGHT_TO;
}

void retention_work(const struct retention *r, struct store_txn *txn, const struct settings *settings, const char *environment, int64_t now_s)
{
	if (r->day == tz_from_utc(settings->zone, now_s).day)
		return;
	size_t n = records_trim(txn, settings->keep_days, now_s, MOST);
	if (n && !store_txn_error(txn))
		log_info("store", &(struct log_ctx){.tenant = settings->tenant, .environment = environment}, "old records were removed", "records=%zu", n);
}

void retention_done(struct retention *r, const struct tz *zone, int64_t now_s)
{
	r->day = tz_from_utc(zone, now_s).day;
}

/* ---- for commands ---- */

struct trimming {
	const struct wiring *wiring;
	const char *environment;
};

static int trim_work(struct store_txn *txn, void *arg)
{
	static const struct retention never = {0};
	const struct trimming *t = arg;
	retention_work(&never, txn, &t->wiring->conf->settings, t->environment, loop_wall_ms(t->wiring->rig->loop) / 1000);
	return 0;
}

void retention_now(const struct wiring *wiring)
{
	const struct settings *s = &wiring->conf->settings;
	for (unsigned i = 0; i < s->environment_count; i++) {
		struct trimming t = {wiring, s->environments[i].key};
		int rc = store_exists(wiring->rig->stores, s->tenant, t.environment) ? rig_work(wiring->rig, s->tenant, t.environment, true, trim_work, &t) : 0;
		if (rc)
			log_warning("store", &(struct log_ctx){.tenant = s->tenant, .environment = t.environment}, "old records could not be removed", "error=«%s»",
			            err_text(rc));
	}
}
