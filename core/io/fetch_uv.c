#include "core/io/fetch_uv_p.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/base/buf.h"
#include "core/base/log.h"

/*
 * curl's multi interface on the loop. What was measured with libcurl 7.88.1 and is not
 * optional:
 *   CAPATH NULL      with a CA path set the parsed bundle is not cached: 17 ms of blocked loop a connection
 *   one multi a CA   that cache holds one bundle: two in turn cost 10 ms a connection
 *   QUICK_EXIT       cancelling a transfer that still resolves joins its thread: seconds of blocked loop
 *   READFUNCTION without SEEKFUNCTION for writes: libcurl repeats a POST by itself on a dead reused connection
 * otherwise (curl/curl#18417); it ends with code 65 instead FRESH_CONNECT for writes without a body, for the same
 * reason not calling curl from its callbacks: refused since 7.82 (curl/curl#8282)
 */

#define CA_BUNDLE          "/etc/ssl/certs/ca-certificates.crt"
#define SILENCE_S          120 /* not a byte for so long: the other side is gone, whatever the timeout */
#define DNS_CACHE_S        300
/* Below the other side's own idle limit (Apache's is 5 s), as far as that can be: a write that finds its connection
 * stale ends uncertain. For reads curl repeats by itself. */
#define IDLE_READ_S                  50
#define IDLE_WRITE_S                 4
#define HEADER_MOST_BYTES            65536
#define HEADER_MOST_LINES            256
#define RETRY_AFTER_MOST_S           86400
#define ENGINES_MOST                 8
#define MAIL_ENGINES_MOST            8
#define DEFAULT_CONNECTIONS          256
#define DEFAULT_CONNECTIONS_PER_HOST 32

struct watcher {
	struct engine *e;
	curl_socket_t fd;
	struct loop_watch *watch;
	struct list link;
};

/* ---- what comes in ---- */

static void take_retry_after(struct transfer *x, struct str value)
{
	char text[64];
	int64_t seconds;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
	if (str_to_int64(value, &seconds) != 0) {
		time_t at = curl_getdate(text, NULL);
		seconds = at > 0 ? (int64_t)at - loop_wall_ms(x->e->t->loop) / 1000 : 0;
	}
	if (seconds > 0)
		x->f->reply.retry_after_s = (uint32_t)(seconds < RETRY_AFTER_MOST_S ? seconds : RETRY_AFTER_MOST_S);
}

static void take_header(struct transfer *x, struct str name, struct str value)
{
	struct fetch_reply *r = &x->f->reply;
	char text[64];
	snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
	if (name.n == 11 && strncasecmp(name.p, "Retry-After", name.n) == 0) {
		take_retry_after(x, value);
	} else if (name.n == 4 && strncasecmp(name.p, "Date", name.n) == 0) {
		time_t at = curl_getdate(text, NULL);
		r->date_ms = at > 0 ? (int64_t)at * 1000 : 0;
	} else if (name.n == 12 && strncasecmp(name.p, "Content-Type", name.n) == 0) {
		memcpy(r->content_type, text, sizeof(text));
	}
}

/* A new status line: what an interim answer (1xx) said does not count. */
static void take_status(struct transfer *x)
{
	struct fetch_reply *r = &x->f->reply;
	long status = 0;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	r->status = (int)status;
	r->sent = true;
	r->retry_after_s = 0;
	r->date_ms = 0;
	r->content_type[0] = '\0';
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *x = arg;
	size_t bytes = size * n;
	if (!x->f)
		return 0;
	x->header_bytes += bytes;
	if (x->header_bytes > HEADER_MOST_BYTES || ++x->header_lines > HEADER_MOST_LINES) {
		x->f->reply.code = ERR_LIMIT;
		snprintf(x->f->reply.detail, sizeof(x->f->reply.detail), "too many headers");
		return 0;
	}
	struct str line = str_trim((struct str){p, bytes});
	const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
	if (str_starts(line, "HTTP/"))
		take_status(x);
	else if (colon)
		take_header(x, (struct str){line.p, (size_t)(colon - line.p)},
		            str_trim((struct str){colon + 1, (size_t)(line.p + line.n - colon - 1)}));
	return bytes;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *x = arg;
	return x->f && fetch_feed(x->f, p, size * n) == 0 ? size * n : 0;
}

static size_t on_read(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *x = arg;
	if (!x->f)
		return CURL_READFUNC_ABORT;
	struct str body = x->f->request.body;
	size_t left = body.n - x->body_at, part = size * n < left ? size * n : left;
	if (part)
		memcpy(p, body.p + x->body_at, part);
	x->body_at += part;
	return part;
}

/* Set for questions only: whoever can seek lets curl send a second time. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct transfer *x = arg;
	if (!x->f || origin != SEEK_SET || offset < 0 || (size_t)offset > x->f->request.body.n)
		return CURL_SEEKFUNC_FAIL;
	x->body_at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* Refused, before anything is sent: the address is told, and what would allow it. The mail server is the operator's own word. */
static bool may_reach(struct transfer *x, const uint8_t address[16])
{
	if (x->f->request.method == FETCH_MAIL || network_may_reach(x->e->t->allow_private, x->near, address))
		return true;
	char text[NETWORK_TEXT];
	network_text(address, text);
	x->socket_error = -ERR_PRIVATE;
	snprintf(x->f->reply.detail, sizeof(x->f->reply.detail), "%s, which limits.allow_private of passerelle.json does not name", text);
	return false;
}

/* The address that is connected to, whoever said what it is: a name's answer counts only here. And curl reports a missing descriptor as "could
 * not connect": the difference is ours to alarm about. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *x = arg;
	uint8_t to[16];
	(void)purpose;
	if (!x->f)
		return CURL_SOCKET_BAD;
	if (!x->f->request.unix_socket && (!network_of_socket(&address->addr, to) || !may_reach(x, to)))
		return CURL_SOCKET_BAD;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		x->socket_error = errno;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* ---- a request ---- */

/* Where it goes, as curl's own parser reads it: what stands in front of an '@', or a name that begins like an address, must not pass for it. Plain http
 * is for this machine only (near); an address that may not be reached is refused here too: a proxy would connect to it for us. */
static bool look_at_host(struct transfer *x)
{
	CURLU *parts = curl_url();
	char *host = NULL;
	bool good = true;
	x->near = x->f->request.unix_socket != NULL;
	if (!x->near && parts && curl_url_set(parts, CURLUPART_URL, x->f->request.url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		uint8_t address[16];
		bool number = network_address(host, address);
		x->near = number ? network_is_loopback(address) : strcasecmp(host, "localhost") == 0;
		good = !number || may_reach(x, address);
	}
	curl_free(host);
	curl_url_cleanup(parts);
	return good;
}

static int set_method(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	CURL *e = x->easy;
	int bad = 0;
	bool expects_body = r->method == FETCH_POST || r->method == FETCH_PUT || r->method == FETCH_PATCH;
	if (r->body.n > 0) {
		bad |= (int)curl_easy_setopt(e, CURLOPT_POST, 1L);
		bad |= (int)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
		bad |= (int)curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
		bad |= (int)curl_easy_setopt(e, CURLOPT_READDATA, x);
		if (r->effect == FETCH_READ) {
			bad |= (int)curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
			bad |= (int)curl_easy_setopt(e, CURLOPT_SEEKDATA, x);
		}
	} else if (expects_body) {
		/* says "Content-Length: 0": some servers refuse such a method without */
		bad |= (int)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
		bad |= (int)curl_easy_setopt(e, CURLOPT_POSTFIELDS, "");
	} else {
		bad |= (int)curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
	}
	if (r->body.n == 0 && r->effect != FETCH_READ)
		bad |= (int)curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, fetch_method_name(r->method));
	return bad;
}

static bool add_header(struct transfer *x, const char *name, const char *value)
{
	struct buf line;
	buf_init(&line, 0);
	buf_printf(&line, "%s: %s", name, value);
	struct curl_slist *grown = buf_error(&line) ? NULL : curl_slist_append(x->headers, line.p);
	buf_wipe(&line);
	buf_deinit(&line);
	if (grown)
		x->headers = grown;
	return grown != NULL;
}

static bool has_header(const struct fetch_request *r, const char *name)
{
	for (int i = 0; i < FETCH_HEADERS; i++)
		if (r->headers[i].name && strcasecmp(r->headers[i].name, name) == 0)
			return true;
	return false;
}

static bool set_headers(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	/* without its value: not sent. curl would wait a second for "100 Continue" before a long body */
	struct curl_slist *first = curl_slist_append(NULL, "Expect:");
	bool ok = first != NULL;
	x->headers = first;
	if (ok && !has_header(r, "Accept"))
		ok = add_header(x, "Accept", "application/json");
	/* without a body too: Edusign wants it on every request */
	if (ok && !has_header(r, "Content-Type"))
		ok = add_header(x, "Content-Type", "application/json");
	for (int i = 0; ok && i < FETCH_HEADERS; i++)
		if (r->headers[i].name)
			ok = add_header(x, r->headers[i].name, r->headers[i].value);
	if (ok && r->secret.name)
		ok = add_header(x, r->secret.name, r->secret.value);
	return ok && curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers) == CURLE_OK;
}

int fetch__set_common(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	CURL *e = x->easy;
	int bad = 0;
	bad |= (int)curl_easy_setopt(e, CURLOPT_PRIVATE, x);
	bad |= (int)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->error);
	bad |= (int)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	bad |= (int)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x);
	bad |= (int)curl_easy_setopt(e, CURLOPT_URL, r->url);
	bad |= (int)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	bad |= (int)curl_easy_setopt(e, CURLOPT_CAINFO, r->ca_file ? r->ca_file : CA_BUNDLE);
	bad |= (int)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad |= (int)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
	                             (long)(r->connect_timeout_ms ? r->connect_timeout_ms : CONNECT_TIMEOUT_MS));
	bad |= (int)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(r->timeout_ms ? r->timeout_ms : TIMEOUT_MS));
	bad |= (int)curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_CACHE_S);
	bad |= (int)curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	return bad;
}

static int set_callbacks(struct transfer *x)
{
	CURL *e = x->easy;
	int bad = 0;
	bad |= (int)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	bad |= (int)curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	bad |= (int)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	bad |= (int)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	return bad;
}

static int set_connection(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	CURL *e = x->easy;
	bool near = x->near;
	bool read = r->effect == FETCH_READ;
	int bad = 0;
	bad |= (int)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, near ? "http,https" : "https");
	bad |= (int)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
	                             (long)(r->http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	/* rather a stream on the connection being made than a connection of its own */
	bad |= (int)curl_easy_setopt(e, CURLOPT_PIPEWAIT, near || r->http1 ? 0L : 1L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	/* who listens on a socket of this machine is there as long as it is open */
	bad |= (int)curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, r->unix_socket ? 0L : (long)SILENCE_S);
	bad |= (int)curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)(read ? IDLE_READ_S : IDLE_WRITE_S));
	bad |= (int)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	bad |= (int)curl_easy_setopt(e, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	/* the environment's proxy, but not for this machine */
	bad |= (int)curl_easy_setopt(e, CURLOPT_PROXY, near ? "" : NULL);
	bad |= (int)curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (r->unix_socket)
		bad |= (int)curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, r->unix_socket);
	return bad;
}

/* ---- the end of a transfer ---- */

static void free_transfer(struct transfer *x)
{
	struct transport *t = x->e->t;
	list_remove(&x->link);
	smtp__free(x);
	/* a reset handle forgets all of the request, secrets included; connections belong to the multi */
	curl_easy_reset(x->easy);
	if (t->pooled < POOL_MOST)
		t->pool[t->pooled++] = x->easy;
	else
		curl_easy_cleanup(x->easy);
	for (struct curl_slist *h = x->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(x->headers);
	if (x->f)
		x->f->transport = NULL;
	free(x);
}

static void end(struct transfer *x, int code, const char *detail)
{
	struct fetch *f = x->f;
	struct transport *t = x->e->t;
	if (!f->reply.code) {
		f->reply.code = code;
		/* where the sink had said no, curl knows only that it could not write */
		if (detail && !f->reply.detail[0])
			snprintf(f->reply.detail, sizeof(f->reply.detail), "%s", detail);
	}
	free_transfer(x);
	t->giving_out = true;
	fetch_finish(f);
	t->giving_out = false;
}

/* Did anything of the request leave? Known to be false only where no connection came about. The codes are not enough:
 * an answer that is no HTTP has the code of a forbidden protocol. */
static bool was_sent(const struct transfer *x, CURLcode rc)
{
	if (rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_CONNECT || rc == CURLE_URL_MALFORMAT)
		return false;
	long request = 0;
	curl_off_t pretransfer = 0;
	curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &request);
	curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
	return request > 0 || pretransfer > 0 || x->body_at > 0;
}

static int code_of(CURLcode rc, bool sent)
{
	static const struct {
		CURLcode rc;
		int unsent, sent;
	} table[] = {
	        {CURLE_OK, 0, 0},
	        {CURLE_COULDNT_RESOLVE_HOST, ERR_RESOLVE, ERR_RESOLVE},
	        {CURLE_COULDNT_RESOLVE_PROXY, ERR_RESOLVE, ERR_RESOLVE},
	        {CURLE_COULDNT_CONNECT, ERR_CONNECT, ERR_CONNECT},
	        {CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT, ERR_TIMEOUT},
	        {CURLE_SSL_CONNECT_ERROR, ERR_CONNECT,
	         ERR_RESET}, /* a handshake cut short; certificates have codes below */
	        {CURLE_PEER_FAILED_VERIFICATION, ERR_TLS, ERR_TLS},
	        {CURLE_SSL_CERTPROBLEM, ERR_TLS, ERR_TLS},
	        {CURLE_SSL_ISSUER_ERROR, ERR_TLS, ERR_TLS},
	        {CURLE_SSL_CIPHER, ERR_TLS, ERR_TLS},
	        {CURLE_SSL_CACERT_BADFILE, ERR_CONFIG, ERR_CONFIG},
	        {CURLE_UNSUPPORTED_PROTOCOL, ERR_CONFIG, ERR_RESET},
	        {CURLE_URL_MALFORMAT, ERR_CONFIG, ERR_CONFIG},
	        {CURLE_BAD_CONTENT_ENCODING, ERR_SYNTAX, ERR_SYNTAX},
	        {CURLE_PARTIAL_FILE, ERR_TRUNCATED, ERR_TRUNCATED},
	        {CURLE_OUT_OF_MEMORY, -ENOMEM,
	         ERR_LIMIT}, /* also what curl says to a header line over its own limit */
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].rc == rc)
			return sent ? table[i].sent : table[i].unsent;
	return sent ? ERR_RESET : ERR_CONNECT;
}

void fetch__end(struct transfer *x, int code, const char *detail)
{
	curl_multi_remove_handle(x->e->multi, x->easy);
	end(x, code, detail);
}

static void finish(struct transfer *x, CURLcode rc)
{
	struct fetch_reply *r = &x->f->reply;
	long status = 0;
	bool no_socket = rc == CURLE_COULDNT_CONNECT && x->socket_error;
	if (x->smtp) {
		smtp__connected(x, rc, no_socket ? -x->socket_error : code_of(rc, false));
		return;
	}
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	r->status = (int)status;
	r->sent = r->sent || status != 0 || was_sent(x, rc);
	fetch__end(x, no_socket ? -x->socket_error : code_of(rc, r->sent),
	    rc == CURLE_OK ? NULL
	    : x->error[0]  ? x->error
	                   : curl_easy_strerror(rc));
}

/* ---- engines ---- */

static void drain(struct engine *e)
{
	CURLMsg *msg;
	int left;
	while (!e->broken && (msg = curl_multi_info_read(e->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		CURLcode rc = msg->data.result; /* the message dies with the handle's removal */
		struct transfer *x = NULL;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &x);
		finish(x, rc);
	}
}

static void reap_orphans(struct engine *e)
{
	struct list *node;
	while ((node = list_take_first(&e->orphans)) != NULL) {
		struct transfer *x = list_entry(node, struct transfer, link);
		curl_multi_remove_handle(e->multi, x->easy);
		free_transfer(x);
	}
}

static void act(struct engine *e, curl_socket_t fd, int events)
{
	int running = 0;
	if (e->broken)
		return;
	e->inside = true;
	CURLMcode rc = curl_multi_socket_action(e->multi, fd, events, &running);
	e->inside = false;
	if (rc != CURLM_OK) {
		/* documented: every transfer may be affected */
		e->broken = true;
		loop_defer(e->t->loop, &e->settle);
		return;
	}
	reap_orphans(e);
	drain(e);
}

static void on_ready(void *arg, int events)
{
	const struct watcher *w = arg; /* may be gone once curl has acted */
	int flags = (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0);
	act(w->e, w->fd, events ? flags : CURL_CSELECT_ERR);
}

static void close_watcher(struct watcher *w)
{
	list_remove(&w->link);
	loop_watch_stop(&w->watch);
	free(w);
}

/* A fresh watcher each time curl shows a socket: a number may come back before the old one's end is over. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct engine *e = arg;
	struct watcher *w = assigned;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(e->multi, fd, NULL);
		if (w)
			close_watcher(w);
		return 0;
	}
	int events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	if (w) {
		loop_watch_change(w->watch, events);
		return 0;
	}
	w = xcalloc(1, sizeof(*w));
	w->e = e;
	w->fd = fd;
	if (loop_watch_start(e->t->loop, fd, events, on_ready, w, &w->watch) != 0) {
		free(w);
		return -1;
	}
	list_init(&w->link);
	list_append(&e->watchers, &w->link);
	curl_multi_assign(e->multi, fd, w);
	return 0;
}

static void on_timeout(struct loop_timer *timer)
{
	act(list_entry(timer, struct engine, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct engine *e = arg;
	(void)multi;
	if (ms < 0)
		loop_timer_stop(e->t->loop, &e->timer);
	else
		loop_timer_start(e->t->loop, &e->timer, ms);
	return 0;
}

static int open_multi(struct engine *e)
{
	struct transport *t = e->t;
	bool main = list_empty(&t->engines) || t->engines.next == &e->link;
	CURLM *m = e->multi = curl_multi_init();
	int bad = 0;
	if (!m)
		return -ENOMEM;
	bad |= (int)curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, on_socket);
	bad |= (int)curl_multi_setopt(m, CURLMOPT_SOCKETDATA, e);
	bad |= (int)curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, on_timer);
	bad |= (int)curl_multi_setopt(m, CURLMOPT_TIMERDATA, e);
	bad |= (int)curl_multi_setopt(m, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	/* nets above our own admission, never its means: curl's queue would count against the timeout */
	bad |= (int)curl_multi_setopt(m, CURLMOPT_MAX_HOST_CONNECTIONS, 2 * (long)t->per_host + 8);
	bad |= (int)curl_multi_setopt(m, CURLMOPT_MAX_TOTAL_CONNECTIONS, 2 * (long)t->total + 16);
	/* idle ones kept */
	bad |= (int)curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, main ? (long)t->total : (long)t->per_host);
	return bad ? ERR_BUG : 0;
}

static void close_multi(struct engine *e)
{
	loop_timer_stop(e->t->loop, &e->timer);
	for (int i = 0; i < 2; i++)
		list_each(node, tmp, i ? &e->orphans : &e->active)
		        curl_multi_remove_handle(e->multi, list_entry(node, struct transfer, link)->easy);
	curl_multi_cleanup(e->multi); /* calls on_socket() for what it closes */
	list_each(node, tmp, &e->watchers) close_watcher(list_entry(node, struct watcher, link));
	loop_timer_stop(e->t->loop, &e->timer);
	e->multi = NULL;
	list_each(node, tmp, &e->orphans) free_transfer(list_entry(node, struct transfer, link));
}

static void rebuild(struct engine *e)
{
	log_error("fetch", NULL, "curl's multi handle broke and is made anew", NULL);
	list_each(node, tmp, &e->active)
	{
		struct transfer *x = list_entry(node, struct transfer, link);
		x->f->reply.sent = x->smtp ? smtp__stop(x) : x->f->reply.sent || was_sent(x, CURLE_RECV_ERROR);
	}
	close_multi(e);
	e->broken = false;
	REQUIRE(open_multi(e) == 0);
	list_each(node, tmp, &e->active)
	{
		list_entry(node, struct transfer, link)->failure = ERR_RESET;
		list_remove(node);
		list_append(&e->failed, node);
	}
}

/* Those that never entered the multi, and all of a broken one, end here: never from inside start(). */
static void on_settle(struct loop_task *task)
{
	struct engine *e = list_entry(task, struct engine, settle);
	if (e->broken)
		rebuild(e);
	/* only those of now: what they start may fail as well, on a later turn */
	struct list now;
	struct list *node;
	list_init(&now);
	while ((node = list_take_first(&e->failed)) != NULL)
		list_append(&now, node);
	while (!list_empty(&now)) {
		struct transfer *x = list_entry(now.next, struct transfer, link);
		end(x, x->failure,
		    x->failure == ERR_RESET ? "the transfer engine was restarted" : "could not be set up");
	}
}

static int open_engine(struct transport *t, const char *ca_file, bool mail, struct engine **out)
{
	struct engine *e = xcalloc(1, sizeof(*e));
	e->t = t;
	e->mail = mail;
	list_init(&e->link);
	list_init(&e->active);
	list_init(&e->failed);
	list_init(&e->orphans);
	list_init(&e->watchers);
	loop_timer_init(&e->timer, on_timeout);
	loop_task_init(&e->settle, on_settle);
	int rc = open_multi(e);
	if (rc) {
		if (e->multi)
			curl_multi_cleanup(e->multi);
		free(e);
		return rc;
	}
	e->ca_file = xstrdup(ca_file);
	list_append(&t->engines, &e->link);
	*(mail ? &t->mail_engines : &t->engine_count) += 1;
	*out = e;
	return 0;
}

static void close_engine(struct engine *e)
{
	REQUIRE(list_empty(&e->active) && list_empty(&e->failed));
	loop_task_cancel(&e->settle);
	close_multi(e);
	list_remove(&e->link);
	free(e->ca_file);
	free(e);
}

static bool is_idle(const struct engine *e)
{
	return list_empty(&e->active) && list_empty(&e->failed) && list_empty(&e->orphans);
}

/* The engine of a CA bundle; the first one's when there are too many, which is right but slower. A mail has one for itself, NULL
 * when there are too many: curl may look at the connections of a multi when it makes a new one there, and would close
 * one that it takes for idle. */
static struct engine *engine_for(struct transport *t, const char *ca_file, bool mail)
{
	list_each(node, tmp, &t->engines)
	{
		struct engine *e = list_entry(node, struct engine, link);
		if (e->mail == mail && strcmp(e->ca_file, ca_file ? ca_file : CA_BUNDLE) == 0 && (!mail || is_idle(e)))
			return e;
	}
	struct engine *made = NULL;
	bool room = mail ? t->mail_engines < MAIL_ENGINES_MOST : t->engine_count < ENGINES_MOST;
	if (room && open_engine(t, ca_file ? ca_file : CA_BUNDLE, mail, &made) == 0)
		return made;
	return mail ? NULL : list_entry(t->engines.next, struct engine, link);
}

/* ---- the transport ---- */

static void start(struct fetch_transport *base, struct fetch *f)
{
	struct transport *t = (struct transport *)base;
	bool mail = f->request.method == FETCH_MAIL, crowded = false;
	struct engine *e = engine_for(t, f->request.ca_file, mail);
	struct transfer *x = xcalloc(1, sizeof(*x));
	if (!e) {
		e = list_entry(t->engines.next, struct engine, link);
		crowded = true;
	}
	x->e = e;
	x->f = f;
	f->transport = x;
	list_init(&x->link);
	list_append(&e->active, &x->link);
	x->easy = t->pooled ? t->pool[--t->pooled] : curl_easy_init();
	REQUIRE(x->easy);
	bool allowed = look_at_host(x);
	bool ready = allowed && !crowded && fetch__set_common(x) == 0;
	if (ready && mail)
		ready = smtp__prepare(x) == 0;
	else if (ready)
		ready = set_connection(x) == 0 && set_callbacks(x) == 0 && set_method(x) == 0 && set_headers(x);
	if (ready && !e->broken && curl_multi_add_handle(e->multi, x->easy) == CURLM_OK)
		return;
	x->failure = !allowed ? ERR_PRIVATE : e->broken ? ERR_CONNECT : -ENOMEM;
	list_remove(&x->link);
	list_append(&e->failed, &x->link);
	loop_defer(t->loop, &e->settle);
}

static void cancel(struct fetch_transport *base, struct fetch *f)
{
	struct transfer *x = f->transport;
	struct engine *e = x->e;
	(void)base;
	f->reply.sent = !x->smtp || smtp__stop(x);
	f->transport = NULL;
	x->f = NULL;
	list_remove(&x->link);
	list_append(&e->orphans, &x->link);
	if (!e->inside && !e->broken)
		reap_orphans(e);
}

static void close_transport(struct fetch_transport *base)
{
	struct transport *t = (struct transport *)base;
	REQUIRE(!t->giving_out);
	list_each(node, tmp, &t->engines) close_engine(list_entry(node, struct engine, link));
	while (t->pooled)
		curl_easy_cleanup(t->pool[--t->pooled]);
	free(t);
	curl_global_cleanup();
}

int fetch_transport_curl(struct loop *loop, const struct fetch_limits *limits, struct fetch_transport **out)
{
	REQUIRE(*out == NULL);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	struct transport *t = xcalloc(1, sizeof(*t));
	t->base = (struct fetch_transport){start, cancel, close_transport};
	t->loop = loop;
	t->total = limits && limits->connections ? limits->connections : DEFAULT_CONNECTIONS;
	t->per_host =
	        limits && limits->connections_per_host ? limits->connections_per_host : DEFAULT_CONNECTIONS_PER_HOST;
	t->allow_private = limits ? limits->allow_private : NULL;
	list_init(&t->engines);
	struct engine *main_engine = NULL;
	int rc = open_engine(t, CA_BUNDLE, false, &main_engine);
	if (rc) {
		free(t);
		curl_global_cleanup();
		return rc;
	}
	*out = &t->base;
	return 0;
}
