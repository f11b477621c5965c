include tests/world/ypareo.mk

WORLD_LINK = tests/world/libworld.a $(FLOW_LINK)
noinst_LIBRARIES += tests/world/libworld.a
tests_world_libworld_a_CPPFLAGS = $(AM_CPPFLAGS)
tests_world_libworld_a_SOURCES = $(WORLD_YPAREO_SOURCES) \
	tests/world/edusign.c tests/world/edusign.h tests/world/edusign_p.h \
	tests/world/edusign_acts.c tests/world/edusign_course.c tests/world/edusign_http.c \
	tests/world/edusign_people.c tests/world/edusign_school.c tests/world/edusign_sheet.c \
	tests/world/edusign_staff.c \
	tests/world/front.c tests/world/front.h \
	tests/world/front_fake.c tests/world/front_fake.h \
	tests/world/front_http.c tests/world/front_http.h \
	tests/world/loop_virtual.c tests/world/loop_virtual.h \
	tests/world/sim.c tests/world/sim.h tests/world/sim_p.h tests/world/sim_fault.c \
	tests/world/sim_control.c tests/world/sim_control.h \
	tests/world/sim_setup.c tests/world/sim_setup.h

bin_PROGRAMS += passerelle-sim
passerelle_sim_SOURCES = tests/world/sim_main.c
passerelle_sim_LDADD = $(WORLD_LINK)

WORLD_TESTS = tests/unit/test_sim tests/unit/test_edusign_sim tests/unit/test_edusign_lists tests/unit/test_front \
	tests/unit/test_loop_virtual tests/unit/test_sim_setup
check_PROGRAMS += $(WORLD_TESTS)
TESTS += $(WORLD_TESTS)
tests_unit_test_sim_SOURCES = tests/unit/test_sim.c
tests_unit_test_sim_LDADD = $(WORLD_LINK) $(CMOCKA_LIBS)
tests_unit_test_edusign_sim_SOURCES = tests/unit/test_edusign_sim.c tests/unit/edusign_fixture.c tests/unit/edusign_fixture.h
tests_unit_test_edusign_sim_LDADD = $(WORLD_LINK) $(CMOCKA_LIBS)
tests_unit_test_edusign_lists_SOURCES = tests/unit/test_edusign_lists.c tests/unit/edusign_fixture.c tests/unit/edusign_fixture.h
tests_unit_test_edusign_lists_LDADD = $(WORLD_LINK) $(CMOCKA_LIBS)
tests_unit_test_front_SOURCES = tests/unit/test_front.c
tests_unit_test_front_LDADD = $(WORLD_LINK) $(CMOCKA_LIBS)
tests_unit_test_loop_virtual_SOURCES = tests/unit/test_loop_virtual.c
tests_unit_test_loop_virtual_LDADD = $(WORLD_LINK) $(CMOCKA_LIBS)
tests_unit_test_sim_setup_SOURCES = tests/unit/test_sim_setup.c
tests_unit_test_sim_setup_LDADD = $(WORLD_LINK) $(CMOCKA_LIBS)
