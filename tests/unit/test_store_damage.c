#include "tests/unit/store_fixture.h"

/* Files that are not what they should be. Whatever lies in one: it is refused, or read; the process lives on, and so
 * do the other stores in it. */

#define PAGE 4096

static uint64_t dice(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Records of all sizes come and go; some keys are long. from: the seed; count: how many changes. */
static int churn(struct store_txn *txn, struct act *a)
{
	static const size_t sizes[] = {1, 7, 40, 300, 1100, 2030, 2100, 4080, 5000, 20000};
	static char value[20000];
	uint64_t seed = (uint64_t)a->from;
	for (int64_t i = 0; i < a->count; i++) {
		struct store_key k;
		uint64_t r = dice(&seed);
		key_of(&k, 1, (int64_t)(r % 400));
		if (r & 0x1000) {
			char text[100];
			memset(text, 'k', sizeof(text));
			store_key_text(&k, (struct str){text, dice(&seed) % sizeof(text)});
		}
		size_t size = sizes[dice(&seed) % 10];
		memset(value, (int)('a' + r % 26), size);
		if (dice(&seed) % 5 < 2)
			store_del(txn, &k);
		else
			store_put(txn, &k, (struct str){value, size});
	}
	return 0;
}

static int clear(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	(void)a;
	store_key_begin(&k, 1);
	store_del_prefix(txn, &k);
	return 0;
}

static struct store *lyon(struct fixture *f)
{
	return get(f, "lyon", "main");
}

/* What LMDB itself writes is never called damaged: each commit is looked at anew. */
static void healthy_files_are_opened(void **state)
{
	struct fixture *f = *state;
	for (int64_t i = 0; i < 400; i++) {
		again(f);
		struct act *a = i % 97 == 96 ? WRITE(clear) : WRITE(churn, .from = i, .count = 1 + i % 60);
		int rc = run(f, lyon(f), a);
		if (rc)
			print_error("%lld: %s\n", (long long)i, a->job.detail);
		assert_int_equal(rc, 0);
	}
	again(f);
	assert_true(records(f, lyon(f)) > 50);
	/* a deep tree too */
	assert_int_equal(run(f, lyon(f), WRITE(put_many, .from = 1000, .count = 60000, .size = 30)), 0);
	again(f);
	assert_int_equal(run(f, lyon(f), WRITE(churn, .from = 1, .count = 100)), 0);
	again(f);
	assert_true(records(f, lyon(f)) > 60000);
}

/* ---- damage ---- */

struct image {
	uint8_t *p;
	size_t n;
};

static struct image load(struct fixture *f)
{
	char path[256];
	struct stat st;
	int fd = open(path_of(f, "lyon/main/data.mdb", path), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	struct image m = {malloc((size_t)st.st_size), (size_t)st.st_size};
	assert_int_equal(read(fd, m.p, m.n), (long)m.n);
	close(fd);
	return m;
}

static void save(struct fixture *f, const uint8_t *p, size_t n)
{
	char path[256];
	int fd = open(path_of(f, "lyon/main/data.mdb", path), O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (long)n);
	close(fd);
	unlink(path_of(f, "lyon/main/lock.mdb", path));
}

static size_t hurt(uint8_t *p, size_t n, uint64_t seed)
{
	uint64_t kind = dice(&seed) % 6, pages = n / PAGE;
	size_t page = dice(&seed) % pages * PAGE;
	switch (kind) {
	case 0: /* some bytes */
		for (uint64_t i = 1 + dice(&seed) % 40; i; i--)
			p[dice(&seed) % n] = (uint8_t)dice(&seed);
		break;
	case 1: /* the head of a page, and where its nodes lie */
		for (uint64_t i = 1 + dice(&seed) % 4; i; i--)
			p[page + dice(&seed) % 64] = (uint8_t)dice(&seed);
		break;
	case 2: /* a page where another one should be */
		memcpy(p + page, p + dice(&seed) % pages * PAGE, PAGE);
		break;
	case 3: /* nothing */
		memset(p + page, 0, PAGE);
		break;
	case 4: /* the end is missing */
		return page + dice(&seed) % PAGE;
	default: /* what says where everything is */
		for (uint64_t i = 1 + dice(&seed) % 3; i; i--)
			p[dice(&seed) % 2 * PAGE + 16 + dice(&seed) % 136] = (uint8_t)dice(&seed);
		break;
	}
	return n;
}

static void damaged_ones_harm_nobody(void **state)
{
	struct fixture *f = *state;
	unsigned refused = 0, used = 0;
	for (int64_t i = 0; i < 30; i++)
		assert_int_equal(run(f, lyon(f), WRITE(churn, .from = i, .count = 40)), 0);
	struct store *well = get(f, "nice", "main");
	assert_int_equal(run(f, well, WRITE(put_many, .from = 0, .count = 5, .size = 500)), 0);
	close_stores(f);
	struct image good = load(f);
	uint8_t *copy = malloc(good.n);
	/* some 2 s; DAMAGES=100000 for more, and damage.last then says which seed ended the process */
	const char *more = getenv("DAMAGES");
	for (uint64_t seed = 0; seed < (more ? strtoull(more, NULL, 10) : 1500); seed++) {
		memcpy(copy, good.p, good.n);
		save(f, copy, hurt(copy, good.n, seed));
		open_stores(f);
		if (more) {
			FILE *last = fopen("damage.last", "w");
			if (last) {
				fprintf(last, "%llu\n", (unsigned long long)seed);
				fclose(last);
			}
		}
		struct act *a = READ(count_table, .from = 1);
		int rc = run(f, lyon(f), a);
		if (rc) {
			refused++;
			assert_true(rc == ERR_STORE_CORRUPT || rc == ERR_STORE_VERSION);
			assert_non_null(strstr(a->job.detail, "lyon/main/data.mdb: "));
			assert_non_null(strstr(a->job.detail, "; passerelle rebuild lyon main makes it anew"));
		} else {
			used++;
			/* damage inside of values is the record's reader's business */
			assert_int_equal(run(f, lyon(f), WRITE(churn, .from = (int64_t)seed, .count = 60)), 0);
			assert_int_equal(run(f, lyon(f), WRITE(clear)), 0);
		}
		assert_int_equal(records(f, get(f, "nice", "main")), 5);
		close_stores(f);
	}
	assert_true(refused > 300);
	assert_true(used > 100);
	free(copy);
	free(good.p);
	open_stores(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(healthy_files_are_opened, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(damaged_ones_harm_nobody, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("store_damage", tests, NULL, NULL);
}
