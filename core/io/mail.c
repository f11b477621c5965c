#include "core/io/mail.h"

#include <stdio.h>
#include <string.h>

#include "core/base/tz.h"

#define LINE_MOST    76
#define ADDRESS_MOST 254
#define LOCAL_MOST   64
#define NAME_MOST    200 /* bytes of a name, a subject: what is longer is cut */
#define SUBJECT_MOST 400

bool mail_address_ok(struct str a)
{
	const char *at = a.n ? memchr(a.p, '@', a.n) : NULL;
	if (!str_is_email(a) || a.n > ADDRESS_MOST || at - a.p > LOCAL_MOST)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] <= ' ' || a.p[i] > '~' || strchr("<>()[]\\,;:\"", a.p[i]))
			return false;
	return true;
}

bool mail_url_ok(struct str url)
{
	size_t scheme = str_starts(url, "smtps://") ? 8 : str_starts(url, "smtp://") ? 7 : 0;
	if (!scheme || url.n == scheme)
		return false;
	for (size_t i = scheme; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~' || strchr("/?#@\\\"<>", url.p[i]))
			return false;
	return true;
}

/* ---- words of headers ---- */

static bool is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == '-';
}

static void base64(struct buf *out, const char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)(uint8_t)p[i] << 16 | (left > 1 ? (uint32_t)(uint8_t)p[i + 1] << 8 : 0) |
		             (left > 2 ? (uint32_t)(uint8_t)p[i + 2] : 0);
		buf_addc(out, digits[v >> 18]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, left > 1 ? digits[v >> 6 & 63] : '=');
		buf_addc(out, left > 2 ? digits[v & 63] : '=');
	}
}

/* Length of the character at p, at most n; what is no UTF-8 is taken byte by byte. */
static size_t char_length(const char *p, size_t n)
{
	uint8_t c = (uint8_t)*p;
	size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	for (size_t i = 1; i < want; i++)
		if (i >= n || ((uint8_t)p[i] & 0xc0) != 0x80)
			return 1;
	return want;
}

/* Readers take each encoded word for itself, so none ends inside a character. */
#define WORD_BYTES 42 /* 56 characters, 68 with what stands around them */

static void add_encoded(struct buf *out, struct str text)
{
	for (size_t at = 0; at < text.n;) {
		size_t n = 0;
		while (at + n < text.n) {
			size_t c = char_length(text.p + at + n, text.n - at - n);
			if (n + c > WORD_BYTES)
				break;
			n += c;
		}
		if (at)
			buf_addz(out, "\r\n ");
		buf_addz(out, "=?UTF-8?B?");
		base64(out, text.p + at, n);
		buf_addz(out, "?=");
		at += n;
	}
}

/* Cleans what is one line by nature: no control characters, nothing that is not UTF-8, no more than most bytes. Takes room for most + 1. */
static struct str clean_line(struct str in, char *room, size_t most)
{
	size_t n = 0;
	in = str_trim(in);
	for (size_t i = 0; i < in.n;) {
		size_t c = char_length(in.p + i, in.n - i);
		if (n + c > most)
			break;
		uint8_t first = (uint8_t)in.p[i];
		if (c > 1)
			memcpy(room + n, in.p + i, c);
		else
			room[n] = first < ' ' || first == 0x7f ? ' ' : first > 0x7f ? '?' : (char)first;
		n += c;
		i += c;
	}
	return str_trim((struct str){room, n});
}

static void add_text(struct buf *out, struct str text, size_t room)
{
	bool plain = text.n <= room;
	for (size_t i = 0; i < text.n && plain; i++)
		plain = is_plain(text.p[i]);
	if (plain)
		buf_add(out, text.p, text.n);
	else
		add_encoded(out, text);
}

static void add_party(struct buf *out, const char *header, struct str name, struct str address)
{
	char room[NAME_MOST + 1];
	struct str clean = clean_line(name, room, NAME_MOST);
	buf_printf(out, "%s: ", header);
	if (!str_empty(clean)) {
		add_text(out, clean, LINE_MOST - 10);
		buf_addz(out, "\r\n ");
	}
	buf_printf(out, "<%.*s>\r\n", STR_ARG(address));
}

static void add_date(struct buf *out, int64_t utc)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int32_t day = (int32_t)(utc / 86400);
	int second = (int)(utc % 86400), year, month, mday;
	day_split(day, &year, &month, &mday);
	buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[day_weekday(day)], mday, months[month - 1], year,
	           second / 3600, second / 60 % 60, second % 60);
}

/* ---- bodies ---- */

struct qp {
	struct buf *out;
	size_t column;
};

static void qp_put(struct qp *q, const char *p, size_t n)
{
	if (q->column + n > LINE_MOST - 1) {
		buf_addz(q->out, "=\r\n");
		q->column = 0;
	}
	buf_add(q->out, p, n);
	q->column += n;
}

/* Quoted-printable, RFC 2045 6.7. '=' is always coded, so no line of it can be a boundary, which holds "=_". */
static void add_body(struct buf *out, struct str text)
{
	struct qp q = {out, 0};
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = (uint8_t)text.p[i];
		if (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
			continue;
		if (c == '\n') {
			buf_addz(out, "\r\n");
			q.column = 0;
			continue;
		}
		bool ends = i + 1 == text.n || text.p[i + 1] == '\n' || text.p[i + 1] == '\r';
		bool bare = c > ' ' && c <= '~' && c != '=';
		if (bare || (c == ' ' && !ends)) {
			qp_put(&q, text.p + i, 1);
			continue;
		}
		char hex[4];
		snprintf(hex, sizeof(hex), "=%02X", c);
		qp_put(&q, hex, 3);
	}
	buf_addz(out, "\r\n");
}

static void add_part(struct buf *out, const char *type, struct str text)
{
	buf_printf(out, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	add_body(out, text);
}

static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!(is_plain(id.p[i]) && id.p[i] != ' ') && id.p[i] != '.')
			return false;
	return id.n > 0 && id.n <= 60; /* a boundary has 70 at most */
}

int mail_write(const struct mail *m, struct buf *out)
{
	char room[SUBJECT_MOST + 1];
	if (!mail_address_ok(m->from) || !mail_address_ok(m->to) || !is_id(m->id))
		return ERR_TYPE;
	const char *at = memchr(m->from.p, '@', m->from.n);
	struct str domain = {at + 1, m->from.n - (size_t)(at + 1 - m->from.p)};
	add_date(out, m->date);
	add_party(out, "From", m->from_name, m->from);
	add_party(out, "To", m->to_name, m->to);
	buf_addz(out, "Subject: ");
	add_text(out, clean_line(m->subject, room, SUBJECT_MOST), LINE_MOST - 10);
	buf_printf(out, "\r\nMessage-ID: <%.*s@%.*s>\r\n", STR_ARG(m->id), STR_ARG(domain));
	/* RFC 3834: no automatic answer to it, please */
	buf_addz(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
	if (str_empty(m->html)) {
		add_part(out, "plain", m->text);
		return buf_error(out);
	}
	buf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%.*s\"\r\n\r\n--=_%.*s\r\n", STR_ARG(m->id), STR_ARG(m->id));
	add_part(out, "plain", m->text);
	buf_printf(out, "--=_%.*s\r\n", STR_ARG(m->id));
	add_part(out, "html", m->html);
	buf_printf(out, "--=_%.*s--\r\n", STR_ARG(m->id));
	return buf_error(out);
}
