#include "tests/unit/io_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct loop *io_loop;

static struct loop_timer guard;
static const char *guard_file;
static int guard_line;

static void on_guard(struct loop_timer *t)
{
	(void)t;
	fprintf(stderr, "%s:%d: waited for 10 seconds\n", guard_file, guard_line);
	abort();
}

void io_open(void)
{
	io_loop = NULL;
	assert_int_equal(loop_open(4, &io_loop), 0);
	loop_timer_init(&guard, on_guard);
}

void io_close(void)
{
	loop_timer_stop(io_loop, &guard);
	loop_close(&io_loop);
	assert_null(io_loop);
}

void io_guard_start(const char *file, int line)
{
	guard_file = file;
	guard_line = line;
	loop_timer_start(io_loop, &guard, 10000);
}

void io_guard_stop(void)
{
	loop_timer_stop(io_loop, &guard);
}

struct spin {
	struct loop_task task;
	int left;
};

static void on_spin(struct loop_task *t)
{
	struct spin *s = list_entry(t, struct spin, task);
	s->left--;
	if (s->left > 0)
		loop_defer(io_loop, t);
	loop_stop(io_loop);
}

void io_turns(int n)
{
	struct spin s = {.left = n};
	loop_task_init(&s.task, on_spin);
	loop_defer(io_loop, &s.task);
	UNTIL(s.left == 0);
}

/* ---- peers ---- */

static void want(struct io_peer *p)
{
	if (p->watch)
		loop_watch_change(p->watch, (p->eof ? 0 : LOOP_READ) | (p->out_at < p->out.n ? LOOP_WRITE : 0));
}

static void take_in(struct io_peer *p)
{
	char piece[65536];
	ssize_t n = read(p->fd, piece, sizeof(piece));
	if (n > 0)
		buf_add(&p->in, piece, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		p->eof = true;
	if (n < 0 && errno != EAGAIN)
		p->lost = true;
}

static void push_out(struct io_peer *p)
{
	ssize_t n = send(p->fd, p->out.p + p->out_at, p->out.n - p->out_at, MSG_NOSIGNAL);
	if (n > 0)
		p->out_at += (size_t)n;
	else if (n < 0 && errno != EAGAIN)
		p->eof = p->lost = true;
}

static void on_peer(void *arg, int events)
{
	struct io_peer *p = arg;
	loop_stop(io_loop);
	size_t before = p->in.n;
	if (events & LOOP_READ)
		take_in(p);
	if (events & LOOP_WRITE)
		push_out(p);
	if (events == 0)
		p->eof = p->lost = true;
	if (p->close_when_sent && p->out_at == p->out.n) {
		io_peer_close(&p);
		return;
	}
	if (p->eof && p->server && p->in.n == before) {
		io_peer_close(&p);
		return;
	}
	want(p);
	if (p->in.n > before && p->server && p->server->on_data)
		p->server->on_data(p->server, p); /* may close it */
}

static struct io_peer *peer_new(int fd, struct io_server *server)
{
	struct io_peer *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	p->fd = fd;
	p->server = server;
	list_init(&p->link);
	buf_init(&p->in, 0);
	buf_init(&p->out, 0);
	assert_int_equal(loop_watch_start(io_loop, fd, LOOP_READ, on_peer, p, &p->watch), 0);
	return p;
}

struct io_peer *io_connect(uint16_t port, const char *unix_socket)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (unix_socket)
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", unix_socket);
	int fd = socket(unix_socket ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	int rc = unix_socket ? connect(fd, (struct sockaddr *)&un, sizeof(un))
	                     : connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	assert_int_equal(rc, 0);
	return peer_new(fd, NULL);
}

void io_send_bytes(struct io_peer *p, const void *bytes, size_t n)
{
	buf_add(&p->out, bytes, n);
	want(p);
}

void io_send(struct io_peer *p, const char *text)
{
	io_send_bytes(p, text, strlen(text));
}

void io_peer_close(struct io_peer **peer)
{
	struct io_peer *p = *peer;
	if (!p)
		return;
	list_remove(&p->link);
	loop_watch_stop(&p->watch);
	close(p->fd);
	buf_deinit(&p->in);
	buf_deinit(&p->out);
	free(p);
	*peer = NULL;
}

void io_peer_reset(struct io_peer **p)
{
	struct linger hard = {1, 0};
	setsockopt((*p)->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	io_peer_close(p);
}

unsigned io_count(const struct io_peer *p, const char *text)
{
	unsigned count = 0;
	for (const char *at = p->in.n ? p->in.p : NULL; at && (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

bool io_has(const struct io_peer *p, const char *text)
{
	return io_count(p, text) > 0;
}

/* ---- servers ---- */

static void on_accept(void *arg, int events)
{
	struct io_server *s = arg;
	(void)events;
	loop_stop(io_loop);
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	struct io_peer *p = peer_new(fd, s);
	p->number = s->accepted++;
	list_append(&s->peers, &p->link);
}

void io_listen(struct io_server *s, void (*on_data)(struct io_server *s, struct io_peer *p))
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	socklen_t size = sizeof(v4);
	memset(s, 0, sizeof(*s));
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	list_init(&s->peers);
	s->on_data = on_data;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
	assert_int_equal(listen(s->fd, 64), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&v4, &size), 0);
	s->port = ntohs(v4.sin_port);
	assert_int_equal(loop_watch_start(io_loop, s->fd, LOOP_READ, on_accept, s, &s->watch), 0);
}

void io_listen_stop(struct io_server *s)
{
	list_each(node, tmp, &s->peers)
	{
		struct io_peer *p = list_entry(node, struct io_peer, link);
		io_peer_close(&p);
	}
	loop_watch_stop(&s->watch);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
