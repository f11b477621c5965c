/*
 * Preloaded: what the disk may say to a store. The IOERR_AT-th call of the kind IOERR_CALL ("write": pwrite, pwritev, write, writev; "sync": fdatasync, fsync,
 * msync) on a file named data.mdb fails with IOERR_ERRNO; with IOERR_STAYS every one from there on. With IOERR_COUNT the number of calls of that kind is
 * written to that file as the process ends.
 */

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_ulong calls;

static bool is_store(int fd)
{
	static const char name[] = "/data.mdb";
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (n < (ssize_t)sizeof(name))
		return false;
	path[n] = '\0';
	return strcmp(path + n - strlen(name), name) == 0;
}

static bool fails(const char *kind, int fd)
{
	const char *wanted = getenv("IOERR_CALL"), *at = getenv("IOERR_AT"), *code = getenv("IOERR_ERRNO");
	if (!wanted || strcmp(wanted, kind) != 0 || (fd >= 0 && !is_store(fd)))
		return false;
	unsigned long n = atomic_fetch_add(&calls, 1) + 1, first = at ? strtoul(at, NULL, 10) : 0;
	if (first == 0 || (getenv("IOERR_STAYS") ? n < first : n != first))
		return false;
	errno = code ? (int)strtol(code, NULL, 10) : EIO;
	return true;
}

static void __attribute__((destructor)) tell(void)
{
	const char *path = getenv("IOERR_COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f)
		return;
	fprintf(f, "%lu\n", atomic_load(&calls));
	fclose(f);
}

#define STAND_IN(type, name, kind, fd, params, args)                                                                 \
	type name params                                                                                             \
	{                                                                                                            \
		static type(*real) params;                                                                           \
		if (!real)                                                                                           \
			*(void **)&real = dlsym(RTLD_NEXT, #name);                                                   \
		return fails(kind, fd) ? -1 : real args;                                                             \
	}

STAND_IN(ssize_t, write, "write", fd, (int fd, const void *p, size_t n), (fd, p, n))
STAND_IN(ssize_t, pwrite, "write", fd, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
STAND_IN(ssize_t, pwrite64, "write", fd, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
STAND_IN(ssize_t, writev, "write", fd, (int fd, const struct iovec *v, int n), (fd, v, n))
STAND_IN(ssize_t, pwritev, "write", fd, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
STAND_IN(ssize_t, pwritev64, "write", fd, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at))
STAND_IN(int, fdatasync, "sync", fd, (int fd), (fd))
STAND_IN(int, fsync, "sync", fd, (int fd), (fd))
STAND_IN(int, msync, "sync", -1, (void *p, size_t n, int flags), (p, n, flags))
