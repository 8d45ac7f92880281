/* Addresses of a crash to function names. */
#include "harness/base/stack.h"

#include "harness/base/printer.h"
#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK_WORD             "\nstack "
#define STACK_NAMES_SIZE_BYTES 2048
/* addr2line, its options, the program, and NULL. */
#define ARGUMENTS_MAX (STACK_FRAMES_MAX + 8)

/* Starts addr2line with its output on a pipe; -1 when there is none. */
static pid_t start_addr2line(char *const *arguments, int *ret_read_fd)
{
    posix_spawn_file_actions_t actions;
    extern char **environ;
    int ends[2];
    pid_t child = -1;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -1;
    }
    if (posix_spawn_file_actions_init(&actions) == 0) {
        (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) != 0) {
            child = -1;
        }
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(ends[1]);
    if (child < 0) {
        (void)close(ends[0]);
        return -1;
    }
    *ret_read_fd = ends[0];
    return child;
}

/* Reads what addr2line says; whether it said anything. */
static bool read_symbols(pid_t child, int read_fd, struct printer *names)
{
    char part[1024];
    ssize_t got = 0;

    while ((got = read(read_fd, part, sizeof(part))) > 0 || (got < 0 && errno == EINTR)) {
        printer_add(names, "%.*s", got > 0 ? (int)got : 0, part);
    }
    (void)close(read_fd);
    struct process_end end = process_reap(child);
    return names->size_bytes > 0 && process_is_well(&end);
}

size_t stack_symbolise(const uintptr_t *addresses, size_t count, uintptr_t load_base,
                       const char *exe_path, char *text, size_t size_bytes)
{
    char numbers[STACK_FRAMES_MAX][32];
    char program[] = "addr2line";
    char options[] = "-fpsCe";
    char *path = strdup(exe_path);
    char *arguments[ARGUMENTS_MAX] = {program, options, path};
    struct printer names = {.text = text, .capacity_bytes = size_bytes};
    int read_fd = -1;
    pid_t child = -1;
    bool is_done = false;

    count = count < STACK_FRAMES_MAX ? count : STACK_FRAMES_MAX;
    for (size_t i = 0; i < count; i++) {
        /* A return address is one past the call, maybe already the next line. */
        (void)snprintf(numbers[i], sizeof(numbers[i]), "%#" PRIxPTR, addresses[i] - load_base - 1);
        arguments[3 + i] = numbers[i];
    }
    child = path == NULL || count == 0 ? -1 : start_addr2line(arguments, &read_fd);
    if (child >= 0) {
        is_done = read_symbols(child, read_fd, &names);
    }
    free(path);
    if (!is_done) {
        names.size_bytes = 0;
    }
    for (size_t i = 0; !is_done && i < count; i++) {
        printer_add(&names, "%#" PRIxPTR "\n", addresses[i]);
    }
    return names.size_bytes;
}

static size_t read_addresses(const char *at, uintptr_t addresses[STACK_FRAMES_MAX])
{
    size_t count = 0;
    while (count < STACK_FRAMES_MAX) {
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
    uintptr_t addresses[STACK_FRAMES_MAX];
    char names[STACK_NAMES_SIZE_BYTES] = "";
    char *line = strstr(detail, STACK_WORD);
    if (line == NULL) {
        return;
    }
    size_t count = read_addresses(line + strlen(STACK_WORD), addresses);
    if (count == 0 || stack_symbolise(addresses, count, 0, exe_path, names, sizeof(names)) == 0) {
        return;
    }
    size_t used = (size_t)(line - detail);
    for (char *frame = strtok_r(names, "\n", &line); frame != NULL && used < detail_size_bytes;
         frame = strtok_r(NULL, "\n", &line)) {
        int wrote = snprintf(detail + used, detail_size_bytes - used, "\n  at %s", frame);
        used += wrote < 0 ? 0 : (size_t)wrote;
    }
}
