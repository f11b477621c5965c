noinst_LIBRARIES += core/flow/libflow.a
core_flow_libflow_a_CPPFLAGS = $(AM_CPPFLAGS)
core_flow_libflow_a_SOURCES =
