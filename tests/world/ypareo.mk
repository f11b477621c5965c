# The Yparéo half of the simulators; tests/world/local.mk makes libworld.a of it.
WORLD_YPAREO_SOURCES = \
	tests/world/ypareo.c tests/world/ypareo.h tests/world/ypareo_p.h \
	tests/world/ypareo_http.c tests/world/ypareo_read.c tests/world/ypareo_people.c \
	tests/world/ypareo_days.c \
	tests/world/gen.c tests/world/gen.h tests/world/gen_p.h tests/world/gen_words.c \
	tests/world/gen_quirks.c tests/world/gen_mutate.c

check_PROGRAMS += tests/unit/test_ypareo_sim tests/unit/test_ypareo_days tests/unit/test_ypareo_gen
TESTS += tests/unit/test_ypareo_sim tests/unit/test_ypareo_days tests/unit/test_ypareo_gen
tests_unit_test_ypareo_sim_SOURCES = tests/unit/test_ypareo_sim.c tests/unit/ypareo_fixture.c tests/unit/ypareo_fixture.h
tests_unit_test_ypareo_sim_LDADD = tests/world/libworld.a $(DATA_LINK) $(CMOCKA_LIBS)
tests_unit_test_ypareo_days_SOURCES = tests/unit/test_ypareo_days.c tests/unit/ypareo_fixture.c tests/unit/ypareo_fixture.h
tests_unit_test_ypareo_days_LDADD = tests/world/libworld.a $(DATA_LINK) $(CMOCKA_LIBS)
tests_unit_test_ypareo_gen_SOURCES = tests/unit/test_ypareo_gen.c
tests_unit_test_ypareo_gen_LDADD = tests/world/libworld.a $(DATA_LINK) $(CMOCKA_LIBS)
