/* killpoint promote: a capsule's case as a scenario that is kept. */
#include "harness/archive/whole_file.h"
#include "harness/capsule/capsule_promote.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE_BYTES 4096

struct session {
    const char *path; /* of the scenario; NULL: stdout */
    const char *dir;
    uint32_t timeout_ms;
};

static const struct options_row rows[] = {
    {'o', "output", "FILE", "the scenario's file, as scenarios/regress/NAME.yaml; default stdout",
     OPTIONS_TEXT(struct session, path)},
    {0, "dir", "DIR", "store on a real directory instead of memory",
     OPTIONS_TEXT(struct session, dir)},
    {'t', "timeout", "SECONDS", "a round that takes longer is `hung` (default 10)",
     OPTIONS_SECONDS(struct session, timeout_ms)},
};

static const char *const examples[] = {
    "promote runs/latest/causes/01-record-lost/case.capsule",
    "promote seen.capsule -o scenarios/regress/half-cut.yaml",
    NULL,
};

static const struct options_command command = {
    .name = "promote",
    .operands = "CAPSULE",
    .one = "one capsule",
    .summary = "Makes a scenario of one case, with its plan in place of faults, and runs it: it is "
               "written only if it ends as recorded, or is now intact.  Exit 0: it is written.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

/* NAME of the file NAME.yaml; without a file, after the capsule's own scenario. */
static void name_of(const struct session *session, const struct capsule *capsule, char *name,
                    size_t name_size_bytes)
{
    if (session->path == NULL) {
        (void)snprintf(name, name_size_bytes, "%.50s-case", capsule_manifest(capsule)->scenario);
        return;
    }
    const char *slash = strrchr(session->path, '/');
    (void)snprintf(name, name_size_bytes, "%s", slash == NULL ? session->path : slash + 1);
    char *suffix = strstr(name, ".yaml");
    if (suffix != NULL && strcmp(suffix, ".yaml") == 0) {
        *suffix = '\0';
    }
}

static int write_file(const char *path, const void *data, size_t size_bytes, struct err *err)
{
    struct whole_file file;
    int r = whole_file_begin(&file, AT_FDCWD, path, err);
    if (r < 0) {
        return r;
    }
    /* What fails here is found again by finish. */
    (void)fwrite(data, 1, size_bytes, file.stream);
    return whole_file_finish(&file, err);
}

/* The base lies beside the scenario, and is there before the scenario names it. */
static int write_base(const struct session *session, const struct capsule *capsule,
                      const struct capsule_promoted *promoted, struct err *err)
{
    char path[PATH_SIZE_BYTES];
    size_t size = 0;
    const uint8_t *base = capsule_base(capsule, &size);
    const char *slash = strrchr(session->path, '/');
    int directory = slash == NULL ? 0 : (int)(slash + 1 - session->path);
    if (promoted->base_name[0] == '\0') {
        return 0;
    }
    (void)snprintf(path, sizeof(path), "%.*s%s", directory, session->path, promoted->base_name);
    return write_file(path, base, size, err);
}

static int put(const struct session *session, const struct capsule *capsule,
               const struct capsule_promoted *promoted, struct err *err)
{
    char said[512];
    if (session->path == NULL) {
        (void)fputs(promoted->text, stdout);
        return 0;
    }
    int r = write_base(session, capsule, promoted, err);
    if (r < 0) {
        return r;
    }
    r = write_file(session->path, promoted->text, strlen(promoted->text), err);
    if (r < 0) {
        return r;
    }
    capsule_manifest_say(&promoted->ended.end, said, sizeof(said));
    (void)printf("%s: %s (%s)\n", session->path,
                 promoted->verdict == CAPSULE_REPLAY_INTACT ? "now intact" : "ends as recorded",
                 said);
    return 0;
}

static int promote(const struct session *session, const char *path, struct err *err)
{
    struct capsule *capsule = NULL;
    struct capsule_promoted promoted;
    char name[PATH_SIZE_BYTES];
    if (session->path != NULL && access(session->path, F_OK) == 0) {
        return err_set(err, ERR_USAGE, "'%s' is there already", session->path);
    }
    int r = capsule_open(path, &capsule, err);
    if (r < 0) {
        return r;
    }
    name_of(session, capsule, name, sizeof(name));
    const struct capsule_promote_options options = {.name = name,
                                                    .path = session->path,
                                                    .dir = session->dir,
                                                    .timeout_ms = session->timeout_ms};
    r = capsule_promote(capsule, &options, &promoted, err);
    if (r == 0) {
        r = put(session, capsule, &promoted, err);
        free(promoted.text);
    }
    capsule_close(capsule);
    return r;
}

int cmd_promote(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.path = NULL};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);
    if (r == 0) {
        r = promote(&session, argv[words.operand], &err);
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
