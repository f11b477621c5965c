noinst_LIBRARIES += adapters/libadapters.a
adapters_libadapters_a_CPPFLAGS = $(AM_CPPFLAGS)
adapters_libadapters_a_SOURCES = \
	adapters/adapter.h \
	adapters/adapter_p.h \
	adapters/answer.c \
	adapters/side.c \
	adapters/ypareo/people.c \
	adapters/ypareo/port.c \
	adapters/ypareo/read.c \
	adapters/ypareo/up.c \
	adapters/ypareo/write.c \
	adapters/ypareo/ypareo.h \
	adapters/ypareo/ypareo_p.h
