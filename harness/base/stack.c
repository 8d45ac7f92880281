/* Addresses of a crash to function names. */
#include "harness/base/stack.h"

#include "harness/base/printer.h"
#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK_WORD             "\nstack "
#define STACK_NAMES_SIZE_BYTES 2048
/* Of a stack with what was inlined into its calls. */
#define STACK_FRAMES_TEXT_SIZE_BYTES (64u << 10)
/* A stack is no larger; what looks like a frame further away is none. */
#define STACK_SPAN_BYTES_MAX (UINT64_C(8) << 20)
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

/* Has addr2line say what it knows; false when that is nothing. */
static bool ask(const char *option_word, const uintptr_t *addresses, size_t count,
                uintptr_t load_base, const char *exe_path, struct printer *names)
{
    char numbers[STACK_FRAMES_MAX][32];
    char program[] = "addr2line";
    char options[16];
    char *path = strdup(exe_path);
    char *arguments[ARGUMENTS_MAX] = {program, options, path};
    int read_fd = -1;
    pid_t child = -1;
    bool is_done = false;

    (void)snprintf(options, sizeof(options), "%s", option_word);
    for (size_t i = 0; i < count; i++) {
        /* A return address is one past the call, maybe already the next line. */
        (void)snprintf(numbers[i], sizeof(numbers[i]), "%#" PRIxPTR, addresses[i] - load_base - 1);
        arguments[3 + i] = numbers[i];
    }
    child = path == NULL || count == 0 ? -1 : start_addr2line(arguments, &read_fd);
    if (child >= 0) {
        is_done = read_symbols(child, read_fd, names);
    }
    free(path);
    return is_done;
}

size_t stack_symbolise(const uintptr_t *addresses, size_t count, uintptr_t load_base,
                       const char *exe_path, char *text, size_t size_bytes)
{
    struct printer names = {.text = text, .capacity_bytes = size_bytes};

    count = count < STACK_FRAMES_MAX ? count : STACK_FRAMES_MAX;
    bool is_done = ask("-fpsCe", addresses, count, load_base, exe_path, &names);
    if (!is_done) {
        names.size_bytes = 0;
    }
    for (size_t i = 0; !is_done && i < count; i++) {
        printer_add(&names, "%#" PRIxPTR "\n", addresses[i]);
    }
    return names.size_bytes;
}

/* A frame keeps the frame pointer of its caller, and above it where that goes on.  Whatever does
 * not look like it ends the walk. */
__attribute__((no_sanitize("address"))) size_t stack_walk(uintptr_t *addresses, size_t capacity)
{
    const uintptr_t *frame = __builtin_frame_address(0);
    uintptr_t first = (uintptr_t)frame;
    size_t count = 0;
    while (count < capacity && frame[1] != 0) {
        uintptr_t next = frame[0];
        addresses[count++] = frame[1];
        if (next <= (uintptr_t)frame || next - first > STACK_SPAN_BYTES_MAX ||
            next % sizeof(uintptr_t) != 0) {
            break;
        }
        frame = (const uintptr_t *)next;
    }
    return count;
}

/* The program itself comes first: stops there. */
static int take_base(struct dl_phdr_info *info, size_t size, void *arg)
{
    uintptr_t *base = arg;
    (void)size;
    *base = info->dlpi_addr;
    return 1;
}

uintptr_t stack_load_base(void)
{
    uintptr_t base = 0;
    (void)dl_iterate_phdr(take_base, &base);
    return base;
}

/* The path of a source file below the tree it was built from, wherever that lies. */
static const char *below_tree(const char *path)
{
    static const char *const roots[] = {"/store/", "/harness/", "/reports/"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && found == NULL; i++) {
        for (const char *at = strstr(path, roots[i]); at != NULL; at = strstr(at + 1, roots[i])) {
            found = at + 1;
        }
    }
    return found == NULL ? path : found;
}

/* "FUNCTION at FILE:LINE", with more behind the line now and then. */
static bool parse_frame(char *text, struct stack_frame *ret_frame)
{
    static const char inlined[] = " (inlined by) ";
    char *at = NULL;
    char *colon = NULL;
    if (strncmp(text, inlined, strlen(inlined)) == 0) {
        text += strlen(inlined);
    }
    at = strstr(text, " at ");
    colon = at == NULL ? NULL : strrchr(at, ':');
    if (colon == NULL) {
        return false;
    }
    *at = '\0';
    *colon = '\0';
    memset(ret_frame, 0, sizeof(*ret_frame));
    (void)snprintf(ret_frame->function, sizeof(ret_frame->function), "%s", text);
    ret_frame->line = (uint32_t)strtoul(colon + 1, NULL, 10);
    if (ret_frame->line > 0) {
        (void)snprintf(ret_frame->file, sizeof(ret_frame->file), "%s",
                       below_tree(at + strlen(" at ")));
    }
    return true;
}

size_t stack_frames(const uintptr_t *addresses, size_t count, uintptr_t load_base,
                    const char *exe_path, struct stack_frame *frames, size_t capacity)
{
    struct printer names = {.text = malloc(STACK_FRAMES_TEXT_SIZE_BYTES),
                            .capacity_bytes = STACK_FRAMES_TEXT_SIZE_BYTES};
    size_t made = 0;
    char *rest = NULL;

    count = count < STACK_FRAMES_MAX ? count : STACK_FRAMES_MAX;
    if (names.text != NULL && ask("-fpCie", addresses, count, load_base, exe_path, &names)) {
        for (char *line = strtok_r(names.text, "\n", &rest); line != NULL && made < capacity;
             line = strtok_r(NULL, "\n", &rest)) {
            made += parse_frame(line, &frames[made]) ? 1 : 0;
        }
    }
    free(names.text);
    return made;
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
