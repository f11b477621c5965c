#include "tests/unit/store_fixture.h"

/* ---- transactions ---- */

static void commit_survives(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct stat st;
	f->limits.no_sync = false;
	again(f);
	assert_false(store_exists(f->stores, "lyon", "main"));
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(stat(path_of(f, "lyon", path), &st), -1); /* a handle opens nothing */
	assert_int_equal(run(f, s, WRITE(put_many, .from = 5, .count = 1, .size = 100)), 0);
	assert_true(store_exists(f->stores, "lyon", "main"));
	again(f);
	s = get(f, "lyon", "main");
	struct act *a = READ(get_one, .from = 5);
	assert_int_equal(run(f, s, a), 0);
	assert_true(a->found);
	assert_int_equal(a->size, 100);
	assert_int_equal(a->value, 'a' + 5);
	assert_int_equal(a->stat.entries, 2); /* and whose it is */
	assert_int_equal(a->stat.map_size, (uint64_t)1 << 30);
	a = READ(get_one, .from = 6);
	assert_int_equal(run(f, s, a), 0);
	assert_false(a->found);

	/* for its owner only */
	static const struct {
		const char *path;
		unsigned mode;
	} modes[] = {{"lock", 0600},
	             {"lyon", 0700},
	             {"lyon/main", 0700},
	             {"lyon/main/data.mdb", 0600},
	             {"lyon/main/lock.mdb", 0600}};
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(stat(path_of(f, modes[i].path, path), &st), 0);
		assert_int_equal(st.st_mode & 0777, modes[i].mode);
	}
	/* also where somebody made the folder beforehand, or opened it up */
	assert_int_equal(chmod(path_of(f, "lyon", path), 0755), 0);
	assert_int_equal(chmod(path_of(f, "lyon/main", path), 0770), 0);
	again(f);
	assert_int_equal(run(f, get(f, "lyon", "main"), READ(get_one, .from = 5)), 0);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(stat(path_of(f, modes[i].path, path), &st), 0);
		assert_int_equal(st.st_mode & 0777, modes[i].mode);
	}
}

static int put_then_refuse(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	(void)put_many(txn, a);
	store_txn_fail(txn, ERR_CONFLICT);
	store_txn_fail(txn, ERR_RANGE); /* the first stands */
	a->value = store_txn_error(txn);
	struct str v;
	key_of(&k, 1, a->from);
	a->found = store_get(txn, &k, &v);
	return 0;
}

/* A key that LMDB refuses: the error comes from below and stays, though the work says that all is well. */
static int put_without_a_key(struct store_txn *txn, struct act *a)
{
	struct store_key k = {.n = 0};
	store_put(txn, &k, STR("x"));
	a->value = store_txn_error(txn);
	return put_many(txn, a);
}

static void errors_undo_everything(void **state)
{
	struct fixture *f = *state;
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 3, .size = 10)), 0);
	struct act *a = WRITE(put_many, .from = 100, .count = 3, .size = 10, .fail = ERR_RANGE);
	assert_int_equal(run(f, s, a), ERR_RANGE);
	assert_string_equal(a->job.detail, "");
	assert_int_equal(a->runs, 1);
	assert_int_equal(records(f, s), 3);
	a = WRITE(put_then_refuse, .from = 100, .count = 3, .size = 10, .found = true);
	assert_int_equal(run(f, s, a), ERR_CONFLICT);
	assert_int_equal(a->value, ERR_CONFLICT);
	assert_false(a->found); /* after an error every call does nothing */
	assert_int_equal(records(f, s), 3);
	a = WRITE(put_without_a_key, .from = 100, .count = 3, .size = 10);
	assert_int_equal(run(f, s, a), ERR_STORE);
	assert_int_equal(a->value, ERR_STORE);
	assert_non_null(strstr(a->job.detail, "MDB_BAD_VALSIZE"));
	assert_int_equal(records(f, s), 3);
}

static void order_of_keys(void **state)
{
	struct fixture *f = *state;
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = -3, .count = 6, .size = 1)), 0);
	assert_int_equal(run(f, s, WRITE(put_many, .from = INT64_MIN, .count = 1, .size = 1)), 0);
	assert_int_equal(run(f, s, WRITE(put_many, .from = INT64_MAX, .count = 0, .size = 1)), 0);
	assert_int_equal(run(f, s, WRITE(put_many, .from = 1000, .count = 1, .size = 1)), 0);
	struct act *a = READ(list_all, .count = 100);
	assert_int_equal(run(f, s, a), 0);
	assert_string_equal(a->text, "-9223372036854775808=a -3=n -2=o -1=p 0=a 1=b 2=c 1000=i ");
	a = READ(list_all, .count = 2); /* the callback may stop, which is no error */
	assert_int_equal(run(f, s, a), 0);
	assert_string_equal(a->text, "-9223372036854775808=a -3=n ");
}

static int put_tables(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	for (int table = 1; table <= 3; table++)
		for (int64_t i = 0; i < a->count; i++) {
			key_of(&k, (uint8_t)table, i);
			store_put(txn, &k, STR("some value that fills pages"));
		}
	return 0;
}

static int del_table(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	store_key_begin(&k, (uint8_t)a->from);
	store_del_prefix(txn, &k);
	return 0;
}

/* Over many pages, the neighbours untouched. */
static void prefixes_are_deleted(void **state)
{
	struct fixture *f = *state;
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_tables, .count = 3000)), 0);
	assert_int_equal(run(f, s, WRITE(del_table, .from = 2)), 0);
	struct act *a = READ(count_table, .from = 2);
	assert_int_equal(run(f, s, a), 0);
	assert_int_equal(a->value, 0);
	for (int table = 1; table <= 3; table += 2) {
		a = READ(count_table, .from = table);
		assert_int_equal(run(f, s, a), 0);
		assert_int_equal(a->value, 3000);
	}
	assert_int_equal(run(f, s, WRITE(del_table, .from = 2)), 0); /* nothing there is fine */
	assert_int_equal(run(f, s, WRITE(del_table, .from = 3)), 0);
	assert_int_equal(run(f, s, WRITE(del_one, .from = 17)), 0);
	assert_int_equal(run(f, s, WRITE(del_one, .from = 17)), 0);
	assert_int_equal(records(f, s), 2999);
}

/* ---- keys ---- */

static void keys_there_and_back(void **state)
{
	(void)state;
	struct store_key k;
	store_key_begin(&k, 9);
	store_key_text(&k, STR("Zo\xc3\xab"));
	store_key_u8(&k, 200);
	store_key_int(&k, -5);
	store_key_text(&k, STR(""));
	store_key_int(&k, INT64_MAX);
	struct str key = {(const char *)k.b, k.n};
	size_t at = 1;
	assert_int_equal(k.b[0], 9);
	assert_true(str_eqz(store_key_get_text(key, &at), "Zo\xc3\xab"));
	assert_int_equal(store_key_get_u8(key, &at), 200);
	assert_int_equal(store_key_get_int(key, &at), -5);
	assert_int_equal(store_key_get_text(key, &at).n, 0);
	assert_int_equal(store_key_get_int(key, &at), INT64_MAX);
	assert_int_equal(at, k.n);
	/* behind the end there is nothing to read */
	assert_int_equal(store_key_get_u8(key, &at), 0);
	assert_int_equal(store_key_get_text(key, &at).n, 0);
	assert_int_equal(at, k.n);
}

static struct store_key text_key(const char *text, size_t n)
{
	struct store_key k;
	store_key_begin(&k, 1);
	store_key_text(&k, (struct str){text, n});
	store_key_int(&k, 1);
	return k;
}

static void texts_in_keys(void **state)
{
	(void)state;
	char text[5000];
	memset(text, 'x', sizeof(text));
	/* as it is up to 128 bytes, by its hash beyond, and never the same for two texts */
	struct store_key a = text_key(text, 128), b = text_key(text, 129), c = text_key(text, 5000),
	                 d = text_key("a\0b", 3), e = text_key("a", 1);
	assert_int_equal(a.n, 1 + 128 + 1 + 8);
	assert_int_equal(b.n, 1 + 64 + 1 + 8);
	assert_int_equal(c.n, b.n);
	assert_memory_not_equal(b.b, c.b, b.n);
	assert_int_equal(d.n, b.n);
	assert_int_equal(e.n, 1 + 1 + 1 + 8);
	text[4999] = 'y';
	struct store_key other = text_key(text, 5000);
	assert_memory_not_equal(other.b, c.b, c.n);
	/* a text is not the beginning of another: "ab" is not found under "a" */
	assert_memory_not_equal(text_key("a", 1).b, text_key("ab", 2).b, 3);
	/* two long ones fit */
	struct store_key two;
	store_key_begin(&two, 1);
	store_key_text(&two, (struct str){text, 128});
	store_key_text(&two, (struct str){text, 128});
	store_key_int(&two, 1);
	store_key_int(&two, 1);
	assert_true(two.n <= STORE_KEY_MAX);
}

/* ---- the map ---- */

static void map_grows(void **state)
{
	struct fixture *f = *state;
	f->limits.map_size = 128 * 1024;
	f->limits.map_max = (size_t)64 << 20;
	again(f);
	struct store *s = get(f, "lyon", "main");
	struct act *a = WRITE(put_many, .from = 0, .count = 3000, .size = 1000);
	assert_int_equal(run(f, s, a), 0);
	assert_true(a->runs > 2);
	assert_string_equal(a->job.detail, "");
	assert_int_equal(records(f, s), 3000);
	a = READ(get_one, .from = 2999);
	assert_int_equal(run(f, s, a), 0);
	assert_int_equal(a->size, 1000);
	assert_true(a->stat.map_size > 3000 * 1000 && a->stat.map_size <= f->limits.map_max);
	assert_true(a->stat.bytes_used > 3000 * 1000);
	/* opened again, it is as large as its file, whatever the first size is */
	again(f);
	s = get(f, "lyon", "main");
	assert_int_equal(records(f, s), 3000);
	assert_int_equal(run(f, s, WRITE(put_many, .from = 3000, .count = 100, .size = 1000)), 0);
	assert_int_equal(records(f, s), 3100);
}

static void map_has_an_end(void **state)
{
	struct fixture *f = *state;
	f->limits.map_size = 1; /* the least there is */
	f->limits.map_max = 500 * 1024;
	again(f);
	struct store *s = get(f, "lyon", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 10, .size = 100)), 0);
	struct act *a = WRITE(put_many, .from = 10, .count = 1000, .size = 1000);
	assert_int_equal(run(f, s, a), ERR_STORE_FULL);
	assert_int_equal(a->runs, 4); /* at 64, 128, 256 and 500 KiB */
	assert_non_null(strstr(a->job.detail, "MDB_MAP_FULL"));
	a = READ(get_one, .from = 0);
	assert_int_equal(run(f, s, a), 0);
	assert_int_equal(a->stat.map_size, 500 * 1024);
	/* nothing of it is there, and what fits goes on */
	assert_int_equal(records(f, s), 10);
	assert_int_equal(run(f, s, WRITE(put_many, .from = 10, .count = 10, .size = 100)), 0);
	assert_int_equal(records(f, s), 20);
}

/* ---- handles and the queue ---- */

static void handles_share(void **state)
{
	struct fixture *f = *state;
	struct store *a = store_ref(f->stores, "lyon", "main"), *b = store_ref(f->stores, "lyon", "main"),
	             *c = store_again(a);
	assert_ptr_equal(a, b);
	assert_ptr_equal(a, c);
	assert_int_equal(run(f, a, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	assert_int_equal(records(f, b), 5);
	assert_int_equal(open_files(f, "lyon/main/lock.mdb"), 1);
	store_unref(&a);
	assert_int_equal(records(f, c), 5);
	store_unref(&b);
	store_unref(&c);
	store_unref(&c); /* nothing there is nothing to let go */
	/* another key of the same tenant is another environment */
	struct store *d = store_ref(f->stores, "lyon", "second");
	assert_int_equal(records(f, d), 0);
	store_unref(&d);
}

/* One at a time, in the order they were handed in, also when after() hands in one more. */
static void jobs_in_order(void **state)
{
	struct fixture *f = *state;
	enum { JOBS = 50 };
	struct act *jobs = calloc(JOBS + 1, sizeof(*jobs));
	struct store *s = get(f, "lyon", "main");
	int order = 0;
	for (int i = 0; i <= JOBS; i++)
		jobs[i] = (struct act){.f = f,
		                       .work = put_many,
		                       .job.write = true,
		                       .from = i,
		                       .count = 1,
		                       .size = 5,
		                       .order = &order};
	jobs[0].then = &jobs[JOBS];
	jobs[0].then_store = s;
	for (int i = 0; i < JOBS; i++)
		submit(s, &jobs[i]);
	loop_run(f->loop);
	for (int i = 0; i <= JOBS; i++) {
		assert_int_equal(jobs[i].job.error, 0);
		assert_int_equal(jobs[i].at, i);
	}
	assert_int_equal(records(f, s), JOBS + 1);
	free(jobs);
}

static void let_go_while_queued(void **state)
{
	struct fixture *f = *state;
	struct store *s = store_ref(f->stores, "lyon", "main"), *t = store_ref(f->stores, "nice", "main");
	struct act a = {.f = f, .work = put_many, .job.write = true, .count = 3, .size = 5}, b = a, c = a;
	b.from = 10;
	submit(s, &a);
	submit(s, &b);
	store_unref(&s);
	c.let_go = &t;
	submit(t, &c);
	loop_run(f->loop);
	assert_int_equal(a.job.error, 0);
	assert_int_equal(b.job.error, 0);
	assert_null(t);
	again(f);
	s = store_ref(f->stores, "lyon", "main");
	assert_int_equal(records(f, s), 6);
	store_unref(&s);
}

/* Three hundred at once, sixteen open at most: the rest waits, none is lost. */
static void open_limit(void **state)
{
	struct fixture *f = *state;
	enum { STORES = 300, LIMIT = 16 };
	f->limits.open = LIMIT;
	again(f);
	struct act *jobs = calloc(STORES, sizeof(*jobs));
	struct store *s[STORES];
	char key[16];
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < STORES; i++) {
			snprintf(key, sizeof(key), "e%d", i);
			s[i] = get(f, "lyon", key);
			jobs[i] = (struct act){
			        .f = f, .work = put_many, .job.write = true, .from = round, .count = 1, .size = 5};
			submit(s[i], &jobs[i]);
		}
		loop_run(f->loop);
		assert_in_range(open_files(f, "/lock.mdb"), 1, LIMIT);
		for (int i = 0; i < STORES; i++)
			assert_int_equal(jobs[i].job.error, 0);
		/* the latest used are the open ones */
		snprintf(key, sizeof(key), "/e%d/lock.mdb", STORES - 1);
		assert_int_equal(open_files(f, key), 1);
		assert_int_equal(open_files(f, "/e0/lock.mdb"), 0);
		drop_handles(f);
	}
	for (int i = 0; i < STORES; i += 37) {
		snprintf(key, sizeof(key), "e%d", i);
		s[i] = get(f, "lyon", key);
		assert_int_equal(records(f, s[i]), 2);
	}
	free(jobs);
}

static int count_open(struct store_txn *txn, struct act *a)
{
	(void)txn;
	a->value = open_files(a->f, "/lock.mdb");
	return 0;
}

/* Never more than the limit, not even in the middle of it all. */
static void open_limit_at_any_time(void **state)
{
	struct fixture *f = *state;
	enum { STORES = 40, LIMIT = 2 };
	f->limits.open = LIMIT;
	again(f);
	struct act *jobs = calloc(STORES, sizeof(*jobs));
	struct store *s[STORES];
	char key[16];
	for (int i = 0; i < STORES; i++) {
		snprintf(key, sizeof(key), "e%d", i / 2);
		s[i] = get(f, "lyon", key);
		jobs[i] = (struct act){.f = f, .work = count_open};
		submit(s[i], &jobs[i]);
	}
	loop_run(f->loop);
	for (int i = 0; i < STORES; i++) {
		assert_int_equal(jobs[i].job.error, 0);
		assert_in_range(jobs[i].value, 1, LIMIT);
	}
	free(jobs);
}

/* Room is made by closing the one that was not used for the longest time. */
static void longest_idle_goes(void **state)
{
	struct fixture *f = *state;
	f->limits.open = 3;
	again(f);
	static const char *const names[] = {"a", "b", "c", "a", "d"};
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(records(f, get(f, "lyon", names[i])), 0);
	assert_int_equal(open_files(f, "/a/lock.mdb"), 1);
	assert_int_equal(open_files(f, "/b/lock.mdb"), 0);
	assert_int_equal(open_files(f, "/c/lock.mdb"), 1);
	assert_int_equal(open_files(f, "/d/lock.mdb"), 1);
}

struct waiter {
	struct loop_timer timer;
	struct fixture *f;
	unsigned tries;
};

static void look(struct loop_timer *t)
{
	struct waiter *w = list_entry(t, struct waiter, timer);
	if (open_files(w->f, "/lock.mdb") && w->tries++ < 1000)
		loop_timer_start(w->f->loop, t, 2);
	else
		loop_stop(w->f->loop);
}

static void idle_ones_are_closed(void **state)
{
	struct fixture *f = *state;
	f->limits.idle_close_ms = 5;
	again(f);
	struct store *s = get(f, "lyon", "main"), *t = get(f, "nice", "main");
	assert_int_equal(run(f, s, WRITE(put_many, .from = 0, .count = 5, .size = 5)), 0);
	assert_int_equal(run(f, t, WRITE(put_many, .from = 0, .count = 6, .size = 5)), 0);
	struct waiter w = {.f = f};
	loop_timer_init(&w.timer, look);
	loop_timer_start(f->loop, &w.timer, 2);
	loop_run(f->loop);
	loop_timer_stop(f->loop, &w.timer);
	assert_int_equal(open_files(f, "/lock.mdb"), 0);
	/* the handles are as good as before */
	assert_int_equal(records(f, s), 5);
	assert_int_equal(records(f, t), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(commit_survives),
	        TEST(errors_undo_everything),
	        TEST(order_of_keys),
	        TEST(prefixes_are_deleted),
	        cmocka_unit_test(keys_there_and_back),
	        cmocka_unit_test(texts_in_keys),
	        TEST(map_grows),
	        TEST(map_has_an_end),
	        TEST(handles_share),
	        TEST(jobs_in_order),
	        TEST(let_go_while_queued),
	        TEST(open_limit),
	        TEST(open_limit_at_any_time),
	        TEST(longest_idle_goes),
	        TEST(idle_ones_are_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
