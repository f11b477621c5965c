#include "core/app/slots.h"

#include "core/data/pack.h"
#include "core/sync/state.h"

#define SLOT_VERSION 1

static const struct ints *times_of(const struct tenant_conf *c, enum flow_kind flow)
{
	return flow == FLOW_UP ? &c->up : &c->down;
}

static struct store_key slot_key(enum flow_kind flow)
{
	struct store_key k;
	store_key_begin(&k, TABLE_META);
	store_key_text(&k, flow == FLOW_UP ? STR("slot-up") : STR("slot-down"));
	return k;
}

static void put_slot(struct store_txn *txn, const struct tenant_conf *c, enum flow_kind flow, const struct schedule_flow *f)
{
	struct store_key k = slot_key(flow);
	struct buf b;
	char times[128];
	schedule_text(c->settings.zone, times_of(c, flow), times);
	buf_init(&b, 0);
	pack_begin(&b, SLOT_VERSION);
	pack_int(&b, f->slot);
	pack_int(&b, f->failures);
	pack_int(&b, f->ended);
	pack_str(&b, str_of(times));
	store_put(txn, &k, buf_str(&b));
	buf_deinit(&b);
}

void slots_put(struct store_txn *txn, const struct tenant_conf *c, const struct schedule_flow flows[FLOW_KIND_COUNT])
{
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++)
		put_slot(txn, c, (enum flow_kind)flow, &flows[flow]);
}

static bool get_slot(struct store_txn *txn, const struct tenant_conf *c, enum flow_kind flow, struct schedule_flow *f)
{
	struct store_key k = slot_key(flow);
	struct str value;
	struct unpack u;
	char times[128];
	schedule_text(c->settings.zone, times_of(c, flow), times);
	if (!store_get(txn, &k, &value))
		return false;
	unpack_begin(&u, value);
	f->slot = unpack_int(&u);
	f->failures = (unsigned)unpack_int(&u);
	f->ended = unpack_int(&u);
	return str_eqz(unpack_str(&u), times) && unpack_end(&u) == 0;
}

void slots_load(struct store_txn *txn, const struct tenant_conf *c, int64_t now_s, struct schedule_flow flows[FLOW_KIND_COUNT])
{
	for (int i = 0; i < FLOW_KIND_COUNT; i++) {
		enum flow_kind flow = (enum flow_kind)i;
		if (get_slot(txn, c, flow, &flows[i]))
			continue;
		flows[i] = (struct schedule_flow){ .slot = schedule_latest(c->settings.zone, times_of(c, flow), now_s) };
		put_slot(txn, c, flow, &flows[i]);
	}
}
