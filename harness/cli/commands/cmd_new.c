/* killpoint new: a scenario to begin with. */
#include "harness/base/suggest.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/commands/scenario_template.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/cli/scenario_files.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/scenario_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE_BYTES 4096
/* Of a file: a scenario's longest name, and its ending. */
#define NAME_MAX_LENGTH (TOKEN_NAME_SIZE_BYTES - 1 + sizeof(".yaml") - 1)

struct session {
    struct scenario_template wanted;
};

/* Both values are words of the option table of scenarios; the first two of them. */
static int take_word(uint32_t *member, const char *key, const char *value, struct err *err)
{
    const char *words[2];
    char hint[64];

    for (uint32_t i = 0; i < 2; i++) {
        words[i] = scenario_options_word(SCENARIO_OPTIONS_STORE, key, i);
        if (strcmp(words[i], value) == 0) {
            *member = i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "option '--%s': '%s' is neither %s nor %s%s", key, value,
                   words[0], words[1], suggest_phrase(value, words, 2, hint, sizeof(hint)));
}

static int take_mode(void *mode, const char *value, struct err *err)
{
    return take_word(mode, "mode", value, err);
}

static int take_flush(void *flush, const char *value, struct err *err)
{
    return take_word(flush, "flush", value, err);
}

static const struct options_row rows[] = {
    {0, "mode", "MODE", "the log: commitlog or dledger (default commitlog)",
     OPTIONS_TAKEN(struct session, wanted.mode, take_mode)},
    {0, "flush", "FLUSH", "when a put is acknowledged: sync or async (default sync)",
     OPTIONS_TAKEN(struct session, wanted.flush, take_flush)},
    {0, "power-loss", NULL, "pull the plug instead of kills: explored on a disk in memory",
     OPTIONS_FLAG(struct session, wanted.is_power)},
    {0, "target", "NAME", "test program:NAME instead of the engine: kills alone",
     OPTIONS_TEXT(struct session, wanted.target)},
};

static const char *const examples[] = {
    "new first-try                          writes first-try.yaml here",
    "new scenarios/regress/half-cut.yaml --mode dledger",
    "new plugged --power-loss --flush async",
    NULL,
};

static const struct options_note notes[] = {
    {NULL, "A file that is there is never written over, and a name that a scenario has is refused:"
           " tokens begin with it. The file runs as it is; each key has a comment."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "new",
    .operands = "NAME|FILE",
    .one = "one name, or a path that ends in .yaml",
    .summary = "Writes a scenario with a comment at each key, to begin with.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

struct looked_for {
    const char *name;
    bool is_found;
};

static void look(void *arg, const char *name)
{
    struct looked_for *looked_for = arg;

    looked_for->is_found = looked_for->is_found || strcmp(name, looked_for->name) == 0;
}

static int check_name(const char *name, struct err *err)
{
    struct looked_for looked_for = {.name = name};

    if (name[0] == '\0' || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name)) {
        return err_set(err, ERR_USAGE, "'%s' is no name of a scenario: take 1 to %d of a-z, 0-9, -",
                       name, TOKEN_NAME_SIZE_BYTES - 1);
    }
    scenario_files_each_name(look, &looked_for);
    if (looked_for.is_found) {
        return err_set(err, ERR_USAGE, "there is a scenario '%s' already: take another name", name);
    }
    return 0;
}

/* What it was asked for may not go together: then its parser says what is wrong. */
static int check_text(const char *text, size_t size, const char *path, struct err *err)
{
    struct scenario *scenario = malloc(sizeof(*scenario));

    if (scenario == NULL) {
        return err_set(err, -ENOMEM, "no memory for a scenario");
    }
    int r = scenario_lint(text, size, path, scenario, err);
    free(scenario);
    return r;
}

/* Exclusive: somebody's file stays what it is. */
static int write_text(const char *text, const char *path, struct err *err)
{
    FILE *file = fopen(path, "wxe");
    int r = 0;

    if (file == NULL) {
        return err_set(err, errno == EEXIST ? ERR_USAGE : -errno, "write '%s': %s", path,
                       errno == EEXIST ? "it is there already" : strerrordesc_np(errno));
    }
    if (fputs(text, file) < 0) {
        r = -errno;
    }
    if (fclose(file) != 0 && r == 0) {
        r = -errno;
    }
    if (r < 0) {
        (void)unlink(path);
        return err_set(err, r, "write '%s': %s", path, strerrordesc_np(-r));
    }
    return 0;
}

static int make_text(const struct scenario_template *wanted, char **ret_text, size_t *ret_size,
                     struct err *err)
{
    FILE *stream = open_memstream(ret_text, ret_size);
    int r = stream == NULL ? -ENOMEM : scenario_template_write(wanted, stream);

    if (stream != NULL && fclose(stream) != 0) {
        r = -ENOMEM;
    }
    return r < 0 ? err_set(err, r, "no memory for a scenario") : 0;
}

static int make(struct session *session, const char *word, struct err *err)
{
    char path[PATH_SIZE_BYTES];
    char name[TOKEN_NAME_SIZE_BYTES];
    char tool[PLACES_PATH_SIZE_BYTES];
    char *text = NULL;
    size_t size = 0;
    const char *slash = strrchr(word, '/');
    bool is_file = strlen(word) > 5 && strcmp(word + strlen(word) - 5, ".yaml") == 0;
    int length = snprintf(path, sizeof(path), "%s%s", word, is_file ? "" : ".yaml");
    int r;

    session->wanted.name = scenario_file_name(path, name);
    if (length >= PATH_SIZE_BYTES || strlen(slash == NULL ? path : slash + 1) > NAME_MAX_LENGTH) {
        return err_set(err, ERR_USAGE, "the name is too long: take up to %d letters",
                       TOKEN_NAME_SIZE_BYTES - 1);
    }
    r = check_name(name, err);
    if (r < 0) {
        return r;
    }
    r = make_text(&session->wanted, &text, &size, err);
    if (r < 0) {
        return r;
    }
    r = check_text(text, size, path, err);
    if (r < 0) {
        goto out;
    }
    r = write_text(text, path, err);
    if (r < 0) {
        goto out;
    }
    (void)printf("%s: written; %s run %s\n", path, places_command(tool), path);
out:
    free(text);
    return r;
}

int cmd_new(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.wanted = {.mode = STORE_MODE_COMMITLOG}};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0 && session.wanted.is_power && session.wanted.target != NULL) {
        r = err_set(&err, ERR_USAGE,
                    "options '--power-loss' and '--target': a program has no power to lose");
    }
    if (r == 0) {
        r = make(&session, argv[words.operand], &err);
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
