#include "tenants/erased.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/tz.h"
#include "core/sync/state.h"

#define FILE_MOST ((size_t)8 << 20)

static int path_of(const char *folder, const char *name, char out[4200])
{
	int n = snprintf(out, 4200, "%s/%s", folder, name);
	return n > 0 && n < 4200 ? 0 : -ENAMETOOLONG;
}

static bool read_word(struct str *line, struct str *word)
{
	const char *space = line->n ? memchr(line->p, ' ', line->n) : NULL;
	size_t n = space ? (size_t)(space - line->p) : line->n;
	*word = (struct str){line->p, n};
	n += space != NULL;
	*line = (struct str){line->p + n, line->n - n};
	return word->n > 0;
}

static bool read_line(struct str line, struct erased *out)
{
	struct str kind, code, at;
	if (!read_word(&line, &kind) || !read_word(&line, &code) || !read_word(&line, &at) || line.n || str_to_int64(code, &out->code) ||
	    utc_parse(at, &out->at))
		return false;
	for (int k = 0; k < PERSON_KIND_COUNT; k++) {
		out->kind = (enum person_kind)k;
		if (str_eqz(kind, person_kind_name(out->kind)))
			return true;
	}
	return false;
}

int erased_read(const char *folder, struct arena *arena, struct items *out)
{
	char path[4200];
	size_t cap = 0;
	int rc = path_of(folder, ERASED_NAME, path);
	int fd = rc ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return rc ? rc : errno == ENOENT ? 0 : -errno;
	struct stat st;
	char *text = fstat(fd, &st) == 0 && st.st_size >= 0 && (size_t)st.st_size <= FILE_MOST ? arena_alloc(arena, (size_t)st.st_size + 1) : NULL;
	ssize_t n = text ? read(fd, text, (size_t)st.st_size) : -1;
	close(fd);
	if (n < 0)
		return text ? -EIO : ERR_LIMIT;
	for (struct str rest = {text, (size_t)n}; rest.n && rc == 0;) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t length = end ? (size_t)(end - rest.p) : rest.n;
		struct erased e;
		rc = read_line((struct str){rest.p, length}, &e) ? items_add(arena, out, &cap, &e, sizeof(e)) : ERR_SYNTAX;
		length += end != NULL;
		rest = (struct str){rest.p + length, rest.n - length};
	}
	return rc;
}

/* The whole file anew beside it, then in its place. */
static int write_file(const char *folder, struct str text)
{
	char fresh[4200], path[4200];
	int rc = path_of(folder, ERASED_NAME, path);
	if (rc == 0)
		rc = path_of(folder, ERASED_NAME ".new", fresh);
	if (rc)
		return rc;
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, text.p, text.n) != (ssize_t)text.n || fsync(fd))
		rc = errno ? -errno : -ENOSPC;
	close(fd);
	if (rc == 0 && rename(fresh, path))
		rc = -errno;
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rc == 0 && (dir < 0 || fsync(dir)))
		rc = -errno;
	if (dir >= 0)
		close(dir);
	return rc;
}

int erased_add(const char *folder, const struct erased *v, size_t n)
{
	struct arena *arena = arena_new(4 * FILE_MOST);
	struct items all = {NULL, 0};
	struct buf text;
	buf_init(&text, FILE_MOST);
	int rc = mkdir(folder, 0700) && errno != EEXIST ? -errno : erased_read(folder, arena, &all);
	const struct erased *there = all.v;
	for (size_t i = 0; i < all.n + n; i++) {
		const struct erased *e = i < all.n ? &there[i] : &v[i - all.n];
		bool known = false;
		for (size_t k = 0; k < all.n && i >= all.n; k++)
			known = known || (there[k].kind == e->kind && there[k].code == e->code && there[k].at == e->at);
		char at[UTC_TEXT];
		if (!known)
			buf_printf(&text, "%s %lld %s\n", person_kind_name(e->kind), (long long)e->code, utc_iso(e->at, at));
	}
	if (rc == 0 && buf_error(&text))
		rc = buf_error(&text);
	if (rc == 0 && n)
		rc = write_file(folder, buf_str(&text));
	buf_deinit(&text);
	arena_free(&arena);
	return rc;
}
