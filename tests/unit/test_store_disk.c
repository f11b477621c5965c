#include "tests/unit/store_fixture.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>

/* Where the disk, the file system or another process is in the way. */

/* ---- the system, as the store sees it ---- */

/* Defined here they stand before the libraries'. */
static long file_system; /* 0: what it is */
static int write_error;  /* of every write of a page and more; 0: none */
static bool write_short; /* rather of those of less than a page: LMDB's record of the commit */

int statfs(const char *path, struct statfs *out)
{
	int rc = (int)syscall(SYS_statfs, path, out);
	if (rc == 0 && file_system)
		out->f_type = file_system;
	return rc;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (write_error && (n < 4096) == write_short) {
		errno = write_error;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	if (write_error && !write_short && count > 0 && parts[0].iov_len >= 4096) {
		errno = write_error;
		return -1;
	}
	return syscall(SYS_writev, fd, parts, count);
}

static int tear_down_all(void **state)
{
	write_error = 0;
	write_short = false;
	file_system = 0;
	return tear_down(state);
}
#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_all)

/* ---- the disk ---- */

static void full_disk(void **state)
{
	struct fixture *f = *state;
	static const struct {
		int error, code;
		const char *detail;
	} kinds[] = {{ENOSPC, ERR_STORE_FULL, "No space left"}, {EIO, -EIO, "Input/output error"}};
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 10, .size = 100)), 0);
	for (size_t i = 0; i < 2; i++) {
		struct act *a = WRITE(put_many, .from = 10, .count = 100, .size = 3000);
		write_error = kinds[i].error;
		assert_int_equal(run(f, s, a), kinds[i].code);
		assert_non_null(strstr(a->job.detail, kinds[i].detail));
		assert_int_equal(a->runs, 1);
		/* of a store that is not there yet too */
		struct store *fresh = get(f, "nice", "main");
		a = WRITE(put_many, .from = 10, .count = 1, .size = 10);
		assert_int_equal(run(f, fresh, a), kinds[i].code);
		write_error = 0;
		assert_int_equal(records(f, s), 10);
		assert_int_equal(run(f, s, WRITE(put_many, .from = 10 + (int64_t)i, .count = 1, .size = 10)), 0);
		assert_int_equal(run(f, s, WRITE(del_one, .from = 10 + (int64_t)i)), 0);
	}
}

/* When not even the page that says which tree is valid can be written, LMDB gives the environment up; opened afresh
 * it goes on. */
static void commit_record_not_written(void **state)
{
	struct fixture *f = *state;
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 10, .size = 100)), 0);
	write_short = true;
	write_error = EIO;
	assert_int_equal(run(f, s, WRITE(put_many, .from = 10, .count = 1, .size = 10)), -EIO);
	write_error = 0;
	assert_int_equal(records(f, s), 10);
	assert_int_equal(run(f, s, WRITE(put_many, .from = 10, .count = 2, .size = 10)), 0);
	assert_int_equal(records(f, s), 12);
}

static void damage(struct fixture *f, const char *rest, off_t length, const char *text, off_t at)
{
	char path[256];
	int fd = open(path_of(f, rest, path), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	if (length >= 0)
		assert_int_equal(ftruncate(fd, length), 0);
	if (text)
		assert_int_equal(syscall(SYS_pwrite64, fd, text, strlen(text), at), (long)strlen(text));
	close(fd);
}

static void damaged_files(void **state)
{
	struct fixture *f = *state;
	struct store *s = get(f, "lyon", "main"), *well = get(f, "nice", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 2000, .size = 500)), 0);
	assert_int_equal(run(f, well, WRITE(put_many, .from = 0, .count = 5, .size = 500)), 0);

	/* no LMDB at all, or another one's */
	close_stores(f);
	char path[256], aside[256];
	assert_int_equal(rename(path_of(f, "lyon/main/data.mdb", path), path_of(f, "aside", aside)), 0);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 65536), 0);
	close(fd);
	damage(f, "lyon/main/data.mdb", -1, "this is not a store, whatever it is called", 0);
	open_stores(f);
	s = get(f, "lyon", "main");
	struct act *a = READ(get_one, .from = 1);
	assert_int_equal(run(f, s, a), ERR_STORE_VERSION);
	assert_non_null(strstr(a->job.detail, "made by another LMDB version?"));
	assert_int_equal(a->runs, 0);

	/* cut in the middle: an error of this store, no death of the process, no harm to another */
	close_stores(f);
	assert_int_equal(rename(aside, path), 0);
	damage(f, "lyon/main/data.mdb", 3 * 4096, NULL, 0);
	open_stores(f);
	s = get(f, "lyon", "main");
	a = READ(count_table, .from = 1);
	assert_int_equal(run(f, s, a), ERR_STORE_CORRUPT);
	assert_non_null(strstr(a->job.detail, "lyon/main/data.mdb: its file is damaged: page "));
	assert_non_null(strstr(a->job.detail, "; passerelle rebuild lyon main makes it anew"));
	well = get(f, "nice", "main");
	assert_int_equal(records(f, well), 5);
}

/* A directory that is another school's, copied or moved, is not this one's memory. */
static void anothers_store(void **state)
{
	struct fixture *f = *state;
	char from[256], to[256];
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	close_stores(f);
	assert_int_equal(rename(path_of(f, "lyon", from), path_of(f, "nice", to)), 0);
	open_stores(f);
	s = get(f, "nice", "main");
	struct act *a = READ(get_one, .from = 1);
	assert_int_equal(run(f, s, a), ERR_STORE_CORRUPT);
	assert_non_null(strstr(a->job.detail, "nice/main/data.mdb: it is the store of lyon/main, not of nice/main"));
	assert_int_equal(a->runs, 0);
}

static int wipe_owner(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	store_key_begin(&k, 0);
	store_put(txn, &k, (struct str){a->text, a->size});
	return 0;
}

static void owner_record(void **state)
{
	struct fixture *f = *state;
	struct store *s = get(f, "lyon", "main");
	struct act *a = WRITE(wipe_owner, .text = "\x02\x04lyon\x04main", .size = 11);
	assert_int_equal(run(f, s, a), 0);
	again(f);
	s = get(f, "lyon", "main");
	a = WRITE(wipe_owner, .text = "\x01\x7f", .size = 2);
	assert_int_equal(run(f, s, a), ERR_STORE_VERSION);
	assert_int_equal(a->runs, 0);
	assert_non_null(strstr(a->job.detail, "version 2"));

	s = get(f, "nice", "main");
	assert_int_equal(run(f, s, WRITE(wipe_owner, .text = "\x01\x7f", .size = 2)), 0);
	again(f);
	s = get(f, "nice", "main");
	a = READ(get_one, .from = 1);
	assert_int_equal(run(f, s, a), ERR_STORE_CORRUPT);
}

static int set_aside(struct fixture *f, struct store *s, struct act *a)
{
	*a = (struct act){.f = f, .job.after = act_after};
	f->left++;
	store_set_aside(s, &a->job);
	loop_run(f->loop);
	return a->job.error;
}

/* Forgotten on request, and nothing is deleted. */
static void a_store_is_set_aside(void **state)
{
	struct fixture *f = *state;
	struct act a;
	char first[256], second[256];
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(set_aside(f, s, &a), ERR_NOT_FOUND);
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	assert_int_equal(set_aside(f, s, &a), 0); /* open as it is */
	assert_non_null(strstr(a.job.detail, "lyon/main/data.mdb.20"));
	snprintf(first, sizeof(first), "%s/%.100s", f->dir, a.job.detail);
	assert_int_equal(access(first, F_OK), 0);
	assert_int_equal(records(f, s), 0);
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 3, .size = 5)), 0);
	again(f);
	s = get(f, "lyon", "main");
	assert_int_equal(set_aside(f, s, &a), 0); /* and closed; within the same second, as a rule */
	snprintf(second, sizeof(second), "%s/%.100s", f->dir, a.job.detail);
	assert_string_not_equal(first, second);
	assert_int_equal(access(first, F_OK), 0);
	assert_int_equal(access(second, F_OK), 0);
	assert_int_equal(records(f, s), 0);
	/* what was put aside is whole */
	close_stores(f);
	char path[256];
	assert_int_equal(rename(first, path_of(f, "lyon/main/data.mdb", path)), 0);
	open_stores(f);
	assert_int_equal(records(f, get(f, "lyon", "main")), 5);
}

/* ---- the directory ---- */

static void second_process(void **state)
{
	struct fixture *f = *state;
	struct stores *other = NULL;
	long holder = 0;
	assert_int_equal(stores_open(f->loop, f->dir, &f->limits, &other, &holder), ERR_LOCKED);
	assert_null(other);
	assert_int_equal(holder, getpid());
	/* and from another process */
	pid_t child = fork();
	if (child == 0) {
		holder = 0;
		int rc = stores_open(f->loop, f->dir, &f->limits, &other, &holder);
		_exit(rc == ERR_LOCKED && holder == getppid() ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(stores_dir(f->stores), f->dir);
	again(f); /* given back, it can be had */
}

static void bad_directories(void **state)
{
	struct fixture *f = *state;
	struct stores *other = NULL;
	long holder = 0;
	char path[256];
	close_stores(f);
	static const long remote[] = {0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x65735546};
	for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++) {
		file_system = remote[i];
		assert_int_equal(stores_open(f->loop, f->dir, NULL, &other, &holder), ERR_CONFIG);
	}
	file_system = 0xef53; /* ext4 */
	assert_int_equal(stores_open(f->loop, f->dir, NULL, &other, &holder), 0);
	stores_close(&other);
	file_system = 0;
	assert_int_equal(stores_open(f->loop, path_of(f, "no/such", path), NULL, &other, &holder), -ENOENT);
	assert_int_equal(stores_open(f->loop, path_of(f, "lock", path), NULL, &other, &holder), -ENOTDIR);
	assert_int_equal(stores_open(f->loop, path_of(f, "new", path), NULL, &other, &holder), 0);
	stores_close(&other);
	open_stores(f);
}

/* Two names of one directory are not two environments on one file. */
static void one_directory_by_two_names(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct store *s = get(f, "lyon", "main"), *t = get(f, "nice", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	assert_int_equal(symlink("lyon", path_of(f, "nice", path)), 0);
	struct act *a = READ(get_one, .from = 1);
	assert_int_equal(run(f, t, a), ERR_CONFLICT);
	assert_non_null(strstr(a->job.detail, "nice/main and lyon/main are one directory"));
	assert_int_equal(records(f, s), 5);
}

/* A directory that cannot be made is an error of that store only, with the reason. */
static void path_in_the_way(void **state)
{
	struct fixture *f = *state;
	char path[256];
	int fd = open(path_of(f, "lyon", path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	struct store *s = get(f, "lyon", "main");
	struct act *a = WRITE(put_many, .from = 0, .count = 5, .size = 5);
	assert_int_equal(run(f, s, a), -ENOTDIR);
	assert_string_equal(a->job.detail, "lyon/main/data.mdb: open: Not a directory");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(run(f, s, a), 0);
}

/* The store's own failures are logged where they happen, work that says no is not. */
static void failures_are_logged(void **state)
{
	struct fixture *f = *state;
	char text[1000] = "";
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 1, .size = 5, .fail = ERR_NOT_FOUND)),
	                 ERR_NOT_FOUND);
	assert_int_equal(pread(f->log_fd, text, sizeof(text) - 1, 0), 0);
	write_error = ENOSPC;
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 10, .size = 3000)), ERR_STORE_FULL);
	write_error = 0;
	assert_true(pread(f->log_fd, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "tenant=lyon"));
	assert_non_null(strstr(text, "environment=main"));
	assert_non_null(strstr(text, "No space left"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(full_disk),
	        TEST(commit_record_not_written),
	        TEST(damaged_files),
	        TEST(anothers_store),
	        TEST(owner_record),
	        TEST(a_store_is_set_aside),
	        TEST(second_process),
	        TEST(bad_directories),
	        TEST(one_directory_by_two_names),
	        TEST(path_in_the_way),
	        TEST(failures_are_logged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
