#include "core/data/store_p.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/*
 * Is this file what LMDB believes it is? LMDB follows what a page says without a doubt: a damaged one makes it read
 * or write outside of the map, or abort, and one school's file would end the daemon of all. So every page that can be
 * reached is looked at before LMDB maps it. The layout is that of its data version 1 (0.9.x), on 64-bit machines.
 */

#define MAGIC        0xBEEFC0DEu
#define DATA_VERSION 1
#define PAGE_HEAD    16
#define NODE_HEAD    8
#define DEPTH_MOST   32
#define KEY_MOST     511
#define NO_PAGE      UINT64_MAX
#define IS_BRANCH    0x01
#define IS_LEAF      0x02
#define IS_OVERFLOW  0x04
#define IS_META      0x08
#define NODE_BIG     0x01 /* the value is on pages of its own */
#define INTEGER_KEYS 0x08
#define ODD_FLAGS    0x77 /* kinds of tables that this program never makes */

struct page {
	uint64_t number;
	uint16_t pad, flags;
	union {
		struct {
			uint16_t lower, upper;
		} room;
		uint32_t count; /* of an overflow page: with those behind it */
	} u;
};

struct tree {
	uint32_t pad; /* of the free list: the page size */
	uint16_t flags, depth;
	uint64_t branches, leaves, overflows, entries, root;
};

struct meta {
	uint32_t magic, version;
	uint64_t address, map_size;
	struct tree free, records;
	uint64_t last_page, txn;
};

struct walk {
	const uint8_t *base;
	uint64_t pages; /* that the file has */
	uint64_t last;  /* that are given out */
	size_t page_size;
	uint8_t *used;  /* a bit for each page */
	uint8_t *units; /* of a page: which two bytes belong to a node */
	bool numbers;   /* the tree of free pages: keys are 64-bit numbers */
	uint64_t entries;
	char *why;
	size_t why_size;
};

static bool bad(struct walk *w, uint64_t page, const char *what)
{
	snprintf(w->why, w->why_size, "page %llu: %s", (unsigned long long)page, what);
	return false;
}

static struct page head_of(const uint8_t *p)
{
	struct page h;
	memcpy(&h, p, sizeof(h));
	return h;
}

/* Each page belongs to one owner. */
static bool take_page(struct walk *w, uint64_t number, bool written)
{
	if (number < 2 || number > w->last || (written && number >= w->pages))
		return bad(w, number, "is beyond the end of the file");
	uint8_t bit = (uint8_t)(1u << (number % 8));
	if (w->used[number / 8] & bit)
		return bad(w, number, "is used twice");
	w->used[number / 8] |= bit;
	return true;
}

/* ---- nodes ---- */

struct node {
	struct str key;
	uint64_t child; /* of a branch */
	uint32_t size;  /* of a leaf: its value's */
	uint16_t flags;
	const uint8_t *value;
	size_t at, length;
};

static bool read_node(struct walk *w, const uint8_t *p, unsigned i, bool leaf, struct node *out)
{
	uint16_t at, part[4];
	const struct page h = head_of(p);
	memcpy(&at, p + PAGE_HEAD + 2 * (size_t)i, sizeof(at));
	if (at < h.u.room.upper || at % 2 || (size_t)at + NODE_HEAD > w->page_size)
		return bad(w, h.number, "a node lies outside of it");
	memcpy(part, p + at, sizeof(part));
	*out = (struct node){.key = {(const char *)p + at + NODE_HEAD, part[3]}, .at = at, .flags = part[2]};
	out->length = NODE_HEAD + (size_t)part[3];
	if (leaf) {
		out->size = part[0] | (uint32_t)part[1] << 16;
		out->value = p + at + out->length;
		out->length += out->flags & NODE_BIG ? sizeof(uint64_t) : out->size;
	} else {
		out->child = part[0] | (uint64_t)part[1] << 16 | (uint64_t)part[2] << 32;
	}
	if (at + out->length > w->page_size)
		return bad(w, h.number, "a node lies outside of it");
	if (leaf && out->flags & ~NODE_BIG)
		return bad(w, h.number, "a node of an unknown kind");
	if (part[3] > KEY_MOST || (part[3] == 0 && (leaf || i)) || (w->numbers && (leaf || i) && part[3] != 8))
		return bad(w, h.number, "a key of an impossible length");
	return true;
}

static bool mark_node(struct walk *w, uint64_t page, const struct node *n)
{
	for (size_t unit = n->at / 2; unit < (n->at + n->length + 1) / 2 && unit < w->page_size / 2; unit++) {
		if (w->units[unit])
			return bad(w, page, "two nodes overlap");
		w->units[unit] = 1;
	}
	return true;
}

static int compare(const struct walk *w, struct str a, struct str b)
{
	uint64_t x, y;
	if (!w->numbers)
		return str_cmp(a, b);
	memcpy(&x, a.p, sizeof(x));
	memcpy(&y, b.p, sizeof(y));
	return x < y ? -1 : x > y;
}

/* ---- values ---- */

static bool check_overflow(struct walk *w, uint64_t page, struct node *n)
{
	uint64_t first;
	memcpy(&first, n->value, sizeof(first));
	if (first < 2 || first >= w->pages)
		return bad(w, page, "a value lies beyond the end of the file");
	const struct page h = head_of(w->base + first * w->page_size);
	uint64_t count = h.u.count;
	if (h.number != first || h.flags != IS_OVERFLOW || count == 0 || count > w->pages - first ||
	    count * w->page_size < PAGE_HEAD + (uint64_t)n->size)
		return bad(w, first, "is not the value that it should be");
	for (uint64_t i = 0; i < count; i++)
		if (!take_page(w, first + i, true))
			return false;
	n->value = w->base + first * w->page_size + PAGE_HEAD;
	return true;
}

/* A count, and so many page numbers, the highest first. */
static bool check_free_pages(struct walk *w, uint64_t page, const struct node *n)
{
	uint64_t count, number, before = NO_PAGE;
	if (n->size < sizeof(count))
		return bad(w, page, "a list of free pages is cut");
	memcpy(&count, n->value, sizeof(count));
	if (count > n->size / sizeof(count) - 1)
		return bad(w, page, "a list of free pages is cut");
	for (uint64_t i = 1; i <= count; i++) {
		memcpy(&number, n->value + i * sizeof(number), sizeof(number));
		if (number >= before)
			return bad(w, page, "a list of free pages is not in order");
		if (!take_page(w, number, false))
			return false;
		before = number;
	}
	return true;
}

/* ---- pages ---- */

struct level {
	const uint8_t *page;
	unsigned next, count;
	struct str low, high; /* its keys are not below the one, and below the other; high.p NULL: the last */
};

static bool check_nodes(struct walk *w, const struct level *l, bool leaf)
{
	uint64_t number = head_of(l->page).number;
	struct node n = {.at = 0};
	struct str before = STR_NONE;
	memset(w->units, 0, w->page_size / 2);
	for (unsigned i = 0; i < l->count; i++) {
		if (!read_node(w, l->page, i, leaf, &n) || !mark_node(w, number, &n))
			return false;
		if (leaf && n.flags & NODE_BIG && !check_overflow(w, number, &n))
			return false;
		if (leaf && w->numbers && !check_free_pages(w, number, &n))
			return false;
		if (!leaf && i == 0)
			continue; /* the first key of a branch is not looked at */
		if ((before.p && compare(w, before, n.key) >= 0) || (l->low.p && compare(w, n.key, l->low) < 0) ||
		    (l->high.p && compare(w, n.key, l->high) >= 0))
			return bad(w, number, "keys are not in order");
		before = n.key;
	}
	w->entries += leaf ? l->count : 0;
	return true;
}

static bool enter(struct walk *w, uint64_t number, bool leaf, struct level *l)
{
	if (!take_page(w, number, true))
		return false;
	l->page = w->base + number * w->page_size;
	l->next = 0;
	const struct page h = head_of(l->page);
	if (h.number != number || h.flags != (leaf ? IS_LEAF : IS_BRANCH))
		return bad(w, number, "is not the page that it should be");
	if (h.u.room.lower < PAGE_HEAD + 2 || (h.u.room.lower | h.u.room.upper) % 2 ||
	    h.u.room.lower > h.u.room.upper || h.u.room.upper > w->page_size)
		return bad(w, number, "has an impossible layout");
	l->count = (h.u.room.lower - PAGE_HEAD) / 2u;
	if (!leaf && l->count < 2 && !w->numbers)
		return bad(w, number, "has an impossible layout");
	return check_nodes(w, l, leaf);
}

/* The child that comes next, and between which keys it lies. */
static bool next_child(struct walk *w, struct level *l, struct level *child, uint64_t *number)
{
	struct node n, behind;
	if (!read_node(w, l->page, l->next, false, &n))
		return false;
	child->low = l->next ? n.key : l->low;
	child->high = l->high;
	if (l->next + 1 < l->count) {
		if (!read_node(w, l->page, l->next + 1, false, &behind))
			return false;
		child->high = behind.key;
	}
	l->next++;
	*number = n.child;
	return true;
}

static bool check_tree(struct walk *w, const struct tree *t, bool numbers)
{
	struct level stack[DEPTH_MOST];
	unsigned depth = t->depth, at = 0;
	w->numbers = numbers;
	w->entries = 0;
	if (t->root == NO_PAGE)
		return (depth == 0 && t->entries == 0) || bad(w, 0, "a tree without a root");
	if (depth == 0 || depth > DEPTH_MOST)
		return bad(w, 0, "a tree of an impossible depth");
	stack[0].low = stack[0].high = STR_NONE;
	if (!enter(w, t->root, depth == 1, &stack[0]))
		return false;
	for (;;) {
		uint64_t number;
		if (at + 1 < depth && stack[at].next < stack[at].count) {
			if (!next_child(w, &stack[at], &stack[at + 1], &number))
				return false;
			at++;
			if (!enter(w, number, at + 1 == depth, &stack[at]))
				return false;
		} else if (at == 0) {
			return w->entries == t->entries || bad(w, t->root, "has not as many records as it should");
		} else {
			at--;
		}
	}
}

/* ---- the file ---- */

static bool check_meta(struct walk *w, const struct meta *m, uint64_t map_max)
{
	if (m->free.pad != w->page_size || m->last_page < 1 || m->last_page >= map_max / w->page_size)
		return bad(w, 0, "an impossible size");
	if ((m->free.flags & ODD_FLAGS) || !(m->free.flags & INTEGER_KEYS) || m->records.flags)
		return bad(w, 0, "unknown kinds of tables");
	w->last = m->last_page;
	w->used = xcalloc(m->last_page / 8 + 1, 1);
	w->units = xcalloc(w->page_size / 2, 1);
	bool good = check_tree(w, &m->records, false) && check_tree(w, &m->free, true);
	free(w->units);
	free(w->used);
	return good;
}

/* 1: nothing that LMDB would open: it says so itself. */
static int find_meta(struct walk *w, uint64_t size, struct meta *out)
{
	struct meta m[2];
	size_t at = 0;
	for (int i = 0; i < 2; i++) {
		if (at + PAGE_HEAD + sizeof(*m) > size)
			return 1;
		memcpy(&m[i], w->base + at + PAGE_HEAD, sizeof(*m));
		if (!(head_of(w->base + at).flags & IS_META) || m[i].magic != MAGIC || m[i].version != DATA_VERSION)
			return 1;
		w->page_size = m[0].free.pad;
		if (w->page_size < 512 || w->page_size > 32768 || (w->page_size & (w->page_size - 1)) != 0) {
			bad(w, 0, "an impossible page size");
			return ERR_STORE_CORRUPT;
		}
		at += w->page_size;
	}
	*out = m[m[1].txn > m[0].txn];
	if (m[out->txn % 2].txn != out->txn) { /* even ones stand in the first page, and are looked for there */
		bad(w, out->txn % 2, "is not the latest commit");
		return ERR_STORE_CORRUPT;
	}
	w->pages = size / w->page_size;
	return 0;
}

int store__check(int fd, uint64_t map_max, char *why, size_t why_size)
{
	struct stat st;
	struct meta m;
	struct walk w = {.why = why, .why_size = why_size};
	if (sizeof(void *) != 8)
		return 0; /* another layout: LMDB's word has to do */
	if (fstat(fd, &st))
		return -errno;
	if (st.st_size == 0)
		return 0; /* LMDB makes a new one of it */
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	w.base = map;
	int rc = find_meta(&w, (uint64_t)st.st_size, &m);
	if (rc == 0 && !check_meta(&w, &m, map_max))
		rc = ERR_STORE_CORRUPT;
	munmap(map, (size_t)st.st_size);
	return rc > 0 ? 0 : rc;
}
