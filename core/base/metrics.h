#ifndef CORE_BASE_METRICS_H
#define CORE_BASE_METRICS_H

/*
 * Metrics in Prometheus' text format, version 0.0.4. Nothing is registered: who knows a number writes it when asked, so
 * that what is gone (a school that left) is gone from the page too.
 *
 * A family is one name with its kind and help; all its samples follow it before the next family begins.
 */

#include <stdint.h>

#include "core/base/buf.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_SUMMARY, METRICS_HISTOGRAM };

/* A sample's labels, ended by a NULL name. */
struct metrics_label { const char *name, *value; };
#define METRICS_LABELS(...) ((const struct metrics_label[]){ __VA_ARGS__, { NULL, NULL } })
#define METRICS_PLAIN       ((const struct metrics_label[]){ { NULL, NULL } })

void metrics_family(struct buf *out, const char *name, enum metrics_kind kind, const char *help);
void metrics_sample(struct buf *out, const char *name, const struct metrics_label *labels, double value);

/* Observations by size. bounds: upper bounds, ascending, borrowed for good; one bucket more takes the rest. */
#define METRICS_BOUNDS_MAX 16
struct metrics_histogram {
	const double *bounds;
	unsigned n;
	uint64_t buckets[METRICS_BOUNDS_MAX + 1], count;
	double sum;
};
void metrics_histogram_init(struct metrics_histogram *h, const double *bounds, unsigned n); /* n at most METRICS_BOUNDS_MAX */
void metrics_histogram_add(struct metrics_histogram *h, double value);
void metrics_histogram_write(struct buf *out, const char *name, const struct metrics_label *labels,
                             const struct metrics_histogram *h);
/* Count and sum alone, of a family of kind METRICS_SUMMARY. */
void metrics_summary_write(struct buf *out, const char *name, const struct metrics_label *labels, uint64_t count, double sum);

#endif
