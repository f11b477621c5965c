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

static unsigned lines_a_minute = LOG_LINES_A_MINUTE;

void log_set_share(unsigned lines)
{
	lines_a_minute = lines;
}

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
		may = s->lines < lines_a_minute;
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

/* A character that starts or ends a line, moves the cursor, or turns the reading direction: what a terminal or a reader of logs may take
 * for something else than a value. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static void add_escaped(struct buf *b, struct str s)
{
	while (s.n) {
		uint32_t c;
		size_t n = str_rune(s, &c);
		if (!n)
			buf_addz(b, "\xef\xbf\xbd"); /* no character: the sign for that */
		else if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (int)c);
		else if (c == '\n')
			buf_addz(b, "\\n");
		else if (is_control(c))
			buf_printf(b, "\\u%04x", c);
		else
			buf_add(b, s.p, n);
		n = n ? n : 1;
		s = (struct str){ s.p + n, s.n - n };
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

/* ---- fields: "key=%s other=«%s and more»" ---- */

/* A number in a format, or the argument that stands for it. */
static const char *read_number(const char *p, va_list *ap, int *number)
{
	if (*p == '*') {
		*number = va_arg(*ap, int);
		return p + 1;
	}
	char *end;
	*number = (int)strtol(p, &end, 10);
	return end;
}

/* One conversion of a format and its argument, as printf would show it; the compiler has held the two against each other. Returns what stands behind
 * it. Flags other than 0 are not known here. */
static const char *add_conversion(struct buf *b, const char *p, va_list *ap)
{
	int width = 0, precision = -1;
	unsigned longs = 0;
	bool size = false, zero = p[1] == '0';
	p = read_number(p + 1, ap, &width);
	if (*p == '.')
		p = read_number(p + 1, ap, &precision);
	for (; *p && strchr("hljzt", *p); p++) {
		longs += *p == 'l' || *p == 'j';
		size = size || *p == 'z' || *p == 't';
	}
	char conversion = *p ? *p++ : '\0';
	if (conversion == 's') {
		const char *text = va_arg(*ap, const char *);
		size_t most = 2 * VALUE_MAX; /* more is not shown anyway */
		text = text ? text : "(none)";
		buf_add(b, text, strnlen(text, precision < 0 || (size_t)precision > most ? most : (size_t)precision));
	} else if (conversion == 'd' || conversion == 'i') {
		long long v = longs ? va_arg(*ap, long long) : size ? va_arg(*ap, ssize_t) : va_arg(*ap, int);
		buf_printf(b, zero ? "%0*lld" : "%*lld", width, v);
	} else if (conversion == 'u' || conversion == 'x') {
		unsigned long long v = longs  ? va_arg(*ap, unsigned long long)
		                       : size ? va_arg(*ap, size_t)
		                              : va_arg(*ap, unsigned);
		if (conversion == 'u')
			buf_printf(b, zero ? "%0*llu" : "%*llu", width, v);
		else
			buf_printf(b, zero ? "%0*llx" : "%*llx", width, v);
	} else if (conversion == 'f') {
		buf_printf(b, "%*.*f", width, precision, va_arg(*ap, double));
	} else {
		BUG_UNLESS(conversion == '%');
		buf_addc(b, '%');
	}
	return p;
}

/* Where a field ends is read in the format, which is ours, never in a value: whatever a value holds, it begins no field and ends none. */
static void add_fields(struct buf *b, const char *p, va_list *ap)
{
	static const char open_mark[] = "«", close_mark[] = "»";
	struct buf value;
	buf_init(&value, LINE_MAX_BYTES);
	while (*p) {
		p += strspn(p, " ");
		const char *key = p, *eq = strchr(p, '=');
		if (!eq)
			break;
		bool marked = strncmp(eq + 1, open_mark, 2) == 0;
		p = eq + 1 + (marked ? 2 : 0);
		buf_clear(&value);
		while (*p && (marked ? strncmp(p, close_mark, 2) != 0 : *p != ' ')) {
			if (*p == '%')
				p = add_conversion(&value, p, ap);
			else
				buf_addc(&value, *p++);
		}
		p += marked && *p ? 2 : 0;
		add_field(b, key, (size_t)(eq - key), buf_str(&value));
	}
	buf_deinit(&value);
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
	struct buf b;
	buf_init(&b, LINE_MAX_BYTES);
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
		add_fields(&b, fields, &ap);
		va_end(ap);
	}
	b.error = 0; /* a line past its limit is cut, not lost */
	b.limit = 0;
	buf_addz(&b, out.format == LOG_JSON ? "}\n" : "\n");
	ssize_t ignored = write(out.fd, b.p, b.n);
	(void)ignored; /* nowhere to say it */
	buf_deinit(&b);
}
