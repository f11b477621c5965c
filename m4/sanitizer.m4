# PSR_SANITIZER: --with-sanitizer=address,undefined or =thread
AC_DEFUN([PSR_SANITIZER], [
  AC_ARG_WITH([sanitizer],
    [AS_HELP_STRING([--with-sanitizer=LIST], [build with these sanitizers: address,undefined or thread])],
    [], [with_sanitizer=no])
  AS_IF([test "x$with_sanitizer" != xno], [
    AX_CHECK_COMPILE_FLAG([-fsanitize=$with_sanitizer], [
      PSR_CFLAGS="$PSR_CFLAGS -fsanitize=$with_sanitizer -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
      PSR_LDFLAGS="$PSR_LDFLAGS -fsanitize=$with_sanitizer"
    ], [AC_MSG_ERROR([this compiler has no -fsanitize=$with_sanitizer])])
  ])
  AM_CONDITIONAL([SANITIZED], [test "x$with_sanitizer" != xno])
  AC_SUBST([PSR_LDFLAGS])
])
