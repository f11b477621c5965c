#include "tenants/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tenants/file.h"

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = fsync(fd) ? -errno : 0;
	close(fd);
	return rc;
}

static int write_all(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int rc = 0;
	while (text.n && rc == 0) {
		ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno != EINTR)
			rc = -errno;
		if (n > 0)
			text = (struct str){text.p + n, text.n - (size_t)n};
	}
	if (rc == 0 && fsync(fd))
		rc = -errno;
	close(fd);
	return rc;
}

/* Whole or not at all, also when the power fails. */
static int put_file(const char *data, const char *tenant, const char *name, struct str text)
{
	char folder[4096], path[4200], fresh[4200];
	snprintf(folder, sizeof(folder), "%s/%s", data, tenant);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(fresh, sizeof(fresh), "%s/%s.tmp", folder, name);
	if (mkdir(folder, 0700) && errno != EEXIST)
		return -errno;
	int rc = write_all(fresh, text);
	if (rc == 0 && rename(fresh, path))
		rc = -errno;
	if (rc)
		unlink(fresh);
	return rc ? rc : sync_folder(folder);
}

static int drop_file(const char *data, const char *tenant, const char *name)
{
	char path[4200];
	snprintf(path, sizeof(path), "%s/%s/%s", data, tenant, name);
	if (unlink(path))
		return errno == ENOENT ? 0 : -errno;
	snprintf(path, sizeof(path), "%s/%s", data, tenant);
	return sync_folder(path);
}

bool keep_is_paused(const char *data, const char *tenant)
{
	char path[4200];
	snprintf(path, sizeof(path), "%s/%s/paused", data, tenant);
	return access(path, F_OK) == 0;
}

int keep_pause(const char *data, const char *tenant, bool paused)
{
	return paused ? put_file(data, tenant, "paused", STR("passerelle resume takes this away\n"))
	              : drop_file(data, tenant, "paused");
}

const char *keep_file_path(struct arena *arena, const char *data, const char *tenant)
{
	return arena_printf(arena, "%s/%s/school.json", data, tenant);
}

int keep_file(const char *data, const char *tenant, struct str text)
{
	struct arena *arena = arena_new(2 * FILE_MAX);
	struct str old = STR_NONE;
	const char *path = keep_file_path(arena, data, tenant);
	bool same = path && file_read(arena, path, &old) == 0 && str_eq(old, text);
	arena_free(&arena);
	return same ? 0 : put_file(data, tenant, "school.json", text);
}

int keep_no_file(const char *data, const char *tenant)
{
	return drop_file(data, tenant, "school.json");
}
