# Everything but main(): what tests link too.
noinst_LIBRARIES += core/app/libapp.a
core_app_libapp_a_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
core_app_libapp_a_SOURCES = \
	core/app/access.c core/app/access.h \
	core/app/accounts.c core/app/accounts.h \
	core/app/admin.c core/app/admin.h \
	core/app/answer.c core/app/answer.h \
	core/app/backup.c \
	core/app/chore.c core/app/chore.h \
	core/app/cli.c core/app/cli.h \
	core/app/cmd_check.c \
	core/app/cmd_explain.c \
	core/app/cmd_export.c \
	core/app/cmd_person.c core/app/person.h \
	core/app/cmd_plan.c \
	core/app/cmd_rebuild.c \
	core/app/cmd_rename.c \
	core/app/cmd_schedule.c \
	core/app/cmd_schema.c \
	core/app/cmd_shadow.c \
	core/app/cmd_status.c \
	core/app/cmd_store.c \
	core/app/cmd_sync.c \
	core/app/cmd_token.c \
	core/app/conf.c core/app/conf.h \
	core/app/csv.c core/app/csv.h \
	core/app/daemon.c \
	core/app/deeds.c core/app/deeds.h \
	core/app/demo.c \
	core/app/explain_look.c core/app/explain_look.h \
	core/app/file_changes.c core/app/file_changes.h \
	core/app/erase.c \
	core/app/hints.c core/app/hints.h \
	core/app/hmac.c core/app/hmac.h \
	core/app/hooks.c core/app/hooks.h \
	core/app/http.c core/app/http.h \
	core/app/live.c core/app/live.h \
	core/app/load.c core/app/load.h \
	core/app/known.c core/app/known.h \
	core/app/metrics_page.c core/app/metrics_page.h \
	core/app/lastgood.c core/app/lastgood.h \
	core/app/notice.c core/app/notice.h \
	core/app/notifier.c core/app/notifier.h \
	core/app/owner.c core/app/owner.h \
	core/app/page.c core/app/page.h core/app/page_assets.h \
	core/app/page_deeds.c \
	core/app/page_explain.c \
	core/app/page_issues.c \
	core/app/page_load.c \
	core/app/page_overview.c \
	core/app/page_runs.c \
	core/app/page_school.c \
	core/app/page_text.c core/app/page_text.h \
	core/app/postman.c core/app/postman.h \
	core/app/print.h \
	core/app/print_json.c \
	core/app/print_shadow.c \
	core/app/print_text.c \
	core/app/probe.c core/app/probe.h \
	core/app/progress.c core/app/progress.h \
	core/app/recent.c core/app/recent.h \
	core/app/remote.c core/app/remote.h \
	core/app/retention.c core/app/retention.h \
	core/app/rig.c core/app/rig.h \
	core/app/sdnotify.c core/app/sdnotify.h \
	core/app/simulator.c core/app/simulator.h \
	core/app/web.c core/app/web.h \
	core/app/web_visit.c core/app/web_visit.h \
	core/app/slots.c core/app/slots.h \
	core/app/status.h \
	core/app/sync.c core/app/sync.h \
	core/app/tally.c core/app/tally.h \
	core/app/tenant.c core/app/tenant.h \
	core/app/tour.c core/app/tour.h \
	core/app/window.c core/app/window.h \
	core/app/wiring.c core/app/wiring.h

# The page's files, inside the program.
PAGE_FILES = core/app/page/frame.html core/app/page/style.css core/app/page/page.js core/app/page/icon.svg docs/api/openapi.json
nodist_core_app_libapp_a_SOURCES = core/app/page/assets.c
CLEANFILES += core/app/page/assets.c
EXTRA_DIST += $(PAGE_FILES) core/app/page/embed.sh
core/app/page/assets.c: $(PAGE_FILES) core/app/page/embed.sh
	@$(MKDIR_P) core/app/page
	$(AM_V_GEN)(cd $(srcdir) && $(SHELL) core/app/page/embed.sh $(PAGE_FILES)) >$@.tmp && mv -f $@.tmp $@

APP_LINK = core/app/libapp.a tenants/libtenants.a $(ADAPTERS_LINK)

bin_PROGRAMS += passerelle
passerelle_SOURCES = core/app/main.c
passerelle_LDADD = $(APP_LINK)

EXTRA_DIST += docs/examples/prometheus.yml docs/examples/prometheus-alerts.yml docs/examples/grafana-dashboard.json
EXTRA_DIST += docs/examples/passerelle.json docs/examples/tenants.d/cfa-lyon.json
