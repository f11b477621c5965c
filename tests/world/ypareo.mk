# The Yparéo half of the simulators; tests/world/local.mk makes libworld.a of it.
WORLD_YPAREO_SOURCES = \
	tests/world/ypareo.c tests/world/ypareo.h tests/world/ypareo_p.h \
	tests/world/ypareo_http.c tests/world/ypareo_read.c tests/world/ypareo_people.c \
	tests/world/ypareo_days.c \
	tests/world/gen.c tests/world/gen.h tests/world/gen_p.h tests/world/gen_words.c \
	tests/world/gen_quirks.c tests/world/gen_mutate.c
