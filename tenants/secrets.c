#include "tenants/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 8192

void secret_wipe(struct secret *s)
{
	if (s->p)
		explicit_bzero(s->p, s->n);
	free(s->p);
	*s = (struct secret){NULL, 0};
}

/* Takes the first n bytes of text, without line ends behind them. */
static int accept(const char *text, size_t n, struct secret *out, char message[SECRET_MESSAGE])
{
	while (n && strchr("\r\n", text[n - 1]) && text[n - 1])
		n--;
	if (n == 0) {
		snprintf(message, SECRET_MESSAGE, "is empty, expected a token");
		return ERR_CONFIG;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c > ' ' && c < 127)
			continue;
		snprintf(message, SECRET_MESSAGE,
		         "holds a space, a second line or another character that no token has, expected the token "
		         "alone");
		return ERR_CONFIG;
	}
	struct secret s = {xmalloc(n + 1), n};
	memcpy(s.p, text, n);
	s.p[n] = '\0';
	*out = s;
	return 0;
}

/* Is this a file that only its owner can read? */
static int check(int fd, const char *path, char message[SECRET_MESSAGE])
{
	struct stat st;
	if (fstat(fd, &st)) {
		snprintf(message, SECRET_MESSAGE, "cannot be read: %s, expected a file", strerror(errno));
		return ERR_CONFIG;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(message, SECRET_MESSAGE, "%s is not a file, expected a file that holds the token", path);
		return ERR_CONFIG;
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		snprintf(message, SECRET_MESSAGE,
		         "%s is open to group or others (mode %04o), expected its owner alone: chmod 600 '%s'", path,
		         (unsigned)st.st_mode & 07777, path);
		return ERR_CONFIG;
	}
	return 0;
}

/* The bytes read, or -errno. */
static ssize_t read_all(int fd, char *p, size_t size)
{
	size_t n = 0;
	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

int secret_read_file(const char *path, struct secret *out, char message[SECRET_MESSAGE])
{
	/* a pipe must not hold us up */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		snprintf(message, SECRET_MESSAGE, "%s cannot be read: %s, expected a file that holds the token", path,
		         strerror(errno));
		return ERR_CONFIG;
	}
	char text[SECRET_MAX + 1];
	int rc = check(fd, path, message);
	ssize_t n = rc ? 0 : read_all(fd, text, sizeof(text));
	close(fd);
	if (n < 0) {
		snprintf(message, SECRET_MESSAGE, "%s cannot be read: %s, expected a file that holds the token", path,
		         strerror((int)-n));
		rc = ERR_CONFIG;
	} else if (n > SECRET_MAX) {
		snprintf(message, SECRET_MESSAGE, "%s holds more than %d bytes, expected the token alone", path,
		         SECRET_MAX);
		rc = ERR_CONFIG;
	} else if (rc == 0) {
		rc = accept(text, (size_t)n, out, message);
	}
	explicit_bzero(text, sizeof(text));
	return rc;
}

int secret_read_env(const char *name, struct secret *out, char message[SECRET_MESSAGE])
{
	const char *text = getenv(name);
	if (!text) {
		snprintf(message, SECRET_MESSAGE,
		         "names %.100s, which is not set, expected a variable that holds the token", name);
		return ERR_CONFIG;
	}
	if (strlen(text) > SECRET_MAX) {
		snprintf(message, SECRET_MESSAGE,
		         "names %.100s, which holds more than %d bytes, expected the token alone", name, SECRET_MAX);
		return ERR_CONFIG;
	}
	return accept(text, strlen(text), out, message);
}
