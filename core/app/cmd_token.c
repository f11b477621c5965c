#include <string.h>
#include <sys/random.h>

#include "core/app/access.h"
#include "core/app/cli.h"

/* A token for the page and the admin API: shown once. The token file gets a line that lets nobody in who reads it. */

#define TOKEN_BYTES 32

static int write_answer(struct cli *cli, const char *token)
{
	struct buf line;
	char hash[ACCESS_HASH];
	access_hash(str_of(token), hash);
	buf_init(&line, 0);
	buf_printf(&line, "%s %s %s", cli->args[0], cli->args[1], hash);
	const char *wrong = access_check_line(buf_str(&line));
	if (wrong) {
		buf_printf(&cli->why, "%s\n", wrong);
	} else if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "token", token);
		json_put_str(&cli->w, "line", buf_str(&line));
		json_write_end_object(&cli->w);
	} else {
		buf_printf(&cli->out, "for %s, shown this once:\n    %s\na line for the token file:\n    %s\n", cli->args[0], token,
		           line.p);
	}
	buf_deinit(&line);
	return wrong ? EXIT_USAGE : EXIT_DONE;
}

int cmd_token(struct cli *cli)
{
	uint8_t bytes[TOKEN_BYTES];
	char token[2 * TOKEN_BYTES + 1];
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
		buf_addz(&cli->why, "the system gives no random bytes\n");
		return EXIT_FAILED;
	}
	str_hex(bytes, sizeof(bytes), token);
	int status = write_answer(cli, token);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(token, sizeof(token));
	return status;
}
