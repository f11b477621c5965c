#include "core/sync/model.h"

const char *person_kind_name(enum person_kind kind)
{
	static const char *const names[PERSON_KIND_COUNT] = { "learner", "instructor", "tutor" };
	return kind >= 0 && kind < PERSON_KIND_COUNT ? names[kind] : "?";
}
