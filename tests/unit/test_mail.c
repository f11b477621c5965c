#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/io/mail.h"

/* A mail as it goes over the wire. */

static struct mail sample(void)
{
	return (struct mail){.from = STR("passerelle@school.example"),
	                     .to = STR("tutor@firm.example"),
	                     .from_name = STR("CFA de Lyon"),
	                     .to_name = STR("Anne Martin"),
	                     .subject = STR("Absence"),
	                     .text = STR("Bonjour,\n"),
	                     .html = STR("<p>Bonjour,</p>\n"),
	                     .date = 1795430400 + 3661, /* 2026-11-23T10:01:01Z */
	                     .id = STR("20261123-1.abc")};
}

static char *written(const struct mail *m)
{
	struct buf out;
	buf_init(&out, 0);
	assert_int_equal(mail_write(m, &out), 0);
	return out.p;
}

static void is_as_the_standards_say(void **state)
{
	(void)state;
	struct mail m = sample();
	m.date = 1795428061;
	char *text = written(&m);
	assert_string_equal(text, "Date: Mon, 23 Nov 2026 10:01:01 +0000\r\n"
	                          "From: CFA de Lyon\r\n <passerelle@school.example>\r\n"
	                          "To: Anne Martin\r\n <tutor@firm.example>\r\n"
	                          "Subject: Absence\r\n"
	                          "Message-ID: <20261123-1.abc@school.example>\r\n"
	                          "Auto-Submitted: auto-generated\r\n"
	                          "MIME-Version: 1.0\r\n"
	                          "Content-Type: multipart/alternative;\r\n boundary=\"=_20261123-1.abc\"\r\n"
	                          "\r\n"
	                          "--=_20261123-1.abc\r\n"
	                          "Content-Type: text/plain; charset=utf-8\r\n"
	                          "Content-Transfer-Encoding: quoted-printable\r\n"
	                          "\r\n"
	                          "Bonjour,\r\n"
	                          "\r\n"
	                          "--=_20261123-1.abc\r\n"
	                          "Content-Type: text/html; charset=utf-8\r\n"
	                          "Content-Transfer-Encoding: quoted-printable\r\n"
	                          "\r\n"
	                          "<p>Bonjour,</p>\r\n"
	                          "\r\n"
	                          "--=_20261123-1.abc--\r\n");
	free(text);
}

/* Every line is short, printable ASCII, and ended by CRLF. */
static void assert_clean(const char *text)
{
	size_t column = 0;
	for (const char *p = text; *p; p++) {
		if (p[0] == '\r' && p[1] == '\n') {
			column = 0;
			p++;
			continue;
		}
		assert_true(*p >= ' ' && *p <= '~');
		assert_true(++column <= 78);
	}
	assert_int_equal(column, 0);
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;
	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void what_names_hold_becomes_no_header(void **state)
{
	static const char *const names[] = {
	        "Evil\r\nBcc: all@school.example",  "Evil\nSubject: other",           "a\r\n\r\nbody",
	        "\"<x@y.example>, \"",              "=?UTF-8?B?Qmxh?=",               "\x01\x7f\xff\xfe \xc3",
	        "a, b <c@d.example>; (comment)\\",  "\xf0\x9f\x92\xa9 \xed\xa0\x80",  "\r\n.\r\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct mail m = sample();
		m.from_name = m.to_name = m.subject = str_of(names[i]);
		char *text = written(&m);
		assert_clean(text);
		char *body = strstr(text, "\r\n\r\n");
		assert_non_null(body);
		*body = '\0';
		assert_int_equal(count(text, "\r\n"), count(text, "\r\n ") + 7); /* eight headers, whatever is folded */
		assert_null(strcasestr(text, "Bcc:"));
		assert_int_equal(count(text, "@"), 3);
		free(text);
	}
}

/* The encoded words of one header, put together again. */
static void decode(const char *header, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (const char *p = header; (p = strstr(p, "=?UTF-8?B?")) != NULL;) {
		p += 10;
		size_t bytes = 0;
		for (; *p != '?'; p += 4) {
			uint32_t v = 0;
			int pad = 0;
			for (int i = 0; i < 4; i++) {
				pad += p[i] == '=';
				v = v << 6 | (p[i] == '=' ? 0 : (uint32_t)(strchr(digits, p[i]) - digits));
			}
			for (int i = 0; i < 3 - pad; i++, bytes++)
				*out++ = (char)(v >> (16 - 8 * i));
		}
		assert_true(bytes <= 45);
		assert_true(bytes == 0 || ((uint8_t)out[-1] & 0xc0) != 0xc0); /* no character begins and does not end here */
	}
	*out = '\0';
}

static void accents_and_long_texts_arrive_whole(void **state)
{
	static const char subject[] = "Absence de Zoé Élie d’Août-Çelik, apprentie en BTS Négociation et digitalisation de la relation client à Lyon 3ᵉ";
	char got[512];
	(void)state;
	struct mail m = sample();
	m.from_name = STR("CFA Métiers & Co, Lyon");
	m.subject = STR("Absence de Zoé Élie d’Août-Çelik, apprentie en BTS Négociation et digitalisation de la relation client à Lyon 3ᵉ");
	char *text = written(&m);
	assert_clean(text);
	char *at = strstr(text, "Subject: "), *end = strstr(at, "\r\nMessage-ID");
	assert_non_null(end);
	*end = '\0';
	decode(at, got);
	assert_string_equal(got, subject);
	at = strstr(text, "From: ");
	*strstr(at, "\r\nTo:") = '\0';
	decode(at, got);
	assert_string_equal(got, "CFA Métiers & Co, Lyon");
	free(text);
}

/* Quoted-printable, undone. */
static size_t undo(const char *p, const char *end, char *out)
{
	size_t n = 0;
	while (p < end) {
		if (*p == '=' && p[1] == '\r') {
			p += 3;
		} else if (*p == '=') {
			const char hex[3] = {p[1], p[2], 0};
			out[n++] = (char)strtoul(hex, NULL, 16);
			p += 3;
		} else {
			out[n++] = *p++;
		}
	}
	return n;
}

static void bodies_arrive_as_they_are(void **state)
{
	char body[4000], want[4200], got[9000];
	(void)state;
	for (unsigned seed = 0; seed < 60; seed++) {
		size_t n = 0, w = 0;
		srand(seed);
		while (n + 8 < sizeof(body)) {
			static const char *const pieces[] = {"\n", "a", " ", "\t", "=", ".", "é", "From ", "\n.", " \n", "€", "--=_", "\x01", "long"};
			const char *piece = pieces[(unsigned)rand() % (sizeof(pieces) / sizeof(pieces[0]))];
			memcpy(body + n, piece, strlen(piece));
			n += strlen(piece);
		}
		for (size_t i = 0; i < n; i++) {
			if (body[i] == '\n')
				want[w++] = '\r';
			want[w++] = body[i];
			if (w + 4 > sizeof(want))
				n = i + 1;
		}
		struct mail m = sample();
		m.text = (struct str){body, n};
		m.html = STR_NONE;
		char *text = written(&m), *at = strstr(text, "\r\n\r\n") + 4;
		assert_clean(text);
		assert_null(strstr(at, "=_"));
		size_t got_n = undo(at, text + strlen(text) - 2, got);
		assert_int_equal(got_n, w);
		assert_memory_equal(got, want, w);
		free(text);
	}
}

static void only_addresses_are_addressed(void **state)
{
	static const char *const bad[] = {"", "a", "a@b", "a b@c.example", "a@c.example\r\nRCPT TO:<x@y.example>", "<a@c.example>",
	                                  "a@c.example,b@c.example", "\"a\"@c.example", "é@c.example", "a@c.example>"};
	(void)state;
	struct buf out;
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mail m = sample();
		assert_false(mail_address_ok(str_of(bad[i])));
		m.to = str_of(bad[i]);
		assert_int_equal(mail_write(&m, &out), ERR_TYPE);
	}
	assert_int_equal(out.n, 0);
	assert_true(mail_address_ok(STR("o'neil+cfa@sub.firm-x.example")));
	buf_deinit(&out);
	buf_init(&out, 300);
	struct mail m = sample();
	assert_int_equal(mail_write(&m, &out), ERR_LIMIT);
	buf_deinit(&out);
}

static void a_mail_server_is_named_and_nothing_else(void **state)
{
	static const char *const bad[] = {"", "smtp://", "http://a.example", "smtp://user:pw@a.example", "smtp://a.example/x", "smtps://a.example?x",
	                                  "smtps://a b", "smtp:a"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(mail_url_ok(str_of(bad[i])));
	assert_true(mail_url_ok(STR("smtp://mail.example.org:587")));
	assert_true(mail_url_ok(STR("smtps://[::1]:465")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(is_as_the_standards_say),         cmocka_unit_test(what_names_hold_becomes_no_header),
	        cmocka_unit_test(accents_and_long_texts_arrive_whole), cmocka_unit_test(bodies_arrive_as_they_are),
	        cmocka_unit_test(only_addresses_are_addressed),    cmocka_unit_test(a_mail_server_is_named_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
