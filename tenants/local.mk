noinst_LIBRARIES += tenants/libtenants.a
tenants_libtenants_a_CPPFLAGS = $(AM_CPPFLAGS)
tenants_libtenants_a_SOURCES = \
	tenants/address.c tenants/address.h \
	tenants/confdir.c tenants/confdir.h \
	tenants/erased.c tenants/erased.h \
	tenants/file.c tenants/file.h \
	tenants/keep.c tenants/keep.h \
	tenants/schedule.c tenants/schedule.h \
	tenants/secrets.c tenants/secrets.h \
	tenants/notify_conf.c tenants/notify_conf.h \
	tenants/tenant_conf.c tenants/tenant_conf.h \
	tenants/tenant_schema.c tenants/tenant_schema.h
