#include "core/app/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/map.h"

struct claim {
	char *key; /* address and token */
	size_t n;
	struct owner *owner;
	struct claim *next; /* of the same owner */
};

struct owner {
	char *id;
	struct claim *first;
};

struct accounts {
	struct map *by_key;   /* struct claim */
	struct map *by_owner; /* struct owner */
};

struct accounts *accounts_new(void)
{
	struct accounts *a = xcalloc(1, sizeof(*a));
	a->by_key = map_new_str(NULL);
	a->by_owner = map_new_str(NULL);
	return a;
}

static void key_of(const struct upstream_conf *u, struct buf *out)
{
	buf_init(out, 0);
	buf_addz(out, u->url);
	buf_addc(out, '\n');
	buf_add(out, u->token.p, u->token.n);
}

static void give_back(struct accounts *a, struct owner *o)
{
	while (o->first) {
		struct claim *one = o->first;
		o->first = one->next;
		map_del_str(a->by_key, (struct str){ one->key, one->n });
		explicit_bzero(one->key, one->n);
		free(one->key);
		free(one);
	}
}

static void add(struct accounts *a, struct owner *o, const struct buf *key)
{
	/* two environments of one school with one account: its file says so already */
	if (map_get_str(a->by_key, buf_str(key)))
		return;
	struct claim *one = xcalloc(1, sizeof(*one));
	one->key = xmalloc(key->n);
	memcpy(one->key, key->p, key->n);
	one->n = key->n;
	one->owner = o;
	one->next = o->first;
	o->first = one;
	map_put_str(a->by_key, (struct str){ one->key, one->n }, one);
}

static const char *other_owner(const struct accounts *a, const struct tenant_conf *c, unsigned *environment)
{
	const char *other = NULL;
	for (unsigned i = 0; i < c->settings.environment_count && !other; i++) {
		struct buf key;
		key_of(&c->edusign[i], &key);
		const struct claim *one = map_get_str(a->by_key, buf_str(&key));
		buf_wipe(&key);
		buf_deinit(&key);
		if (!one || strcmp(one->owner->id, c->id) == 0)
			continue;
		other = one->owner->id;
		*environment = i;
	}
	return other;
}

const char *accounts_claim(struct accounts *a, const struct tenant_conf *c, unsigned *environment)
{
	const char *other = other_owner(a, c, environment);
	if (other)
		return other;
	struct owner *o = map_get_str(a->by_owner, str_of(c->id));
	if (!o) {
		o = xcalloc(1, sizeof(*o));
		o->id = xstrdup(c->id);
		map_put_str(a->by_owner, str_of(o->id), o);
	}
	give_back(a, o);
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		struct buf key;
		key_of(&c->edusign[i], &key);
		add(a, o, &key);
		buf_wipe(&key);
		buf_deinit(&key);
	}
	return NULL;
}

void accounts_release(struct accounts *a, const char *id)
{
	struct owner *o = map_get_str(a->by_owner, str_of(id));
	if (!o)
		return;
	give_back(a, o);
	map_del_str(a->by_owner, str_of(o->id));
	free(o->id);
	free(o);
}

struct each {
	void (*fn)(void *arg, const char *id);
	void *arg;
};

static bool each_owner(void *value, void *arg)
{
	const struct each *e = arg;
	e->fn(e->arg, ((const struct owner *)value)->id);
	return true;
}

void accounts_each(const struct accounts *a, void (*fn)(void *arg, const char *id), void *arg)
{
	struct each e = {fn, arg};
	map_each(a->by_owner, each_owner, &e);
}

static bool any(void *value, void *arg)
{
	*(struct owner **)arg = value;
	return false;
}

void accounts_free(struct accounts **accounts)
{
	struct accounts *a = *accounts;
	if (!a)
		return;
	while (map_count(a->by_owner)) {
		struct owner *o = NULL;
		map_each(a->by_owner, any, &o);
		accounts_release(a, o->id);
	}
	map_free(&a->by_owner);
	map_free(&a->by_key);
	free(a);
	*accounts = NULL;
}
