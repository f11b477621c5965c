#ifndef CORE_IO_MAIL_H
#define CORE_IO_MAIL_H

/*
 * A mail as it goes over the wire: headers and a body in plain text and in HTML (RFC 5322, 2045 to 2047). What leaves it is a fetch
 * (FETCH_MAIL, core/io/fetch.h).
 *
 * Whatever the texts hold, the message is of printable ASCII in lines of at most 78 characters (but for a longer address), and no text can become a header, a
 * further recipient or the end of the message.
 */

#include "core/base/buf.h"
#include "core/base/str.h"

struct mail {
	struct str from, to;           /* addresses; mail_address_ok() */
	struct str from_name, to_name; /* UTF-8; may be empty */
	struct str subject;            /* UTF-8, one line */
	struct str text, html;         /* UTF-8, lines ended by \n; html may be empty: plain text alone */
	int64_t date;                  /* UTC seconds */
	struct str id;                 /* unique, [A-Za-z0-9.-]; the same at every try, so that a double could be known as one */
};

/* One '@', printable ASCII without any of <>()[]\,;:" and space, and of a length that SMTP takes. */
bool mail_address_ok(struct str address);
/* Appends it. 0; ERR_TYPE when an address is none; or out's error. */
int mail_write(const struct mail *m, struct buf *out) MUST_USE;
/* Does the URL name a mail server: smtp://host[:port] or smtps://host[:port], and nothing more? */
bool mail_url_ok(struct str url);

#endif
