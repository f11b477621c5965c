#ifndef CORE_APP_HMAC_H
#define CORE_APP_HMAC_H

#include "core/base/str.h"

/* HMAC-SHA256 in lower-case hex, NUL-terminated. */
#define HMAC_HEX 65
void hmac_sha256_hex(struct str secret, struct str text, char out[HMAC_HEX]);

#endif
