/*
 * Webhooks: the first byte says how the body behind it is sent. A body that is signed with the secret is taken, or is no event; every other one
 * is refused, whatever it holds, and nothing of it is heard.
 */

#include <fcntl.h>

#include <glib.h>

#include "core/app/hooks.h"
#include "tests/fuzz/served.h"
#include "tests/unit/tenant_fixture.h"

#define SECRET "webhook-secret-0123"

static struct tenant *find(void *arg, const char *id)
{
	return strcmp(id, "cfa") == 0 ? ((struct scene *)arg)->tenant : NULL;
}

static char *sign(const char *secret, struct str text)
{
	return g_compute_hmac_for_data(G_CHECKSUM_SHA256, (const guchar *)secret, strlen(secret),
	                               (const guchar *)text.p, text.n);
}

static struct scene *scene(void)
{
	static struct scene *s;
	void *state = NULL;
	if (s)
		return s;
	log_setup(LOG_LVL_ERROR, LOG_TEXT, open("/dev/null", O_WRONLY | O_CLOEXEC));
	REQUIRE(set_up(&state) == 0);
	s = state;
	write_file(s, "hook", SECRET "\n");
	start_with(s, file_with(s, ", \"realtime\": true", ", \"webhook_secret_file\": \"hook\""));
	return s;
}

static enum hook_answer give(struct httpd_request *req)
{
	return hooks_request(req, find, scene());
}

/* One that is signed as the vendor does it: never refused, and no body but an object with a type is an event. */
static void signed_body(struct str body)
{
	char *hmac = sign(SECRET, body);
	struct httpd_request req = {.method = "POST", .path = "/hooks/cfa/all", .query = "", .body = body};
	served_header(&req, "X-Edusign-Hmac", hmac);
	REQUIRE(give(&req) != HOOK_UNKNOWN);
	g_free(hmac);
}

/* Signed by somebody else. */
static void forged_body(struct str body)
{
	char *hmac = sign("another-secret-01234", body);
	struct httpd_request req = {.method = "POST", .path = "/hooks/cfa/all", .query = "", .body = body};
	served_header(&req, "X-Edusign-Hmac", hmac);
	REQUIRE(give(&req) == HOOK_UNKNOWN);
	g_free(hmac);
}

/* The signature is the input's, or a token in its query; neither can be right. */
static void whole_request(struct str text)
{
	struct httpd_request req;
	if (served_parse(&req, text) && strncmp(req.path, "/hooks/", 7) == 0) {
		enum hook_answer answer = give(&req);
		REQUIRE(answer == HOOK_UNKNOWN || strstr(req.query, "token="));
	}
	served_free(&req);
}

/* The secret in the address stands for a signature, with any body. */
static void token_in_address(struct str body)
{
	struct httpd_request req = {
	        .method = "POST", .path = "/hooks/cfa/all", .query = "a=b&token=" SECRET, .body = body};
	REQUIRE(give(&req) != HOOK_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct str text) = {signed_body, forged_body, whole_request, token_in_address};
	if (size == 0)
		return 0;
	all[data[0] & 3]((struct str){size > 1 ? (const char *)data + 1 : "", size - 1});
	return 0;
}
