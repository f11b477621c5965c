#include "core/io/fetch.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <uv.h>

#include "core/base/buf.h"
#include "core/base/log.h"

/*
 * curl's multi interface on libuv: the only file that knows both. What was measured with libcurl 7.88.1 and is not optional:
 *   CAPATH NULL      with a CA path set the parsed bundle is not cached: 17 ms of blocked loop a connection
 *   QUICK_EXIT       cancelling a transfer that still resolves joins its thread: seconds of blocked loop
 *   READFUNCTION without SEEKFUNCTION for writes: libcurl repeats a POST by itself on a dead reused connection otherwise
 *   FRESH_CONNECT for writes without a body, for the same reason
 */

#define CA_BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS 60000
#define DNS_CACHE_S 300
#define IDLE_CONNECTION_S 50 /* below the vendors' own idle limits: a stale connection is a write that fails with 65 */
#define POOL_MOST 64

struct transport {
	struct fetch_transport base;
	struct loop *loop;
	uv_loop_t *uv;
	CURLM *multi;
	uv_timer_t timer;
	unsigned per_host, total;
	CURL *pool[POOL_MOST];
	unsigned pooled;
	struct list active; /* struct transfer */
	struct loop_task settle; /* gives out what ended outside a socket event */
	bool broken;
	unsigned closing; /* handles whose close callback is due */
};

/* One fetch on its way. */
struct transfer {
	struct transport *t;
	struct fetch *f;
	CURL *easy;
	struct curl_slist *headers;
	size_t body_at;
	struct list link;
	bool head_done;
	char error[CURL_ERROR_SIZE];
};

struct watcher {
	uv_poll_t handle;
	struct transport *t;
	curl_socket_t fd;
	bool closing;
};

static void drain(struct transport *t);
static int open_multi(struct transport *t);

/* ---- what came in ---- */

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *x = arg;
	struct fetch_reply *r = &x->f->reply;
	struct str line = str_trim((struct str){ p, size * n });
	if (str_starts(line, "HTTP/")) {
		long status = 0;
		curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
		r->status = (int)status;
		r->sent = true;
		return size * n;
	}
	const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
	if (!colon)
		return size * n;
	size_t name = (size_t)(colon - line.p);
	struct str value = str_trim((struct str){ colon + 1, line.n - name - 1 });
	char text[64];
	snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
	if (name == 11 && strncasecmp(line.p, "Retry-After", name) == 0) {
		int64_t seconds;
		if (str_to_int64(value, &seconds) == 0 && seconds >= 0 && seconds < 86400)
			r->retry_after_s = (uint32_t)seconds;
		else if (curl_getdate(text, NULL) > time(NULL))
			r->retry_after_s = (uint32_t)(curl_getdate(text, NULL) - time(NULL));
	} else if (name == 4 && strncasecmp(line.p, "Date", name) == 0) {
		time_t at = curl_getdate(text, NULL);
		r->date_ms = at > 0 ? (int64_t)at * 1000 : 0;
	} else if (name == 12 && strncasecmp(line.p, "Content-Type", name) == 0) {
		snprintf(r->content_type, sizeof(r->content_type), "%s", text);
	}
	return size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *x = arg;
	long status = 0;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	x->f->reply.status = (int)status;
	return fetch_feed(x->f, p, size * n) == 0 ? size * n : 0;
}

static size_t on_read(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *x = arg;
	size_t left = x->f->request.body.n - x->body_at, part = size * n < left ? size * n : left;
	if (part)
		memcpy(p, x->f->request.body.p + x->body_at, part);
	x->body_at += part;
	return part;
}

/* ---- a request ---- */

static bool is_loopback(const char *url)
{
	static const char *const hosts[] = { "http://127.", "http://localhost:", "http://localhost/", "http://[::1]" };
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strncasecmp(url, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

static bool add_header(struct transfer *x, const char *name, const char *value)
{
	struct buf line;
	buf_init(&line, 0);
	buf_printf(&line, "%s: %s", name, value);
	struct curl_slist *grown = buf_error(&line) ? NULL : curl_slist_append(x->headers, line.p);
	buf_wipe(&line);
	buf_deinit(&line);
	if (!grown)
		return false;
	x->headers = grown;
	return true;
}

static void set_method(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	CURL *e = x->easy;
	bool has_body = r->body.n > 0;
	if (!has_body) {
		if (r->method == FETCH_GET)
			curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
		else
			curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, fetch_method_name(r->method));
		if (r->effect != FETCH_READ)
			curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
		return;
	}
	if (r->effect == FETCH_READ) {
		/* a question that needs a body: may be repeated by anyone */
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body.p);
	} else {
		curl_easy_setopt(e, CURLOPT_POST, 1L);
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
		curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(e, CURLOPT_READDATA, x);
	}
	if (r->method != FETCH_POST)
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, fetch_method_name(r->method));
}

static bool set_headers(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	bool ok = add_header(x, "Accept", "application/json") && add_header(x, "Content-Type", "application/json") &&
	          (x->headers = curl_slist_append(x->headers, "Expect:")) != NULL;
	for (int i = 0; ok && i < FETCH_HEADERS; i++)
		if (r->headers[i].name)
			ok = add_header(x, r->headers[i].name, r->headers[i].value);
	if (ok && r->secret.name)
		ok = add_header(x, r->secret.name, r->secret.value);
	return ok;
}

static bool set_up(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	CURL *e = x->easy;
	curl_easy_setopt(e, CURLOPT_URL, r->url);
	curl_easy_setopt(e, CURLOPT_PRIVATE, x);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, is_loopback(r->url) || r->unix_socket ? "http,https" : "https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_CAINFO, r->ca_file ? r->ca_file : CA_BUNDLE);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(r->connect_timeout_ms ? r->connect_timeout_ms : CONNECT_TIMEOUT_MS));
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(r->timeout_ms ? r->timeout_ms : TIMEOUT_MS));
	curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_CACHE_S);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)IDLE_CONNECTION_S);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(e, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	curl_easy_setopt(e, CURLOPT_PROXY, r->unix_socket || is_loopback(r->url) ? "" : NULL);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->error);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	if (r->unix_socket)
		curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, r->unix_socket);
	set_method(x);
	if (!set_headers(x))
		return false;
	return curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->headers) == CURLE_OK;
}

static void free_transfer(struct transfer *x)
{
	struct transport *t = x->t;
	list_remove(&x->link);
	if (x->easy) {
		/* a reset handle keeps its connection cache entry in the multi and forgets the rest, secrets included */
		curl_easy_reset(x->easy);
		if (t->pooled < POOL_MOST)
			t->pool[t->pooled++] = x->easy;
		else
			curl_easy_cleanup(x->easy);
	}
	for (struct curl_slist *h = x->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(x->headers);
	x->f->transport = NULL;
	free(x);
}

static void end(struct transfer *x, int code, const char *detail)
{
	struct fetch *f = x->f;
	if (!f->reply.code)
		f->reply.code = code;
	if (detail && !f->reply.detail[0])
		snprintf(f->reply.detail, sizeof(f->reply.detail), "%s", detail);
	free_transfer(x);
	fetch_finish(f);
}

/* Those that never entered the multi, and all of a broken one, end here: never from inside start(). */
static void on_settle(struct loop_task *task)
{
	struct transport *t = list_entry(task, struct transport, settle);
	if (t->broken) {
		log_error("fetch", NULL, "curl's multi handle broke and is made anew", NULL);
		list_each(node, tmp, &t->active)
			curl_multi_remove_handle(t->multi, list_entry(node, struct transfer, link)->easy);
		curl_multi_cleanup(t->multi);
		t->multi = NULL;
		t->broken = false;
		REQUIRE(open_multi(t) == 0);
		struct list all;
		list_init(&all);
		struct list *node;
		while ((node = list_take_first(&t->active)) != NULL)
			list_append(&all, node);
		while ((node = list_take_first(&all)) != NULL) {
			struct transfer *x = list_entry(node, struct transfer, link);
			x->f->reply.sent = true;
			end(x, ERR_RESET, "the transfer engine was restarted");
		}
		return;
	}
	list_each(node, tmp, &t->active) {
		struct transfer *x = list_entry(node, struct transfer, link);
		if (x->head_done)
			end(x, ERR_CONNECT, "the request could not be set up");
	}
}

static void start(struct fetch_transport *base, struct fetch *f)
{
	struct transport *t = (struct transport *)base;
	struct transfer *x = xcalloc(1, sizeof(*x));
	x->t = t;
	x->f = f;
	f->transport = x;
	list_init(&x->link);
	list_append(&t->active, &x->link);
	x->easy = t->pooled ? t->pool[--t->pooled] : curl_easy_init();
	REQUIRE(x->easy);
	if (!set_up(x) || curl_multi_add_handle(t->multi, x->easy) != CURLM_OK) {
		x->head_done = true; /* marks it for on_settle() */
		loop_defer(t->loop, &t->settle);
	}
}

static void cancel(struct fetch_transport *base, struct fetch *f)
{
	struct transport *t = (struct transport *)base;
	struct transfer *x = f->transport;
	curl_multi_remove_handle(t->multi, x->easy);
	free_transfer(x);
}

/* ---- what became of it ---- */

/* Did anything of the request leave? Known to be false only where no connection came about. */
static bool was_sent(const struct transfer *x, CURLcode rc)
{
	if (rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_RESOLVE_PROXY || rc == CURLE_COULDNT_CONNECT ||
	    rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT || rc == CURLE_SSL_CONNECT_ERROR ||
	    rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE)
		return false;
	long request = 0;
	curl_off_t pretransfer = 0;
	curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &request);
	curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
	return request > 0 || pretransfer > 0 || x->body_at > 0;
}

static int code_of(CURLcode rc)
{
	switch (rc) {
	case CURLE_OK:
		return 0;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return ERR_RESOLVE;
	case CURLE_COULDNT_CONNECT:
		return ERR_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return ERR_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
		return ERR_CONNECT; /* a handshake cut short; certificates have codes of their own */
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CIPHER:
		return ERR_TLS;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return ERR_CONFIG;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_FAIL_REWIND:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return ERR_RESET;
	case CURLE_WRITE_ERROR:
		return ERR_BUG; /* the sink set its own code before */
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	default:
		return ERR_RESET;
	}
}

static void drain(struct transport *t)
{
	CURLMsg *msg;
	int left;
	while (!t->broken && (msg = curl_multi_info_read(t->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		/* the message dies with the handle's removal */
		CURL *easy = msg->easy_handle;
		CURLcode rc = msg->data.result;
		struct transfer *x = NULL;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &x);
		long status = 0;
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		x->f->reply.status = (int)status;
		x->f->reply.sent = x->f->reply.sent || status != 0 || was_sent(x, rc);
		curl_multi_remove_handle(t->multi, easy);
		end(x, code_of(rc), rc == CURLE_OK ? NULL : x->error[0] ? x->error : curl_easy_strerror(rc));
	}
}

static void act(struct transport *t, curl_socket_t fd, int events)
{
	int running = 0;
	if (t->broken || !t->multi)
		return;
	CURLMcode rc = curl_multi_socket_action(t->multi, fd, events, &running);
	if (rc != CURLM_OK) {
		/* documented: every transfer may be affected */
		t->broken = true;
		loop_defer(t->loop, &t->settle);
		return;
	}
	drain(t);
}

/* ---- curl's sockets and timer on libuv ---- */

static void on_ready(uv_poll_t *handle, int status, int events)
{
	struct watcher *w = handle->data;
	if (w->closing)
		return;
	int flags = 0;
	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(w->t, w->fd, flags);
}

static void free_watcher(uv_handle_t *handle)
{
	struct watcher *w = handle->data;
	w->t->closing--;
	free(w);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct transport *t = arg;
	struct watcher *w = assigned;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w) {
			curl_multi_assign(t->multi, fd, NULL);
			w->closing = true;
			uv_poll_stop(&w->handle);
			uv_close((uv_handle_t *)&w->handle, free_watcher);
		}
		return 0;
	}
	if (!w) {
		w = xcalloc(1, sizeof(*w));
		w->t = t;
		w->fd = fd;
		if (uv_poll_init_socket(t->uv, &w->handle, fd) != 0) {
			free(w);
			return -1;
		}
		w->handle.data = w;
		t->closing++;
		curl_multi_assign(t->multi, fd, w);
	}
	int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
	uv_poll_start(&w->handle, events, on_ready);
	return 0;
}

static void on_timeout(uv_timer_t *handle)
{
	act(handle->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct transport *t = arg;
	(void)multi;
	if (ms < 0)
		uv_timer_stop(&t->timer);
	else
		/* at least 1 ms: a timer of 0 restarted inside its own callback starves the loop (libuv 1.44) */
		uv_timer_start(&t->timer, on_timeout, ms > 0 ? (uint64_t)ms : 1, 0);
	return 0;
}

/* ---- life ---- */

static int open_multi(struct transport *t)
{
	t->multi = curl_multi_init();
	if (!t->multi)
		return -ENOMEM;
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
	curl_multi_setopt(t->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	/* nets above our own admission, never its means: curl's queue would count against the timeout */
	curl_multi_setopt(t->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)t->per_host);
	curl_multi_setopt(t->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)t->total + 16);
	curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)t->total);
	return 0;
}

static void close_timer(uv_handle_t *handle)
{
	struct transport *t = handle->data;
	t->closing--;
}

static void close_transport(struct fetch_transport *base)
{
	struct transport *t = (struct transport *)base;
	REQUIRE(list_empty(&t->active));
	loop_task_cancel(&t->settle);
	while (t->pooled)
		curl_easy_cleanup(t->pool[--t->pooled]);
	curl_multi_cleanup(t->multi); /* still on a live loop: it closes connections through on_socket() */
	t->multi = NULL;
	t->closing++;
	uv_timer_stop(&t->timer);
	uv_close((uv_handle_t *)&t->timer, close_timer);
	for (int i = 0; t->closing && i < 1000; i++)
		uv_run(t->uv, UV_RUN_NOWAIT);
	BUG_UNLESS(t->closing == 0);
	free(t);
	curl_global_cleanup();
}

int fetch_transport_curl(struct loop *loop, const struct fetch_limits *limits, struct fetch_transport **out)
{
	REQUIRE(*out == NULL);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	struct transport *t = xcalloc(1, sizeof(*t));
	t->base = (struct fetch_transport){ start, cancel, close_transport };
	t->loop = loop;
	t->uv = loop_uv(loop);
	t->total = limits && limits->connections ? limits->connections : 256;
	t->per_host = limits && limits->connections_per_host ? limits->connections_per_host : 32;
	list_init(&t->active);
	loop_task_init(&t->settle, on_settle);
	uv_timer_init(t->uv, &t->timer);
	t->timer.data = t;
	int rc = open_multi(t);
	if (rc) {
		uv_close((uv_handle_t *)&t->timer, NULL);
		uv_run(t->uv, UV_RUN_NOWAIT);
		free(t);
		return rc;
	}
	*out = &t->base;
	return 0;
}
