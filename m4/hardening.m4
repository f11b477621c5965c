# PSR_HARDENING: position independent, full RELRO, stack protector, fortified libc
# calls. Left to the sanitizer where there is one: the two do not mix.
AC_DEFUN([PSR_HARDENING], [
  AS_IF([test "x$with_sanitizer" = xno], [
    AX_APPEND_COMPILE_FLAGS([-fstack-protector-strong -fPIE], [PSR_CFLAGS], [-Werror])
    AX_APPEND_LINK_FLAGS([-pie -Wl,-z,relro -Wl,-z,now], [PSR_LDFLAGS])
    AS_CASE([" $CFLAGS "], [*" -O"@<:@123s@:>@*], [PSR_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
  ])
  AC_SUBST([PSR_CPPFLAGS])
])
