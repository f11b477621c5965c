#include "core/app/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int become(const struct stat *st, const struct passwd *user)
{
	gid_t group = user ? user->pw_gid : st->st_gid;
	if (user ? initgroups(user->pw_name, group) : setgroups(0, NULL))
		return -errno;
	if (setgid(group) || setuid(st->st_uid))
		return -errno;
	return 0;
}

int owner_become(const char *data, struct buf *why)
{
	struct stat st;
	if (stat(data, &st) || st.st_uid == geteuid())
		return 0;
	const struct passwd *user = getpwuid(st.st_uid);
	char name[64];
	if (user)
		snprintf(name, sizeof(name), "%s", user->pw_name);
	else
		snprintf(name, sizeof(name), "#%lu", (unsigned long)st.st_uid);
	if (geteuid() != 0) {
		buf_printf(why, "%s belongs to %s: run this as that user, sudo -u '%s' passerelle …\n", data, name,
		           name);
		return -EPERM;
	}
	int rc = become(&st, user);
	if (rc)
		buf_printf(why, "%s belongs to %s, and becoming that user failed: %s\n", data, name, err_text(rc));
	return rc ? -EPERM : 0;
}

int owner_no_core(void)
{
	/* the limit is what can be seen from outside; a core that goes to a program would pass it, so this comes
	 * first, and a sandbox that forbids the one must not cost the other */
	const struct rlimit none = {0, 0};
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none))
		return -errno;
	return 0;
}
