/* Notes a disk's calls (calllog.h). */
#include "harness/testkit/calllog.h"

#include "store/base/ensure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_DIGITS 20

/* The path without the zeros that lead its last name, when that is the name of a row's file. */
static void shorten(const char *path, char *ret_text, size_t size_bytes)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    if (strlen(name) == NAME_DIGITS && strspn(name, "0123456789") == NAME_DIGITS) {
        const char *digits = name + strspn(name, "0");
        digits = *digits == '\0' ? digits - 1 : digits;
        snprintf(ret_text, size_bytes, "%.*s%s", (int)(name - path), path, digits);
    } else {
        snprintf(ret_text, size_bytes, "%s", path);
    }
}

static void note(void *arg, const struct disk_call *call, int64_t result)
{
    struct calllog *log = arg;
    if (!point_is_mutating(call->point) || result < 0) {
        return;
    }
    char path[DISK_PATH_SIZE_BYTES];
    size_t used = strlen(log->text);
    shorten(call->path, path, sizeof path);
    used += (size_t)snprintf(log->text + used, sizeof log->text - used, "%s:%s",
                             point_name(call->point), path);
    ENSURE(used < sizeof log->text);
    if (call->op == POINT_OP_WRITE) {
        used += (size_t)snprintf(log->text + used, sizeof log->text - used, "@%" PRIu64 "+%" PRIu64,
                                 call->offset, call->size_bytes);
        ENSURE(used < sizeof log->text);
    }
    used += (size_t)snprintf(log->text + used, sizeof log->text - used, " ");
    ENSURE(used < sizeof log->text);
}

struct disk_observer calllog_observer(struct calllog *log)
{
    log->text[0] = '\0';
    return (struct disk_observer){.arg = log, .end = note};
}

void calllog_clear(struct calllog *log)
{
    log->text[0] = '\0';
}
