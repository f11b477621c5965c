#include "core/base/arena.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN ((size_t)16)
#define CHUNK_FIRST ((size_t)1024)
#define CHUNK_MOST ((size_t)262144)
#define SMALL      ((size_t)8192) /* what thousands of schools at rest keep: no room is to lie idle there */

struct chunk {
	struct chunk *next;
	size_t size, used;
	_Alignas(16) unsigned char data[];
};

struct defer {
	struct defer *next;
	void (*fn)(void *arg);
	void *arg;
};

struct arena {
	struct arena *parent;
	size_t cap, used, peak;
	bool exhausted;
	struct chunk *chunks; /* the newest first: it is the one with room */
	struct defer *defers;
};

/* Of all arenas of the process; pool jobs have their own. */
static atomic_size_t all_bytes;

size_t arena_total(void)
{
	return atomic_load_explicit(&all_bytes, memory_order_relaxed);
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *c = calloc(1, sizeof(*c) + size);
	if (!c)
		return NULL;
	c->size = size;
	atomic_fetch_add_explicit(&all_bytes, size, memory_order_relaxed);
	return c;
}

static void chunk_free(struct chunk *c)
{
	atomic_fetch_sub_explicit(&all_bytes, c->size, memory_order_relaxed);
	free(c);
}

struct arena *arena_new(size_t cap)
{
	struct arena *a = xcalloc(1, sizeof(*a));
	a->cap = cap;
	return a;
}

struct arena *arena_new_child(struct arena *parent)
{
	struct arena *a = arena_new(0);
	a->parent = parent;
	return a;
}

static void give_back(struct arena *arena)
{
	for (struct arena *a = arena->parent; a; a = a->parent)
		a->used -= arena->used;
	arena->used = 0;
}

/* Counts size here and in every arena above; false when one of them has no room for it. */
static bool take(struct arena *arena, size_t size)
{
	for (struct arena *a = arena; a; a = a->parent) {
		if (a->exhausted || (a->cap && (size > a->cap || a->used > a->cap - size))) {
			arena->exhausted = true;
			return false;
		}
	}
	for (struct arena *a = arena; a; a = a->parent) {
		a->used += size;
		if (a->used > a->peak)
			a->peak = a->used;
	}
	return true;
}

static void run_defers(struct arena *a)
{
	while (a->defers) {
		struct defer *d = a->defers;
		a->defers = d->next;
		d->fn(d->arg);
	}
}

static void drop_chunks(struct arena *a, struct chunk *keep)
{
	for (struct chunk *c = a->chunks, *next; c; c = next) {
		next = c->next;
		if (c != keep)
			chunk_free(c);
	}
	a->chunks = keep;
	if (keep) {
		keep->next = NULL;
		memset(keep->data, 0, keep->used);
		keep->used = 0;
	}
}

void arena_free(struct arena **arena)
{
	struct arena *a = *arena;
	if (!a)
		return;
	run_defers(a);
	drop_chunks(a, NULL);
	give_back(a);
	free(a);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	run_defers(arena);
	struct chunk *keep = arena->chunks;
#ifdef ARENA_MALLOC
	keep = NULL;
#endif
	drop_chunks(arena, keep);
	give_back(arena);
	arena->exhausted = false;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

size_t arena_peak(const struct arena *arena)
{
	return arena->peak;
}

static struct chunk *add_chunk(struct arena *a, size_t size)
{
	struct chunk *c = chunk_new(size);
	if (!c)
		return NULL;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 4) {
		arena->exhausted = true;
		return NULL;
	}
#ifdef ARENA_MALLOC
	/* the size as asked for, so that a checker sees the byte behind it */
	size_t need = size ? size : 1;
#else
	size_t need = size ? (size + ALIGN - 1) & ~(ALIGN - 1) : ALIGN;
#endif
	if (!take(arena, need))
		return NULL;
	struct chunk *c = arena->chunks;
#ifdef ARENA_MALLOC
	c = add_chunk(arena, need);
#else
	if (!c || c->size - c->used < need) {
		size_t next = c && arena->used > SMALL ? c->size * 2 : CHUNK_FIRST;
		if (next > CHUNK_MOST)
			next = CHUNK_MOST;
		if (need > next / 4) {
			/* a big object has a chunk of its own, behind the one that still has room */
			struct chunk *big = chunk_new(need);
			if (big) {
				big->used = need;
				if (c) {
					big->next = c->next;
					c->next = big;
				} else {
					arena->chunks = big;
				}
				return big->data;
			}
			c = NULL;
		} else {
			c = add_chunk(arena, next);
		}
	}
#endif
	if (!c) {
		arena->exhausted = true;
		return NULL;
	}
	void *p = c->data + c->used;
	c->used += need;
	return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total)) {
		arena->exhausted = true;
		return NULL;
	}
	return arena_alloc(arena, total);
}

int arena_grow(struct arena *arena, void *items_ptr, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return 0;
	size_t grown = *cap ? *cap * 2 : 8;
	while (grown < need)
		grown *= 2;
	void *p = arena_array(arena, grown, size);
	if (!p)
		return ERR_LIMIT;
	void *old;
	memcpy(&old, items_ptr, sizeof(old));
	if (*cap)
		memcpy(p, old, *cap * size);
	memcpy(items_ptr, &p, sizeof(p));
	*cap = grown;
	return 0;
}

struct str arena_str(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);
	if (!p)
		return STR_NONE;
	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

const char *arena_strz(struct arena *arena, const char *z)
{
	return arena_str(arena, str_of(z)).p;
}

const char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *p = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return p;
}

const char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	char *p = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

int arena_defer(struct arena *arena, void (*fn)(void *arg), void *arg)
{
	struct defer *d = arena_alloc(arena, sizeof(*d));
	if (!d)
		return ERR_LIMIT;
	*d = (struct defer){ arena->defers, fn, arg };
	arena->defers = d;
	return 0;
}
