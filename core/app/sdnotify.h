#ifndef CORE_APP_SDNOTIFY_H
#define CORE_APP_SDNOTIFY_H

/* Tells systemd how the daemon is ("READY=1", "WATCHDOG=1"): the protocol of sd_notify(3), one datagram. Without NOTIFY_SOCKET nobody listens. */
void sdnotify(const char *text);

#endif
