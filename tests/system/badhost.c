/* A host that behaves badly, for the system tests: http://127.0.0.1:PORT/HOW/… The port is printed when it listens.
 * HOW: hang   takes the request and never answers drip   a byte a second of an answer that would be long reset  the
 * connection dies huge   200 MB, well-formed as far as it is read login  302 to a page that asks for a password page
 * that page itself, with status 200
 */

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define HUGE 200000000L

/* False: nobody reads any more. */
static int put(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t k = send(fd, text, n, MSG_NOSIGNAL);
		if (k <= 0)
			return 0;
		text += k;
		n -= (size_t)k;
	}
	return 1;
}

static void huge(int fd, int ypareo)
{
	char head[256], record[1100], pad[1001];
	long sent = snprintf(head, sizeof(head),
	                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n%s",
	                     ypareo ? "[" : "{\"status\":\"success\",\"result\":{\"id\":\"x\",\"pad\":[");
	memset(pad, 'x', sizeof(pad) - 1);
	pad[sizeof(pad) - 1] = '\0';
	int good = put(fd, head, strlen(head));
	for (long code = 1; good && sent < HUGE; code++) {
		const char *format = ypareo ? "{\"codeSite\":%ld,\"nomSite\":\"%s\"}," : "{\"n\":%ld,\"t\":\"%s\"},";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		int n = snprintf(record, sizeof(record), format, code, pad);
#pragma GCC diagnostic pop
		good = put(fd, record, (size_t)n);
		sent += n;
	}
}

static void drip(int fd)
{
	static const char head[] =
	        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[";
	int good = put(fd, head, sizeof(head) - 1);
	while (good) {
		sleep(1);
		good = put(fd, " ", 1);
	}
}

static void answer(int fd, const char *request)
{
	static const char moved[] = "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Type: text/html\r\n"
	                            "Content-Length: 22\r\n\r\n<html>Connexion</html>";
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n"
	                           "<html>Connexion</html>";
	struct linger hard = {1, 0};
	char byte;
	if (strstr(request, " /drip/"))
		drip(fd);
	else if (strstr(request, " /reset/"))
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	else if (strstr(request, " /huge/"))
		huge(fd, strstr(request, "index.php") != NULL);
	else if (strstr(request, " /login/"))
		put(fd, moved, sizeof(moved) - 1);
	else if (strstr(request, " /page/"))
		put(fd, page, sizeof(page) - 1);
	else
		while (recv(fd, &byte, 1, 0) > 0)
			;
}

static void *serve(void *arg)
{
	char request[8192];
	size_t n = 0;
	int fd = (int)(long)arg;
	for (;;) {
		ssize_t k = recv(fd, request + n, sizeof(request) - 1 - n, 0);
		if (k <= 0)
			break;
		n += (size_t)k;
		request[n] = '\0';
		if (strstr(request, "\r\n\r\n")) {
			answer(fd, request);
			break;
		}
	}
	close(fd);
	return NULL;
}

int main(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t size = sizeof(at);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 100) ||
	    getsockname(fd, (struct sockaddr *)&at, &size)) {
		perror("badhost");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is killed leaves nobody behind */
	printf("%d\n", ntohs(at.sin_port));
	fclose(stdout);
	for (;;) {
		pthread_t thread;
		int client = accept(fd, NULL, NULL);
		if (client >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)client) == 0)
			pthread_detach(thread);
	}
}
