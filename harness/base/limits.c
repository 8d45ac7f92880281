/* getrlimit and the words for it. */
#include "harness/base/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sys/resource.h>

/* A store holds a few dozen files open; who reaches this many has forgotten to close them. */
#define OPEN_FILES_ENOUGH 1024

/* RLIM_INFINITY where it cannot be read. */
static struct rlimit limit_of(__rlimit_resource_t resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) {
        limit = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    }
    return limit;
}

static void raise_open_files(void)
{
    struct rlimit limit = limit_of(RLIMIT_NOFILE);
    rlim_t wanted = limit.rlim_max < OPEN_FILES_ENOUGH ? limit.rlim_max : OPEN_FILES_ENOUGH;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void warn_before_kill(void)
{
    struct rlimit limit = limit_of(RLIMIT_CPU);
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max > 1 && limit.rlim_cur >= limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max - 1;
        (void)setrlimit(RLIMIT_CPU, &limit);
    }
}

void limits_prepare(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    raise_open_files();
    warn_before_kill();
}

bool limits_is_denial(int code)
{
    switch (code) {
    case EMFILE:
        return limit_of(RLIMIT_NOFILE).rlim_cur < OPEN_FILES_ENOUGH;
    case EFBIG:
        return limit_of(RLIMIT_FSIZE).rlim_cur != RLIM_INFINITY;
    case ENFILE:
    case EDQUOT:
    case ENOMEM:
        return true;
    default:
        return false;
    }
}

/* "raise the limit of open files (ulimit -n, 16 now)" */
static void put_limit(char text[LIMITS_REMEDY_SIZE_BYTES], __rlimit_resource_t resource,
                      const char *what, uint64_t unit)
{
    struct rlimit limit = limit_of(resource);
    text[0] = '\0';
    if (limit.rlim_cur != RLIM_INFINITY) {
        (void)snprintf(text, LIMITS_REMEDY_SIZE_BYTES, "raise the limit of %s, %" PRIu64 " now)",
                       what, (uint64_t)limit.rlim_cur / unit);
    }
}

const char *limits_remedy(int code, char text[LIMITS_REMEDY_SIZE_BYTES])
{
    text[0] = '\0';
    switch (code) {
    case EMFILE:
        put_limit(text, RLIMIT_NOFILE, "open files (ulimit -n", 1);
        break;
    case EFBIG:
        put_limit(text, RLIMIT_FSIZE, "the size of files (ulimit -f", 1024);
        break;
    case EAGAIN:
        put_limit(text, RLIMIT_NPROC, "processes (ulimit -u", 1);
        break;
    case ENOMEM:
        put_limit(text, RLIMIT_AS, "memory (ulimit -v", 1024);
        break;
    case ETIME:
        put_limit(text, RLIMIT_CPU, "processor time (ulimit -t", 1);
        break;
    case ENFILE:
        (void)snprintf(text, LIMITS_REMEDY_SIZE_BYTES,
                       "raise the machine's limit of open files (sysctl fs.file-max)");
        break;
    case ENOSPC:
    case EDQUOT:
        (void)snprintf(text, LIMITS_REMEDY_SIZE_BYTES, "make room, or use --dir DIR");
        break;
    default:
        break;
    }
    return text;
}

static const char *what_of(int code)
{
    switch (code) {
    case EMFILE:
    case ENFILE:
        return "too many files are open";
    case EFBIG:
        return "a file may not grow further";
    case EAGAIN:
        return "no process could be started";
    case ENOMEM:
        return "there is no memory left";
    case ETIME:
        return "the processor time is used up";
    case ENOSPC:
        return "no room is left where the stores lie";
    case EDQUOT:
        return "the quota is used up where the stores lie";
    default:
        return strerrordesc_np(code);
    }
}

const char *limits_explain(int code, char text[LIMITS_TEXT_SIZE_BYTES])
{
    char remedy[LIMITS_REMEDY_SIZE_BYTES];
    const char *what = what_of(code);
    (void)limits_remedy(code, remedy);
    (void)snprintf(text, LIMITS_TEXT_SIZE_BYTES, "%s%s%s", what == NULL ? "unknown error" : what,
                   remedy[0] == '\0' ? "" : ": ", remedy);
    return text;
}
