/*
 * bench_bare LEDGER CONF READY [CA]
 *
 * Makes the requests of a simulator's ledger once more, and throws the answers away: libcurl's multi interface on a libuv loop, with
 * nothing around it. What passerelle burns beyond this, for the same requests, is its own.
 *
 * LEDGER as passerelle-sim --ledger writes it; CONF the folder of its --write-config, whose school files say where to and with which token; READY
 * the line that it prints, which names the accounts. Each account has as many requests at once as passerelle gives it: 2 towards Yparéo, 4 towards
 * Edusign. Prints how many were made.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <uv.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/map.h"
#include "core/data/json.h"

#define ACCOUNT_MOST 8192

struct account {
	const char *base, *header;
	unsigned most, busy;
	struct request *first, *last;
};

struct request {
	struct request *next;
	struct account *account;
	const char *method, *url;
	struct str body;
};

static struct arena *arena;
static struct map *ypareo, *edusign; /* name of the account -> struct account */
static struct account *accounts[ACCOUNT_MOST];
static size_t account_count;
static CURLM *multi;
static uv_loop_t *loop;
static uv_timer_t timer;
static const char *ca;
static CURL *idle[ACCOUNT_MOST];
static size_t idle_count;
static unsigned long made, left, failed;

static void die(const char *what)
{
	fprintf(stderr, "bench_bare: %s\n", what);
	exit(1);
}

/* ---- what is to be asked ---- */

static struct str file_text(const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf b;
	char piece[65536];
	size_t n;
	if (!f)
		die(path);
	buf_init(&b, 0);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	struct str out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

static const struct json *tree(struct str text, const char *what)
{
	const struct json *j = NULL;
	if (json_parse(arena, text, NULL, &j, NULL, NULL))
		die(what);
	return j;
}

static void add_account(struct map *map, struct str name, const struct json *side, const char *conf, const char *cut, const char *name_of_header,
                        unsigned most)
{
	struct account *a = arena_alloc(arena, sizeof(*a));
	const char *url = json_text(json_get(side, "url")).p, *end = strstr(url, cut);
	struct str token =
	        str_trim(file_text(arena_printf(arena, "%s/tenants.d/%s", conf, json_text(json_get(side, "token_file")).p)));
	if (!a || account_count == ACCOUNT_MOST || !end)
		die("too many accounts, or an address that is none");
	a->base = arena_printf(arena, "%.*s", (int)(end - url), url);
	if (strcmp(cut, "/v1") != 0)
		a->base = url;
	a->header = arena_printf(arena, "%s%s", name_of_header, token.p);
	a->most = most;
	accounts[account_count++] = a;
	map_put_str(map, name, a);
}

static void read_accounts(const char *conf, const char *ready)
{
	const struct json *schools = json_get(tree(file_text(ready), ready), "schools");
	ypareo = map_new_str(arena);
	edusign = map_new_str(arena);
	for (const struct json *s = schools ? schools->first : NULL; s; s = s->next) {
		struct str name = json_text(json_get(s, "name"));
		const struct json *file = tree(file_text(arena_printf(arena, "%s/tenants.d/%s.json", conf, name.p)), name.p);
		const struct json *environment = json_get(file, "environments")->first, *ids = json_get(s, "edusign");
		add_account(ypareo, name, json_get(file, "ypareo"), conf, "/index.php", "X-Auth-Token: ", 2);
		add_account(edusign, json_text(ids->first), json_get(environment, "edusign"), conf, "/v1", "Authorization: Bearer ", 4);
	}
}

static void read_ledger(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	if (!f)
		die(path);
	while ((n = getline(&line, &room, f)) > 0) {
		const struct json *j = tree(arena_str(arena, (struct str){line, (size_t)n}), "a line of the ledger");
		bool planning = str_eqz(json_text(json_get(j, "vendor")), "ypareo");
		struct account *a = map_get_str(planning ? ypareo : edusign, json_text(json_get(j, "account")));
		struct request *r = arena_alloc(arena, sizeof(*r));
		struct str query = json_text(json_get(j, "query"));
		if (!a || !r)
			continue;
		r->account = a;
		r->method = json_text(json_get(j, "method")).p;
		r->url = arena_printf(arena, "%s%s%s%s", a->base, json_text(json_get(j, "path")).p, query.n ? "?" : "", query.n ? query.p : "");
		r->body = json_text(json_get(j, "body"));
		*(a->last ? &a->last->next : &a->first) = r;
		a->last = r;
		left++;
	}
	free(line);
	fclose(f);
}

/* ---- the transfers ---- */

struct transfer {
	struct curl_slist *headers;
	struct account *account;
};

static size_t throw_away(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static void ask(struct account *a)
{
	struct request *r = a->first;
	CURL *easy = idle_count ? idle[--idle_count] : curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, a->header);
	if (!easy)
		die("no handle");
	a->first = r->next;
	a->busy++;
	if (r->body.n)
		headers = curl_slist_append(headers, "Content-Type: application/json");
	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_URL, r->url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, throw_away);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (ca)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
	if (r->body.n) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)r->body.n);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body.p);
	}
	struct transfer *kept = malloc(sizeof(*kept));
	if (!kept)
		die("no memory");
	*kept = (struct transfer){headers, a};
	curl_easy_setopt(easy, CURLOPT_PRIVATE, kept);
	curl_multi_add_handle(multi, easy);
}

static void ask_all(struct account *a)
{
	while (a->first && a->busy < a->most)
		ask(a);
}

static void drain(void)
{
	CURLMsg *m;
	int more;
	while ((m = curl_multi_info_read(multi, &more)) != NULL) {
		struct transfer *kept;
		CURL *easy = m->easy_handle;
		if (m->msg != CURLMSG_DONE)
			continue;
		failed += m->data.result != CURLE_OK;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &kept);
		curl_multi_remove_handle(multi, easy);
		curl_slist_free_all(kept->headers);
		kept->account->busy--;
		made++;
		left--;
		if (idle_count < ACCOUNT_MOST)
			idle[idle_count++] = easy;
		ask_all(kept->account);
		free(kept);
	}
	if (!left)
		uv_stop(loop);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	int running, flags = status < 0 ? CURL_CSELECT_ERR : 0;
	uv_os_fd_t fd;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	uv_fileno((uv_handle_t *)p, &fd);
	curl_multi_socket_action(multi, fd, flags, &running);
	drain();
}

static void on_time(uv_timer_t *t)
{
	int running;
	(void)t;
	curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	drain();
}

static int set_timer(CURLM *m, long ms, void *arg)
{
	(void)m;
	(void)arg;
	if (ms < 0)
		uv_timer_stop(&timer);
	else
		uv_timer_start(&timer, on_time, (uint64_t)(ms ? ms : 1), 0);
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	free(h);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket)
{
	uv_poll_t *p = socket;
	(void)easy;
	(void)arg;
	if (what == CURL_POLL_REMOVE) {
		if (p) {
			curl_multi_assign(multi, fd, NULL);
			uv_poll_stop(p);
			uv_close((uv_handle_t *)p, on_closed);
		}
		return 0;
	}
	if (!p) {
		p = malloc(sizeof(*p));
		if (!p || uv_poll_init_socket(loop, p, fd))
			die("a socket cannot be watched");
		curl_multi_assign(multi, fd, p);
	}
	uv_poll_start(p, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_poll);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		die("LEDGER CONF READY [CA]");
	arena = arena_new((size_t)4 << 30);
	ca = argc > 4 ? argv[4] : NULL;
	read_accounts(argv[2], argv[3]);
	read_ledger(argv[1]);
	loop = uv_default_loop();
	uv_timer_init(loop, &timer);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 4096L);
	for (size_t i = 0; i < account_count; i++)
		ask_all(accounts[i]);
	if (left)
		uv_run(loop, UV_RUN_DEFAULT);
	printf("{\"requests\":%lu,\"failed\":%lu}\n", made, failed);
	return failed ? 5 : 0;
}
