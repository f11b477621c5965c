noinst_LIBRARIES += core/base/libbase.a
core_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
core_base_libbase_a_SOURCES = \
	core/base/arena.c core/base/arena.h \
	core/base/buf.c core/base/buf.h \
	core/base/clock.c core/base/clock.h \
	core/base/err.c core/base/err.h \
	core/base/list.h \
	core/base/heap.c core/base/heap.h \
	core/base/log.c core/base/log.h \
	core/base/map.c core/base/map.h \
	core/base/metrics.c core/base/metrics.h \
	core/base/str.c core/base/str.h \
	core/base/tz.c core/base/tz.h
