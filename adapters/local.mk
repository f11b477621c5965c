noinst_LIBRARIES += adapters/libadapters.a
adapters_libadapters_a_CPPFLAGS = $(AM_CPPFLAGS)
adapters_libadapters_a_SOURCES =
