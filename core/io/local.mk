noinst_LIBRARIES += core/io/libio.a
core_io_libio_a_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS) $(CURL_CFLAGS) $(MHD_CFLAGS)
core_io_libio_a_SOURCES = \
	core/io/breaker.c core/io/breaker.h \
	core/io/dirwatch.c core/io/dirwatch.h \
	core/io/fetch.c core/io/fetch.h \
	core/io/fetch_hub.c \
	core/io/fetch_smtp.c \
	core/io/fetch_uv.c core/io/fetch_uv_p.h \
	core/io/httpd.c core/io/httpd.h \
	core/io/mail.c core/io/mail.h \
	core/io/network.c core/io/network.h \
	core/io/pace.c core/io/pace.h \
	core/io/loop.c core/io/loop.h core/io/loop_p.h \
	core/io/loop_uv.c
