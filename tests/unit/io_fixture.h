#ifndef TESTS_UNIT_IO_FIXTURE_H
#define TESTS_UNIT_IO_FIXTURE_H

/* Plain sockets on the loop, for tests that need to see every byte: a peer is one end of a connection, ours or an
 * accepted one. */

#include "core/base/buf.h"
#include "core/base/list.h"
#include "core/io/loop.h"

/* Runs the loop until cond holds; a test that waits for 10 seconds fails. */
#define UNTIL(cond)                                                                                                  \
	do {                                                                                                         \
		io_guard_start(__FILE__, __LINE__);                                                                  \
		while (!(cond))                                                                                      \
			loop_run(io_loop);                                                                           \
		io_guard_stop();                                                                                     \
	} while (0)

extern struct loop *io_loop;
void io_open(void);  /* a fresh loop */
void io_close(void); /* which must leave nothing */
void io_guard_start(const char *file, int line);
void io_guard_stop(void);
/* Lets the loop turn so many times. */
void io_turns(int n);
static inline void io_spin(void)
{
	io_turns(20);
}

struct io_server;

struct io_peer {
	struct io_server *server; /* NULL: a client */
	struct list link;
	int fd;
	struct loop_watch *watch;
	struct buf in, out;
	size_t out_at;
	bool eof, lost; /* closed by the other side; lost: with an error */
	bool close_when_sent;
	unsigned number; /* of the server's connections, from 0 */
};

/* A client of 127.0.0.1:port, or of a Unix socket. */
struct io_peer *io_connect(uint16_t port, const char *unix_socket);
void io_send(struct io_peer *p, const char *text);
void io_send_bytes(struct io_peer *p, const void *bytes, size_t n);
void io_peer_close(struct io_peer **p);
/* Closes with a reset instead of an end. */
void io_peer_reset(struct io_peer **p);
/* How often text stands in what came in. */
unsigned io_count(const struct io_peer *p, const char *text);
bool io_has(const struct io_peer *p, const char *text);

/* on_data after each piece that came in; it may send, and close the peer as its last deed. */
struct io_server {
	int fd;
	uint16_t port;
	struct loop_watch *watch;
	struct list peers;
	unsigned accepted;
	void (*on_data)(struct io_server *s, struct io_peer *p);
	void *user;
};

void io_listen(struct io_server *s, void (*on_data)(struct io_server *s, struct io_peer *p));
void io_listen_stop(struct io_server *s);

#endif
