#include "core/base/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void put_escaped(struct buf *out, const char *s, bool quotes)
{
	for (;;) {
		size_t n = strcspn(s, quotes ? "\\\n\"" : "\\\n");
		buf_add(out, s, n);
		s += n;
		if (!*s)
			return;
		buf_addz(out, *s == '\n' ? "\\n" : *s == '"' ? "\\\"" : "\\\\");
		s++;
	}
}

static void put_value(struct buf *out, double v)
{
	if (isnan(v))
		buf_addz(out, "NaN");
	else if (isinf(v))
		buf_addz(out, v > 0 ? "+Inf" : "-Inf");
	else if (v > -9007199254740992.0 && v < 9007199254740992.0 && v == (double)(int64_t)v) /* whole, and exact */
		buf_printf(out, "%.0f", v);
	else
		buf_printf(out, "%.9g", v);
}

/* le: of a histogram's bucket; NULL: none. */
static void put_sample(struct buf *out, const char *name, const char *suffix, const struct metrics_label *labels,
                       const char *le, double value)
{
	char mark = '{';
	buf_addz(out, name);
	buf_addz(out, suffix);
	for (; labels->name; labels++) {
		buf_addc(out, mark);
		buf_addz(out, labels->name);
		buf_addz(out, "=\"");
		put_escaped(out, labels->value, true);
		buf_addc(out, '"');
		mark = ',';
	}
	if (le) {
		buf_printf(out, "%cle=\"%s\"", mark, le);
		mark = ',';
	}
	if (mark == ',')
		buf_addc(out, '}');
	buf_addc(out, ' ');
	put_value(out, value);
	buf_addc(out, '\n');
}

void metrics_family(struct buf *out, const char *name, enum metrics_kind kind, const char *help)
{
	static const char *const kinds[] = {"counter", "gauge", "summary", "histogram"};
	buf_printf(out, "# HELP %s ", name);
	put_escaped(out, help, false);
	buf_printf(out, "\n# TYPE %s %s\n", name, kinds[kind]);
}

void metrics_sample(struct buf *out, const char *name, const struct metrics_label *labels, double value)
{
	put_sample(out, name, "", labels, NULL, value);
}

void metrics_summary_write(struct buf *out, const char *name, const struct metrics_label *labels, uint64_t count,
                           double sum)
{
	put_sample(out, name, "_sum", labels, NULL, sum);
	put_sample(out, name, "_count", labels, NULL, (double)count);
}

void metrics_histogram_init(struct metrics_histogram *h, const double *bounds, unsigned n)
{
	REQUIRE(n <= METRICS_BOUNDS_MAX);
	*h = (struct metrics_histogram){.bounds = bounds, .n = n};
}

void metrics_histogram_add(struct metrics_histogram *h, double value)
{
	unsigned i = 0;
	while (i < h->n && value > h->bounds[i])
		i++;
	h->buckets[i]++;
	h->count++;
	h->sum += value;
}

void metrics_histogram_write(struct buf *out, const char *name, const struct metrics_label *labels,
                             const struct metrics_histogram *h)
{
	uint64_t below = 0;
	char le[32];
	for (unsigned i = 0; i < h->n; i++) {
		below += h->buckets[i];
		snprintf(le, sizeof(le), "%.9g", h->bounds[i]);
		put_sample(out, name, "_bucket", labels, le, (double)below);
	}
	put_sample(out, name, "_bucket", labels, "+Inf", (double)h->count);
	metrics_summary_write(out, name, labels, h->count, h->sum);
}
