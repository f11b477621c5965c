# PSR_ARENA_MALLOC: every object of an arena is a malloc of its own, so that ASan
# and valgrind see an overflow inside an arena. Always on under a sanitizer.
AC_DEFUN([PSR_ARENA_MALLOC], [
  AC_ARG_ENABLE([arena-malloc],
    [AS_HELP_STRING([--enable-arena-malloc], [one malloc per arena object, for memory checkers])],
    [], [enable_arena_malloc=$with_sanitizer])
  AS_IF([test "x$enable_arena_malloc" != xno],
    [AC_DEFINE([ARENA_MALLOC], [1], [One malloc per arena object.])])
])
