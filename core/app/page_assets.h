#ifndef CORE_APP_PAGE_ASSETS_H
#define CORE_APP_PAGE_ASSETS_H

/* The files of core/app/page, inside the program. */

#include "core/base/str.h"

struct page_asset {
	const char *name, *type; /* NULL: the end */
	struct str body;
};

extern const struct page_asset page_assets[];

#endif
