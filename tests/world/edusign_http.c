#include "tests/world/edusign_p.h"

#include <string.h>

/* The router: credentials, paths, the envelope, the slow-down. */

static void plain(struct sim_reply *reply, int status, const char *text)
{
	reply->status = status;
	reply->content_type = "text/plain; charset=utf-8";
	buf_clear(&reply->body);
	buf_addz(&reply->body, text);
}

static struct str without_slash(struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

bool edusign_is_write(const char *method, struct str path)
{
	path = without_slash(path);
	if (!strcmp(method, "GET"))
		return sim_glob("/v1/course/lock/*", path) || sim_glob("/v1/student/restore/*", path);
	return !str_eqz(path, "/v1/student/by-ids") && !sim_glob("/v1/student/hours-of-presence/*", path);
}

void edusign_handle(struct edusign *e, struct sim *sim, const struct sim_request *req, struct sim_reply *reply,
                    struct sim_entry *entry)
{
	struct edusign__call c = {.e = e, .sim = sim, .req = req, .reply = reply};

	*reply = (struct sim_reply){.status = 200, .content_type = "application/json; charset=utf-8"};
	buf_init(&reply->body, 0);
	c.school = edusign_school_of_token(e, req->credential);
	if (!c.school || c.school->revoked)
		plain(reply, 401, "Unauthorized");
	else
		plain(reply, 404, "Not Found");
	if (!entry)
		return;
	entry->account = str_of(c.school ? c.school->id : "");
	entry->write = edusign_is_write(req->method, req->path);
	entry->effect = c.effect;
	entry->status = reply->status;
}
