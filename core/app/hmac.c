#include "core/app/hmac.h"

#include <stdio.h>

#include <glib.h>

void hmac_sha256_hex(struct str secret, struct str text, char out[HMAC_HEX])
{
	GHmac *h = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)(secret.p ? secret.p : ""), secret.n);
	g_hmac_update(h, (const guchar *)(text.p ? text.p : ""), (gssize)text.n);
	snprintf(out, HMAC_HEX, "%s", g_hmac_get_string(h));
	g_hmac_unref(h);
}
