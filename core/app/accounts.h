#ifndef CORE_APP_ACCOUNTS_H
#define CORE_APP_ACCOUNTS_H

/*
 * Whose is which Edusign account, among the schools that this process serves or has served. One account has one owner: two schools that fill one account at the same
 * time would make everything twice, and a file copied under a second name is all it takes.
 */

#include "tenants/tenant_conf.h"

struct accounts;

struct accounts *accounts_new(void);
void accounts_free(struct accounts **accounts); /* overwrites what it holds */
/* NULL: school c->id owns the accounts of c now, and no others. Else the id of the school that owns one of them, with *environment its index in c,
 * and nothing has changed. */
const char *accounts_claim(struct accounts *a, const struct tenant_conf *c, unsigned *environment);
void accounts_release(struct accounts *a, const char *id);
/* Everybody who owns one. fn must not change anything. */
void accounts_each(const struct accounts *a, void (*fn)(void *arg, const char *id), void *arg);

#endif
