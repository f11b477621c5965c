#include "core/app/simulator.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>


#define NAME       "passerelle-sim"
#define READY_MS   20000
#define ANSWER_MAX ((size_t)64 << 20)

/* ---- where it is ---- */

static const char *beside(struct arena *arena, const char *own, const char *folder)
{
	const char *slash = strrchr(own, '/');
	const char *path = slash ? arena_printf(arena, "%.*s/%s" NAME, (int)(slash - own), own, folder) : NULL;
	return path && access(path, X_OK) == 0 ? path : NULL;
}

const char *simulator_find(struct arena *arena, const char *program, struct buf *why)
{
	const char *path = getenv("PASSERELLE_SIM");
	if (path && path[0]) {
		if (access(path, X_OK) == 0)
			return path;
		buf_printf(why, "PASSERELLE_SIM is %s, which is no program\n", path);
		return NULL;
	}
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	own[n > 0 ? n : 0] = '\0';
	const char *found = beside(arena, own, "");
	if (!found)
		found = beside(arena, own, "../bin/");
	if (!found)
		found = beside(arena, program, "");
	if (!found)
		buf_addz(why, NAME " is neither beside this program nor in ../bin: PASSERELLE_SIM can name it\n");
	return found;
}

/* ---- its life ---- */

/* The child: only calls that are safe behind a fork. */
static void become(const char *path, char *const *argv, int out, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	execv(path, argv);
	_exit(127);
}

/* The line that it prints when it is ready. */
static int read_line(int fd, struct buf *line)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	while (!line->n || line->p[line->n - 1] != '\n') {
		char piece[1024];
		int rc = poll(&p, 1, READY_MS);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return rc ? -errno : ERR_TIMEOUT;
		ssize_t n = read(fd, piece, sizeof(piece));
		if (n <= 0)
			return n ? -errno : ERR_TRUNCATED;
		buf_add(line, piece, (size_t)n);
		if (buf_error(line))
			return buf_error(line);
	}
	return 0;
}

static int understand(struct simulator *s, struct str line)
{
	const struct json *ready = NULL;
	int rc = json_parse(s->arena, line, NULL, &ready, NULL, NULL);
	if (rc)
		return rc;
	s->control = arena_str(s->arena, json_text(json_get(ready, "control"))).p;
	return s->control && s->control[0] ? 0 : ERR_MISSING;
}

int simulator_start(struct simulator *s, struct arena *arena, const char *path, const char *const *args,
                    struct buf *why)
{
	*s = (struct simulator){.arena = arena};
	size_t n = 0;
	while (args[n])
		n++;
	char **argv = arena_array(arena, n + 2, sizeof(*argv));
	int ends[2];
	if (!argv || pipe(ends)) {
		buf_printf(why, "%s cannot be started: %s\n", path, err_text(argv ? -errno : ERR_LIMIT));
		return ERR_LIMIT;
	}
	argv[0] = (char *)path;
	memcpy(argv + 1, args, n * sizeof(*argv));
	pid_t parent = getpid();
	s->pid = fork();
	if (s->pid == 0)
		become(path, argv, ends[1], parent);
	close(ends[1]);
	struct buf line;
	buf_init(&line, 1 << 16);
	int rc = s->pid < 0 ? -errno : read_line(ends[0], &line);
	if (rc == 0)
		rc = understand(s, buf_str(&line));
	if (rc)
		buf_printf(why, "%s did not get ready: %s\n", path, err_text(rc));
	close(ends[0]);
	buf_deinit(&line);
	if (rc)
		simulator_stop(s);
	return rc;
}

void simulator_stop(struct simulator *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGTERM);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
}

/* ---- its back door ---- */

void simulator_connect(struct simulator *s, struct rig *rig)
{
	struct fetch_lane_limits limits = {.concurrency = 1};
	s->rig = rig;
	s->lane = fetch_lane_new(rig->hub, "simulator", &limits);
}

void simulator_disconnect(struct simulator *s)
{
	if (s->lane)
		fetch_lane_free(&s->lane);
}

struct asking {
	struct fetch fetch;
	struct buf body;
	struct loop *loop;
};

static int on_bytes(void *arg, const char *p, size_t n)
{
	struct asking *a = arg;
	buf_add(&a->body, p, n);
	return buf_error(&a->body);
}

static void on_done(struct fetch *f)
{
	struct asking *a = list_entry(f, struct asking, fetch);
	loop_stop(a->loop);
}

int simulator_ask(struct simulator *s, enum fetch_method method, const char *path, const char *body,
                  const struct json **out, struct buf *why)
{
	struct asking a = {.loop = s->rig->loop};
	buf_init(&a.body, ANSWER_MAX);
	a.fetch.request = (struct fetch_request){
	        .method = method,
	        .effect = method == FETCH_GET ? FETCH_READ : FETCH_WRITE_ONCE,
	        .url = arena_printf(s->arena, "%s%s", s->control, path),
	        .body = str_of(body),
	        .sink = on_bytes,
	        .sink_arg = &a,
	        .max_body = ANSWER_MAX,
	};
	a.fetch.lane = s->lane;
	a.fetch.done = on_done;
	REQUIRE(a.fetch.request.url);
	fetch_start(&a.fetch);
	loop_run(a.loop);
	struct fault fault = {0};
	fetch_fault(&a.fetch, &fault);
	int rc = fault_is(&fault) ? (fault.code ? fault.code : ERR_HTTP) : 0;
	struct str text = rc == 0 ? arena_str(s->arena, buf_str(&a.body)) : STR_NONE;
	if (rc == 0)
		rc = json_parse(s->arena, text, NULL, out, NULL, NULL);
	if (rc)
		buf_printf(why, "the simulator answered %s with: %s %s\n", path, err_text(rc), a.fetch.reply.head);
	buf_deinit(&a.body);
	return rc;
}
