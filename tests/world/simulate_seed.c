#include "tests/world/simulate_p.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"

/* A seed in a child: an assertion there ends the child, and a seed does not depend on those before it. */

static void in_child(const struct simulate_options *options, int fd)
{
	struct simulate_result r;
	if (!options->verbose) /* lost writes are what this is about; each would be a warning */
		log_setup(LOG_LVL_CRIT, LOG_TEXT, 2);
	simulate__run(options, &r);
	_exit(write(fd, &r, sizeof(r)) == (ssize_t)sizeof(r) ? 0 : 1);
}

void simulate_seed(const struct simulate_options *options, struct simulate_result *result)
{
	int ends[2], status = 0;
	*result = (struct simulate_result){0};
	fflush(NULL);
	REQUIRE(pipe(ends) == 0);
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		close(ends[0]);
		in_child(options, ends[1]);
	}
	close(ends[1]);
	ssize_t n = read(ends[0], result, sizeof(*result));
	close(ends[0]);
	REQUIRE(waitpid(child, &status, 0) == child);
	if (n == (ssize_t)sizeof(*result) && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	*result = (struct simulate_result){0};
	snprintf(result->failure, sizeof(result->failure),
	         "the process broke (%s %d); --verbose tells how far it came",
	         WIFSIGNALED(status) ? "signal" : "exit",
	         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}
