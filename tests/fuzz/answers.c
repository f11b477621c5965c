#include "tests/fuzz/answers.h"

/* What a vendor answers, and what a front proxy or a portal does in its place. */
static const int statuses[] = {200, 200, 200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503};

static const int ends[] = {0, 0, 0, 0, 0, ERR_RESET, ERR_TIMEOUT, ERR_TRUNCATED};

void answers_text(struct answers *a, struct str s)
{
	REQUIRE(s.p || s.n == 0);
	digest_add(&a->digest, s);
}

void answers_int(struct answers *a, int64_t v)
{
	digest_add_int(&a->digest, v);
}

static void look_at_fault(const struct answers *a, const struct question *q)
{
	const struct fault *f = &a->d.x.fault;
	REQUIRE(f->what[0] && strlen(f->what) < sizeof(f->what));
	REQUIRE(str_is_utf8(str_of(f->what)));
	for (const unsigned char *p = (const unsigned char *)f->what; *p; p++)
		REQUIRE(*p >= ' ' && *p != 127);
	/* a list that was not answered is not half there; nor is an id */
	REQUIRE(a->out.n == 0 && a->text.n == 0 && a->code == 0);
	/* a write that got an answer nobody understands may have been done */
	if (q->writes && a->d.x.reply.status == 200)
		REQUIRE(f->class != FAULT_TRANSIENT);
}

/* 0, or the fault's class; digest: of what came out. */
static enum fault_class ask(const struct question *q, const void *port, enum person_kind kind, int code, int status,
                            size_t piece, struct str body, uint8_t digest[32])
{
	struct answers a = {.port = port, .kind = kind};
	drive_begin(&a.d);
	a.d.piece = piece;
	a.by_code = map_new_int(a.d.keep);
	digest_init(&a.digest);
	q->ask(&a, &a.d.x, a.d.keep);
	REQUIRE(!fault_is(&a.d.x.fault));
	REQUIRE((a.d.x.request.effect != FETCH_READ) == q->writes);
	drive_reply(&a.d, code, status, body);
	enum fault_class class = a.d.x.fault.class;
	if (class != FAULT_NONE) {
		look_at_fault(&a, q);
		answers_int(&a, a.d.x.fault.code);
	} else {
		REQUIRE(code == 0 || status >= 300); /* the status is told before whatever breaks off */
		REQUIRE(a.out.n == 0 || q->size);
		if (q->look)
			q->look(&a);
	}
	digest_end(&a.digest, digest);
	drive_end(&a.d);
	return class;
}

void answers_compare(const struct question *q, const void *port, enum person_kind kind, const uint8_t *data,
                     size_t size)
{
	if (size < 2)
		return;
	struct str body = {(const char *)data + 2, size - 2};
	int status = statuses[data[0] & 15];
	int code = ends[data[0] >> 4 & 7];
	uint8_t whole[32], parts[32];
	enum fault_class one = ask(q, port, kind, code, status, 0, body, whole);
	enum fault_class other = ask(q, port, kind, code, status, (size_t)data[1] + 1, body, parts);
	REQUIRE(one == other && memcmp(whole, parts, sizeof(whole)) == 0);
}
