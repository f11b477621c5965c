#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/data/json.h"

/* jsonq PATH < document: prints the value at PATH ("environments.0.counts.sheets.created"), nothing else; exit 1 when it is not
 * there, 2 when standard input is not exactly one JSON document. For the system tests, so that they need no tool that a fresh machine lacks. */

static const struct json *step(const struct json *j, const char *name)
{
	if (j->kind == JSON_OBJECT)
		return json_get(j, name);
	if (j->kind != JSON_ARRAY)
		return NULL;
	const struct json *child = j->first;
	for (long i = strtol(name, NULL, 10); child && i > 0; i--)
		child = child->next;
	return child;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	struct buf in;
	char piece[4096], path[512];
	size_t n;
	const struct json *j = NULL;
	buf_init(&in, 0);
	while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
		buf_add(&in, piece, n);
	int status = json_parse(arena, buf_str(&in), NULL, &j, NULL, NULL) ? 2 : 0;
	snprintf(path, sizeof(path), "%s", argc > 1 ? argv[1] : "");
	char *rest = path[0] ? path : NULL, *name;
	while (status == 0 && (name = strsep(&rest, ".")) != NULL) {
		if (strcmp(name, "length") == 0 && (j->kind == JSON_ARRAY || j->kind == JSON_OBJECT)) {
			printf("%zu\n", j->count);
			goto out;
		}
		j = step(j, name);
		status = j ? 0 : 1;
	}
	if (status == 0) {
		struct buf out;
		struct json_writer w;
		buf_init(&out, 0);
		json_write_init(&w, &out, false);
		if (j->kind == JSON_STRING)
			buf_add(&out, j->text.p, j->text.n);
		else
			json_write_tree(&w, j);
		printf("%s\n", out.p ? out.p : "");
		buf_deinit(&out);
	}
out:
	buf_deinit(&in);
	arena_free(&arena);
	return status;
}
