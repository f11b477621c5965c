/*
 * Stands in for libFuzzer: every file of the directories named as arguments goes through the target once. Without
 * arguments the target's own corpus, tests/fuzz/<name>.in. Prints TAP; what the target finds ends the process.
 */

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define FILE_MOST ((size_t)8 << 20)

static unsigned count, failed;

static void result(int ok, const char *dir, const char *name)
{
	count++;
	failed += !ok;
	printf("%s %u - %s/%s\n", ok ? "ok" : "not ok", count, basename((char *)dir), name);
	fflush(stdout);
}

/* In memory of its own size, so that a read behind the end is seen. */
static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return 0;
	char *all = malloc(FILE_MOST);
	size_t n = all ? fread(all, 1, FILE_MOST, file) : 0;
	int ok = all && !ferror(file) && feof(file);
	fclose(file);
	uint8_t *exact = malloc(n ? n : 1);
	if (ok && exact) {
		memcpy(exact, all, n);
		LLVMFuzzerTestOneInput(exact, n);
	}
	free(exact);
	free(all);
	return ok && exact;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_all(const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_input, alphasort);
	if (n <= 0) {
		result(0, dir, "(a directory with inputs)");
		return;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		result(replay(path), dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay_all(argv[i]);
	if (argc < 2) {
		char dir[4096];
		const char *top = getenv("srcdir");
		snprintf(dir, sizeof(dir), "%s/tests/fuzz/%s.in", top ? top : ".", basename(argv[0]));
		replay_all(dir);
	}
	printf("1..%u\n", count);
	return failed != 0;
}
