/* What both sides of an audit use (audit_shared.h). */
#include "harness/audit/audit_shared.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void audit_shared_set_broken(struct audit *audit, const char *format, ...)
{
    va_list arguments;

    if (audit->report.status == 0) {
        audit->report.status = ERR_BROKEN;
        va_start(arguments, format);
        (void)vsnprintf(audit->report.broken, sizeof(audit->report.broken), format, arguments);
        va_end(arguments);
    }
}

void audit_shared_close(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

struct audit_slot *audit_shared_slot(struct audit_shared *shared, uint32_t tid)
{
    for (uint32_t i = 0; i < AUDIT_THREADS_MAX; i++) {
        struct audit_slot *slot = &shared->slots[(tid + i) % AUDIT_THREADS_MAX];
        unsigned expected = 0;

        if (atomic_load(&slot->tid) == tid ||
            atomic_compare_exchange_strong(&slot->tid, &expected, tid) || expected == tid) {
            return slot;
        }
    }
    atomic_store(&shared->is_full, true);
    return NULL;
}
