# PSR_C17: the language the code is written in, with the POSIX and GNU names of glibc.
AC_DEFUN([PSR_C17], [
  AX_CHECK_COMPILE_FLAG([-std=gnu17], [PSR_CFLAGS="-std=gnu17"],
    [AC_MSG_ERROR([a compiler that knows C17 is needed])])
  AC_SUBST([PSR_CFLAGS])
])
