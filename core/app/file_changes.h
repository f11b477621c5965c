#ifndef CORE_APP_FILE_CHANGES_H
#define CORE_APP_FILE_CHANGES_H

/* What changed in a school's file, key by key, when, and whose file it is: noted in the store of its first environment, beside the values
 * that it had. A file names its secrets and holds none. */

#include "core/data/store.h"
#include "tenants/tenant_conf.h"

/* Longer ones are not noted. */
#define FILE_CHANGES_TEXT (64u << 10)

/* In a transaction of that store: reads the file, and adds a struct deed when something differs from the last time. Comments and order are no
 * difference. Blocks. */
void file_changes_note(struct store_txn *txn, const struct tenant_conf *conf, int64_t now_s);

/* Every value of a document, a line "path\tvalue" each, in the arena; STR_NONE: it is no JSON, or too long. */
struct str file_changes_flat(struct arena *arena, struct str text);
/* What differs, a line each: "key: old → new". Empty: nothing. */
struct str file_changes_between(struct arena *arena, struct str old_flat, struct str new_flat);

#endif
