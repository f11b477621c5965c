noinst_LIBRARIES += core/sync/libsync.a
core_sync_libsync_a_CPPFLAGS = $(AM_CPPFLAGS)
core_sync_libsync_a_SOURCES =
