noinst_LIBRARIES += core/flow/libflow.a
core_flow_libflow_a_CPPFLAGS = $(AM_CPPFLAGS)
core_flow_libflow_a_SOURCES = \
	core/flow/exchange.c core/flow/exchange.h \
	core/flow/flow.c core/flow/flow.h core/flow/flow_p.h \
	core/flow/flow_check.c core/flow/flow_each.c core/flow/flow_http.c \
	core/flow/retry.c core/flow/retry.h \
	core/flow/run.c
EXTRA_DIST += docs/steps.md
