# Whole runs on a virtual clock: the real engine, adapters and store against both simulators.
noinst_LIBRARIES += tests/replay/libstage.a
tests_replay_libstage_a_SOURCES = tests/replay/stage.c tests/replay/stage.h
STAGE_LINK = tests/replay/libstage.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

REPLAYS = tests/replay/test_down tests/replay/test_down_changes tests/replay/test_down_quirks \
	tests/replay/test_down_answers tests/replay/test_environments tests/replay/test_up
check_PROGRAMS += $(REPLAYS)
TESTS += $(REPLAYS)
tests_replay_test_down_SOURCES = tests/replay/test_down.c
tests_replay_test_down_LDADD = $(STAGE_LINK)
tests_replay_test_down_changes_SOURCES = tests/replay/test_down_changes.c
tests_replay_test_down_changes_LDADD = $(STAGE_LINK)
tests_replay_test_down_quirks_SOURCES = tests/replay/test_down_quirks.c
tests_replay_test_down_quirks_LDADD = $(STAGE_LINK)
tests_replay_test_down_answers_SOURCES = tests/replay/test_down_answers.c
tests_replay_test_down_answers_LDADD = $(STAGE_LINK)
tests_replay_test_environments_SOURCES = tests/replay/test_environments.c
tests_replay_test_environments_LDADD = $(STAGE_LINK)
tests_replay_test_up_SOURCES = tests/replay/test_up.c
tests_replay_test_up_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_up_writes
TESTS += tests/replay/test_up_writes
tests_replay_test_up_writes_SOURCES = tests/replay/test_up_writes.c
tests_replay_test_up_writes_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_up_only
TESTS += tests/replay/test_up_only
tests_replay_test_up_only_SOURCES = tests/replay/test_up_only.c
tests_replay_test_up_only_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_up_more
TESTS += tests/replay/test_up_more
tests_replay_test_up_more_SOURCES = tests/replay/test_up_more.c
tests_replay_test_up_more_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_up_soak
TESTS += tests/replay/test_up_soak
tests_replay_test_up_soak_SOURCES = tests/replay/test_up_soak.c
tests_replay_test_up_soak_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_groups
TESTS += tests/replay/test_groups
tests_replay_test_groups_SOURCES = tests/replay/test_groups.c
tests_replay_test_groups_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_held
TESTS += tests/replay/test_held
tests_replay_test_held_SOURCES = tests/replay/test_held.c
tests_replay_test_held_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_guard
TESTS += tests/replay/test_guard
tests_replay_test_guard_SOURCES = tests/replay/test_guard.c
tests_replay_test_guard_LDADD = $(STAGE_LINK)

# Days by seed. A longer search: make soak SOAK="--hours 2", or SOAK="--seeds 1..100000 --days 5".
SIMULATE = tests/world/simulate.h tests/world/simulate_p.h tests/world/simulate_days.c tests/world/simulate_acts.c \
	tests/world/simulate_hands.c tests/world/simulate_trouble.c tests/world/simulate_seed.c \
	tests/world/simulate_oracle.c tests/world/simulate_oracle.h tests/world/simulate_up.c
check_PROGRAMS += tests/world/simulate tests/replay/test_simulate
TESTS += tests/replay/test_simulate
tests_world_simulate_SOURCES = tests/world/simulate.c $(SIMULATE)
tests_world_simulate_LDADD = $(STAGE_LINK)
tests_replay_test_simulate_SOURCES = tests/replay/test_simulate.c $(SIMULATE)
tests_replay_test_simulate_LDADD = $(STAGE_LINK)

SOAK = --hours 1
soak: tests/world/simulate
	./tests/world/simulate $(SOAK)

.PHONY: soak

check_PROGRAMS += tests/replay/test_shadow
TESTS += tests/replay/test_shadow
tests_replay_test_shadow_SOURCES = tests/replay/test_shadow.c
tests_replay_test_shadow_LDADD = $(STAGE_LINK)

# every choice of a school's file, read as the program reads it
check_PROGRAMS += tests/replay/test_choices
TESTS += tests/replay/test_choices
tests_replay_test_choices_SOURCES = tests/replay/test_choices.c
tests_replay_test_choices_LDADD = tests/replay/libstage.a tests/world/libworld.a tenants/libtenants.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/replay/test_requests
TESTS += tests/replay/test_requests
tests_replay_test_requests_SOURCES = tests/replay/test_requests.c
tests_replay_test_requests_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_planning
TESTS += tests/replay/test_planning
tests_replay_test_planning_SOURCES = tests/replay/test_planning.c
tests_replay_test_planning_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_blank
TESTS += tests/replay/test_blank
tests_replay_test_blank_SOURCES = tests/replay/test_blank.c
tests_replay_test_blank_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_drift
TESTS += tests/replay/test_drift
tests_replay_test_drift_SOURCES = tests/replay/test_drift.c
tests_replay_test_drift_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_adoption
TESTS += tests/replay/test_adoption
tests_replay_test_adoption_SOURCES = tests/replay/test_adoption.c
tests_replay_test_adoption_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_tell
TESTS += tests/replay/test_tell
tests_replay_test_tell_SOURCES = tests/replay/test_tell.c tests/unit/letters.h
tests_replay_test_tell_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_tutors
TESTS += tests/replay/test_tutors
tests_replay_test_tutors_SOURCES = tests/replay/test_tutors.c
tests_replay_test_tutors_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_choices_people
TESTS += tests/replay/test_choices_people
tests_replay_test_choices_people_SOURCES = tests/replay/test_choices_people.c
tests_replay_test_choices_people_LDADD = $(STAGE_LINK)

check_PROGRAMS += tests/replay/test_explain
TESTS += tests/replay/test_explain
tests_replay_test_explain_SOURCES = tests/replay/test_explain.c
tests_replay_test_explain_LDADD = $(STAGE_LINK)
