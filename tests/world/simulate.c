#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/world/simulate.h"

/*
 * simulate --seed N [--days D] [--verbose]     one seed; tells the hash of its requests
 * simulate --seeds A..B [--days D]             many
 * simulate --hours H [--days D]                from --seed on (default: 1) for so long
 *
 * Ends with 1 at the first seed that goes wrong, and one line that names it.
 */

struct arguments {
	uint64_t first, last;
	unsigned days;
	double hours;
	bool verbose;
};

static int usage(void)
{
	fputs("usage: simulate --seed N | --seeds A..B | --hours H  [--days D] [--verbose]\n", stderr);
	return 2;
}

static bool number(const char *text, uint64_t *out, const char **end)
{
	char *stop;
	errno = 0;
	unsigned long long n = strtoull(text, &stop, 10);
	if (stop == text || errno || text[0] == '-')
		return false;
	*out = n;
	*end = stop;
	return true;
}

static bool take(struct arguments *a, const char *name, const char *value)
{
	const char *end = value;
	uint64_t n;
	if (strcmp(name, "--hours") == 0) {
		char *stop;
		a->hours = strtod(value, &stop);
		a->last = UINT64_MAX;
		return stop != value && !*stop && a->hours > 0;
	}
	if (!number(value, &n, &end))
		return false;
	if (strcmp(name, "--days") == 0) {
		a->days = (unsigned)n;
		return !*end && n >= 1 && n <= 60;
	}
	a->first = n;
	if (strcmp(name, "--seed") == 0) {
		if (a->hours <= 0)
			a->last = n;
		return !*end;
	}
	return strcmp(name, "--seeds") == 0 && strncmp(end, "..", 2) == 0 && number(end + 2, &a->last, &end) &&
	       !*end && a->last >= a->first;
}

static bool parse(int argc, char **argv, struct arguments *a)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--verbose") == 0)
			a->verbose = true;
		else if (i + 1 >= argc || !take(a, argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	return argc > 1;
}

int main(int argc, char **argv)
{
	struct arguments a = {.first = 1, .last = 1, .days = 3};
	unsigned long seeds = 0, schools = 0, meddled = 0, forgotten = 0, runs = 0, crashes = 0, requests = 0, sheets = 0, rows = 0;
	time_t began = time(NULL);
	if (!parse(argc, argv, &a))
		return usage();
	for (uint64_t seed = a.first;; seed++) {
		struct simulate_options o = {.seed = seed, .days = a.days, .verbose = a.verbose};
		struct simulate_result r;
		simulate_seed(&o, &r);
		if (r.failure[0]) {
			printf("seed %llu day %u: %s\n", (unsigned long long)seed, r.day, r.failure);
			return 1;
		}
		seeds++, runs += r.runs, crashes += r.crashes, requests += r.requests, sheets += r.sheets,
		        rows += r.rows, schools += r.schools, meddled += r.meddled, forgotten += r.forgotten;
		if (a.first == a.last)
			printf("seed %llu: %016llx\n", (unsigned long long)seed, (unsigned long long)r.hash);
		if (seed == a.last || (a.hours > 0 && difftime(time(NULL), began) >= a.hours * 3600))
			break;
	}
	printf("%lu seeds: %lu schools x %u days survived; %lu runs, %lu crashes, %lu stores lost or restored, %lu changes by hand, %lu requests; "
	       "%lu sheets and %lu lines compared\n",
	       seeds, schools, a.days, runs, crashes, forgotten, meddled, requests, sheets, rows);
	return 0;
}
