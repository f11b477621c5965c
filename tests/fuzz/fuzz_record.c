/*
 * The record reader, with shapes that hold every kind of field in every strength. The first byte says how the rest is
 * cut into pieces and which shape it is read as. Whole and in pieces the same must come out; texts and lists must be
 * whole where they are said to be.
 */

#include <string.h>

#include "core/data/record.h"
#include "tests/fuzz/fuzz.h"

#define AT(type, member) offsetof(struct type, member)

struct leaf {
	uint64_t seen;
	bool flag;
	int64_t whole;
	double number;
	struct str text;
	int32_t day, time;
	int64_t utc;
};

#define LEAF_FIELDS(flags)                                                                                           \
	{"b", FIELD_BOOL, flags, AT(leaf, flag), NULL, NULL}, {"i", FIELD_INT, flags, AT(leaf, whole), NULL, NULL},  \
	        {"n", FIELD_NUMBER, flags, AT(leaf, number), NULL, NULL},                                            \
	        {"t", FIELD_TEXT, flags, AT(leaf, text), NULL, NULL},                                                \
	        {"d", FIELD_DAY, flags, AT(leaf, day), NULL, NULL},                                                  \
	        {"h", FIELD_DAYTIME, flags, AT(leaf, time), NULL, NULL},                                             \
	{                                                                                                            \
		"u", FIELD_UTC, flags, AT(leaf, utc), NULL, NULL                                                     \
	}

struct trace {
	struct digest digest;
	uint64_t records;
};

static void add_text(struct trace *t, struct str s)
{
	digest_add(&t->digest, s);
	if (s.p)
		REQUIRE(s.p[s.n] == '\0');
}

static void add_leaf(struct trace *t, const struct leaf *l)
{
	REQUIRE(l->seen < 128);
	digest_add_int(&t->digest, (int64_t)l->seen);
	digest_add_int(&t->digest, l->flag);
	digest_add_int(&t->digest, l->whole);
	REQUIRE(l->number >= -1e300 && l->number <= 1e300);
	add_text(t, l->text);
	digest_add_int(&t->digest, l->day);
	digest_add_int(&t->digest, l->time);
	digest_add_int(&t->digest, l->utc);
}

static int on_leaf(void *arg, void *record, struct str key)
{
	struct trace *t = arg;
	t->records++;
	digest_add(&t->digest, key);
	add_leaf(t, record);
	return 0;
}

static int on_other(void *arg, void *record, struct str key, struct str text)
{
	struct trace *t = arg;
	(void)record;
	digest_add(&t->digest, key);
	digest_add(&t->digest, text);
	return 0;
}

static const struct field leaf_fields[] = {LEAF_FIELDS(0)};
static const struct field loose_fields[] = {LEAF_FIELDS(FIELD_LOOSE)};
static const struct field strict_fields[] = {LEAF_FIELDS(FIELD_STRICT | FIELD_LOOSE)};
static const struct shape leaf_shape = {"leaf", sizeof(struct leaf), FIELDS(leaf_fields), AT(leaf, seen), NULL};
static const struct shape loose_shape = {"loose", sizeof(struct leaf), FIELDS(loose_fields), AT(leaf, seen),
                                         on_other};
static const struct shape strict_shape = {"strict", sizeof(struct leaf), FIELDS(strict_fields), AT(leaf, seen), NULL};

struct node {
	uint64_t seen;
	int64_t code;
	struct leaf one, maybe;
	struct ints ints;
	struct texts texts;
	struct items items;
};

static int on_node(void *arg, void *record, struct str key);

static const struct field node_fields[] = {
        {"code", FIELD_INT, FIELD_REQUIRED, AT(node, code), NULL, NULL},
        {"one", FIELD_OBJECT, 0, AT(node, one), &leaf_shape, NULL},
        {"maybe", FIELD_OBJECT, FIELD_LOOSE, AT(node, maybe), &loose_shape, NULL},
        {"ints", FIELD_INTS, 0, AT(node, ints), NULL, NULL},
        {"texts", FIELD_TEXTS, FIELD_LOOSE, AT(node, texts), NULL, NULL},
        {"items", FIELD_ITEMS, FIELD_LOOSE, AT(node, items), &strict_shape, NULL},
        {"each", FIELD_EACH, 0, 0, &leaf_shape, on_leaf},
        {"any", FIELD_EACH, FIELD_LOOSE, 0, &loose_shape, on_leaf},
};
static const struct shape node_shape = {"node", sizeof(struct node), FIELDS(node_fields), AT(node, seen), on_other};
static const struct field list_fields[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &node_shape, on_node}};
static const struct shape list_shape = {"list", 1, FIELDS(list_fields), RECORD_NO_MASK, NULL};
static const struct field wrapped_fields[] = {{"nodes", FIELD_EACH, FIELD_REQUIRED, 0, &node_shape, on_node}};
static const struct shape wrapped_shape = {"wrapped", 1, FIELDS(wrapped_fields), RECORD_NO_MASK, NULL};
static const struct shape *const roots[] = {&list_shape, &wrapped_shape, &node_shape, &loose_shape};

static void add_node(struct trace *t, const struct node *n)
{
	REQUIRE(n->seen < 256 && (n->seen & 1));
	digest_add_int(&t->digest, n->code);
	add_leaf(t, &n->one);
	add_leaf(t, &n->maybe);
	digest_add_int(&t->digest, (int64_t)n->ints.n);
	for (size_t i = 0; i < n->ints.n; i++)
		digest_add_int(&t->digest, n->ints.v[i]);
	digest_add_int(&t->digest, (int64_t)n->texts.n);
	for (size_t i = 0; i < n->texts.n; i++) {
		REQUIRE(n->texts.v[i].p);
		add_text(t, n->texts.v[i]);
	}
	digest_add_int(&t->digest, (int64_t)n->items.n);
	for (size_t i = 0; i < n->items.n; i++)
		add_leaf(t, (const struct leaf *)n->items.v + i);
}

static int on_node(void *arg, void *record, struct str key)
{
	struct trace *t = arg;
	t->records++;
	digest_add(&t->digest, key);
	add_node(t, record);
	return 0;
}

static int read_in_pieces(struct str text, size_t piece, const struct shape *root, uint8_t digest[32])
{
	union {
		struct node node;
		struct leaf leaf;
	} out = {.node = {.seen = 0}};
	struct trace t = {.records = 0};
	struct arena *arena = arena_new((size_t)1 << 20);
	digest_init(&t.digest);
	struct record_reader *r = record_reader_new(arena, root, &out, &t);
	REQUIRE(r);
	int rc = 0;
	for (size_t i = 0; i < text.n && rc == 0; i += piece)
		rc = record_reader_feed(r, text.p + i, text.n - i < piece ? text.n - i : piece);
	if (rc == 0)
		rc = record_reader_end(r);
	REQUIRE(record_reader_count(r) == t.records);
	REQUIRE((rc == 0) == (record_reader_error(r)[0] == '\0'));
	for (const char *p = record_reader_error(r); *p; p++)
		REQUIRE(*p >= ' ' && *p < 0x7f);
	if (rc == 0 && root == &node_shape && out.node.seen)
		add_node(&t, &out.node);
	if (rc == 0 && root == &loose_shape)
		add_leaf(&t, &out.leaf);
	arena_free(&arena);
	digest_end(&t.digest, digest);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct str text = {(const char *)data + 1, size - 1};
	const struct shape *root = roots[data[0] & 3];
	uint8_t whole[32], parts[32];
	int rc = read_in_pieces(text, text.n + 1, root, whole);
	int rc_parts = read_in_pieces(text, (data[0] >> 2) + 1, root, parts);
	REQUIRE(rc == rc_parts);
	REQUIRE(rc != 0 || memcmp(whole, parts, sizeof(whole)) == 0);
	return 0;
}
