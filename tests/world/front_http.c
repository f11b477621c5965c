#include "tests/world/front_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/io/httpd.h"
#include "tests/world/front.h"
#include "tests/world/sim_control.h"

#define MAX_BODY ((size_t)64 * 1024 * 1024)

struct port {
	struct front_http *front;
	const char *vendor;
	struct httpd *httpd;
};

struct front_http {
	struct loop *loop;
	struct sim *sim;
	struct front_http_options options;
	struct port ypareo, edusign;
	struct loop_timer late; /* effects that come after their connection died */
	struct list waiting;    /* requests with a reply to come, or none ever */
	uint64_t noted;
};

/* A request that is not answered at once. */
struct waiting {
	struct front_http *front;
	struct httpd_request *req;
	struct loop_timer timer;
	struct list link;
	struct sim_reply reply;
	enum { ANSWER, CUT, DROP, SILENCE } how;
};

static int64_t server_ms(const struct front_http *front)
{
	return loop_wall_ms(front->loop) + front->options.ahead_ms;
}

/* ---- answering ---- */

static void answer(struct waiting *w)
{
	const struct sim_reply *r = &w->reply;
	char retry[48], date[64], location[] = "Location: /login";
	const char *headers[4] = {NULL, NULL, NULL, NULL};
	unsigned n = 0;
	time_t now = (time_t)(server_ms(w->front) / 1000);
	struct tm tm;

	/* the servers' clock, not this machine's: the program has no locale of its own, so the names are English */
	if (gmtime_r(&now, &tm) && strftime(date, sizeof(date), "Date: %a, %d %b %Y %H:%M:%S GMT", &tm))
		headers[n++] = date;
	if (r->retry_after_s) {
		snprintf(retry, sizeof(retry), "Retry-After: %u", r->retry_after_s);
		headers[n++] = retry;
	}
	if (r->status == 302)
		headers[n++] = location;
	if (w->how == DROP)
		httpd_drop(w->req);
	else if (w->how == CUT)
		httpd_reply_cut(w->req, r->status, r->content_type, buf_str(&r->body), r->body.n / 2);
	else
		httpd_reply(w->req, r->status, r->content_type, headers, buf_str(&r->body));
}

static void forget(struct waiting *w)
{
	loop_timer_stop(w->front->loop, &w->timer);
	list_remove(&w->link);
	buf_deinit(&w->reply.body);
	free(w);
}

static void on_timer(struct loop_timer *t)
{
	struct waiting *w = list_entry(t, struct waiting, timer);

	httpd_set_user(w->req, NULL);
	answer(w);
	forget(w);
}

static void on_gone(void *arg, struct httpd_request *req)
{
	struct waiting *w = httpd_user(req);

	(void)arg;
	if (w)
		forget(w);
}

/* ---- requests ---- */

static void on_late(struct loop_timer *t)
{
	struct front_http *front = list_entry(t, struct front_http, late);
	int64_t next;

	sim_tick(front->sim, server_ms(front));
	next = sim_next_effect(front->sim);
	if (next != INT64_MAX)
		loop_timer_start(front->loop, &front->late, next - server_ms(front));
}

static struct str credential(struct httpd_request *req, const char *vendor)
{
	bool ypareo = !strcmp(vendor, "ypareo");
	struct str value = str_of(httpd_header(req, ypareo ? "X-Auth-Token" : "Authorization"));

	if (ypareo)
		return value;
	return str_starts(value, "Bearer ") ? (struct str){value.p + 7, value.n - 7} : STR_NONE;
}

/* "/NAME/index.php/r/v1/sites": the customer, and the path below; else a path that no customer has. */
static const char *customer(struct arena *arena, struct str *path)
{
	const char *slash = path->n > 1 ? memchr(path->p + 1, '/', path->n - 1) : NULL;
	struct str below;

	if (!slash || !front_below_index((struct str){slash, path->n - (size_t)(slash - path->p)}, &below))
		return "";
	const char *name = arena_str(arena, (struct str){path->p + 1, (size_t)(slash - path->p) - 1}).p;
	*path = below;
	return name;
}

static void suffer(struct waiting *w, const struct sim_fault *fault, int64_t *delay_ms)
{
	switch (fault->kind) {
	case SIM_LATENCY:
		*delay_ms += fault->ms;
		break;
	case SIM_HANG:
	case SIM_HANG_AFTER:
		w->how = SILENCE;
		break;
	case SIM_RESET_BEFORE:
	case SIM_RESET_AFTER:
	case SIM_LATE_EFFECT:
	case SIM_REFUSE:
		w->how = DROP;
		break;
	case SIM_TRUNCATE:
		w->how = CUT;
		break;
	default:
		break;
	}
}

static void note_new(struct front_http *front)
{
	size_t n = sim_ledger_count(front->sim), i = n;

	while (i && sim_ledger_at(front->sim, i - 1)->seq > front->noted)
		i--;
	for (; i < n; i++) {
		const struct sim_entry *entry = sim_ledger_at(front->sim, i);
		front->noted = entry->seq;
		if (front->options.note)
			front->options.note(front->options.arg, entry);
	}
}

/* How long until the answer. */
static int64_t handle(struct port *port, struct waiting *w, struct sim_request *in)
{
	struct front_http *front = port->front;
	struct sim_fault fault = {0};
	int64_t delay_ms = 0;

	if (sim_control(front->sim, in, &w->reply))
		return 0;
	const char *name = strcmp(port->vendor, "ypareo") ? NULL : customer(in->arena, &in->path);
	if (sim_handle(front->sim, port->vendor, name, in, &w->reply, &fault))
		suffer(w, &fault, &delay_ms);
	note_new(front);
	if (sim_next_effect(front->sim) != INT64_MAX)
		loop_timer_start(front->loop, &front->late, sim_next_effect(front->sim) - server_ms(front));
	return delay_ms + w->reply.delay_ms;
}

static void on_request(void *arg, struct httpd_request *req)
{
	struct port *port = arg;
	struct front_http *front = port->front;
	struct waiting *w = xcalloc(1, sizeof(*w));
	struct arena *arena = arena_new(0);
	struct sim_request in = {
	        .method = httpd_method(req),
	        .path = front_decode(arena, str_of(httpd_path(req))),
	        .query = str_of(httpd_query(req)),
	        .credential = credential(req, port->vendor),
	        .body = httpd_body(req),
	        .now_ms = server_ms(front),
	        .arena = arena,
	};

	w->front = front;
	w->req = req;
	loop_timer_init(&w->timer, on_timer);
	list_init(&w->link);
	list_append(&front->waiting, &w->link);
	int64_t delay_ms = handle(port, w, &in);
	arena_free(&arena);
	if (delay_ms == 0 && w->how != SILENCE) {
		answer(w);
		forget(w);
		return;
	}
	httpd_set_user(req, w);
	if (w->how != SILENCE)
		loop_timer_start(front->loop, &w->timer, delay_ms);
}

/* ---- life ---- */

static int open_port(struct front_http *front, struct port *port, const char *vendor, const char *listen)
{
	const struct httpd_options options = {
	        .listen = listen,
	        .max_body = MAX_BODY,
	        .handler = on_request,
	        .gone = on_gone,
	        .arg = port,
	};

	port->front = front;
	port->vendor = vendor;
	return httpd_open(front->loop, &options, &port->httpd);
}

/* The address with the port behind; 0 stays 0. */
static int next_port(const char *listen, char out[64])
{
	const char *colon = strrchr(listen, ':');
	int64_t port;

	if (!colon || str_to_int64(str_of(colon + 1), &port) || port < 0 || port > 65534 ||
	    (size_t)(colon - listen) > 48)
		return -EINVAL;
	snprintf(out, 64, "%.*s:%lld", (int)(colon - listen), listen, (long long)(port ? port + 1 : 0));
	return 0;
}

int front_http_open(struct loop *loop, struct sim *sim, const struct front_http_options *options,
                    struct front_http **out)
{
	struct front_http *front = xcalloc(1, sizeof(*front));
	char second[64];

	REQUIRE(*out == NULL);
	front->loop = loop;
	front->sim = sim;
	front->options = options ? *options : (struct front_http_options){0};
	if (!front->options.listen)
		front->options.listen = "127.0.0.1:0";
	list_init(&front->waiting);
	loop_timer_init(&front->late, on_late);
	int rc = next_port(front->options.listen, second);
	if (!rc)
		rc = open_port(front, &front->ypareo, "ypareo", front->options.listen);
	if (!rc)
		rc = open_port(front, &front->edusign, "edusign", second);
	if (rc) {
		front_http_close(&front);
		return rc;
	}
	*out = front;
	return 0;
}

void front_http_close(struct front_http **front)
{
	struct front_http *f = *front;

	if (!f)
		return;
	loop_timer_stop(f->loop, &f->late);
	list_each(node, tmp, &f->waiting)
	{
		struct waiting *w = list_entry(node, struct waiting, link);
		httpd_set_user(w->req, NULL);
		forget(w);
	}
	httpd_close(&f->ypareo.httpd);
	httpd_close(&f->edusign.httpd);
	free(f);
	*front = NULL;
}

uint16_t front_http_ypareo_port(const struct front_http *front)
{
	return httpd_port(front->ypareo.httpd);
}

uint16_t front_http_edusign_port(const struct front_http *front)
{
	return httpd_port(front->edusign.httpd);
}
