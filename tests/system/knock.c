/* Clients of the control socket, for the system tests.
 *   knock SOCKET N           N at once send what stands on standard input, and wait for the end or a whole answer
 *   knock SOCKET N hold      they stay until standard output is closed by whoever reads it
 * Prints how many were answered with which status, and how many were closed without: "200=999 closed=1". 20 s at
 * most. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST     4096
#define PATIENCE 20000

struct client {
	size_t sent, got;
	char head[2048];
	int done;
};

static struct client clients[MOST];
static struct pollfd polls[MOST];
static char request[4 << 20];
static size_t request_n;

static long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int dial(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* An answer of ours says how long it is. */
static int whole(const struct client *c)
{
	const char *end = strstr(c->head, "\r\n\r\n"), *length = strcasestr(c->head, "\r\nContent-Length:");
	if (!end || !length || length > end)
		return 0;
	return c->got >= (size_t)(end + 4 - c->head) + strtoul(length + 17, NULL, 10);
}

static void turn(int i)
{
	struct client *c = &clients[i];
	struct pollfd *p = &polls[i];
	char piece[65536];
	if (p->revents & POLLOUT && c->sent < request_n) {
		ssize_t n = send(p->fd, request + c->sent, request_n - c->sent, MSG_NOSIGNAL);
		c->sent = n > 0 ? c->sent + (size_t)n : errno == EAGAIN ? c->sent : request_n;
	}
	if (p->revents & (POLLIN | POLLHUP | POLLERR)) {
		ssize_t n = recv(p->fd, piece, sizeof(piece), 0);
		if (n > 0) {
			size_t at = c->got < sizeof(c->head) - 1 ? c->got : sizeof(c->head) - 1;
			size_t room = sizeof(c->head) - 1 - at;
			memcpy(c->head + at, piece, (size_t)n < room ? (size_t)n : room);
			c->got += (size_t)n;
		}
		c->done = n == 0 || (n < 0 && errno != EAGAIN) || whole(c);
	}
	p->events = (short)(POLLIN | (c->sent < request_n ? POLLOUT : 0));
	if (c->done)
		p->events = 0;
}

static int status_of(const struct client *c)
{
	return strncmp(c->head, "HTTP/1.", 7) == 0 ? (int)strtol(c->head + 9, NULL, 10) : 0;
}

static void report(int n, int refused)
{
	int counts[600] = {0}, open = 0;
	for (int i = 0; i < n; i++) {
		int status = status_of(&clients[i]);
		if (!clients[i].done && polls[i].fd >= 0)
			open++;
		else if (polls[i].fd >= 0)
			counts[status > 0 && status < 600 ? status : 0]++;
	}
	const char *joint = "";
	for (int s = 1; s < 600; s++) {
		if (!counts[s])
			continue;
		printf("%s%d=%d", joint, s, counts[s]);
		joint = " ";
	}
	if (counts[0])
		printf("%sclosed=%d", joint, counts[0]);
	if (open)
		printf("%sopen=%d", counts[0] || *joint ? " " : "", open);
	if (refused)
		printf("%srefused=%d", counts[0] || open || *joint ? " " : "", refused);
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct rlimit files;
	int n = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0, refused = 0, left = 0;
	if (n < 1 || n > MOST)
		return 1;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	request_n = fread(request, 1, sizeof(request), stdin);
	for (int i = 0; i < n; i++) {
		polls[i] = (struct pollfd){dial(argv[1]), POLLIN | POLLOUT, 0};
		refused += polls[i].fd < 0;
	}
	if (argc > 3) {
		printf("%d\n", n - refused);
		fflush(stdout);
		struct pollfd out = {STDOUT_FILENO, 0, 0};
		poll(&out, 1, PATIENCE);
		return 0;
	}
	long until = now_ms() + PATIENCE;
	do {
		if (poll(polls, (nfds_t)n, 1000) < 0)
			break;
		left = 0;
		for (int i = 0; i < n; i++) {
			if (polls[i].fd >= 0 && !clients[i].done && polls[i].revents)
				turn(i);
			left += polls[i].fd >= 0 && !clients[i].done;
			if (clients[i].done)
				polls[i].revents = polls[i].events = 0;
		}
	} while (left && now_ms() < until);
	report(n, refused);
	return 0;
}
