# PSR_WARNINGS: warnings are always on; --enable-developer makes them errors.
# What the compiler at hand does not know is left out (gcc has more than clang).
AC_DEFUN([PSR_WARNINGS], [
  AC_ARG_ENABLE([developer],
    [AS_HELP_STRING([--enable-developer], [treat every warning as an error and abort on broken assertions])],
    [], [enable_developer=no])
  AX_APPEND_COMPILE_FLAGS([-Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
    -Wjump-misses-init -Wundef -Wformat=2 -Wwrite-strings -Wpointer-arith -Wimplicit-fallthrough=5 \
    -Wimplicit-fallthrough -Wno-missing-field-initializers], [PSR_CFLAGS], [-Werror])
  AX_APPEND_COMPILE_FLAGS([-Werror=implicit-function-declaration -Werror=missing-prototypes \
    -Werror=format-security -Werror=incompatible-pointer-types -Werror=vla], [PSR_CFLAGS], [-Werror])
  AS_IF([test "x$enable_developer" = xyes], [
    PSR_CFLAGS="$PSR_CFLAGS -Werror"
    AC_DEFINE([PSR_DEVELOPER], [1], [Abort on broken assertions that production only counts.])
  ])
])
