#ifndef TENANTS_SECRETS_H
#define TENANTS_SECRETS_H

/*
 * Tokens, from files or the environment. A file that group or others can read is refused; its trailing line end is
 * trimmed. Memory that held a secret is overwritten before it is given back.
 */

#include <stddef.h>

#include "core/base/err.h"

struct secret {
	char *p; /* NUL-terminated; NULL: none */
	size_t n;
};

#define SECRET_MESSAGE 512

/* Reads path. ERR_CONFIG, with what is wrong and what is expected in message, never with anything of the content.
 * Blocks: commands, start-up and pool jobs only. */
int secret_read_file(const char *path, struct secret *out, char message[SECRET_MESSAGE]) MUST_USE;
int secret_read_env(const char *name, struct secret *out, char message[SECRET_MESSAGE]) MUST_USE;
/* Overwrites and frees; a secret never read too. */
void secret_wipe(struct secret *s);

#endif
