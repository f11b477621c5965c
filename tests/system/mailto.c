/*
 * Sends one mail the way the daemon does, for tests against real servers:
 *   mailto URL CA-FILE|- USER|- PASSWORD TO     prints the outcome's class, SMTP's status and the enhanced one, "none 250 2.0.0"
 *   mailto port                                 prints a TCP port that is free on 127.0.0.1
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/io/fetch.h"
#include "core/io/mail.h"

static struct loop *loop;

static int free_port(void)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	socklen_t size = sizeof(v4);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&v4, sizeof(v4)) || getsockname(fd, (struct sockaddr *)&v4, &size))
		return 1;
	printf("%u\n", ntohs(v4.sin_port));
	return 0;
}

static void on_done(struct fetch *f)
{
	(void)f;
	loop_stop(loop);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "port") == 0)
		return free_port();
	if (argc != 6)
		return 2;
	struct fetch_transport *transport = NULL;
	if (loop_open(2, &loop) || fetch_transport_curl(loop, NULL, &transport))
		return 1;
	struct fetch_hub *hub = fetch_hub_new(loop, transport, NULL);
	struct fetch f = {.lane = fetch_lane_new(hub, "mail", &(struct fetch_lane_limits){.concurrency = 1}), .done = on_done};
	struct buf message;
	buf_init(&message, 0);
	const struct mail m = {.from = STR("school@mail.test"), .to = str_of(argv[5]), .from_name = STR("CFA d’Été"), .subject = STR("Essai"),
	                       .text = STR("Bonjour,\n.\nun point seul\n"), .html = STR("<p>Bonjour</p>\n"), .date = time(NULL), .id = STR("a.b")};
	if (mail_write(&m, &message))
		return 1;
	f.request = (struct fetch_request){.method = FETCH_MAIL, .effect = FETCH_WRITE_ONCE, .url = argv[1], .body = buf_str(&message),
	                                   .ca_file = strcmp(argv[2], "-") ? argv[2] : NULL, .timeout_ms = 20000};
	f.request.envelope = (struct fetch_envelope){.from = "school@mail.test", .to = argv[5],
	                                             .user = strcmp(argv[3], "-") ? argv[3] : NULL, .password = argv[4]};
	fetch_start(&f);
	loop_run(loop);
	struct fault fault;
	fetch_fault(&f, &fault);
	printf("%s %d %s\n", fault_class_name(fault.class), f.reply.status, f.reply.detail);
	buf_deinit(&message);
	fetch_lane_free(&f.lane);
	fetch_hub_free(&hub);
	loop_close(&loop);
	return 0;
}
