noinst_LIBRARIES += core/sync/libsync.a
core_sync_libsync_a_CPPFLAGS = $(AM_CPPFLAGS)
core_sync_libsync_a_SOURCES = \
	core/sync/choices.c core/sync/choices.h \
	core/sync/compare.c core/sync/compare.h \
	core/sync/down.c core/sync/down.h \
	core/sync/down_adopt.c \
	core/sync/down_contact.c \
	core/sync/down_drift.c \
	core/sync/drift.c core/sync/drift.h \
	core/sync/compare_groups.c \
	core/sync/down_groups.c \
	core/sync/down_people.c \
	core/sync/down_sheets.c \
	core/sync/engine.c core/sync/engine.h \
	core/sync/explain.c core/sync/explain.h \
	core/sync/guard.c core/sync/guard.h \
	core/sync/held.c core/sync/held.h \
	core/sync/history.c \
	core/sync/issues.c core/sync/issues.h \
	core/sync/journal.c core/sync/journal.h \
	core/sync/model.c core/sync/model.h \
	core/sync/port.h \
	core/sync/reasons.c core/sync/reasons.h \
	core/sync/outbox.c core/sync/outbox.h \
	core/sync/keep.h \
	core/sync/record_kinds.c \
	core/sync/records.c core/sync/records.h \
	core/sync/report.c core/sync/report.h \
	core/sync/settings.h \
	core/sync/shadow.c core/sync/shadow.h \
	core/sync/shadow_match.c \
	core/sync/sites.c \
	core/sync/snapshot.c core/sync/snapshot.h \
	core/sync/state.c core/sync/state.h core/sync/state_p.h \
	core/sync/whose.c core/sync/whose.h \
	core/sync/wording.c core/sync/wording.h core/sync/wording_fr.c
core_sync_libsync_a_SOURCES += core/sync/ledger.c core/sync/ledger.h
core_sync_libsync_a_SOURCES += core/sync/up.c core/sync/up.h core/sync/up_p.h
core_sync_libsync_a_SOURCES += core/sync/absent.c core/sync/absent.h core/sync/up_tell.c
core_sync_libsync_a_SOURCES += core/sync/up_confirm.c
core_sync_libsync_a_SOURCES += core/sync/up_find.c
core_sync_libsync_a_SOURCES += core/sync/up_payroll.c
core_sync_libsync_a_SOURCES += core/sync/up_plan.c
core_sync_libsync_a_SOURCES += core/sync/up_shared.c
core_sync_libsync_a_SOURCES += core/sync/up_write.c
core_sync_libsync_a_SOURCES += core/sync/tutors.c core/sync/tutors.h
core_sync_libsync_a_SOURCES += core/sync/kept.c core/sync/kept.h
core_sync_libsync_a_SOURCES += core/sync/snapshot_planning.c core/sync/snapshot_p.h
core_sync_libsync_a_SOURCES += core/sync/compare_tutors.c core/sync/down_tell.c core/sync/down_tutors.c
