noinst_LIBRARIES += core/data/libdata.a
core_data_libdata_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAJL_CFLAGS) $(LMDB_CFLAGS)
core_data_libdata_a_SOURCES =
