# The Yparéo half of the simulators; tests/world/local.mk makes libworld.a of it.
WORLD_YPAREO_SOURCES = tests/world/ypareo.h tests/world/gen.h
