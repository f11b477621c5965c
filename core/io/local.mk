noinst_LIBRARIES += core/io/libio.a
core_io_libio_a_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS) $(CURL_CFLAGS) $(MHD_CFLAGS)
core_io_libio_a_SOURCES =
