#include "tests/unit/store_fixture.h"

#include <dirent.h>

/* A store's file as a whole: what is deleted is gone from it, copies are whole whatever goes on, and nothing takes its place but what is its own. */

static int file_job(struct fixture *f, struct store *s, struct act *a, void (*start)(struct store *s, struct store_job *job))
{
	*a = (struct act){.f = f, .job.after = act_after};
	f->left++;
	start(s, &a->job);
	loop_run(f->loop);
	return a->job.error;
}

static int path_job(struct fixture *f, struct store *s, struct act *a, const char *path,
                    void (*start)(struct store *s, struct store_job *job, const char *path))
{
	*a = (struct act){.f = f, .job.after = act_after};
	f->left++;
	start(s, &a->job, path);
	loop_run(f->loop);
	return a->job.error;
}

static size_t occurrences(const char *path, const char *text)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	char *all = test_malloc((size_t)st.st_size + 1);
	assert_int_equal(read(fd, all, (size_t)st.st_size), st.st_size);
	close(fd);
	size_t n = 0;
	for (const char *p = all, *end = all + st.st_size; (p = memmem(p, (size_t)(end - p), text, strlen(text))); p++)
		n++;
	test_free(all);
	return n;
}

/* Records of many sizes, some with a name in them; and then without these. */
static int put_names(struct store_txn *txn, struct act *a)
{
	char value[6000];
	struct store_key k;
	unsigned seed = (unsigned)a->size;
	for (int64_t i = 0; i < a->count; i++) {
		seed = seed * 1103515245u + 12345u;
		size_t n = 30 + (seed >> 16) % (i % 40 == 7 ? 5900 : 300);
		memset(value, '.', n);
		if ((seed >> 8) % 3 == 0)
			memcpy(value + n / 2, "VERY-PRIVATE", 12);
		key_of(&k, (uint8_t)(1 + i % 3), (int64_t)(seed >> 4) % 100000);
		store_put(txn, &k, (struct str){value, n});
	}
	return 0;
}

struct found { struct store_key keys[4096]; size_t n; };

static int find_name(void *arg, struct str key, struct str value)
{
	struct found *d = arg;
	if (memmem(value.p, value.n, "VERY-PRIVATE", 12)) {
		struct store_key *k = &d->keys[d->n++];
		k->n = key.n;
		memcpy(k->b, key.p, key.n);
	}
	return d->n == 4096;
}

/* Deletes some of them, and writes something else, of the same or another size, in the place of the others. */
static int take_names(struct store_txn *txn, struct act *a)
{
	struct found *d = calloc(1, sizeof(*d));
	struct store_key k;
	struct str v;
	for (uint8_t table = 1; table <= 3; table++) {
		store_key_begin(&k, table);
		store_each(txn, &k, find_name, d);
	}
	a->value = (int64_t)d->n;
	for (size_t i = 0; i < d->n; i++) {
		if (i % 2) {
			store_del(txn, &d->keys[i]);
			continue;
		}
		assert_true(store_get(txn, &d->keys[i], &v));
		char *other = malloc(v.n + 1);
		memset(other, 'x', v.n);
		store_put(txn, &d->keys[i], (struct str){other, i % 4 ? v.n : v.n / 2});
		free(other);
	}
	free(d);
	return 0;
}

static void what_was_deleted_is_gone_from_the_file(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct act a;
	size_t left_before = 0;
	for (unsigned seed = 1; seed <= 12; seed++) {
		char name[40];
		snprintf(name, sizeof(name), "s%u", seed);
		struct store *s = get(f, "lyon", name);
		assert_int_equal(run(f, s, WRITE(put_names, .count = 40 * (int64_t)seed * seed, .size = seed)), 0);
		struct act *t = WRITE(take_names, .size = 0);
		assert_int_equal(run(f, s, t), 0);
		assert_true(t->value > 3);
		int64_t records_before = 0, records_after = 0;
		struct act *look = READ(get_one, .from = 0);
		assert_int_equal(run(f, s, look), 0);
		records_before = (int64_t)look->stat.entries;
		snprintf(name, sizeof(name), "lyon/s%u/data.mdb", seed);
		path_of(f, name, path);
		left_before += occurrences(path, "VERY-PRIVATE");
		assert_int_equal(file_job(f, s, &a, store_compact), 0);
		assert_int_equal(occurrences(path, "VERY-PRIVATE"), 0);
		look = READ(get_one, .from = 0);
		assert_int_equal(run(f, s, look), 0);
		records_after = (int64_t)look->stat.entries;
		assert_int_equal(records_before, records_after);
	}
	assert_true(left_before > 10); /* else this test proves nothing: LMDB leaves what is deleted in the file */
	assert_int_equal(file_job(f, get(f, "lyon", "none"), &a, store_compact), ERR_NOT_FOUND);
}

static void a_compaction_that_was_cut_short(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct act a;
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	int fd = open(path_of(f, "lyon/main/data.mdb.new", path), O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	again(f);
	s = get(f, "lyon", "main");
	assert_int_equal(records(f, s), 5);
	assert_int_equal(file_job(f, s, &a, store_compact), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(records(f, s), 5);
}

/* Taken between two writes, with more queued behind: it holds the first and none of the others. */
static void a_copy_is_of_one_moment(void **state)
{
	struct fixture *f = *state;
	char path[256], aside[256];
	struct store *s = get(f, "lyon", "main");
	struct stat st;
	struct act *first = WRITE(put_many, .from = 0, .count = 5, .size = 5), *behind = WRITE(put_many, .from = 5, .count = 5, .size = 5), a = {.f = f, .job.after = act_after};
	first->f = behind->f = f;
	submit(s, first);
	f->left++;
	store_copy(s, &a.job, path_of(f, "copy", path));
	submit(s, behind);
	loop_run(f->loop);
	assert_int_equal(a.job.error, 0);
	assert_int_equal(records(f, s), 10);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(path_job(f, s, &a, path, store_copy), -EEXIST); /* nothing is written over */
	/* it becomes the store again, and what that was stays */
	assert_int_equal(path_job(f, s, &a, path, store_replace), 0);
	assert_non_null(strstr(a.job.detail, "lyon/main/data.mdb.20"));
	snprintf(aside, sizeof(aside), "%s/%.100s", f->dir, a.job.detail);
	assert_int_equal(access(aside, F_OK), 0);
	assert_int_equal(records(f, s), 5);
	assert_int_equal(run(f, s, WRITE(put_many, .from = 100, .count = 1, .size = 5)), 0);
	again(f);
	s = get(f, "lyon", "main");
	assert_int_equal(records(f, s), 6);
	assert_int_equal(file_job(f, s, &a, store_drop_aside), 0);
	assert_string_equal(a.job.detail, "1");
	assert_int_equal(access(aside, F_OK), -1);
	/* where there is no store yet */
	assert_int_equal(file_job(f, s, &a, store_remove), 0);
	assert_int_equal(path_job(f, s, &a, path, store_replace), 0);
	assert_int_equal(records(f, s), 5);
}

static void only_what_is_its_own_takes_its_place(void **state)
{
	struct fixture *f = *state;
	char path[256], data[256];
	struct act a;
	struct store *s = get(f, "lyon", "main"), *other = get(f, "nice", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	assert_int_equal(run(f, other, WRITE(put_many, .from = 0, .count = 7, .size = 5)), 0);
	assert_int_equal(path_job(f, other, &a, path_of(f, "copy", path), store_copy), 0);
	assert_int_equal(path_job(f, s, &a, path, store_replace), ERR_STORE_CORRUPT);
	assert_non_null(strstr(a.job.detail, "it is the store of nice/main, not of lyon/main"));
	assert_int_equal(records(f, s), 5);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "garbage garbage garbage garbage!", 32, 8200), 32);
	assert_int_equal(pwrite(fd, "garbage garbage garbage garbage!", 32, 4096 * 3 + 8), 32);
	close(fd);
	assert_true(path_job(f, other, &a, path, store_replace) < 0);
	assert_int_equal(records(f, other), 7);
	assert_int_equal(path_job(f, s, &a, path_of(f, "none", path), store_replace), ERR_NOT_FOUND);
	assert_int_equal(records(f, s), 5);
	assert_int_equal(file_job(f, s, &a, store_drop_aside), 0);
	assert_string_equal(a.job.detail, "0"); /* what was tried left nothing */
	assert_int_equal(access(path_of(f, "lyon/main/data.mdb.new", data), F_OK), -1);
}

static void removed_with_all_that_was_put_aside(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct act a;
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	assert_int_equal(file_job(f, s, &a, store_set_aside), 0);
	assert_int_equal(records(f, s), 0);
	assert_int_equal(file_job(f, s, &a, store_remove), 0);
	assert_int_equal(access(path_of(f, "lyon/main", path), F_OK), -1);
	assert_int_equal(file_job(f, s, &a, store_remove), 0); /* again */
	assert_int_equal(open_files(f, "lyon"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_was_deleted_is_gone_from_the_file), TEST(a_compaction_that_was_cut_short), TEST(a_copy_is_of_one_moment),
	        TEST(only_what_is_its_own_takes_its_place),   TEST(removed_with_all_that_was_put_aside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
