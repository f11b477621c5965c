/*
 * measure COMMAND [ARG…]
 *
 * Runs a command to its end and prints, as one line of JSON, what the kernel accounted it: seconds of user and system time, seconds by the
 * clock, kilobytes at most. Its standard output goes to standard error. Exits as the command did.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct timespec began, ended;
	struct rusage used;
	int status;
	if (argc < 2) {
		fputs("usage: measure COMMAND [ARG…]\n", stderr);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &began);
	pid_t child = fork();
	if (child == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) != child) {
		perror("measure");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("{\"user\":%.3f,\"system\":%.3f,\"wall\":%.3f,\"memory_kb\":%ld}\n", seconds(used.ru_utime), seconds(used.ru_stime),
	       (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9, used.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
