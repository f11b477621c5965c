#include "core/io/pace.h"

#include <string.h>

/* Answers as fast as this, in calms, are not slower; as slow as that, they are. Between the two nothing changes. */
#define FLAT  1.15
#define LATER 1.4
/* Differences that nobody at the other end notices. */
#define NOTICED_MS 40
/* Weight of the latest answer in a class's mean, and how fast a calm is forgotten with each answer: a server may have been changed. */
#define WEIGHT  0.25
#define FORGETS 1.00002

void pace_init(struct pace *p, unsigned most)
{
	*p = (struct pace){ .most = most, .allowed = most > 2 ? 2 : most };
}

unsigned pace_allowed(const struct pace *p)
{
	return p->allowed < 1 ? 1 : (unsigned)p->allowed;
}

uint32_t pace_class_of(const char *url)
{
	const char *path = strstr(url, "://");
	uint32_t h = 2166136261u; /* FNV-1a */
	for (path = path ? path + 3 : url; *path && *path != '?'; path++)
		if (*path < '0' || *path > '9')
			h = (h ^ (uint8_t)*path) * 16777619u;
	return h;
}

static struct pace_class *class_of(struct pace *p, uint32_t key)
{
	for (unsigned i = 0; i < PACE_CLASSES; i++)
		if (p->classes[i].key == key && p->classes[i].mean_ms > 0)
			return &p->classes[i];
	struct pace_class *c = &p->classes[p->next++ % PACE_CLASSES];
	*c = (struct pace_class){ .key = key };
	return c;
}

static void shrink(struct pace *p, double to, unsigned busy)
{
	p->allowed *= to;
	if (p->allowed < 1)
		p->allowed = 1;
	p->rest = busy;
}

void pace_note(struct pace *p, uint32_t key, double ms, bool answered, unsigned busy)
{
	if (!p->most)
		return;
	bool old = p->rest > 0;
	if (old)
		p->rest--;
	if (!answered) {
		if (!old)
			shrink(p, 0.5, busy);
		return;
	}
	struct pace_class *c = class_of(p, key);
	if (ms < 1)
		ms = 1;
	c->mean_ms = c->mean_ms > 0 ? c->mean_ms + WEIGHT * (ms - c->mean_ms) : ms;
	c->calm_ms = c->calm_ms > 0 ? c->calm_ms * FORGETS : c->mean_ms;
	if (c->mean_ms < c->calm_ms)
		c->calm_ms = c->mean_ms;
	if (old)
		return;
	if (c->mean_ms > c->calm_ms * LATER && c->mean_ms - c->calm_ms > NOTICED_MS) {
		shrink(p, 2.0 / 3, busy);
		c->mean_ms = c->calm_ms; /* what came before says nothing of how it is with fewer */
	} else if (busy >= pace_allowed(p) && (c->mean_ms < c->calm_ms * FLAT || c->mean_ms - c->calm_ms < NOTICED_MS)) {
		p->allowed = p->allowed + 1 / p->allowed > p->most ? p->most : p->allowed + 1 / p->allowed;
	}
}
