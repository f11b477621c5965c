#ifndef CORE_APP_WEB_VISIT_H
#define CORE_APP_WEB_VISIT_H

/* A page that needs a school's stores: they are read on the pool, one after another, then it is made. */

#include "core/app/web.h"

enum visit_kind { VISIT_SCHOOL, VISIT_RUN, VISIT_EXPLAIN };

struct visit_wish {
	enum visit_kind kind;
	const char *id;   /* of a school that is served */
	const char *run;  /* of VISIT_RUN */
	const char *done; /* of VISIT_SCHOOL: what was just asked for */
	enum explain_of of; /* of VISIT_EXPLAIN, and which one */
	const char *code;
};

/* p: what is known of the page before; p->who and p->form are copied, p->out and p->arena are taken. Leads to one reply, unless
 * the client leaves. */
void visit_start(struct web *s, struct httpd_request *req, struct page *p, const struct visit_wish *wish);
/* Nobody waits for this request's page any more. */
void visit_left(struct web *s, struct httpd_request *req);

#endif
