/* reload PID LOG N: all files are read again N times by SIGHUP, each awaited in the daemon's log; prints the daemon's
 * RSS in kB after a tenth of them, and at the end. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char mark[] = "all files are read again";

static long rss(const char *pid)
{
	char path[64], line[256];
	long kb = -1;
	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

/* How often the mark stands in what has been written since. */
static int marks(int fd)
{
	static char text[65536];
	static size_t kept;
	int count = 0;
	ssize_t n = read(fd, text + kept, sizeof(text) - 1 - kept);
	if (n <= 0)
		return 0;
	kept += (size_t)n;
	text[kept] = '\0';
	char *at = text, *last = text;
	while ((at = strstr(at, mark)) != NULL) {
		count++;
		at += sizeof(mark) - 1;
		last = at;
	}
	size_t tail = kept - (size_t)(last - text);
	if (tail > sizeof(mark) - 1) {
		last += tail - (sizeof(mark) - 1);
		tail = sizeof(mark) - 1;
	}
	memmove(text, last, tail);
	kept = tail;
	return count;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 1;
	pid_t pid = (pid_t)strtol(argv[1], NULL, 10);
	int fd = open(argv[2], O_RDONLY | O_CLOEXEC), wanted = (int)strtol(argv[3], NULL, 10);
	long early = 0;
	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		return 1;
	for (int i = 0; i < wanted; i++) {
		if (kill(pid, SIGHUP))
			return 1;
		for (int spin = 0; marks(fd) == 0; spin++) {
			nanosleep(&(struct timespec){0, 50000}, NULL);
			if (spin == 100000)
				return 2;
		}
		if (i == wanted / 10)
			early = rss(argv[1]);
	}
	printf("%ld %ld\n", early, rss(argv[1]));
	return 0;
}
