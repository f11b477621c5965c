#ifndef CORE_IO_HTTPD_H
#define CORE_IO_HTTPD_H

/*
 * Inbound HTTP on libmicrohttpd's external epoll descriptor, one thread, the loop's. A handler may answer later.
 * Plain HTTP on a loopback address or a Unix socket; TLS belongs to a front proxy. (tls_cert and tls_key are for
 * the simulators and tests only.)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/io/loop.h"

struct httpd;
struct httpd_request;

struct httpd_options {
	const char *listen;      /* "127.0.0.1:8480", "[::1]:0"; port 0: any free one */
	const char *unix_socket; /* instead of listen; mode 0600 */
	size_t max_body;         /* 0: 1 MiB; beyond: 413 */
	unsigned max_connections; /* 0: 1024 */
	unsigned idle_timeout_s;  /* 0: 60; also what a body may take as a whole */
	unsigned head_timeout_ms; /* 0: 10 s: from the connection to the end of its first request's head; then it is closed */
	const char *const *headers; /* "Name: value" lines that every answer bears, NULL-terminated, or NULL; borrowed */
	const char *tls_cert, *tls_key; /* PEM text, or NULL for plain HTTP */
	void (*handler)(void *arg, struct httpd_request *req); /* when the body is in whole; must lead to one reply */
	/* The client left before the reply (a half-closed connection counts as left), or the server is being closed; no
	 * reply may be given then, and the request is dead after it. May be NULL: then the client is known to be gone only
	 * when the reply is sent, and httpd_close() drops what waits without a word. */
	void (*gone)(void *arg, struct httpd_request *req);
	void *arg;
};

/* ERR_CONFIG for an address that is not a number, else -errno. A socket file that nobody listens on is replaced. */
int httpd_open(struct loop *loop, const struct httpd_options *options, struct httpd **out) MUST_USE;
void httpd_close(struct httpd **httpd); /* unanswered requests are dropped; not from inside a handler */
uint16_t httpd_port(const struct httpd *httpd);

/* Valid until the reply. */
const char *httpd_method(const struct httpd_request *req);
const char *httpd_path(const struct httpd_request *req); /* as sent, percent-encoded, without the query */
const char *httpd_query(const struct httpd_request *req); /* raw text behind '?', "" none */
const char *httpd_header(const struct httpd_request *req, const char *name); /* NULL none */
/* The client's address, without its port; "" on a Unix socket. */
#define HTTPD_PEER 64
const char *httpd_peer(const struct httpd_request *req, char out[HTTPD_PEER]);
/* Who is at the other end of a Unix socket, as the kernel says it. False: not known. */
bool httpd_peer_uid(const struct httpd_request *req, unsigned *uid) MUST_USE;
struct str httpd_body(const struct httpd_request *req);
void *httpd_user(const struct httpd_request *req);
void httpd_set_user(struct httpd_request *req, void *user);

/* Each ends the request. headers: "Name: value" lines, NULL-terminated, or NULL. The body is copied. */
void httpd_reply(struct httpd_request *req, int status, const char *content_type, const char *const *headers, struct str body);
/* An answer in pieces, each sent as it comes: begun once, instead of httpd_reply(), then written to until its end, which ends the request. In between
 * gone() may come as before a reply. */
void httpd_begin(struct httpd_request *req, int status, const char *content_type);
/* The piece is copied. False: the client reads too slowly, so many are waiting already, this one is left out. */
bool httpd_write(struct httpd_request *req, struct str piece);
void httpd_end(struct httpd_request *req, struct str last); /* is never left out */
/* Closes the connection without an answer. */
void httpd_drop(struct httpd_request *req);
/* Announces the whole length, sends only the first n bytes, then closes. */
void httpd_reply_cut(struct httpd_request *req, int status, const char *content_type, struct str body, size_t n);

#endif
