# Each layer's unit tests are listed beside them; a test links its layer and what is below, nothing above.
include tests/unit/base.mk
include tests/unit/io.mk
include tests/unit/data.mk
include tests/unit/flow.mk
include tests/unit/sync.mk
include tests/unit/adapters.mk
include tests/unit/tenants.mk
include tests/unit/app.mk
include tests/world/local.mk
include tests/replay/local.mk
include tests/system/local.mk
include tests/system/faults.mk
include tests/fuzz/local.mk
include tests/fault/local.mk
