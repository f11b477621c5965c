noinst_LIBRARIES += adapters/libadapters.a
adapters_libadapters_a_CPPFLAGS = $(AM_CPPFLAGS)
adapters_libadapters_a_SOURCES = \
	adapters/adapter.h \
	adapters/adapter_p.h \
	adapters/answer.c \
	adapters/edusign/edusign.h \
	adapters/edusign/edusign_p.h \
	adapters/edusign/envelope.c \
	adapters/edusign/groups.c \
	adapters/edusign/people.c \
	adapters/edusign/edusign.c \
	adapters/edusign/school.c \
	adapters/edusign/sheet_write.c \
	adapters/edusign/sheets.c \
	adapters/side.c \
	adapters/ypareo/persons.c \
	adapters/ypareo/ypareo.c \
	adapters/ypareo/read.c \
	adapters/ypareo/up.c \
	adapters/ypareo/write.c \
	adapters/ypareo/ypareo.h \
	adapters/ypareo/ypareo_p.h
EXTRA_DIST += adapters/edusign/README.md adapters/ypareo/README.md
