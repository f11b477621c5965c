#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/data/claim.h"

static char dir[64];

static const struct claim_owner lyon = {"cfa-lyon", "all"}, brest = {"cfa-brest", "structure-1"};

static int try(const char *what, const struct claim_owner *me, bool write, struct claim_owner *other)
{
	*other = (struct claim_owner){"", ""};
	return claim_work(dir, str_of(what), me, write, NULL, NULL, other);
}

static int claim(const char *what, const struct claim_owner *me)
{
	struct claim_owner other;
	return try(what, me, true, &other);
}

static void the_first_has_it(void **state)
{
	struct claim_owner other;
	(void)state;
	assert_int_equal(claim("ecole", &lyon), 0);
	assert_int_equal(claim("ecole", &lyon), 0);
	assert_int_equal(try("ecole", &brest, true, &other), ERR_CONFLICT);
	assert_string_equal(other.tenant, "cfa-lyon");
	assert_string_equal(other.key, "all");
	assert_int_equal(claim("another", &brest), 0);
	assert_int_equal(claim("another", &lyon), ERR_CONFLICT);
	assert_int_equal(claim("ecole", &lyon), 0); /* who was refused keeps what it had */
}

static void who_looks_takes_nothing(void **state)
{
	struct claim_owner other;
	(void)state;
	assert_int_equal(try("ecole", &lyon, false, &other), 0);
	assert_int_equal(claim("ecole", &brest), 0);
	assert_int_equal(try("ecole", &lyon, false, &other), ERR_CONFLICT);
}

static void one_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(claim("ecole", &lyon), 0);
	assert_int_equal(claim("another", &lyon), 0); /* a new key of another school: the old one is free */
	assert_int_equal(claim("ecole", &brest), 0);
}

/* In the data directory. */
static void run_command(const char *what)
{
	char command[200];
	snprintf(command, sizeof(command), "cd %s && %s", dir, what);
	assert_int_equal(system(command), 0);
}

static void it_goes_with_its_owners_folder(void **state)
{
	(void)state;
	assert_int_equal(claim("ecole", &lyon), 0);
	run_command("rm -r cfa-lyon");
	assert_int_equal(claim("ecole", &brest), 0);
}

static void it_follows_a_renamed_school(void **state)
{
	const struct claim_owner renamed = {"cfa-neuf", "all"};
	(void)state;
	assert_int_equal(claim("ecole", &lyon), 0);
	run_command("mv cfa-lyon cfa-neuf");
	assert_int_equal(claim("ecole", &renamed), 0);
	assert_int_equal(claim("ecole", &brest), ERR_CONFLICT);
}

static void a_copied_folder_owns_nothing(void **state)
{
	const struct claim_owner copy = {"cfa-copie", "all"};
	(void)state;
	assert_int_equal(claim("ecole", &lyon), 0);
	run_command("cp -r cfa-lyon cfa-copie");
	assert_int_equal(claim("ecole", &copy), ERR_CONFLICT);
	assert_int_equal(claim("ecole", &lyon), 0);
}

static void a_file_that_makes_no_sense_is_nobodys(void **state)
{
	(void)state;
	assert_int_equal(claim("ecole", &lyon), 0);
	run_command("echo '!' >.claims/ecole");
	assert_int_equal(claim("ecole", &lyon), 0);
	assert_int_equal(claim("ecole", &brest), ERR_CONFLICT);
}

static void any_text_will_do(void **state)
{
	(void)state;
	const char *const odd[] = {"", "..", "../../etc/passwd", "École 1", "a b", "-x", "UPPER"};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_int_equal(claim(odd[i], &lyon), 0);
		assert_int_equal(claim(odd[i], &brest), ERR_CONFLICT);
	}
	assert_int_equal(claim("upper", &brest), 0);
}

static bool gone(void *arg, const struct claim_owner *owner)
{
	assert_string_equal(owner->key, "all");
	return *(bool *)arg;
}

static void an_environment_may_be_gone(void **state)
{
	const struct claim_owner other_key = {"cfa-lyon", "structure-1"};
	struct claim_owner other;
	bool is = false;
	(void)state;
	assert_int_equal(claim("ecole", &lyon), 0);
	assert_int_equal(claim_work(dir, STR("ecole"), &other_key, true, gone, &is, &other), ERR_CONFLICT);
	is = true;
	assert_int_equal(claim_work(dir, STR("ecole"), &other_key, true, gone, &is, &other), 0);
	assert_int_equal(claim("ecole", &lyon), ERR_CONFLICT);
}

static void *race(void *arg)
{
	const struct claim_owner *me = arg;
	return claim("ecole", me) == 0 ? arg : NULL;
}

static void of_two_at_once_one_has_it(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		pthread_t a, b;
		void *first, *second;
		assert_int_equal(pthread_create(&a, NULL, race, (void *)(uintptr_t)&lyon), 0);
		assert_int_equal(pthread_create(&b, NULL, race, (void *)(uintptr_t)&brest), 0);
		pthread_join(a, &first);
		pthread_join(b, &second);
		assert_true((first == NULL) != (second == NULL));
		assert_int_equal(claim("ecole", first ? first : second), 0);
		run_command("rm -r cfa-* .claims");
	}
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/passerelle-claim-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	run_command("rm -rf ../${PWD##*/}");
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(the_first_has_it),
	        TEST(who_looks_takes_nothing),
	        TEST(one_at_a_time),
	        TEST(it_goes_with_its_owners_folder),
	        TEST(it_follows_a_renamed_school),
	        TEST(a_copied_folder_owns_nothing),
	        TEST(a_file_that_makes_no_sense_is_nobodys),
	        TEST(any_text_will_do),
	        TEST(an_environment_may_be_gone),
	        TEST(of_two_at_once_one_has_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
