noinst_LIBRARIES += tenants/libtenants.a
tenants_libtenants_a_CPPFLAGS = $(AM_CPPFLAGS)
tenants_libtenants_a_SOURCES = \
	tenants/secrets.c tenants/secrets.h
