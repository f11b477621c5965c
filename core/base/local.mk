noinst_LIBRARIES += core/base/libbase.a
core_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
core_base_libbase_a_SOURCES =
