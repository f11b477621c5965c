#include "tests/fault/torture.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "tests/world/sim.h"

/* glibc's own, under the names that it keeps for whoever stands in for malloc() */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static uint64_t calls, fails_at;
static bool counting, hit;
static unsigned shield; /* inside the vendors */

static bool fails(void)
{
	if (!counting || shield || ++calls != fails_at)
		return false;
	hit = true;
	errno = ENOMEM;
	return true;
}

void torture_start(uint64_t n)
{
	calls = 0;
	fails_at = n;
	hit = false;
	counting = true;
}

uint64_t torture_stop(void)
{
	counting = false;
	return calls;
}

bool torture_hit(void)
{
	return hit;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

/* ---- the vendors: other machines, whose memory is their own (ld --wrap) ---- */

int __real_sim_handle(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req,
                      struct sim_reply *reply, struct sim_fault *fault);
int __wrap_sim_handle(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req,
                      struct sim_reply *reply, struct sim_fault *fault);
void __real_sim_tick(struct sim *sim, int64_t now_ms);
void __wrap_sim_tick(struct sim *sim, int64_t now_ms);

int __wrap_sim_handle(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req,
                      struct sim_reply *reply, struct sim_fault *fault)
{
	shield++;
	int rc = __real_sim_handle(sim, vendor, customer, req, reply, fault);
	shield--;
	return rc;
}

void __wrap_sim_tick(struct sim *sim, int64_t now_ms)
{
	shield++;
	__real_sim_tick(sim, now_ms);
	shield--;
}
