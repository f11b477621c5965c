#include "core/app/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#define FILE_BYTES_MOST (64u << 10)
#define ENTRIES_MOST    256
#define TOKEN_MOST      512

struct access_list {
	unsigned n;
	struct access v[];
};

const char *access_role_name(enum access_role role)
{
	static const char *const names[ACCESS_ROLE_COUNT] = {"operator", "read", "school"};
	return names[role];
}

/* ---- seals ---- */

static void sha256(struct str s, uint8_t out[32])
{
	GChecksum *c = g_checksum_new(G_CHECKSUM_SHA256);
	gsize n = 32;
	g_checksum_update(c, (const guchar *)s.p, (gssize)s.n);
	g_checksum_get_digest(c, out, &n);
	g_checksum_free(c);
}

/* HMAC-SHA256 under the entry's seal, for one purpose, as text. */
static void seal(const struct access *a, const char *purpose, struct str text, char out[ACCESS_SEAL])
{
	GHmac *h = g_hmac_new(G_CHECKSUM_SHA256, a->seal, sizeof(a->seal));
	g_hmac_update(h, (const guchar *)purpose, (gssize)strlen(purpose) + 1);
	g_hmac_update(h, (const guchar *)text.p, (gssize)text.n);
	snprintf(out, ACCESS_SEAL, "%s", g_hmac_get_string(h));
	g_hmac_unref(h);
}

/* One token's seal: from the machine's, which no token file holds. */
static void derive_seal(struct access *a, const uint8_t machine[32])
{
	GHmac *h = g_hmac_new(G_CHECKSUM_SHA256, machine, 32);
	gsize n = sizeof(a->seal);
	g_hmac_update(h, a->key, sizeof(a->key));
	g_hmac_get_digest(h, a->seal, &n);
	g_hmac_unref(h);
}

static int make_seal(const char *path, uint8_t out[32])
{
	if (getrandom(out, 32, 0) != 32)
		return -EIO;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	int rc = write(fd, out, 32) == 32 && fsync(fd) == 0 ? 0 : -EIO;
	close(fd);
	if (rc)
		unlink(path);
	return rc;
}

int access_seal(const char *data, uint8_t out[32], struct buf *why)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/.seal", data);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = fd < 0 ? -errno : 0;
	if (fd >= 0) {
		struct stat st;
		if (fstat(fd, &st) != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)))
			rc = -EPERM;
		else if (read(fd, out, 32) != 32)
			rc = -EIO;
		close(fd);
	} else if (rc == -ENOENT) {
		rc = make_seal(path, out);
	}
	if (rc)
		buf_printf(why, "%s: %s: expected 32 bytes readable by its owner alone; without the file a new one is made, and whoever is logged in logs in again\n",
		           path, err_text(rc));
	return rc;
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	volatile uint8_t different = 0;
	for (size_t i = 0; i < n; i++)
		different |= (uint8_t)(a[i] ^ b[i]);
	return different == 0;
}

bool access_equal(struct str a, struct str b)
{
	return a.n == b.n && same_bytes((const uint8_t *)a.p, (const uint8_t *)b.p, a.n);
}

/* ---- the file ---- */

static bool word(struct str *rest, struct str *out)
{
	*rest = str_trim(*rest);
	size_t n = 0;
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*out = (struct str){rest->p, n};
	*rest = (struct str){rest->p + n, rest->n - n};
	return n > 0;
}

static bool good_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!g_ascii_isalnum(s.p[i]) && !strchr("._@-", s.p[i]))
			return false;
	return s.n && s.n < ACCESS_NAME;
}

static bool good_tenant(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!g_ascii_islower(s.p[i]) && !g_ascii_isdigit(s.p[i]) && (s.p[i] != '-' || i == 0))
			return false;
	return s.n && s.n < ACCESS_TENANT;
}

/* The token's SHA-256 in its place. */
static const char *read_hash(struct str hex, struct access *a)
{
	static const char expected[] = "expected 64 hexadecimal digits behind sha256:";
	if (hex.n != 64)
		return expected;
	for (size_t i = 0; i < 64; i += 2) {
		int high = g_ascii_xdigit_value(hex.p[i]), low = g_ascii_xdigit_value(hex.p[i + 1]);
		if (high < 0 || low < 0)
			return expected;
		a->key[i / 2] = (uint8_t)(high << 4 | low);
	}
	return NULL;
}

/* NULL, or what is wrong. */
static const char *read_token(struct str token, struct access *a)
{
	if (str_starts(token, "sha256:"))
		return read_hash((struct str){token.p + 7, token.n - 7}, a);
	if (token.n < ACCESS_LEAST)
		return "the token is shorter than 16 characters and could be guessed: passerelle token makes one";
	if (token.n > TOKEN_MOST)
		return "the token is longer than 512 characters";
	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] <= ' ' || token.p[i] > '~')
			return "the token holds a character that no token has";
	sha256(token, a->key);
	a->plain = true;
	return NULL;
}

static const char *read_line(struct str line, struct access *a)
{
	static const char expected[] =
	        "expected NAME ROLE TOKEN, the role one of operator, read, school:<tenant>; or a token alone";
	struct str name, role, token, more;
	*a = (struct access){.name = "operator", .role = ACCESS_OPERATOR};
	word(&line, &name);
	if (!word(&line, &role))
		return read_token(name, a);
	if (!word(&line, &token) || word(&line, &more) || !good_name(name))
		return expected;
	snprintf(a->name, sizeof(a->name), "%.*s", STR_ARG(name));
	if (str_eqz(role, "read")) {
		a->role = ACCESS_READ;
	} else if (str_starts(role, "school:")) {
		struct str tenant = {role.p + strlen("school:"), role.n - strlen("school:")};
		if (!good_tenant(tenant))
			return expected;
		a->role = ACCESS_SCHOOL;
		snprintf(a->tenant, sizeof(a->tenant), "%.*s", STR_ARG(tenant));
	} else if (!str_eqz(role, "operator")) {
		return expected;
	}
	return read_token(token, a);
}

void access_hash(struct str token, char out[ACCESS_HASH])
{
	uint8_t key[32];
	sha256(token, key);
	memcpy(out, "sha256:", 7);
	str_hex(key, 32, out + 7);
}

const char *access_check_line(struct str line)
{
	struct access a;
	return read_line(line, &a);
}

static int read_lines(const char *path, struct str text, struct access_list *list, struct buf *why)
{
	int rc = 0;
	for (unsigned number = 1; text.n; number++) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		struct str line = str_trim((struct str){text.p, n});
		n += end != NULL;
		text = (struct str){text.p + n, text.n - n};
		if (str_empty(line) || line.p[0] == '#')
			continue;
		const char *wrong =
		        list->n == ENTRIES_MOST ? "more than 256 tokens" : read_line(line, &list->v[list->n]);
		for (unsigned i = 0; i < list->n && !wrong; i++)
			if (same_bytes(list->v[i].key, list->v[list->n].key, 32))
				wrong = "the same token stands above";
		if (wrong) {
			buf_printf(why, "%s:%u: %s\n", path, number, wrong);
			rc = ERR_CONFIG;
			if (list->n == ENTRIES_MOST)
				return rc;
			continue;
		}
		list->n++;
	}
	if (!list->n && !rc) {
		buf_printf(why, "%s: holds no token, expected a line NAME ROLE TOKEN, or a token alone\n", path);
		rc = ERR_CONFIG;
	}
	return rc;
}

/* The bytes read, or -1 with a line in why. */
static ssize_t read_private(const char *path, char *p, size_t size, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0) {
		buf_printf(why, "%s: cannot be read: %s, expected the file of the tokens\n", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		buf_printf(why, "%s: is not a file, expected the file of the tokens\n", path);
	} else if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		buf_printf(why, "%s: is open to group or others, expected its owner alone: chmod 600 '%s'\n", path,
		           path);
	} else {
		size_t n = 0;
		ssize_t got = 1;
		while (n < size && got > 0) {
			got = read(fd, p + n, size - n);
			n += got > 0 ? (size_t)got : 0;
		}
		close(fd);
		if (got >= 0 && n < size)
			return (ssize_t)n;
		buf_printf(why, "%s: %s\n", path, got < 0 ? strerror(errno) : "is longer than 64 KiB");
		return -1;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

int access_read(const char *path, const uint8_t *machine, struct access_list **out, struct buf *why)
{
	REQUIRE(*out == NULL);
	char *text = xcalloc(1, FILE_BYTES_MOST);
	ssize_t n = read_private(path, text, FILE_BYTES_MOST, why);
	struct access_list *list = xcalloc(1, sizeof(*list) + ENTRIES_MOST * sizeof(list->v[0]));
	int rc = n < 0 ? ERR_CONFIG : read_lines(path, (struct str){text, (size_t)n}, list, why);
	explicit_bzero(text, FILE_BYTES_MOST);
	free(text);
	for (unsigned i = 0; machine && i < list->n; i++)
		derive_seal(&list->v[i], machine);
	if (rc)
		access_free(&list);
	else
		*out = list;
	return rc;
}

void access_free(struct access_list **list)
{
	if (!*list)
		return;
	explicit_bzero((*list)->v, (*list)->n * sizeof((*list)->v[0]));
	free(*list);
	*list = NULL;
}

unsigned access_plain(const struct access_list *list)
{
	unsigned n = 0;
	for (unsigned i = 0; list && i < list->n; i++)
		n += list->v[i].plain;
	return n;
}

bool access_same(const struct access_list *a, const struct access_list *b)
{
	return a && b && a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(a->v[0])) == 0;
}

/* ---- who ---- */

const struct access *access_by_token(const struct access_list *list, struct str token)
{
	uint8_t key[32];
	const struct access *found = NULL;
	sha256(token, key);
	for (unsigned i = 0; list && i < list->n; i++)
		if (same_bytes(list->v[i].key, key, sizeof(key)))
			found = &list->v[i];
	return found;
}

void access_cookie(const struct access *a, int64_t expires_s, char out[ACCESS_COOKIE])
{
	char text[32], sealed[ACCESS_SEAL];
	snprintf(text, sizeof(text), "%lld", (long long)expires_s);
	seal(a, "cookie", str_of(text), sealed);
	snprintf(out, ACCESS_COOKIE, "%s.%s", text, sealed);
}

const struct access *access_by_cookie(const struct access_list *list, struct str cookie, int64_t now_s)
{
	const char *dot = cookie.n ? memchr(cookie.p, '.', cookie.n) : NULL;
	int64_t expires;
	if (!dot || str_to_int64((struct str){cookie.p, (size_t)(dot - cookie.p)}, &expires) != 0 ||
	    expires <= now_s || expires > now_s + ACCESS_COOKIE_S)
		return NULL;
	const struct access *found = NULL;
	for (unsigned i = 0; list && i < list->n; i++) {
		char right[ACCESS_COOKIE];
		access_cookie(&list->v[i], expires, right);
		if (access_equal(cookie, str_of(right)))
			found = &list->v[i];
	}
	return found;
}

void access_form(const struct access *a, struct str cookie, char out[ACCESS_SEAL])
{
	seal(a, "form", cookie, out);
}

bool access_sees(const struct access *a, const char *tenant)
{
	return a->role != ACCESS_SCHOOL || (tenant && strcmp(a->tenant, tenant) == 0);
}

/* ---- failures ---- */

#define ADDRESSES  256
#define FREE_TRIES 10
#define REFILL_MS  6000

struct access_failures {
	struct {
		char address[64];
		int64_t full_ms; /* when all its tries will have come back */
	} v[ADDRESSES];
};

struct access_failures *access_failures_new(void)
{
	return xcalloc(1, sizeof(struct access_failures));
}

void access_failures_free(struct access_failures **f)
{
	free(*f);
	*f = NULL;
}

unsigned access_failed(struct access_failures *f, const char *address, int64_t now_ms)
{
	unsigned at = 0;
	for (unsigned i = 0; i < ADDRESSES; i++) {
		if (f->v[i].address[0] && strcmp(f->v[i].address, address) == 0) {
			at = i;
			break;
		}
		if (f->v[i].full_ms < f->v[at].full_ms)
			at = i; /* the one that has behaved longest makes room */
	}
	if (strcmp(f->v[at].address, address) != 0) {
		snprintf(f->v[at].address, sizeof(f->v[at].address), "%s", address);
		f->v[at].full_ms = now_ms;
	}
	int64_t from = f->v[at].full_ms > now_ms ? f->v[at].full_ms : now_ms;
	int64_t over = from + REFILL_MS - (now_ms + (int64_t)FREE_TRIES * REFILL_MS);
	if (over > 0)
		return (unsigned)((over + 999) / 1000);
	f->v[at].full_ms = from + REFILL_MS;
	return 0;
}
