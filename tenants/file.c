#include "tenants/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, char *p, size_t size, size_t *out)
{
	size_t n = 0;
	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*out = n;
	return 0;
}

int file_read(struct arena *arena, const char *path, struct str *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	struct stat st;
	int rc = fstat(fd, &st) ? -errno : 0;
	if (rc == 0 && !S_ISREG(st.st_mode))
		rc = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (rc == 0 && st.st_size > FILE_MAX)
		rc = -EFBIG;
	if (rc == 0) {
		size_t n = 0, size = (size_t)st.st_size;
		char *p = arena_alloc(arena, size + 1);
		rc = p ? read_all(fd, p, size, &n) : ERR_LIMIT;
		if (rc == 0)
			*out = (struct str){p, n};
	}
	close(fd);
	return rc;
}

struct file_mark file_mark(const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return (struct file_mark){0};
	return (struct file_mark){(int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec, st.st_size,
	                          (int64_t)st.st_ino};
}

bool file_mark_equal(const struct file_mark *a, const struct file_mark *b)
{
	return a->mtime_ns == b->mtime_ns && a->size == b->size && a->inode == b->inode;
}
