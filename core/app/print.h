#ifndef CORE_APP_PRINT_H
#define CORE_APP_PRINT_H

/* Reports and what the stores remember, as text for people and as JSON for programs. Names and shapes of the JSON are
 * fixed: other programs read it. */

#include "core/base/buf.h"
#include "core/base/tz.h"
#include "core/data/json.h"
#include "core/sync/held.h"
#include "core/sync/report.h"
#include "core/sync/state.h"

/* The requests that serve all environments are counted to the first one, so that sums are right. */
void print_report_json(struct json_writer *w, const struct report *r);
void print_report_text(struct buf *out, const struct report *r);

/* One issue of an environment: {"tenant", "environment", "record", "field", "problem", "fix", "owner", "since"}. */
void print_issue_json(struct json_writer *w, const char *tenant, const char *environment, const struct issue *i);
void print_issue_text(struct buf *out, const struct issue *i);

/* One run of the past. */
void print_run_json(struct json_writer *w, const char *tenant, const char *environment, const struct run_summary *s);
void print_run_text(struct buf *out, const char *environment, const struct run_summary *s);

/* One write of the past. */
void print_write_json(struct json_writer *w, const struct write_line *l);
void print_write_text(struct buf *out, const struct write_line *l);

/* One held plan: {"plan", "flow", "answer", "since", "reason", "by", "why", "count", "changes": […]}. */
void print_held_json(struct json_writer *w, const struct held_plan *p);
void print_held_text(struct buf *out, const char *tenant, const struct held_plan *p);

/* One answer of the past: {"tenant", "environment", "answer", "plan", "flow", "at", "by", "why", "reason", "count"}. */
void print_answer_json(struct json_writer *w, const char *tenant, const char *environment, const struct held_line *a);
void print_answer_text(struct buf *out, const char *environment, const struct held_line *a);

/* What a school that only looks on found (core/sync/shadow.h): members of an object that is open ("first", "last", "counts", "findings",
 * "left_out"); one line of numbers; and a line for each record that does not agree. */
struct shadow_report;
void print_shadow_json(struct json_writer *w, const struct shadow_report *r);
void print_shadow_line(struct buf *out, const struct shadow_report *r);
void print_shadow_findings(struct buf *out, const struct shadow_report *r);

/* One thing that somebody did with the school: {"tenant", "environment", "deed", "at", "by", "what"}. */
void print_deed_json(struct json_writer *w, const char *tenant, const char *environment, const struct deed *d);
void print_deed_text(struct buf *out, const struct deed *d);

/* "2026-11-23T11:00:04Z", or null when 0. */
void print_time_json(struct json_writer *w, const char *key, int64_t seconds);
/* Every control character of what came from outside is a '?'. */
void print_clean(struct buf *out, struct str s);

#endif
