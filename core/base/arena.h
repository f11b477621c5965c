#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

/*
 * Region allocator: one arena per run, freed as a whole. Memory is zeroed and aligned for
 * any type. An arena has a cap; past it arena_alloc() returns NULL, and the caller fails its
 * run with ERR_LIMIT, never the process; an exhausted arena is sticky: every further call gives NULL too. With --enable-arena-malloc every object is a malloc
 * of its own, so that memory checkers see overflows inside it.
 *
 * Not shared between threads at one time: a pool job may use the arena of the run that waits for it.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/str.h"

struct arena;

/* cap in bytes, 0 for none. */
struct arena *arena_new(size_t cap);
/* An arena whose bytes count against parent's cap as well; free it before the parent. */
struct arena *arena_new_child(struct arena *parent);
void arena_free(struct arena **arena);
/* Everything allocated is gone, the first chunk is kept for reuse: for per-record scratch. */
void arena_reset(struct arena *arena);
/* Bytes handed out, and the most there ever were. */
size_t arena_used(const struct arena *arena);
size_t arena_peak(const struct arena *arena);
size_t arena_total(void); /* bytes that all arenas of the process hold; from any thread */

/* Zeroed; NULL past the cap. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size) MUST_USE;
/* count * size, overflow checked. */
void *arena_array(struct arena *arena, size_t count, size_t size) MUST_USE;
/* Grows an array in the arena by doubling: the old copy stays until the arena goes.
 * *items may be NULL with *cap 0. 0 or ERR_LIMIT. */
int arena_grow(struct arena *arena, void *items_ptr, size_t *cap, size_t need, size_t size) MUST_USE;
/* Copies, NUL-terminated behind the slice; p is NULL past the cap. */
struct str arena_str(struct arena *arena, struct str s) MUST_USE;
const char *arena_strz(struct arena *arena, const char *z) MUST_USE;
const char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_USE;
const char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap) PRINTF_LIKE(2, 0) MUST_USE;
/* fn(arg) when the arena is freed or reset, latest first. 0 or ERR_LIMIT. */
int arena_defer(struct arena *arena, void (*fn)(void *arg), void *arg) MUST_USE;

#endif
