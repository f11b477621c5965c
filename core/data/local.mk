noinst_LIBRARIES += core/data/libdata.a
core_data_libdata_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAJL_CFLAGS) $(LMDB_CFLAGS)
core_data_libdata_a_SOURCES = \
	core/data/claim.c core/data/claim.h \
	core/data/json.c core/data/json.h core/data/json_p.h \
	core/data/json_tree.c \
	core/data/json_write.c \
	core/data/pack.c core/data/pack.h \
	core/data/record.c core/data/record.h \
	core/data/schema.c core/data/schema.h \
	core/data/schema_json.c \
	core/data/store.c core/data/store.h core/data/store_p.h \
	core/data/store_check.c core/data/store_file.c \
	core/data/store_txn.c
