/* Names for people (words.h). */
#include "harness/story/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *owner; /* before the '/' of a point's name */
    enum words_role role;
} owners[] = {
    {"commitlog", WORDS_LOG},       {"dledger", WORDS_LOG},
    {"dledger-index", WORDS_INDEX}, {"queue", WORDS_QUEUE},
    {"checkpoint", WORDS_MARK},     {"offsets", WORDS_OFFSETS},
    {"abort", WORDS_ABORT},         {"dledger-checkpoint", WORDS_COMMITTED},
    {"currterm", WORDS_TERM},       {"lock", WORDS_LOCK},
    {"store", WORDS_TREE},
};

static const struct {
    const char *effect; /* behind it */
    const char *word;
} effects[] = {
    {"append", "written"},
    {"write", "written"},
    {"sync", "synced"},
    {"sync-dir", "names synced"},
    {"create", "file made"},
    {"extend", "file made"},
    {"mkdir", "made"},
    {"truncate", "cut"},
    {"blank", "end of file written"},
    {"rewrite", "written again as it was"},
    {"zero-tail", "tail zeroed"},
    {"cut-tail", "tail zeroed"},
    {"cut-file", "file removed"},
    {"expire", "old file removed"},
    {"pre-blank", "filled up to its first unit"},
    {"heal", "unit mended"},
    {"rename", "renamed into place"},
    {"unlink", "removed"},
    {"lock", "taken"},
    {"list", "looked for"},
    {"open", "opened"},
    {"size", "looked for"},
    {"read", "read"},
    {"seek", "looked for data"},
};

enum words_role words_role(enum point point)
{
    const char *name = point_name(point);
    size_t length = strcspn(name, "/");
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
        if (strlen(owners[i].owner) == length && strncmp(owners[i].owner, name, length) == 0) {
            return owners[i].role;
        }
    }
    return WORDS_ROLE_COUNT;
}

const char *words_role_name(enum words_role role)
{
    static const char *const names[] = {
#define X(id, name, help) [WORDS_##id] = (name),
        WORDS_ROLE_MAP(X)
#undef X
    };
    return role < WORDS_ROLE_COUNT ? names[role] : "file";
}

const char *words_role_help(enum words_role role)
{
    static const char *const helps[] = {
#define X(id, name, help) [WORDS_##id] = (help),
        WORDS_ROLE_MAP(X)
#undef X
    };
    return role < WORDS_ROLE_COUNT ? helps[role] : "";
}

/* Files that are written anew beside the old one, all steps of it. */
static bool is_replaced(enum words_role role)
{
    return role == WORDS_OFFSETS || role == WORDS_COMMITTED || role == WORDS_TERM;
}

const char *words_effect(enum point point)
{
    const char *slash = strchr(point_name(point), '/');
    enum words_role role = words_role(point);
    if (point_is_mutating(point) && is_replaced(role)) {
        return "replaced";
    }
    if (role == WORDS_ABORT && point_is_mutating(point) && point != POINT_ABORT_UNLINK) {
        return "made";
    }
    if (role == WORDS_LOCK && point_is_mutating(point)) {
        return "taken";
    }
    for (size_t i = 0; slash != NULL && i < sizeof(effects) / sizeof(effects[0]); i++) {
        if (strcmp(slash + 1, effects[i].effect) == 0) {
            return effects[i].word;
        }
    }
    return point_op_name(point_op(point));
}

void words_removal(enum point point, char text[WORDS_PLACE_SIZE_BYTES])
{
    enum words_role role = words_role(point);
    const char *what = role == WORDS_QUEUE ? "the missing unit"
                       : role == WORDS_LOG ? "the missing record"
                                           : "what is missing";
    enum point_op op = point_op(point);
    const char *deed = op == POINT_OP_UNLINK     ? "this deleted the file that held"
                       : op == POINT_OP_TRUNCATE ? "this cut off"
                       : op == POINT_OP_RENAME   ? "this replaced the file that held"
                                                 : "this wrote over";
    (void)snprintf(text, WORDS_PLACE_SIZE_BYTES, "%s %s", deed, what);
}

const char *words_units(uint64_t count)
{
    return count == 1 ? "unit" : "units";
}

/* The number that a file of a list is called by; false: it has no such name. */
static bool number_of(const char *name, unsigned long long *ret_number)
{
    char *end = NULL;
    if (strlen(name) != 20) {
        return false;
    }
    *ret_number = strtoull(name, &end, 10);
    return *end == '\0';
}

/* "consumequeue/TOPIC/N/NUMBER" without its first and last part. */
static bool is_of_queue(const char *path, char queue[WORDS_PLACE_SIZE_BYTES])
{
    static const char folder[] = "consumequeue/";
    if (strncmp(path, folder, strlen(folder)) != 0) {
        return false;
    }
    (void)snprintf(queue, WORDS_PLACE_SIZE_BYTES, "%.90s", path + strlen(folder));
    return true;
}

/* What a file that stands beside another is; NULL: it is none. */
static const char *suffix_of(const char *path)
{
    size_t length = strlen(path);
    if (length > 4 && strcmp(path + length - 4, ".tmp") == 0) {
        return "the new file";
    }
    return length > 4 && strcmp(path + length - 4, ".bak") == 0 ? "its backup" : NULL;
}

void words_place(const char *path, char text[WORDS_PLACE_SIZE_BYTES])
{
    static const struct {
        const char *path;
        const char *name;
    } single[] = {
        {"checkpoint", "mark"},
        {"abort", "abort"},
        {"lock", "lock"},
        {"dledger-n0/checkpoint", "commit index"},
        {"dledger-n0/currterm", "term"},
        {"config/consumerOffset.json", "offsets"},
        {"", "store's directory"},
    };
    char queue[WORDS_PLACE_SIZE_BYTES];
    char plain[WORDS_PLACE_SIZE_BYTES];
    const char *aside = suffix_of(path);
    if (aside != NULL) {
        (void)snprintf(queue, sizeof(queue), "%.*s", (int)(strlen(path) - 4), path);
        words_place(queue, plain);
        (void)snprintf(text, WORDS_PLACE_SIZE_BYTES, "%.100s (%s)", plain, aside);
        return;
    }
    const char *slash = strrchr(path, '/');
    unsigned long long number = 0;
    bool has_number = slash != NULL && number_of(slash + 1, &number);
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        if (strcmp(path, single[i].path) == 0) {
            (void)snprintf(text, WORDS_PLACE_SIZE_BYTES, "%s", single[i].name);
            return;
        }
    }
    if (has_number && is_of_queue(path, queue)) {
        *strrchr(queue, '/') = '\0';
        (void)snprintf(text, WORDS_PLACE_SIZE_BYTES, "queue %.100s", queue);
    } else if (has_number) {
        (void)snprintf(text, WORDS_PLACE_SIZE_BYTES, "%s",
                       strstr(path, "/index/") != NULL ? "log index" : "log");
    } else {
        (void)snprintf(text, WORDS_PLACE_SIZE_BYTES, "directory %.100s", path);
        return;
    }
    if (number > 0) {
        size_t used = strlen(text);
        (void)snprintf(text + used, WORDS_PLACE_SIZE_BYTES - used, " file %llu", number);
    }
}
