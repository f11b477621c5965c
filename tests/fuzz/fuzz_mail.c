/*
 * Texts of schools, learners and tutors in a mail: whatever they hold, the message is printable ASCII in short lines, has the headers that it
 * shall have and no others, and the address that it was given. Parts are separated by a byte of 0.
 */

#include <string.h>
#include <strings.h>

#include "core/io/mail.h"
#include "tests/fuzz/fuzz.h"

static struct str part(struct str *rest)
{
	const char *end = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
	struct str s = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
	size_t taken = s.n + (end != NULL);
	rest->p = rest->n ? rest->p + taken : rest->p;
	rest->n -= taken;
	return s;
}

static void lines(const struct buf *out)
{
	static const char *const headers[] = {"Date:", "From:", "To:", "Subject:", "Message-ID:", "Auto-Submitted:", "MIME-Version:", "Content-Type:",
	                                      "Content-Transfer-Encoding:"};
	unsigned known = 0, n = 0;
	size_t column = 0;
	bool head = true, address = false; /* an address cannot be folded */
	for (size_t i = 0; i < out->n; i++) {
		if (column == 0 && head && out->p[i] != '\r' && out->p[i] != ' ') {
			n++;
			for (size_t k = 0; k < sizeof(headers) / sizeof(headers[0]); k++)
				known += strncasecmp(out->p + i, headers[k], strlen(headers[k])) == 0;
		}
		if (out->p[i] == '\r') {
			REQUIRE(i + 1 < out->n && out->p[i + 1] == '\n');
			head = head && column > 0;
			column = 0;
			address = false;
			i++;
			continue;
		}
		REQUIRE(out->p[i] >= ' ' && out->p[i] <= '~');
		address = address || (head && out->p[i] == '<');
		REQUIRE(++column <= (address ? 300 : 78));
	}
	REQUIRE(column == 0 && !head && n == known && n >= 8 && n <= 9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = {(const char *)data, size};
	struct mail m = {.from = STR("school@cfa.example"), .date = 1795428061, .id = STR("1.2.3")};
	m.to = part(&rest);
	m.from_name = part(&rest);
	m.to_name = part(&rest);
	m.subject = part(&rest);
	m.text = part(&rest);
	m.html = part(&rest);
	struct buf out;
	buf_init(&out, 1 << 20);
	int rc = mail_write(&m, &out);
	if (!mail_address_ok(m.to)) {
		REQUIRE(rc == ERR_TYPE && out.n == 0);
		m.to = STR("tutor@firm.example");
		rc = mail_write(&m, &out);
	}
	if (rc == 0)
		lines(&out);
	buf_deinit(&out);
	return 0;
}
