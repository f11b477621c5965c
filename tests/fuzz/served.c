#include "tests/fuzz/served.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/io/httpd.h"

struct httpd {
	struct httpd_options options;
};

static struct httpd *control, *http;

/* ---- a request ---- */

/* Cuts the line off; a bare line feed ends one too. */
static char *line_of(char **at)
{
	char *line = *at, *end = strchr(line, '\n');
	*at = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	size_t n = strlen(line);
	if (n && line[n - 1] == '\r')
		line[n - 1] = '\0';
	return line;
}

void served_header(struct httpd_request *req, const char *name, const char *value)
{
	if (req->header_count == SERVED_HEADERS)
		return;
	req->headers[req->header_count].name = name;
	req->headers[req->header_count++].value = value;
}

/* What cannot stand there does not reach us: libmicrohttpd refuses it. */
static bool is_path(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 127)
			return false;
	return path[0] == '/';
}

bool served_parse(struct httpd_request *req, struct str text)
{
	memset(req, 0, sizeof(*req));
	buf_init(&req->out, 0);
	req->text = xcalloc(1, text.n + 1);
	memcpy(req->text, text.p, text.n);
	char *at = req->text, *first = line_of(&at);
	char *space = strchr(first, ' ');
	if (!space || space == first)
		return false;
	*space = '\0';
	req->method = first;
	req->path = space + 1;
	space[1 + strcspn(space + 1, " ")] = '\0';
	char *mark = strchr(space + 1, '?');
	if (mark)
		*mark = '\0';
	req->query = mark ? mark + 1 : "";
	if (!is_path(req->path))
		return false;
	for (char *line = line_of(&at); line[0]; line = line_of(&at)) {
		char *colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		served_header(req, line, colon + 1 + strspn(colon + 1, " \t"));
	}
	req->body = (struct str){at, text.n - (size_t)(at - req->text)};
	return true;
}

void served_free(struct httpd_request *req)
{
	buf_deinit(&req->out);
	free(req->text);
}

void served_give(struct httpd_request *req, bool local)
{
	struct httpd *h = local ? control : http;
	REQUIRE(h);
	req->local = local;
	h->options.handler(h->options.arg, req);
}

/* ---- core/io/httpd.h ---- */

int httpd_open(struct loop *loop, const struct httpd_options *options, struct httpd **out)
{
	struct httpd *h = xcalloc(1, sizeof(*h));
	(void)loop;
	h->options = *options;
	if (options->unix_socket)
		control = h;
	else
		http = h;
	*out = h;
	return 0;
}

void httpd_close(struct httpd **httpd)
{
	if (*httpd == control)
		control = NULL;
	if (*httpd == http)
		http = NULL;
	free(*httpd);
	*httpd = NULL;
}

uint16_t httpd_port(const struct httpd *httpd)
{
	(void)httpd;
	return 1;
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
	return req->query;
}

const char *httpd_header(const struct httpd_request *req, const char *name)
{
	for (size_t i = 0; i < req->header_count; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	return NULL;
}

const char *httpd_peer(const struct httpd_request *req, char out[HTTPD_PEER])
{
	snprintf(out, HTTPD_PEER, "%s", req->local ? "" : "127.0.0.1");
	return out;
}

bool httpd_peer_uid(const struct httpd_request *req, unsigned *uid)
{
	*uid = 1;
	return req->local;
}

struct str httpd_body(const struct httpd_request *req)
{
	return req->body;
}

void *httpd_user(const struct httpd_request *req)
{
	return req->user;
}

void httpd_set_user(struct httpd_request *req, void *user)
{
	req->user = user;
}

void httpd_reply(struct httpd_request *req, int status, const char *content_type, const char *const *headers,
                 struct str body)
{
	for (; headers && *headers; headers++)
		for (const char *p = *headers; *p; p++)
			REQUIRE((unsigned char)*p >= ' ' && *p != 127); /* no second header hides in one */
	REQUIRE(++req->replies == 1);
	req->status = status;
	snprintf(req->content_type, sizeof(req->content_type), "%s", content_type ? content_type : "");
	buf_add(&req->out, body.p, body.n);
}

void httpd_drop(struct httpd_request *req)
{
	REQUIRE(++req->replies == 1);
}

void httpd_reply_cut(struct httpd_request *req, int status, const char *content_type, struct str body, size_t n)
{
	httpd_reply(req, status, content_type, NULL, (struct str){body.p, n});
}

void httpd_begin(struct httpd_request *req, int status, const char *content_type)
{
	REQUIRE(!req->begun && req->replies == 0);
	req->begun = true;
	req->status = status;
	snprintf(req->content_type, sizeof(req->content_type), "%s", content_type);
}

bool httpd_write(struct httpd_request *req, struct str piece)
{
	REQUIRE(req->begun && req->replies == 0);
	buf_add(&req->out, piece.p, piece.n);
	return true;
}

void httpd_end(struct httpd_request *req, struct str last)
{
	REQUIRE(req->begun && ++req->replies == 1);
	buf_add(&req->out, last.p, last.n);
}
