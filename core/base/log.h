#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

/*
 * One line an event, on standard error: level, group, tenant= environment= run= step=, a constant message, key=value.
 * The message is constant so that it greps; what varies stands in fields. Tokens and personal data never come
 * here: people appear by code. Values are escaped (no line can be forged), and cut at 200 characters.
 *
 * A school has LOG_LINES_A_MINUTE; what goes beyond is counted, and told with its first line of a later minute.
 *
 * warning needs an action by someone; crit only when the process dies.
 */

#include <stdbool.h>

#include "core/base/err.h"

#define LOG_LINES_A_MINUTE 300

enum log_level { LOG_LVL_CRIT, LOG_LVL_ERROR, LOG_LVL_WARNING, LOG_LVL_NOTICE, LOG_LVL_INFO, LOG_LVL_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* Whom a line is about; any field may be NULL. Borrowed. */
struct log_ctx {
	const char *tenant;
	const char *environment;
	const char *run;
	const char *step;
	bool debug; /* lines of this context at debug level are written whatever the level is */
};

/* Before the first line; default is info and text. fd is 2 but in tests. */
void log_setup(enum log_level level, enum log_format format, int fd);
/* Tests: so many lines a minute and school instead of LOG_LINES_A_MINUTE. */
void log_set_share(unsigned lines);
int log_level_parse(const char *name, enum log_level *out) MUST_USE;
bool log_on(const struct log_ctx *ctx, enum log_level level);

/* fields: NULL, or a format whose result is "key=value key=value"; a %s value with spaces is given as LOG_Q-quoted
 * text by writing key=«%s»: everything between the marks is one value. */
void log_write(enum log_level level, const char *group, const struct log_ctx *ctx, const char *message,
               const char *fields, ...) PRINTF_LIKE(5, 6);

#define log_error(group, ctx, message, ...) log_write(LOG_LVL_ERROR, group, ctx, message, __VA_ARGS__)
#define log_warning(group, ctx, message, ...) log_write(LOG_LVL_WARNING, group, ctx, message, __VA_ARGS__)
#define log_notice(group, ctx, message, ...) log_write(LOG_LVL_NOTICE, group, ctx, message, __VA_ARGS__)
#define log_info(group, ctx, message, ...) log_write(LOG_LVL_INFO, group, ctx, message, __VA_ARGS__)
#define log_debug(group, ctx, message, ...) log_write(LOG_LVL_DEBUG, group, ctx, message, __VA_ARGS__)

#endif
