#ifndef CORE_APP_CSV_H
#define CORE_APP_CSV_H

/* Cells of CSV (RFC 4180): quoted where they must be. A text that a spreadsheet would take for a formula begins with an apostrophe. */

#include "core/base/buf.h"
#include "core/base/str.h"

void csv_cell(struct buf *b, struct str s);

#endif
