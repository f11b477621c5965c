#include "core/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/tz.h"

#define VALUE_MAX 200
#define LINE_MAX_BYTES 4096
#define PLACES 4096 /* schools that say something within one minute */
#define PROBES 16

static struct {
	enum log_level level;
	enum log_format format;
	int fd;
	bool journal;
} out = { LOG_LVL_INFO, LOG_TEXT, STDERR_FILENO, false };

static const struct { const char *name; int priority; } levels[] = {
	[LOG_LVL_CRIT] = { "crit", 2 },       [LOG_LVL_ERROR] = { "error", 3 }, [LOG_LVL_WARNING] = { "warning", 4 },
	[LOG_LVL_NOTICE] = { "notice", 5 }, [LOG_LVL_INFO] = { "info", 6 },   [LOG_LVL_DEBUG] = { "debug", 7 },
};

/* systemd tells a service by JOURNAL_STREAM=device:inode that its output goes to the journal, which stamps lines itself. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void log_setup(enum log_level level, enum log_format format, int fd)
{
	out.level = level;
	out.format = format;
	out.fd = fd;
	out.journal = is_journal(fd);
}

int log_level_parse(const char *name, enum log_level *level_out)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*level_out = (enum log_level)i;
			return 0;
		}
	}
	return ERR_NOT_FOUND;
}

bool log_on(const struct log_ctx *ctx, enum log_level level)
{
	return level <= out.level || (ctx && ctx->debug);
}

/* ---- no school drowns the others ---- */

struct share {
	uint64_t tenant; /* hash; 0: free */
	int64_t minute;
	unsigned lines, left_out;
};

static struct share shares[PLACES];
static pthread_mutex_t shares_lock = PTHREAD_MUTEX_INITIALIZER;

/* The place of a tenant: its own, or one whose minute is over. NULL: too many schools speak at once to count them. */
static struct share *share_of(uint64_t tenant, int64_t minute)
{
	struct share *old = NULL;
	for (size_t i = 0; i < PROBES; i++) {
		struct share *s = &shares[(tenant + i) % PLACES];
		if (s->tenant == tenant)
			return s;
		if (!old && (s->tenant == 0 || (s->minute < minute && s->left_out == 0)))
			old = s;
	}
	if (old)
		*old = (struct share){ .tenant = tenant, .minute = minute };
	return old;
}

/* May this one be written? *left_out: how many lines of the minutes before were not. */
static bool take_share(const char *tenant, int64_t now_ms, unsigned *left_out)
{
	uint64_t hash = str_hash(str_of(tenant)) | 1;
	int64_t minute = now_ms / 60000;
	pthread_mutex_lock(&shares_lock);
	struct share *s = share_of(hash, minute);
	bool may = true;
	if (s) {
		if (s->minute != minute) {
			*left_out = s->left_out;
			*s = (struct share){ .tenant = hash, .minute = minute };
		}
		may = s->lines < LOG_LINES_A_MINUTE;
		s->lines += may;
		s->left_out += !may;
	}
	pthread_mutex_unlock(&shares_lock);
	return may;
}

/* The part of text that is shown, cut at a character's border. */
static struct str shown(struct str s)
{
	if (s.n <= VALUE_MAX)
		return s;
	size_t n = VALUE_MAX;
	while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return (struct str){ s.p, n };
}

static void add_escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c == '\n')
			buf_addz(b, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(b, "\\u%04x", c);
		else
			buf_addc(b, (char)c);
	}
}

static void add_field(struct buf *b, const char *key, size_t key_n, struct str value)
{
	value = shown(value);
	if (out.format == LOG_JSON) {
		buf_printf(b, ",\"%.*s\":\"", (int)key_n, key);
		add_escaped(b, value);
		buf_addc(b, '"');
		return;
	}
	bool quote = value.n == 0;
	for (size_t i = 0; i < value.n; i++)
		quote = quote || (unsigned char)value.p[i] <= ' ' || value.p[i] == '"' || value.p[i] == '=' || value.p[i] == 0x7f;
	buf_printf(b, " %.*s=%s", (int)key_n, key, quote ? "\"" : "");
	add_escaped(b, value);
	if (quote)
		buf_addc(b, '"');
}

/* "key=value key=«two words»" */
static void add_fields(struct buf *b, const char *text)
{
	static const char open_mark[] = "«", close_mark[] = "»";
	while (*text) {
		while (*text == ' ')
			text++;
		const char *eq = strchr(text, '=');
		if (!eq)
			return;
		const char *value = eq + 1, *end, *next;
		if (strncmp(value, open_mark, 2) == 0) {
			value += 2;
			/* the last mark before the next field: a value may hold marks of its own */
			end = strstr(value, close_mark);
			while (end && end[2] != '\0' && end[2] != ' ' && strstr(end + 2, close_mark))
				end = strstr(end + 2, close_mark);
			next = end ? end + 2 : value + strlen(value);
			end = end ? end : next;
		} else {
			end = value + strcspn(value, " ");
			next = end;
		}
		add_field(b, text, (size_t)(eq - text), (struct str){ value, (size_t)(end - value) });
		text = next;
	}
}

static void add_context(struct buf *b, const struct log_ctx *ctx)
{
	const struct { const char *key, *value; } fields[] = {
		{ "tenant", ctx->tenant }, { "environment", ctx->environment }, { "run", ctx->run }, { "step", ctx->step },
	};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].value)
			add_field(b, fields[i].key, strlen(fields[i].key), str_of(fields[i].value));
}

void log_write(enum log_level level, const char *group, const struct log_ctx *ctx, const char *message, const char *fields, ...)
{
	if (!log_on(ctx, level))
		return;
	unsigned left_out = 0;
	bool limited = ctx && ctx->tenant && !ctx->debug && level != LOG_LVL_CRIT;
	if (limited && !take_share(ctx->tenant, clock_wall_ms(clock_system()), &left_out))
		return;
	if (left_out)
		log_warning("log", ctx, "lines of this school were left out", "lines=%u", left_out);
	struct buf b, f;
	buf_init(&b, LINE_MAX_BYTES);
	buf_init(&f, LINE_MAX_BYTES);
	char stamp[UTC_TEXT];
	utc_iso_ms(clock_wall_ms(clock_system()), stamp);
	if (out.journal)
		buf_printf(&b, "<%d>", levels[level].priority);
	if (out.format == LOG_JSON)
		buf_printf(&b, "{\"time\":\"%s\",\"level\":\"%s\",\"group\":\"%s\",\"message\":\"%s\"", stamp, levels[level].name, group, message);
	else if (out.journal)
		buf_printf(&b, "%s", group);
	else
		buf_printf(&b, "%s %s %s", stamp, levels[level].name, group);
	if (ctx)
		add_context(&b, ctx);
	if (out.format == LOG_TEXT)
		buf_printf(&b, " %s", message);
	if (fields) {
		va_list ap;
		va_start(ap, fields);
		buf_vprintf(&f, fields, ap);
		va_end(ap);
		if (f.p && !buf_error(&f))
			add_fields(&b, f.p);
	}
	b.error = 0; /* a line past its limit is cut, not lost */
	b.limit = 0;
	buf_addz(&b, out.format == LOG_JSON ? "}\n" : "\n");
	ssize_t ignored = write(out.fd, b.p, b.n);
	(void)ignored; /* nowhere to say it */
	buf_deinit(&b);
	buf_deinit(&f);
}
