# PSR_FUZZER: --with-fuzzer builds the targets of tests/fuzz for libFuzzer (clang);
# without it the same targets are linked to a main() that replays their corpora.
AC_DEFUN([PSR_FUZZER], [
  AC_ARG_WITH([fuzzer], [AS_HELP_STRING([--with-fuzzer], [build tests/fuzz for libFuzzer (clang only)])],
    [], [with_fuzzer=no])
  AS_IF([test "x$with_fuzzer" != xno], [
    AX_CHECK_COMPILE_FLAG([-fsanitize=fuzzer-no-link], [PSR_CFLAGS="$PSR_CFLAGS -fsanitize=fuzzer-no-link"],
      [AC_MSG_ERROR([--with-fuzzer needs clang])])
  ])
  AM_CONDITIONAL([FUZZER], [test "x$with_fuzzer" != xno])
])
