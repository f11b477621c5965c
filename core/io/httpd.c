#include "core/io/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <microhttpd.h>

#include "core/base/buf.h"
#include "core/base/log.h"

#define DEFAULT_MAX_BODY    ((size_t)1024 * 1024)
#define DEFAULT_CONNECTIONS 1024
#define DEFAULT_IDLE_S      60
#define UNSENT_MOST         ((size_t)64 * 1024)
#define DEFAULT_HEAD_MS     10000
/* A body that is too long is read on for so many bytes, so that its sender gets to read the 413; longer ones are cut
 * off. */
#define DISCARD_MOST ((size_t)16 * 1024 * 1024)
/* Whoever knocks while the loop is busy is let in all the same; the kernel bounds it by net.core.somaxconn. */
#define BACKLOG 4096

struct httpd {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	struct loop_watch *watch;
	struct loop_timer timer;
	int listening; /* MHD's, which closes it */
	int spare;     /* a descriptor for when there is none left; -1: taken by somebody */
	bool tls;
	unsigned guests, let_in; /* connections; those that ever were */
	struct loop_timer rest;  /* until it is worth looking again */
	int64_t told;            /* when the log was told last, 0 never */
	struct list requests;
	size_t max_body;
	int64_t head_ms, idle_ms;
	void (*handler)(void *arg, struct httpd_request *req);
	void (*gone)(void *arg, struct httpd_request *req);
	void *arg;
	uint16_t port;
	const char *const *headers;
	char *unix_socket;
	bool running; /* inside MHD_run() */
	bool again;   /* MHD_run() has more to do than its timeout will say */
	bool closing;
};

/* A connection. What it sends has to become a request in time: MHD's own timeout counts from the last byte only, so
 * that a line that never ends, or comes a byte at a time, would hold its place for ever. */
struct guest {
	struct httpd *httpd;
	struct MHD_Connection *connection;
	struct loop_timer patience;
};

enum request_state {
	REQUEST_READING,  /* its body is coming in */
	REQUEST_HANDED,   /* inside the handler's first call */
	REQUEST_WAITING,  /* suspended until its reply */
	REQUEST_ANSWERED, /* response set; or NULL: close without an answer */
};

struct httpd_request {
	struct httpd *httpd;
	struct MHD_Connection *connection;
	struct list link;
	enum request_state state;
	bool begun;
	char method[16];
	char *path, *query;
	struct buf body;
	size_t discarded;
	void *user;
	int status;
	struct MHD_Response *response;
	/* of an answer in pieces */
	enum { PIECES_NONE, PIECES_BEGUN, PIECES_ENDED, PIECES_CUT } pieces;
	struct buf unsent;
	size_t sent;
	bool parked; /* suspended until there is more */
	struct loop_watch *leaving; /* a suspended connection is watched by nobody else */
};

/* ---- running ---- */

/* ---- no descriptor left ---- */

#define TELL_EVERY_MS 60000
#define REST_MS       100

static void tell_full(struct httpd *h)
{
	int64_t now = loop_mono_ms(h->loop);
	if (h->told && now - h->told < TELL_EVERY_MS)
		return;
	h->told = now;
	log_error("httpd", NULL, "no file descriptor is left, clients are turned away",
	          "do=«raise the limit of open files (LimitNOFILE, ulimit -n)»");
}

static void turn_away(int fd, bool tls)
{
	static const char body[] =
	        "{\"title\":\"busy\",\"status\":503,\"detail\":\"no file descriptor is left: raise the limit "
	        "(LimitNOFILE, ulimit -n)\"}\n";
	char text[4096];
	/* what is left unread would take the answer away with it */
	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		;
	int n = snprintf(text, sizeof(text),
	                 "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
	                 "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
	                 sizeof(body) - 1, body);
	if (!tls)
		(void)!send(fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

/* Without a descriptor, and without a connection whose end would give one back, MHD tries to accept again and again:
 * one whole core, and nobody is told. One is kept for that. */
static void look_for_stuck(struct httpd *h)
{
	struct pollfd p = {h->listening, POLLIN, 0};
	if (h->guests || poll(&p, 1, 0) != 1)
		return;
	int room = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (room >= 0) {
		if (h->spare < 0)
			h->spare = room;
		else
			close(room);
		return;
	}
	tell_full(h);
	if (h->spare >= 0) {
		close(h->spare);
		int fd = accept4(h->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			turn_away(fd, h->tls);
		h->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return;
	}
	loop_watch_change(h->watch, 0);
	loop_timer_start(h->loop, &h->rest, REST_MS);
}

static void on_rested(struct loop_timer *t)
{
	struct httpd *h = list_entry(t, struct httpd, rest);
	loop_watch_change(h->watch, LOOP_READ);
}

static void run(struct httpd *h)
{
	unsigned let_in = h->let_in;
	if (h->running)
		return;
	h->running = true;
	h->again = false;
	MHD_run(h->daemon);
	h->running = false;
	if (h->watch && let_in == h->let_in)
		look_for_stuck(h);
	MHD_UNSIGNED_LONG_LONG ms;
	/* its descriptor is edge-triggered: what it still has at hand is known by its timeout alone, 0 included */
	if (h->again)
		loop_timer_start(h->loop, &h->timer, 0);
	else if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
		loop_timer_start(h->loop, &h->timer, ms > 60000 ? 60000 : (int64_t)ms);
	else
		loop_timer_stop(h->loop, &h->timer);
}

static void on_ready(void *arg, int events)
{
	(void)events;
	run(arg);
}

/* MHD offers no way to close a connection from outside: it finds this one ended by its client. */
static void on_impatient(struct loop_timer *t)
{
	struct guest *g = list_entry(t, struct guest, patience);
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(g->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info)
		shutdown(info->connect_fd, SHUT_RDWR);
}

/* ms 0: it has all the time it wants. */
static void be_patient(struct MHD_Connection *connection, int64_t ms)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct guest *g = info ? info->socket_context : NULL;
	if (!g)
		return;
	if (ms)
		loop_timer_start(g->httpd->loop, &g->patience, ms);
	else
		loop_timer_stop(g->httpd->loop, &g->patience);
}

/* A server that was full listens again in the run after the one that saw a connection off. */
static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
	struct httpd *h = arg;
	struct guest *g = *context;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		h->again = true;
		h->guests--;
		loop_timer_stop(h->loop, &g->patience);
		free(g);
		*context = NULL;
		return;
	}
	h->guests++;
	h->let_in++;
	*context = g = xcalloc(1, sizeof(*g));
	g->httpd = h;
	g->connection = connection;
	loop_timer_init(&g->patience, on_impatient);
	loop_timer_start(h->loop, &g->patience, h->head_ms);
}

static void on_timer(struct loop_timer *t)
{
	run(list_entry(t, struct httpd, timer));
}

/* ---- requests ---- */

/* The earliest call for a request, and the only one that shows its address as it was sent. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct httpd *h = arg;
	struct httpd_request *req = xcalloc(1, sizeof(*req));
	req->httpd = h;
	req->connection = connection;
	buf_init(&req->body, h->max_body);
	req->path = xstrdup(uri ? uri : "");
	req->query = strchr(req->path, '?');
	if (req->query)
		*req->query++ = '\0';
	list_init(&req->link);
	list_append(&h->requests, &req->link);
	return req;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
	struct httpd_request *req = *context;
	struct httpd *h = arg;
	(void)why;
	be_patient(connection, h->idle_ms + h->head_ms); /* for the next one: MHD ends the idling before that */
	if (!req)
		return;
	*context = NULL;
	list_remove(&req->link);
	loop_watch_stop(&req->leaving);
	if ((req->state == REQUEST_WAITING || req->pieces == PIECES_BEGUN) && h->gone)
		h->gone(h->arg, req);
	if (req->response)
		MHD_destroy_response(req->response);
	buf_deinit(&req->unsent);
	buf_deinit(&req->body);
	free(req->path);
	free(req);
}

/* MHD_resume_connection() wakes nobody, and shows in no timeout: with an external poll there is no descriptor for it (0.9.75). */
static void resume(struct httpd_request *req)
{
	MHD_resume_connection(req->connection);
	req->httpd->again = true;
	if (!req->httpd->closing)
		loop_timer_start(req->httpd->loop, &req->httpd->timer, 0);
}

static void answer(struct httpd_request *req, int status, struct MHD_Response *response)
{
	bool suspended = req->state == REQUEST_WAITING;
	REQUIRE(suspended || req->state == REQUEST_HANDED);
	req->state = REQUEST_ANSWERED;
	req->status = status;
	req->response = response;
	loop_watch_stop(&req->leaving);
	if (suspended)
		resume(req);
}

/* Its end has come, or something to send. */
static void unpark(struct httpd_request *req)
{
	if (!req->parked)
		return;
	req->parked = false;
	loop_watch_stop(&req->leaving);
	resume(req);
}

/* Nobody reads it any more. */
static void leave(struct httpd_request *req)
{
	if (req->httpd->gone)
		req->httpd->gone(req->httpd->arg, req);
	if (req->pieces == PIECES_NONE) {
		answer(req, 0, NULL);
		return;
	}
	req->pieces = PIECES_CUT;
	unpark(req);
}

/* A readable suspended connection: the client has gone, or is ahead of itself with the next request. */
static void on_leaving(void *arg, int events)
{
	struct httpd_request *req = arg;
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(req->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;
	ssize_t n = events && info ? recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		loop_watch_stop(&req->leaving);
		return;
	}
	leave(req);
}

static void suspend(struct httpd_request *req)
{
	struct httpd *h = req->httpd;
	MHD_suspend_connection(req->connection);
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(req->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	/* without the watch only the reply itself notices that nobody reads it: no reason to refuse */
	if (h->gone && info)
		(void)!loop_watch_start(h->loop, info->connect_fd, LOOP_READ, on_leaving, req, &req->leaving);
}

static void add_header_line(struct MHD_Response *response, const char *line)
{
	const char *colon = strchr(line, ':');
	char name[64];
	if (FAILS(colon && (size_t)(colon - line) < sizeof(name)))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(colon - line), line);
	MHD_add_response_header(response, name, colon + 1 + strspn(colon + 1, " "));
}

static enum MHD_Result queue(struct httpd_request *req)
{
	be_patient(req->connection, 0);
	if (!req->response)
		return MHD_NO; /* closes the connection */
	for (const char *const *line = req->httpd->headers; line && *line; line++)
		add_header_line(req->response, *line);
	enum MHD_Result ok = MHD_queue_response(req->connection, (unsigned)req->status, req->response);
	MHD_destroy_response(req->response);
	req->response = NULL;
	return ok;
}

static enum MHD_Result refuse_long(struct httpd_request *req)
{
	static char text[] = "{\"title\":\"body too long\",\"status\":413}\n";
	req->state = REQUEST_ANSWERED;
	req->status = MHD_HTTP_CONTENT_TOO_LARGE;
	req->response = MHD_create_response_from_buffer(sizeof(text) - 1, text, MHD_RESPMEM_PERSISTENT);
	REQUIRE(req->response);
	MHD_add_response_header(req->response, "Content-Type", "application/problem+json");
	MHD_add_response_header(req->response, "Connection", "close");
	return queue(req);
}

static enum MHD_Result begin(struct httpd_request *req, const char *method)
{
	req->begun = true;
	be_patient(req->connection, req->httpd->idle_ms);
	snprintf(req->method, sizeof(req->method), "%s", method);
	int64_t announced;
	struct str length = str_of(httpd_header(req, "Content-Length"));
	if (length.n && str_to_int64(length, &announced) == 0 &&
	    (uint64_t)announced > req->httpd->max_body + DISCARD_MOST)
		return refuse_long(req);
	return MHD_YES;
}

static enum MHD_Result take_body(struct httpd_request *req, const char *p, size_t n)
{
	if (!buf_error(&req->body))
		buf_add(&req->body, p, n);
	if (!buf_error(&req->body))
		return MHD_YES;
	req->discarded += n;
	return req->discarded > DISCARD_MOST ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_n, void **context)
{
	struct httpd *h = arg;
	struct httpd_request *req = *context;
	(void)url;
	(void)version;
	if (!req || h->closing)
		return MHD_NO;
	if (!req->begun)
		return begin(req, method);
	if (req->state == REQUEST_ANSWERED)
		return queue(req);
	if (*upload_n) {
		enum MHD_Result go_on = take_body(req, upload, *upload_n);
		*upload_n = 0;
		return go_on;
	}
	if (req->state == REQUEST_WAITING)
		return MHD_YES;
	if (buf_error(&req->body))
		return refuse_long(req);
	req->state = REQUEST_HANDED;
	be_patient(connection, 0);
	h->handler(h->arg, req);
	if (req->state == REQUEST_ANSWERED)
		return queue(req);
	req->state = REQUEST_WAITING;
	suspend(req);
	return MHD_YES;
}

const char *httpd_method(const struct httpd_request *req)
{
	return req->method;
}

const char *httpd_path(const struct httpd_request *req)
{
	return req->path;
}

const char *httpd_query(const struct httpd_request *req)
{
	return req->query ? req->query : "";
}

const char *httpd_header(const struct httpd_request *req, const char *name)
{
	return MHD_lookup_connection_value(req->connection, MHD_HEADER_KIND, name);
}

const char *httpd_peer(const struct httpd_request *req, char out[HTTPD_PEER])
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(req->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	out[0] = '\0';
	if (address && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, out, HTTPD_PEER);
	else if (address && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, out,
		          HTTPD_PEER);
	return out;
}

bool httpd_peer_uid(const struct httpd_request *req, unsigned *uid)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(req->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred who;
	socklen_t n = sizeof(who);
	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &who, &n) || who.pid == 0)
		return false;
	*uid = who.uid;
	return true;
}

struct str httpd_body(const struct httpd_request *req)
{
	return buf_str(&req->body);
}

void *httpd_user(const struct httpd_request *req)
{
	return req->user;
}

void httpd_set_user(struct httpd_request *req, void *user)
{
	req->user = user;
}

/* ---- replies ---- */

void httpd_reply(struct httpd_request *req, int status, const char *content_type, const char *const *headers,
                 struct str body)
{
	struct MHD_Response *response =
	        MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
	REQUIRE(response);
	if (content_type)
		MHD_add_response_header(response, "Content-Type", content_type);
	for (; headers && *headers; headers++)
		add_header_line(response, *headers);
	answer(req, status, response);
}

/* MHD asks for more whenever it could send some. */
static ssize_t read_pieces(void *arg, uint64_t at, char *p, size_t max)
{
	struct httpd_request *req = arg;
	(void)at;
	if (req->pieces == PIECES_CUT)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t left = req->unsent.n - req->sent, n = left < max ? left : max;
	if (n) {
		memcpy(p, req->unsent.p + req->sent, n);
		req->sent += n;
		if (req->sent == req->unsent.n) {
			buf_clear(&req->unsent);
			req->sent = 0;
		}
		return (ssize_t)n;
	}
	if (req->pieces == PIECES_ENDED)
		return MHD_CONTENT_READER_END_OF_STREAM;
	req->parked = true;
	suspend(req);
	return 0;
}

void httpd_begin(struct httpd_request *req, int status, const char *content_type)
{
	struct MHD_Response *response =
	        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, read_pieces, req, NULL);
	REQUIRE(response);
	buf_init(&req->unsent, 0);
	req->pieces = PIECES_BEGUN;
	if (content_type)
		MHD_add_response_header(response, "Content-Type", content_type);
	answer(req, status, response);
}

bool httpd_write(struct httpd_request *req, struct str piece)
{
	REQUIRE(req->pieces == PIECES_BEGUN);
	if (req->unsent.n - req->sent + piece.n > UNSENT_MOST)
		return false;
	buf_add(&req->unsent, piece.p, piece.n);
	unpark(req);
	return true;
}

void httpd_end(struct httpd_request *req, struct str last)
{
	REQUIRE(req->pieces == PIECES_BEGUN);
	buf_add(&req->unsent, last.p, last.n);
	req->pieces = PIECES_ENDED;
	unpark(req);
}

void httpd_drop(struct httpd_request *req)
{
	answer(req, 0, NULL);
}

/* The first bytes of an answer that will never be whole. */
struct cut {
	size_t n;
	char p[];
};

static ssize_t read_cut(void *arg, uint64_t at, char *p, size_t max)
{
	const struct cut *cut = arg;
	if (at >= cut->n)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t n = cut->n - (size_t)at < max ? cut->n - (size_t)at : max;
	memcpy(p, cut->p + at, n);
	return (ssize_t)n;
}

void httpd_reply_cut(struct httpd_request *req, int status, const char *content_type, struct str body, size_t n)
{
	REQUIRE(n <= body.n);
	struct cut *cut = xmalloc(sizeof(*cut) + n);
	cut->n = n;
	if (n)
		memcpy(cut->p, body.p, n);
	struct MHD_Response *response = MHD_create_response_from_callback(body.n, 16384, read_cut, cut, free);
	REQUIRE(response);
	if (content_type)
		MHD_add_response_header(response, "Content-Type", content_type);
	answer(req, status, response);
}

/* ---- life ---- */

static int bind_and_listen(int fd, const struct sockaddr *address, socklen_t size)
{
	if (bind(fd, address, size) != 0 || listen(fd, BACKLOG) != 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/* "127.0.0.1:8480", "[::1]:0": numbers only, nothing to look up. */
static int open_tcp(const char *where)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	char host[64];
	int64_t port;
	const char *colon = strrchr(where, ':');
	if (!colon || (size_t)(colon - where) >= sizeof(host) || str_to_int64(str_of(colon + 1), &port) != 0 ||
	    port < 0 || port > 65535)
		return ERR_CONFIG;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - where), where);
	size_t n = strlen(host);
	bool bracketed = n > 2 && host[0] == '[' && host[n - 1] == ']';
	if (bracketed)
		host[n - 1] = '\0';
	v6.sin6_port = v4.sin_port = htons((uint16_t)port);
	if (inet_pton(bracketed ? AF_INET6 : AF_INET, bracketed ? host + 1 : host,
	              bracketed ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
		return ERR_CONFIG;
	int fd = socket(bracketed ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	int on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bracketed)
		return bind_and_listen(fd, (struct sockaddr *)&v6, sizeof(v6));
	return bind_and_listen(fd, (struct sockaddr *)&v4, sizeof(v4));
}

/* Takes away the socket of a process that is gone; one that answers stays. */
static int clear_stale(const struct sockaddr_un *address)
{
	struct stat st;
	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	bool refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 && errno == ECONNREFUSED;
	close(fd);
	if (!refused)
		return -EADDRINUSE;
	return unlink(address->sun_path) == 0 || errno == ENOENT ? 0 : -errno;
}

static int open_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	int rc = clear_stale(&address);
	if (rc)
		return rc;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* Linux gives the file the descriptor's mode: it is never there with a wider one, and no umask is touched */
	if (fchmod(fd, 0600) != 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return bind_and_listen(fd, (struct sockaddr *)&address, sizeof(address));
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&address)->sin_port);
	return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port) : 0;
}

static int start_daemon(struct httpd *h, const struct httpd_options *o, int fd)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (o->tls_cert ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
	        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->tls_cert},
	        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->tls_key},
	        {MHD_OPTION_END, 0, NULL},
	};
	h->daemon = MHD_start_daemon(
	        flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK,
	        on_uri, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
	        h, MHD_OPTION_CONNECTION_LIMIT, o->max_connections ? o->max_connections : DEFAULT_CONNECTIONS,
	        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(h->idle_ms / 1000), MHD_OPTION_ARRAY,
	        o->tls_cert ? tls : tls + 2, MHD_OPTION_END);
	if (!h->daemon) {
		close(fd);
		return errno ? -errno : ERR_CONFIG;
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	REQUIRE(info);
	return loop_watch_start(h->loop, info->epoll_fd, LOOP_READ, on_ready, h, &h->watch);
}

int httpd_open(struct loop *loop, const struct httpd_options *o, struct httpd **out)
{
	REQUIRE(*out == NULL && o->handler);
	int fd = o->unix_socket ? open_unix(o->unix_socket) : open_tcp(o->listen);
	if (fd < 0)
		return fd;
	struct httpd *h = xcalloc(1, sizeof(*h));
	h->loop = loop;
	h->max_body = o->max_body ? o->max_body : DEFAULT_MAX_BODY;
	h->idle_ms = (int64_t)(o->idle_timeout_s ? o->idle_timeout_s : DEFAULT_IDLE_S) * 1000;
	h->head_ms = o->head_timeout_ms ? o->head_timeout_ms : DEFAULT_HEAD_MS;
	h->handler = o->handler;
	h->gone = o->gone;
	h->arg = o->arg;
	h->port = port_of(fd);
	h->headers = o->headers;
	h->unix_socket = o->unix_socket ? xstrdup(o->unix_socket) : NULL;
	list_init(&h->requests);
	h->listening = fd;
	h->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	h->tls = o->tls_cert != NULL;
	loop_timer_init(&h->timer, on_timer);
	loop_timer_init(&h->rest, on_rested);
	int rc = start_daemon(h, o, fd);
	if (rc) {
		httpd_close(&h);
		return rc;
	}
	run(h);
	*out = h;
	return 0;
}

void httpd_close(struct httpd **httpd)
{
	struct httpd *h = *httpd;
	if (!h)
		return;
	REQUIRE(!h->running);
	h->closing = true;
	loop_timer_stop(h->loop, &h->timer);
	loop_timer_stop(h->loop, &h->rest);
	if (h->spare >= 0)
		close(h->spare);
	loop_watch_stop(&h->watch); /* before the descriptor behind it is closed */
	list_each(node, tmp, &h->requests)
	{
		struct httpd_request *req = list_entry(node, struct httpd_request, link);
		/* a suspended connection must not meet MHD_stop_daemon() */
		if (req->state == REQUEST_WAITING || req->parked)
			leave(req);
	}
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	if (h->unix_socket)
		unlink(h->unix_socket);
	free(h->unix_socket);
	free(h);
	*httpd = NULL;
}

uint16_t httpd_port(const struct httpd *httpd)
{
	return httpd->port;
}
