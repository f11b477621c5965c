#ifndef CORE_APP_ACCESS_H
#define CORE_APP_ACCESS_H

/*
 * Who may ask what over HTTP. The token file has a line for each:
 *
 *   NAME ROLE TOKEN     grafana read 6f1c…       direction school:cfa-lyon 0b77…
 *   TOKEN               alone: an operator's
 *
 * in TOKEN's place sha256:HEX, the SHA-256 of the token: such a file lets nobody in who reads it. "passerelle token" makes one.
 *
 *   operator          everything
 *   read              reads of all schools, and the metrics
 *   school:<tenant>   reads of this one school
 *
 * Blank lines and what follows a '#' at a line's start are left out. In memory a token is its SHA-256 only. Since that may stand in the file, cookies
 * are sealed with a key of this machine's (access_seal()): who knows the file can make none.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/str.h"

#define ACCESS_NAME     64
#define ACCESS_TENANT   64
#define ACCESS_LEAST    16 /* characters of a token: less can be guessed */
#define ACCESS_SEAL     65 /* a seal as text, with its end */
#define ACCESS_COOKIE   128
#define ACCESS_COOKIE_S (12 * 3600)

enum access_role { ACCESS_OPERATOR, ACCESS_READ, ACCESS_SCHOOL, ACCESS_ROLE_COUNT };
const char *access_role_name(enum access_role role);

struct access {
	char name[ACCESS_NAME];
	enum access_role role;
	char tenant[ACCESS_TENANT]; /* of a school's; else "" */
	uint8_t key[32];            /* the token's SHA-256 */
	uint8_t seal[32];           /* of its cookies */
	bool plain;                 /* the file holds the token itself */
};

struct access_list;

/* The key of this machine's cookies, <data>/.seal, made when it is not there. 0, or -errno with a line in why. Blocks. */
int access_seal(const char *data, uint8_t out[32], struct buf *why) MUST_USE;
/* 0, or ERR_CONFIG with what is wrong in why, a line each, never with anything of a token. The file must be its
 * owner's alone. seal NULL: no cookie will be asked for. Blocks. */
int access_read(const char *path, const uint8_t *seal, struct access_list **out, struct buf *why) MUST_USE;
void access_free(struct access_list **list);
/* "sha256:…" of a token; and what is wrong with a line of the file, NULL: nothing. */
#define ACCESS_HASH 72
void access_hash(struct str token, char out[ACCESS_HASH]);
const char *access_check_line(struct str line);
/* How many of the file's tokens stand there themselves. */
unsigned access_plain(const struct access_list *list);
bool access_same(const struct access_list *a, const struct access_list *b);

/* Whose token or cookie this is; NULL: nobody's. Takes as long for every wrong one. */
const struct access *access_by_token(const struct access_list *list, struct str token);
const struct access *access_by_cookie(const struct access_list *list, struct str cookie, int64_t now_s);
/* What a browser keeps in place of the token: it ends at expires, or with the token, and outlives the daemon. */
void access_cookie(const struct access *a, int64_t expires_s, char out[ACCESS_COOKIE]);
/* What a form must bring along that was shown to this cookie. */
void access_form(const struct access *a, struct str cookie, char out[ACCESS_SEAL]);
/* In constant time. */
bool access_equal(struct str a, struct str b);

/* Does this concern only what a may see? tenant NULL: all schools. */
bool access_sees(const struct access *a, const char *tenant);

/* ---- failures ---- */

/* Some wrong tokens from one address are mistakes, many are guesses: ten, then one every six seconds. A right token
 * is let through all the same, so that nobody locks out those behind the same address: what is long enough cannot be
 * guessed in time. */
struct access_failures;
struct access_failures *access_failures_new(void);
void access_failures_free(struct access_failures **f);
/* One more from this address. 0: it may be told so; else the seconds for which it is to be told to wait. */
unsigned access_failed(struct access_failures *f, const char *address, int64_t now_ms);

#endif
