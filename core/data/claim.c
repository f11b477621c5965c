#include "core/data/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 65
#define LINE_SIZE 300
#define PATH_SIZE 4200

/* What stands in a file's name: itself, if every file system takes it, else its hash. */
static void name_of(struct str what, char out[NAME_SIZE])
{
	bool plain = what.n > 0 && what.n < NAME_SIZE / 2;
	for (size_t i = 0; i < what.n; i++) {
		char c = what.p[i];
		plain = plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0));
	}
	if (plain) {
		snprintf(out, NAME_SIZE, "%.*s", STR_ARG(what));
		return;
	}
	struct digest d;
	uint8_t hash[32];
	digest_init(&d);
	digest_add(&d, what);
	digest_end(&d, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* One line without its end; "" when there is none. */
static void read_line(const char *path, char out[LINE_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, LINE_SIZE - 1);
	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = fsync(fd) ? -errno : 0;
	close(fd);
	return rc;
}

/* The text on disk under a name that only me uses. */
static int write_fresh(const char *path, const char *line, const struct claim_owner *me, char fresh[PATH_SIZE + 600])
{
	snprintf(fresh, PATH_SIZE + 600, "%s.%s.%s", path, me->tenant, me->key);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	size_t n = strlen(line);
	errno = 0;
	int rc = write(fd, line, n) == (ssize_t)n && fsync(fd) == 0 ? 0 : errno ? -errno : -ENOSPC;
	close(fd);
	if (rc)
		unlink(fresh);
	return rc;
}

static int put_name(const char *fresh, const char *path)
{
	int rc = rename(fresh, path) ? -errno : 0;
	if (rc)
		unlink(fresh);
	return rc;
}

static bool same(const struct claim_owner *a, const struct claim_owner *b)
{
	return strcmp(a->tenant, b->tenant) == 0 && strcmp(a->key, b->key) == 0;
}

/* What this environment says that it has. */
static void own_claim(const char *data, const struct claim_owner *o, char out[LINE_SIZE])
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "%s/%s/%s/claim", data, o->tenant, o->key);
	read_line(path, out);
}

/* Whom the claim's own file names; false: nobody, or somebody who says something else. */
static bool holder(const char *data, const char *name, struct claim_owner *out)
{
	char path[PATH_SIZE], line[LINE_SIZE], said[LINE_SIZE];
	snprintf(path, sizeof(path), "%s/.claims/%s", data, name);
	read_line(path, line);
	if (sscanf(line, "%63[a-z0-9-] %199[a-z0-9-]", out->tenant, out->key) != 2)
		return false;
	own_claim(data, out, said);
	return strcmp(said, name) == 0;
}

static int make_folder(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

/* Two jobs that want the same find out here who was first. */
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;

static int enter(const char *data, const char *name, const struct claim_owner *before, const struct claim_owner *me,
                 struct claim_owner *other)
{
	char folder[PATH_SIZE], path[PATH_SIZE + 300], fresh[PATH_SIZE + 600], line[LINE_SIZE];
	struct claim_owner now;
	snprintf(folder, sizeof(folder), "%s/.claims", data);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(line, sizeof(line), "%s %s\n", me->tenant, me->key);
	int rc = make_folder(folder);
	rc = rc ? rc : write_fresh(path, line, me, fresh);
	if (rc)
		return rc;
	pthread_mutex_lock(&taking);
	if (holder(data, name, &now) && !same(&now, me) && !(before && same(&now, before))) {
		unlink(fresh);
		*other = now;
		rc = ERR_CONFLICT;
	} else {
		rc = put_name(fresh, path);
	}
	pthread_mutex_unlock(&taking);
	return rc ? rc : sync_folder(folder);
}

/* before: who is no owner any more; NULL: nobody has it. */
static int take(const char *data, const char *name, const struct claim_owner *before, const struct claim_owner *me,
                struct claim_owner *other)
{
	char folder[PATH_SIZE], path[PATH_SIZE + 300], fresh[PATH_SIZE + 600], had[LINE_SIZE];
	own_claim(data, me, had);
	snprintf(folder, sizeof(folder), "%s/%s", data, me->tenant);
	int rc = make_folder(folder);
	snprintf(folder, sizeof(folder), "%s/%s/%s", data, me->tenant, me->key);
	rc = rc ? rc : make_folder(folder);
	snprintf(path, sizeof(path), "%s/claim", folder);
	/* first the owner's word: cut short behind it, nobody has it */
	rc = rc ? rc : write_fresh(path, name, me, fresh);
	rc = rc ? rc : put_name(fresh, path);
	rc = rc ? rc : sync_folder(folder);
	if (rc == 0)
		rc = enter(data, name, before, me, other);
	if (rc == ERR_CONFLICT)
		unlink(path);
	if (rc == 0 && had[0] && strcmp(had, name) != 0) {
		snprintf(path, sizeof(path), "%s/.claims/%s", data, had);
		(void)unlink(path); /* left over it would be nobody's: its owner says something else */
	}
	return rc;
}

int claim_work(const char *data, struct str what, const struct claim_owner *me, bool write,
               bool (*gone)(void *arg, const struct claim_owner *owner), void *arg, struct claim_owner *other)
{
	char name[NAME_SIZE];
	struct claim_owner now;
	name_of(what, name);
	bool held = holder(data, name, &now);
	if (held) {
		if (same(&now, me))
			return 0;
		if (!gone || !gone(arg, &now)) {
			*other = now;
			return ERR_CONFLICT;
		}
	}
	int rc = write ? take(data, name, held ? &now : NULL, me, other) : 0;
	return rc == -ENOSPC || rc == -EDQUOT ? ERR_STORE_FULL : rc;
}
