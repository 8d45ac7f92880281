/* Addresses of a crash to function names. */
#include "harness/run/stack.h"

#include "harness/run/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_WORD             "\nstack "
#define STACK_NAMES_SIZE_BYTES 2048

static size_t read_addresses(const char *at, uintptr_t addresses[AUDIT_STACK_MAX])
{
    size_t count = 0;
    while (count < AUDIT_STACK_MAX) {
        char *end = NULL;
        unsigned long long address = strtoull(at, &end, 16);
        if (end == at) {
            break;
        }
        addresses[count++] = (uintptr_t)address;
        at = end;
    }
    return count;
}

void stack_name(char *detail, size_t detail_size_bytes, const char *exe_path)
{
    uintptr_t addresses[AUDIT_STACK_MAX];
    char names[STACK_NAMES_SIZE_BYTES] = "";
    char *line = strstr(detail, STACK_WORD);
    if (line == NULL) {
        return;
    }
    size_t count = read_addresses(line + strlen(STACK_WORD), addresses);
    if (count == 0 || audit_symbolise(addresses, count, 0, exe_path, names, sizeof(names)) == 0) {
        return;
    }
    size_t used = (size_t)(line - detail);
    for (char *frame = strtok_r(names, "\n", &line); frame != NULL && used < detail_size_bytes;
         frame = strtok_r(NULL, "\n", &line)) {
        int wrote = snprintf(detail + used, detail_size_bytes - used, "\n  at %s", frame);
        used += wrote < 0 ? 0 : (size_t)wrote;
    }
}
