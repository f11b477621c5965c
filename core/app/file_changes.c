#include "core/app/file_changes.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/map.h"
#include "core/data/json.h"
#include "core/sync/state.h"
#include "tenants/file.h"

#define LINES_MOST  40
#define ARENA_MOST  (8u << 20)
#define META_FILE   "file"
#define PATH_MOST   512

/* ---- a document, flat ---- */

static void put_value(struct buf *out, const char *path, const struct json *j)
{
	struct json_writer w;
	buf_addz(out, path);
	buf_addc(out, '\t');
	json_write_init(&w, out, false);
	json_write_tree(&w, j);
	buf_addc(out, '\n');
}

static void put_flat(struct buf *out, const char *path, const struct json *j)
{
	char deeper[PATH_MOST];
	unsigned index = 0;
	if ((j->kind != JSON_OBJECT && j->kind != JSON_ARRAY) || !j->first) {
		put_value(out, path, j);
		return;
	}
	for (const struct json *c = j->first; c; c = c->next) {
		int n = j->kind == JSON_ARRAY
		                ? snprintf(deeper, sizeof(deeper), "%s[%u]", path, index++)
		                : snprintf(deeper, sizeof(deeper), "%s%s%.*s", path, path[0] ? "." : "", STR_ARG(c->key));
		if (n > 0 && (size_t)n < sizeof(deeper))
			put_flat(out, deeper, c);
	}
}

struct str file_changes_flat(struct arena *arena, struct str text)
{
	const struct json_options options = {.comments = true};
	const struct json *j;
	struct buf b;
	struct str out = STR_NONE;
	if (json_parse(arena, text, &options, &j, NULL, NULL))
		return STR_NONE;
	buf_init(&b, FILE_CHANGES_TEXT);
	put_flat(&b, "", j);
	if (!buf_error(&b))
		out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

/* ---- two of them ---- */

struct line {
	struct str path, value;
};

static bool next_line(struct str *rest, struct line *out)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	const char *tab = end ? memchr(rest->p, '\t', (size_t)(end - rest->p)) : NULL;
	if (!tab)
		return false;
	*out = (struct line){{rest->p, (size_t)(tab - rest->p)}, {tab + 1, (size_t)(end - tab) - 1}};
	*rest = (struct str){end + 1, rest->n - (size_t)(end + 1 - rest->p)};
	return true;
}

static struct map *lines_of(struct arena *arena, struct str flat)
{
	struct map *m = map_new_str(arena);
	struct line l;
	while (next_line(&flat, &l)) {
		struct line *kept = arena_alloc(arena, sizeof(*kept));
		if (!kept)
			break;
		*kept = l;
		map_put_str(m, l.path, kept);
	}
	return m;
}

/* Those of one that the other has otherwise, or not at all. */
static void put_differences(struct buf *out, struct str flat, const struct map *other, bool gone_only, unsigned *left)
{
	struct line l;
	while (next_line(&flat, &l)) {
		const struct line *was = map_get_str(other, l.path);
		if (gone_only ? was != NULL : was && str_eq(was->value, l.value))
			continue;
		if (!*left)
			return;
		if (!--*left) {
			buf_addz(out, "…\n");
			return;
		}
		if (gone_only)
			buf_printf(out, "%.*s: %.*s → –\n", STR_ARG(l.path), STR_ARG(l.value));
		else
			buf_printf(out, "%.*s: %.*s → %.*s\n", STR_ARG(l.path), was ? (int)was->value.n : (int)strlen("–"),
			           was ? was->value.p : "–", STR_ARG(l.value));
	}
}

struct str file_changes_between(struct arena *arena, struct str old_flat, struct str new_flat)
{
	struct buf b;
	unsigned left = LINES_MOST;
	buf_init(&b, FILE_CHANGES_TEXT);
	put_differences(&b, new_flat, lines_of(arena, old_flat), false, &left);
	put_differences(&b, old_flat, lines_of(arena, new_flat), true, &left);
	struct str out = arena_str(arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

/* ---- the note ---- */

static struct str owner_of(struct arena *arena, const struct stat *st)
{
	char text[2048];
	struct passwd entry, *found = NULL;
	const char *name = getpwuid_r(st->st_uid, &entry, text, sizeof(text), &found) == 0 && found ? found->pw_name : NULL;
	return str_of(name ? arena_printf(arena, "uid %lu (%s)", (unsigned long)st->st_uid, name)
	                   : arena_printf(arena, "uid %lu", (unsigned long)st->st_uid));
}

static void note(struct store_txn *txn, struct arena *arena, const struct tenant_conf *conf, int64_t now_s)
{
	struct store_key k;
	struct str text, old = STR_NONE;
	struct stat st;
	if (file_read(arena, conf->file, &text) || stat(conf->file, &st))
		return;
	struct str flat = file_changes_flat(arena, text);
	store_key_begin(&k, TABLE_META);
	store_key_text(&k, STR(META_FILE));
	bool known = store_get(txn, &k, &old);
	if (!flat.n || (known && str_eq(old, flat)))
		return;
	struct deed d = {.at = st.st_mtime < now_s ? st.st_mtime : now_s, .kind = DEED_FILE, .by = owner_of(arena, &st)};
	if (known)
		d.what = file_changes_between(arena, arena_str(arena, old), flat);
	if (!known || d.what.n)
		state_put_deed(txn, &d);
	store_put(txn, &k, flat);
}

void file_changes_note(struct store_txn *txn, const struct tenant_conf *conf, int64_t now_s)
{
	struct arena *arena = arena_new(ARENA_MOST);
	note(txn, arena, conf, now_s);
	arena_free(&arena);
}
