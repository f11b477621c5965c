#include "tests/fuzz/files.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char made[4][64];
static pid_t owner;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void clean_up(void)
{
	for (size_t i = 0; i < 4 && made[i][0] && getpid() == owner; i++)
		nftw(made[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void files_init(struct files *f)
{
	size_t i = 0;
	/* in memory where there is such a place: millions of them are written */
	snprintf(f->dir, sizeof(f->dir), "%s/passerelle-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	REQUIRE(mkdtemp(f->dir));
	while (i < 4 && made[i][0])
		i++;
	REQUIRE(i < 4);
	memcpy(made[i], f->dir, sizeof(f->dir));
	owner = getpid();
	if (i == 0)
		REQUIRE(atexit(clean_up) == 0);
}

const char *files_path(struct files *f, const char *name)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);
	return f->path;
}

void files_write(struct files *f, const char *name, struct str text, int mode)
{
	int fd = open(files_path(f, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0);
	REQUIRE(write(fd, text.p, text.n) == (ssize_t)text.n);
	REQUIRE(fchmod(fd, (mode_t)mode) == 0);
	close(fd);
}

void files_check_mistakes(struct str mistakes)
{
	REQUIRE(mistakes.n > 0 && mistakes.p[mistakes.n - 1] == '\n');
	REQUIRE(str_is_utf8(mistakes));
	for (size_t i = 0; i < mistakes.n; i++) {
		unsigned char c = (unsigned char)mistakes.p[i];
		REQUIRE((c >= ' ' && c != 127) || (c == '\n' && i && mistakes.p[i - 1] != '\n'));
	}
}
