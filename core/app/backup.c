#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/app/chore.h"
#include "core/base/log.h"
#include "core/sync/outbox.h"
#include "core/sync/records.h"
#include "tenants/confdir.h"
#include "tenants/erased.h"
#include "tenants/file.h"

/*
 * A backup is a folder:
 *
 *   backup.json       {"passerelle": 1, "tenant": "cfa-lyon", "made": "2026-11-28T16:00:00Z", "environments": ["all"]}; written last: without it there is none
 *   KEY/data.mdb      a copy of each store, of one moment each
 *   erased            who had been erased by then, by code
 *
 * The school's file and its secrets are the operator's own files, and not in it.
 */

#define MANIFEST "backup.json"
#define KEYS_MOST 256

struct backing {
	const char *folder;  /* of the backup */
	int64_t made;        /* restore: when it was */
	struct items erased; /* restore: struct erased, of those since */
	unsigned files;
	struct buf kept;     /* restore: where what was there is now */
};

static const char *join(struct chore *c, const char *a, const char *b)
{
	const char *path = arena_printf(c->cli->arena, "%s/%s", a, b);
	REQUIRE(path);
	return path;
}

static int failed(struct chore *c, const char *path, int rc)
{
	buf_printf(&c->cli->why, "%s: %s: %s\n", c->tenant, path, err_text(rc));
	return EXIT_FAILED;
}

static int sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return rc;
}

/* ---- backup ---- */

static int backup_begin(struct chore *c)
{
	struct backing *b = c->own;
	b->folder = c->cli->args[1];
	if (b->folder[0] != '/') {
		buf_printf(&c->cli->why, "\"%s\" is no whole path, expected one that begins with /\n", b->folder);
		return EXIT_USAGE;
	}
	if (mkdir(b->folder, 0700)) {
		int rc = -errno;
		buf_printf(&c->cli->why, "%s cannot be made: %s: expected a folder that is not there yet, where the daemon's user may write\n", b->folder, err_text(rc));
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static bool backup_start(struct chore *c, struct store *store, unsigned n)
{
	const struct backing *b = c->own;
	if (n || !store_exists(c->rig->stores, c->tenant, c->keys[c->at]))
		return false;
	const char *folder = join(c, b->folder, c->keys[c->at]);
	if (mkdir(folder, 0700) && errno != EEXIST)
		return false; /* the copy is missing then, and told at the end */
	store_copy(store, &c->job, join(c, folder, "data.mdb"));
	return true;
}

static int backup_ended(struct chore *c, unsigned n)
{
	struct backing *b = c->own;
	(void)n;
	if (c->job.error)
		return chore_store_failed(c, "the store cannot be copied, there is no backup");
	b->files++;
	return EXIT_DONE;
}

static int write_manifest(struct chore *c)
{
	const struct backing *b = c->own;
	const char *path = join(c, b->folder, MANIFEST);
	struct buf text;
	struct json_writer w;
	char made[UTC_TEXT];
	buf_init(&text, 0);
	json_write_init(&w, &text, true);
	json_write_begin_object(&w);
	json_put_int(&w, "passerelle", 1);
	json_put_text(&w, "tenant", c->tenant);
	json_put_text(&w, "made", utc_iso(c->now, made));
	json_write_key(&w, "environments");
	json_write_begin_array(&w);
	for (unsigned i = 0; i < c->key_count; i++)
		if (access(join(c, join(c, b->folder, c->keys[i]), "data.mdb"), F_OK) == 0)
			json_write_text(&w, c->keys[i]);
	json_write_end_array(&w);
	json_write_end_object(&w);
	buf_addc(&text, '\n');
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n || fsync(fd) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	buf_deinit(&text);
	return rc ? rc : sync_dir(b->folder);
}

static int backup_end(struct chore *c)
{
	const struct backing *b = c->own;
	struct items erased = {NULL, 0};
	unsigned wanted = 0;
	for (unsigned i = 0; i < c->key_count; i++)
		wanted += store_exists(c->rig->stores, c->tenant, c->keys[i]);
	int rc = wanted == b->files ? erased_read(c->folder, c->cli->arena, &erased) : -EIO;
	if (rc == 0)
		rc = erased_add(b->folder, erased.v, erased.n);
	if (rc == 0)
		rc = write_manifest(c);
	if (rc)
		return failed(c, b->folder, rc);
	if (c->cli->json) {
		json_write_begin_object(&c->cli->w);
		json_put_text(&c->cli->w, "tenant", c->tenant);
		json_put_text(&c->cli->w, "folder", b->folder);
		json_put_int(&c->cli->w, "environments", b->files);
		json_write_end_object(&c->cli->w);
	} else {
		buf_printf(&c->cli->out, "%s: %u environments are in %s\nit holds personal data; the school's file and its secrets are not in it\n", c->tenant,
		           b->files, b->folder);
	}
	return EXIT_DONE;
}

const struct chore_ops chore_backup = {.name = "backup", .size = sizeof(struct backing), .begin = backup_begin, .start = backup_start,
                                       .ended = backup_ended, .end = backup_end, .alone = true};

/* ---- restore ---- */

static int wrong(struct chore *c, const char *what)
{
	const struct backing *b = c->own;
	buf_printf(&c->cli->why, "%s: %s/" MANIFEST " %s, and nothing was changed\n", c->tenant, b->folder, what);
	return EXIT_USAGE;
}

/* Those keys of the backup that the school's file has, which are restored; others are told. */
static int take_keys(struct chore *c, const struct json *list)
{
	const struct backing *b = c->own;
	const char **keys = arena_array(c->cli->arena, KEYS_MOST, sizeof(*keys));
	unsigned n = 0;
	REQUIRE(keys);
	for (const struct json *j = list ? list->first : NULL; j && n < KEYS_MOST; j = j->next) {
		unsigned i = 0;
		while (i < c->key_count && !str_eqz(json_text(j), c->keys[i]))
			i++;
		if (i < c->key_count)
			keys[n++] = c->keys[i];
		else
			buf_printf(&c->cli->why, "%s: %s holds the environment %.*s, which the school's file does not have: it is left out\n", c->tenant, b->folder,
			           STR_ARG(json_text(j)));
	}
	c->keys = keys;
	c->key_count = n;
	return n ? EXIT_DONE : wrong(c, "names no environment of the school's");
}

/* Whom the marks of both sides name, erased after the backup was made; the marks of the backup itself are kept too. */
static int take_marks(struct chore *c)
{
	struct backing *b = c->own;
	struct items here = {NULL, 0}, there = {NULL, 0};
	size_t cap = 0;
	int rc = erased_read(c->folder, c->cli->arena, &here);
	if (rc == 0)
		rc = erased_read(b->folder, c->cli->arena, &there);
	if (rc == 0)
		rc = erased_add(c->folder, there.v, there.n);
	const struct erased *e = here.v;
	for (size_t i = 0; rc == 0 && i < here.n; i++)
		if (e[i].at >= b->made)
			rc = items_add(c->cli->arena, &b->erased, &cap, &e[i], sizeof(e[i]));
	return rc ? failed(c, ERASED_NAME, rc) : EXIT_DONE;
}

static int restore_begin(struct chore *c)
{
	struct backing *b = c->own;
	const struct json *j = NULL;
	struct str text;
	b->folder = c->cli->args[1];
	buf_init(&b->kept, 4096);
	if (b->folder[0] != '/') {
		buf_printf(&c->cli->why, "\"%s\" is no whole path, expected one that begins with /\n", b->folder);
		return EXIT_USAGE;
	}
	if (file_read(c->cli->arena, join(c, b->folder, MANIFEST), &text) || json_parse(c->cli->arena, text, NULL, &j, NULL, NULL) ||
	    json_int(json_get(j, "passerelle"), 0) != 1)
		return wrong(c, "is not there, or is none: is this the folder of a backup that ended well?");
	if (!str_eqz(json_text(json_get(j, "tenant")), c->tenant))
		return wrong(c, "is of another school");
	if (utc_parse(json_text(json_get(j, "made")), &b->made))
		return wrong(c, "does not say when it was made");
	int status = take_keys(c, json_get(j, "environments"));
	return status ? status : take_marks(c);
}

/* What a restored store must not do: believe that it is up to date, and send again what left since. Nor know who was erased. */
static int restored_work(struct store_txn *txn, struct store_job *job)
{
	static const enum state_table once[] = {TABLE_LETTER, TABLE_ABSENT};
	struct chore *c = list_entry(job, struct chore, job);
	struct backing *b = c->own;
	const struct erased *e = b->erased.v;
	state_put_meta_int(txn, META_VERIFIED, 0);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		struct store_key prefix;
		store_key_begin(&prefix, (uint8_t)once[i]);
		store_del_prefix(txn, &prefix);
	}
	for (size_t i = 0; i < b->erased.n; i++) {
		struct subject who = {.kind = e[i].kind, .code = e[i].code};
		(void)subject_load(txn, c->cli->arena, &who);
		(void)records_erase(txn, &who);
	}
	outbox_recount(txn);
	return store_txn_error(txn);
}

enum { JOB_REPLACE, JOB_SETTLE, JOB_COMPACT, JOBS };

static bool restore_start(struct chore *c, struct store *store, unsigned n)
{
	const struct backing *b = c->own;
	if (n == JOBS)
		return false;
	if (n == JOB_REPLACE) {
		store_replace(store, &c->job, join(c, join(c, b->folder, c->keys[c->at]), "data.mdb"));
	} else if (n == JOB_SETTLE) {
		c->job.write = true;
		c->job.work = restored_work;
		store_submit(store, &c->job);
	} else {
		store_compact(store, &c->job);
	}
	return true;
}

static int restore_ended(struct chore *c, unsigned n)
{
	struct backing *b = c->own;
	if (c->job.error)
		return chore_store_failed(c, n == JOB_REPLACE ? "its copy cannot take the store's place, which is as it was" : "the restore is not whole, do it again");
	if (n == JOB_REPLACE && c->job.detail[0])
		buf_printf(&b->kept, "what was there is now %s/%s\n", c->rig->conf->data, c->job.detail);
	b->files += n == JOB_REPLACE;
	return EXIT_DONE;
}

static int restore_end(struct chore *c)
{
	struct backing *b = c->own;
	char made[UTC_TEXT];
	if (wiring_note_erased(c->cli->conf, c->wiring->conf, &c->cli->why))
		return EXIT_FAILED;
	log_notice("app", &(struct log_ctx){.tenant = c->tenant}, "a backup was restored", "made=%s environments=%u erased=%zu by=«%s»",
	           utc_iso(b->made, made), b->files, b->erased.n, c->by);
	if (c->cli->json) {
		json_write_begin_object(&c->cli->w);
		json_put_text(&c->cli->w, "tenant", c->tenant);
		json_put_text(&c->cli->w, "made", made);
		json_put_int(&c->cli->w, "environments", b->files);
		json_put_int(&c->cli->w, "erased", (int64_t)b->erased.n);
		json_write_end_object(&c->cli->w);
	} else {
		buf_printf(&c->cli->out, "%s: %u environments are as they were at %s", c->tenant, b->files, made);
		if (b->erased.n)
			buf_printf(&c->cli->out, ", without the %zu people who were erased since", b->erased.n);
		buf_printf(&c->cli->out, "\n%.*sthe next run reads Edusign first, and takes over what was written since\n", STR_ARG(buf_str(&b->kept)));
	}
	buf_deinit(&b->kept);
	return EXIT_DONE;
}

const struct chore_ops chore_restore = {.name = "restore", .size = sizeof(struct backing), .begin = restore_begin, .start = restore_start,
                                        .ended = restore_ended, .end = restore_end, .alone = true};

/* ---- purge ---- */

static bool is_key(const char *name)
{
	return name[0] && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static int purge_begin(struct chore *c)
{
	const char *file = arena_printf(c->cli->arena, "%s/%s.json", c->cli->conf->tenants, c->tenant);
	struct stat st;
	if (!tenant_id_valid(str_of(c->tenant))) {
		buf_printf(&c->cli->why, "\"%s\" is no school's id\n", c->tenant);
		return EXIT_USAGE;
	}
	if (!file || lstat(file, &st) == 0) {
		buf_printf(&c->cli->why, "%s: its file %s is still there, and nothing was removed: take it away first, for a school that left\n", c->tenant, file ? file : "");
		return EXIT_HELD;
	}
	DIR *d = opendir(c->folder);
	if (!d) {
		buf_printf(&c->cli->why, "%s: %s has no data of that school\n", c->tenant, c->cli->conf->data);
		return EXIT_USAGE;
	}
	c->keys = arena_array(c->cli->arena, KEYS_MOST, sizeof(*c->keys));
	REQUIRE(c->keys);
	for (const struct dirent *e; c->key_count < KEYS_MOST && (e = readdir(d));)
		if (is_key(e->d_name) && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
			c->keys[c->key_count++] = arena_strz(c->cli->arena, e->d_name);
	closedir(d);
	return EXIT_DONE;
}

static bool purge_start(struct chore *c, struct store *store, unsigned n)
{
	if (n)
		return false;
	store_remove(store, &c->job);
	return true;
}

static int purge_ended(struct chore *c, unsigned n)
{
	(void)n;
	return c->job.error ? chore_store_failed(c, "not everything is removed") : EXIT_DONE;
}

/* Plain files beside the stores; a folder that is no store's is nobody's we know, and stops it. */
static int purge_end(struct chore *c)
{
	DIR *d = opendir(c->folder);
	int rc = d ? 0 : -errno;
	for (const struct dirent *e; rc == 0 && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlinkat(dirfd(d), e->d_name, 0))
			rc = -errno;
	if (d)
		closedir(d);
	if (rc == 0 && (rmdir(c->folder) || sync_dir(c->cli->conf->data)))
		rc = -errno;
	if (rc)
		return failed(c, c->folder, rc);
	log_notice("app", &(struct log_ctx){.tenant = c->tenant}, "a school's data was removed", "environments=%u by=«%s»", c->key_count, c->by);
	if (c->cli->json) {
		json_write_begin_object(&c->cli->w);
		json_put_text(&c->cli->w, "tenant", c->tenant);
		json_put_int(&c->cli->w, "environments", c->key_count);
		json_write_end_object(&c->cli->w);
	} else {
		buf_printf(&c->cli->out, "%s: all data is removed; accounts in Edusign, absences in Yparéo, backups and secrets are yours to see to\n", c->tenant);
	}
	return EXIT_DONE;
}

const struct chore_ops chore_purge = {.name = "purge", .size = sizeof(struct backing), .begin = purge_begin, .start = purge_start, .ended = purge_ended,
                                      .end = purge_end, .unserved = true, .alone = true};
