/* What went wrong, twice: an int for programs and a sentence for people.
 *
 * A function that can fail for more than one reason returns 0 or a negative code and
 * takes a `struct err` last (may be NULL).  Codes are negated errno values, or one of
 * the store's own below -4096.  Callers add context in front, so a message reads from
 * the outside in: "open store: read 'commitlog/00000000000000000000' at 4096: ...". */
#ifndef STORE_BASE_ERR_H
#define STORE_BASE_ERR_H

#define ERR_TEXT_SIZE_BYTES 512

/* X(id, code, text) */
#define ERR_CODE_MAP(X)                        \
    X(ERR_CORRUPT, -5001, "damaged data")      \
    X(ERR_REFUSED, -5002, "refused")           \
    X(ERR_STOPPED, -5003, "store has stopped") \
    X(ERR_USAGE, -5004, "bad input")           \
    X(ERR_BROKEN, -5005, "harness broken")

enum err_code {
#define X(id, code, text) id = (code),
    ERR_CODE_MAP(X)
#undef X
};

struct err {
    int code;
    char text[ERR_TEXT_SIZE_BYTES];
};

#define ERR_INIT \
    {            \
        0, ""    \
    }

/* Sets `err` (when not NULL) and returns `code`, which must be negative. */
int err_set(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context in front of what `err` already says and returns `code`. */
int err_wrap(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* Tells the analyzer what it cannot see from a call: the code comes back as it was. */
// NOLINTBEGIN(readability-identifier-naming)
#    define err_set(err, code, ...)  (err_set((err), (code), __VA_ARGS__), (code))
#    define err_wrap(err, code, ...) (err_wrap((err), (code), __VA_ARGS__), (code))
// NOLINTEND(readability-identifier-naming)
#endif

/* The name of a code: "EIO", "ERR_CORRUPT".  Never NULL. */
const char *err_name(int code);

/* The code of two steps that were both taken, whatever the first said: its failure, else the
 * second's. */
static inline int err_first(int first, int second)
{
    return first < 0 ? first : second;
}

#endif
