#include <stdio.h>

#include "core/app/print.h"
#include "core/sync/shadow.h"

static struct str day_text(char out[16], int32_t day)
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	snprintf(out, 16, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
	return str_of(out);
}

void print_shadow_json(struct json_writer *w, const struct shadow_report *r)
{
	const struct shadow_finding *f = r->findings.v;
	char day[16];
	json_put_str(w, "first", day_text(day, r->first));
	json_put_str(w, "last", day_text(day, r->last));
	json_write_key(w, "counts");
	json_write_begin_object(w);
	for (int v = 0; v < SHADOW_VERDICT_COUNT; v++)
		json_put_int(w, shadow_verdict_name((enum shadow_verdict)v), r->counts[v]);
	json_write_end_object(w);
	json_write_key(w, "findings");
	json_write_begin_array(w);
	for (size_t i = 0; i < r->findings.n; i++) {
		json_write_begin_object(w);
		json_put_text(w, "verdict", shadow_verdict_name(f[i].verdict));
		json_put_str(w, "record", f[i].record);
		if (str_empty(f[i].fields))
			json_put_null(w, "fields");
		else
			json_put_str(w, "fields", f[i].fields);
		json_put_str(w, "detail", f[i].detail);
		json_write_end_object(w);
	}
	json_write_end_array(w);
	json_put_int(w, "left_out", r->left_out);
}

void print_shadow_line(struct buf *out, const struct shadow_report *r)
{
	char at[UTC_TEXT];
	uint64_t all = 0;
	for (int v = 0; v < SHADOW_VERDICT_COUNT; v++)
		all += r->counts[v];
	buf_printf(out, "  %s %-4s %u of %llu agree", utc_iso(r->at, at), flow_kind_name(r->flow), r->counts[SHADOW_AGREES],
	           (unsigned long long)all);
	for (int v = SHADOW_AGREES + 1; v < SHADOW_VERDICT_COUNT; v++)
		if (r->counts[v])
			buf_printf(out, ", %u %s", r->counts[v], shadow_verdict_name((enum shadow_verdict)v));
	buf_addc(out, '\n');
}

void print_shadow_findings(struct buf *out, const struct shadow_report *r)
{
	const struct shadow_finding *f = r->findings.v;
	for (size_t i = 0; i < r->findings.n; i++) {
		buf_printf(out, "    %-7s ", shadow_verdict_name(f[i].verdict));
		print_clean(out, f[i].record);
		if (!str_empty(f[i].fields)) {
			buf_addz(out, " (");
			print_clean(out, f[i].fields);
			buf_addz(out, ")");
		}
		buf_addz(out, ": ");
		print_clean(out, f[i].detail);
		buf_addc(out, '\n');
	}
	if (r->left_out)
		buf_printf(out, "    and %u more\n", r->left_out);
}
