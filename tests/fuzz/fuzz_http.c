/*
 * What stands around an answer, and before one. The first byte says which: an answer's status line, headers and body as
 * they come over the wire, through libcurl on the real loop; an address of a school's file; an account's address; an
 * endpoint spelt otherwise; a request's address in the text of a fault.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "adapters/edusign/edusign.h"
#include "adapters/ypareo/ypareo.h"
#include "core/io/fetch.h"
#include "core/io/loop.h"
#include "tenants/address.h"
#include "tests/fuzz/files.h"

/* ---- an answer ---- */

struct wire {
	struct files files;
	struct loop *loop;
	struct fetch_hub *hub;
	struct fetch_lane *lane;
	struct loop_watch *watch, *client;
	int listener, fd;
	struct str answer;
	struct fetch f;
	bool done;
	size_t body;
};

static void hang_up(struct wire *w)
{
	if (w->client)
		loop_watch_stop(&w->client);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* The request is in: the answer goes out whole, and nothing comes behind it. */
static void on_request(void *arg, int events)
{
	struct wire *w = arg;
	char request[4096];
	(void)events;
	ssize_t n = read(w->fd, request, sizeof(request));
	if (n > 0 && w->answer.n) {
		(void)!send(w->fd, w->answer.p, w->answer.n, MSG_NOSIGNAL);
		w->answer = STR_NONE;
		(void)shutdown(w->fd, SHUT_WR);
	} else if (n <= 0 || !w->answer.n) {
		hang_up(w);
	}
}

static void on_connection(void *arg, int events)
{
	struct wire *w = arg;
	(void)events;
	hang_up(w);
	w->fd = accept(w->listener, NULL, NULL);
	if (w->fd >= 0)
		REQUIRE(loop_watch_start(w->loop, w->fd, LOOP_READ, on_request, w, &w->client) == 0);
}

static void on_done(struct fetch *f)
{
	struct wire *w = list_entry(f, struct wire, f);
	w->done = true;
	loop_stop(w->loop);
}

static int on_piece(void *arg, const char *p, size_t n)
{
	struct wire *w = arg;
	for (size_t i = 0; i < n; i++)
		w->body += (size_t)p[i] & 1;
	return 0;
}

static void open_wire(struct wire *w)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct fetch_transport *t = NULL;
	files_init(&w->files);
	REQUIRE(loop_open(1, &w->loop) == 0);
	REQUIRE(fetch_transport_curl(w->loop, NULL, &t) == 0);
	w->hub = fetch_hub_new(w->loop, t, NULL);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", files_path(&w->files, "socket"));
	w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	w->fd = -1;
	REQUIRE(bind(w->listener, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(w->listener, 16) == 0);
	REQUIRE(loop_watch_start(w->loop, w->listener, LOOP_READ, on_connection, w, &w->watch) == 0);
}

static void check_reply(struct wire *w)
{
	const struct fetch_reply *r = &w->f.reply;
	struct fault fault;
	REQUIRE(r->code || r->status >= 100);
	REQUIRE(r->retry_after_s <= 86400);
	REQUIRE(strlen(r->content_type) < sizeof(r->content_type) && strlen(r->detail) < sizeof(r->detail));
	REQUIRE(r->head_n < sizeof(r->head) && r->head[r->head_n] == '\0');
	fetch_fault(&w->f, &fault);
	REQUIRE(fault.class != FAULT_BUG && fault.class != FAULT_CANCELLED);
	REQUIRE(fault.class != FAULT_NONE || (r->code == 0 && r->status >= 200 && r->status < 300));
	for (const unsigned char *p = (const unsigned char *)fault.what; *p; p++)
		REQUIRE(*p >= ' ' && *p != 127);
}

static void answer(struct str text)
{
	static struct wire w;
	const struct fetch_lane_limits limits = {.concurrency = 1};
	if (!w.loop)
		open_wire(&w);
	if (text.n == 0 || text.n > 65536)
		return;
	/* a lane of its own: what one answer did to it must not be the next one's */
	w.lane = fetch_lane_new(w.hub, "wire", &limits);
	w.answer = text;
	w.done = false;
	w.f = (struct fetch){.lane = w.lane, .done = on_done};
	w.f.request = (struct fetch_request){.url = "http://localhost/r",
	                                     .effect = FETCH_READ,
	                                     .unix_socket = files_path(&w.files, "socket"),
	                                     .timeout_ms = 5000,
	                                     .max_body = 1 << 20,
	                                     .sink = on_piece,
	                                     .sink_arg = &w};
	list_init(&w.f.link);
	fetch_start(&w.f);
	while (!w.done)
		loop_run(w.loop);
	check_reply(&w);
	hang_up(&w);
	fetch_lane_free(&w.lane);
}

/* ---- addresses ---- */

static const char *terminated(struct arena *arena, struct str text)
{
	return arena_str(arena, (struct str){text.p, text.n ? strnlen(text.p, text.n) : 0}).p;
}

/* By another reading than theirs: plain http goes to this machine alone, and a token never leaves for a host in disguise. */
static void check_url(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t n = strcspn(host, "/");
	REQUIRE(n > 0 && !memchr(host, '@', n) && !memchr(host, '\\', n) && !strpbrk(url, "?#"));
	for (const unsigned char *p = (const unsigned char *)url; *p; p++)
		REQUIRE(*p > ' ' && *p != 127);
	if (strncasecmp(url, "https:", 6) != 0)
		REQUIRE(strncmp(host, "127.", 4) == 0 || strncasecmp(host, "localhost", 9) == 0 ||
		        strncmp(host, "[::1]", 5) == 0);
}

static void file_address(struct str text, const char *last)
{
	struct arena *arena = arena_new(1 << 20);
	const char *url = NULL, *wrong = address_read(arena, text, last, &url);
	REQUIRE((wrong == NULL) == (url != NULL));
	if (url)
		check_url(url);
	arena_free(&arena);
}

static void school_address(struct str text)
{
	file_address(text, "index.php");
	file_address(text, NULL);
}

static void open_both(const struct adapter_connection *c)
{
	const struct planning_port *y = NULL;
	const struct attendance_port *e = NULL;
	struct fault fault;
	if (ypareo_open(c, &y, &fault) == 0) {
		REQUIRE(strncasecmp(y->address, "http", 4) == 0);
		check_url(y->address);
	} else {
		REQUIRE(!y && fault.what[0]);
	}
	ypareo_close(&y);
	REQUIRE(edusign_open(c, &e, &fault) == 0 || (!e && fault.what[0]));
	edusign_close(&e);
}

static void account_address(struct str text)
{
	struct arena *arena = arena_new(1 << 20);
	const struct adapter_connection c = {.url = terminated(arena, text), .token = "k3y"};
	if (c.url)
		open_both(&c);
	arena_free(&arena);
}

static void endpoint(struct str text)
{
	struct arena *arena = arena_new(1 << 20);
	const char *call = terminated(arena, text);
	if (call) {
		size_t n;
		const struct endpoint *all = ypareo_endpoints(&n);
		const struct endpoint_override o = {all[text.n % n].name, call};
		open_both(&(struct adapter_connection){
		        .url = "https://cfa.ymag.cloud/index.php", .token = "k3y", .overrides = &o, .override_count = 1});
	}
	arena_free(&arena);
}

/* No address of a person in it. */
static void told(struct str text)
{
	struct arena *arena = arena_new(1 << 20);
	struct fetch f = {.request = {.url = terminated(arena, text)}, .reply = {.status = 500, .sent = true}};
	struct fault fault;
	if (f.request.url) {
		fetch_fault(&f, &fault);
		REQUIRE(!strchr(fault.what, '@') && !strstr(fault.what, "%40"));
		REQUIRE(str_is_utf8(str_of(fault.what)));
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct str text) = {answer, answer, school_address, account_address, endpoint, told};
	if (size == 0)
		return 0;
	all[data[0] % 6]((struct str){size > 1 ? (const char *)data + 1 : "", size - 1});
	return 0;
}
