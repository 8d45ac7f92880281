/* Assertions that stay on in every build.  For the program's own logic only: never for
 * bytes read from disk, user input or injected failures, which are errors. */
#ifndef STORE_BASE_ENSURE_H
#define STORE_BASE_ENSURE_H

#define ENSURE(condition) \
    ((condition) ? (void)0 : ensure_failed(#condition, __FILE__, __LINE__, __func__))

_Noreturn void ensure_failed(const char *condition, const char *file, int line,
                             const char *function);

#endif
