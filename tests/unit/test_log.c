#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "core/base/str.h"

/* What one call writes, without the time stamp in front. */
static const char *line(int fd, char *out, size_t size)
{
	ssize_t n = pread(fd, out, size - 1, 0);
	assert_true(n > 0);
	out[n] = '\0';
	return out;
}

static void a_line_says_whom_it_is_about(void **state)
{
	char text[4096];
	int fd = memfd_create("log", 0);
	(void)state;
	log_setup(LOG_LVL_INFO, LOG_TEXT, fd);
	log_info("sync", &(struct log_ctx){ .tenant = "cfa-lyon", .environment = "all", .run = "r1", .step = "load" }, "it is done", "count=%d why=«%s»", 3,
	         "two words");
	assert_string_equal(line(fd, text, sizeof(text)) + strlen("2026-11-24T02:33:06.123Z"),
	                    " info sync tenant=cfa-lyon environment=all run=r1 step=load it is done count=3 why=\"two words\"\n");
	close(fd);
}

static void no_line_can_be_forged(void **state)
{
	char text[4096];
	int fd = memfd_create("log", 0);
	(void)state;
	log_setup(LOG_LVL_INFO, LOG_TEXT, fd);
	log_info("sync", NULL, "it came", "what=«%s»", "x\n2026-11-24T00:00:00.000Z crit sync forged \"y\"\x1b[31m");
	line(fd, text, sizeof(text));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "\\n2026"));
	close(fd);
}

/* What a value may try: to end its field and begin another, to end its line, to move the cursor, to turn the text round. Whatever it is, what the line
 * says of itself (its fields, by their keys) is what the format says. */
static void a_value_is_never_more_than_a_value(void **state)
{
	static const char *const tries[] = {
		"x» level=«crit", "x» tenant=other y=«z", "x tenant=other", "x\" tenant=\"other", "»", "«", "=", "a=b»", "%s%n", "",
		"\r\ntenant=other", "\x1b]0;title\x07", "\xc2\x85tenant=other", "\u2028tenant=other", "\u202etenant=other", "\u2066x", "\ufeff", "\x7f",
		"\xc2", "\xff\xfe", "\xed\xa0\x80",
	};
	(void)state;
	for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
		for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
			char text[4096];
			int fd = memfd_create("log", 0);
			log_setup(LOG_LVL_INFO, format, fd);
			log_info("sync", &(struct log_ctx){ .tenant = tries[i] }, "it came", "what=«%s» plain=%s count=%u", tries[i], tries[i], 7);
			line(fd, text, sizeof(text));
			size_t n = strlen(text);
			assert_ptr_equal(strchr(text, '\n'), text + n - 1);
			assert_true(str_is_utf8((struct str){ text, n }));
			for (size_t k = 0; k + 1 < n;) {
				uint32_t c;
				k += str_rune((struct str){ text + k, n - k }, &c);
				assert_true(c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0x2028 && c != 0x202e && c != 0x2066 && c != 0xfeff);
			}
			/* outside of quotes, and of what is escaped within them, the keys are these */
			char keys[200], *word = text;
			size_t keys_n = 0;
			bool quoted = false;
			for (char *c = word; *c; c++) {
				if (*c == '\\' && c[1]) {
					c++;
				} else if (*c == '"') {
					quoted = !quoted;
				} else if (!quoted && *c == '=' && format == LOG_TEXT) {
					keys_n += (size_t)snprintf(keys + keys_n, sizeof(keys) - keys_n, "%.*s,", (int)(c - word), word);
				} else if (!quoted && *c == ' ') {
					word = c + 1;
				}
			}
			assert_false(quoted);
			if (format == LOG_TEXT)
				assert_string_equal(keys, "tenant,what,plain,count,");
			close(fd);
		}
	}
}

static void numbers_of_every_kind(void **state)
{
	char text[4096];
	int fd = memfd_create("log", 0);
	(void)state;
	log_setup(LOG_LVL_INFO, LOG_TEXT, fd);
	log_info("x", NULL, "m", "a=%d b=%u c=%lld d=%zu e=%02x f=%.*s g=%5.1f h=%lu i=%.2s j=%08llx k=%% l=%d/%s", -1, 2u, -3LL, (size_t)4, 5, 2, "six", 7.25, 8UL,
	         "nine", 10ULL, 11, "twelve");
	line(fd, text, sizeof(text));
	assert_string_equal(strstr(text, " m "), " m a=-1 b=2 c=-3 d=4 e=05 f=si g=\"  7.2\" h=8 i=ni j=0000000a k=% l=11/twelve\n");
	close(fd);
}

static void json_lines(void **state)
{
	char text[4096];
	int fd = memfd_create("log", 0);
	(void)state;
	log_setup(LOG_LVL_INFO, LOG_JSON, fd);
	log_warning("io", &(struct log_ctx){ .tenant = "a" }, "careful", "key=value what=«a \"b\"»");
	assert_non_null(strstr(line(fd, text, sizeof(text)),
	                       "\"level\":\"warning\",\"group\":\"io\",\"message\":\"careful\",\"tenant\":\"a\",\"key\":\"value\",\"what\":\"a \\\"b\\\"\"}\n"));
	close(fd);
}

/* How often text stands in what was written. */
static unsigned count_of(int fd, const char *text)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *all = test_malloc((size_t)size + 1);
	unsigned n = 0;
	assert_int_equal(pread(fd, all, (size_t)size, 0), size);
	all[size] = '\0';
	for (const char *p = all; (p = strstr(p, text)); p++)
		n++;
	test_free(all);
	return n;
}

static void one_school_drowns_no_other(void **state)
{
	int fd = memfd_create("log", 0);
	(void)state;
	log_setup(LOG_LVL_INFO, LOG_TEXT, fd);
	const struct log_ctx loud = { .tenant = "loud" }, quiet = { .tenant = "quiet" };
	for (int i = 0; i < 5000; i++)
		log_info("sync", &loud, "again", NULL);
	log_info("sync", &quiet, "once", NULL);
	log_info("sync", NULL, "of nobody", NULL);
	log_info("sync", &(struct log_ctx){ .tenant = "loud", .debug = true }, "looked at", NULL);
	/* a minute may begin in between */
	assert_in_range(count_of(fd, "tenant=loud again"), 300, 600);
	assert_int_equal(count_of(fd, "tenant=quiet once"), 1);
	assert_int_equal(count_of(fd, "of nobody"), 1);
	assert_int_equal(count_of(fd, "looked at"), 1);
	close(fd);
}

static void levels(void **state)
{
	enum log_level level;
	int fd = memfd_create("log", 0);
	(void)state;
	log_setup(LOG_LVL_WARNING, LOG_TEXT, fd);
	log_info("x", NULL, "not shown", NULL);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	log_debug("x", &(struct log_ctx){ .debug = true }, "shown for this one", NULL);
	assert_true(lseek(fd, 0, SEEK_END) > 0);
	assert_int_equal(log_level_parse("debug", &level), 0);
	assert_int_equal(level, LOG_LVL_DEBUG);
	assert_int_equal(log_level_parse("loud", &level), ERR_NOT_FOUND);
	close(fd);
}

static void long_values_are_cut(void **state)
{
	char text[4096], value[1000];
	int fd = memfd_create("log", 0);
	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_setup(LOG_LVL_INFO, LOG_TEXT, fd);
	log_info("x", NULL, "m", "a=%s b=2", value);
	line(fd, text, sizeof(text));
	assert_int_equal(strspn(strstr(text, "a=") + 2, "v"), 200);
	assert_non_null(strstr(text, " b=2\n"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_whom_it_is_about), cmocka_unit_test(no_line_can_be_forged), cmocka_unit_test(a_value_is_never_more_than_a_value), cmocka_unit_test(numbers_of_every_kind), cmocka_unit_test(json_lines),
		cmocka_unit_test(one_school_drowns_no_other), cmocka_unit_test(levels),                       cmocka_unit_test(long_values_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
