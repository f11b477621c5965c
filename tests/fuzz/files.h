#ifndef TESTS_FUZZ_FILES_H
#define TESTS_FUZZ_FILES_H

/* For targets whose input is a file: a directory of the process's own, gone at its end. */

#include "core/base/str.h"
#include "tests/fuzz/fuzz.h"

struct files {
	char dir[64];
	char path[128];
};

void files_init(struct files *f);
const char *files_path(struct files *f, const char *name); /* until the next one is asked for */
void files_write(struct files *f, const char *name, struct str text, int mode);
/* At least one line; each can be shown and holds nothing of a secret: none of the files' holds anything but SECRET. */
void files_check_mistakes(struct str mistakes);

#endif
