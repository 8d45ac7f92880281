/* Names, paths and directories to loaded scenarios. */
#include "harness/cli/scenario_files.h"

#include "harness/base/suggest.h"
#include "harness/cli/places.h"
#include "harness/scenario/scenario.h"
#include "store/base/grow.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#define ENDING ".yaml"
/* Scenarios over the real RocketMQ, which somebody must have installed: run when they are named. */
#define NOT_OF_SUITE "real"

struct path {
    char *text;
    bool is_given; /* by its path or name; else it was found in a directory */
};

/* A growing list of paths. */
struct paths {
    struct path *items;
    uint32_t count;
    uint32_t capacity;
};

static void paths_done(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        free(paths->items[i].text);
    }
    free(paths->items);
    *paths = (struct paths){0};
}

static int paths_add(struct paths *paths, const char *path, bool is_given, struct err *err)
{
    int r =
        grow_array((void **)&paths->items, paths->count, &paths->capacity, sizeof(*paths->items));
    char *copy = r < 0 ? NULL : strdup(path);

    if (copy == NULL) {
        return err_set(err, -ENOMEM, "no memory for the list of scenarios");
    }
    paths->items[paths->count++] = (struct path){copy, is_given};
    return 0;
}

static bool has_ending(const char *path)
{
    size_t length = strlen(path);

    return length > strlen(ENDING) && strcmp(path + length - strlen(ENDING), ENDING) == 0;
}

/* Files before directories, so that the plain scenarios come before defects and guards. */
static int by_name(const FTSENT **left, const FTSENT **right)
{
    int directories = ((*left)->fts_info == FTS_D) - ((*right)->fts_info == FTS_D);

    return directories != 0 ? directories : strcmp((*left)->fts_name, (*right)->fts_name);
}

/* Every *.yaml below `dir`, but in a folder of it that is called `skipped` (NULL: none); in a
 * directory files come in byte order of their names. */
static int add_below(struct paths *paths, const char *dir, const char *skipped, struct err *err)
{
    char *copy = strdup(dir);
    char *const roots[] = {copy, NULL};
    FTS *walk = copy == NULL ? NULL : fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    FTSENT *entry;
    int r = 0;

    if (walk == NULL) {
        r = err_set(err, -errno, "read directory '%s': %s", dir, strerrordesc_np(errno));
        goto out;
    }
    while (r == 0 && (entry = fts_read(walk)) != NULL) {
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
            r = err_set(err, -entry->fts_errno, "read '%s': %s", entry->fts_path,
                        strerrordesc_np(entry->fts_errno));
        } else if (entry->fts_info == FTS_D && entry->fts_level == 1 && skipped != NULL &&
                   strcmp(entry->fts_name, skipped) == 0) {
            (void)fts_set(walk, entry, FTS_SKIP);
        } else if (entry->fts_info == FTS_F && has_ending(entry->fts_name) &&
                   entry->fts_name[0] != '.') {
            r = paths_add(paths, entry->fts_path, false, err);
        }
    }
out:
    if (walk != NULL) {
        (void)fts_close(walk);
    }
    free(copy);
    return r;
}

static int unknown_name(const char *name, const struct paths *all, const char *root,
                        struct err *err)
{
    char(*names)[TOKEN_NAME_SIZE_BYTES] = calloc(all->count + 1, sizeof(*names));
    const char **words = calloc(all->count + 1, sizeof(*words));
    char hint[128] = "";

    if (names != NULL && words != NULL) {
        for (size_t i = 0; i < all->count; i++) {
            (void)scenario_file_name(all->items[i].text, names[i]);
            words[i] = names[i];
        }
        (void)suggest_phrase(name, words, all->count, hint, sizeof(hint));
    }
    free(names);
    free(words);
    return err_set(err, ERR_USAGE, "no scenario '%s' below '%s'%s", name, root,
                   hint[0] != '\0' ? hint : "; name its file (replay: --scenario FILE)");
}

/* A file whose `name:` is `name` though the file is called otherwise. */
static int find_by_content(const char *name, const struct paths *all, const char **ret_path)
{
    struct scenario *scenario = malloc(sizeof(*scenario));

    if (scenario == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < all->count && *ret_path == NULL; i++) {
        if (scenario_load(all->items[i].text, scenario, NULL) == 0 &&
            strcmp(scenario->name, name) == 0) {
            *ret_path = all->items[i].text;
        }
    }
    free(scenario);
    return 0;
}

static int add_named(struct paths *paths, const char *name, struct err *err)
{
    char root[PLACES_PATH_SIZE_BYTES];
    char base[TOKEN_NAME_SIZE_BYTES];
    struct paths all = {0};
    const char *path = NULL;
    int r = places_scenarios(root, err);

    if (r == 0) {
        r = add_below(&all, root, NULL, err);
    }
    for (size_t i = 0; r == 0 && i < all.count && path == NULL; i++) {
        (void)scenario_file_name(all.items[i].text, base);
        path = strcmp(base, name) == 0 ? all.items[i].text : NULL;
    }
    if (r == 0 && path == NULL) {
        r = find_by_content(name, &all, &path);
    }
    if (r == 0) {
        r = path == NULL ? unknown_name(name, &all, root, err) : paths_add(paths, path, true, err);
    }
    paths_done(&all);
    return r;
}

static int add_word(struct paths *paths, const char *word, struct err *err)
{
    struct stat status;

    if (stat(word, &status) == 0) {
        size_t before = paths->count;
        int r = S_ISDIR(status.st_mode) ? add_below(paths, word, NULL, err)
                                        : paths_add(paths, word, true, err);

        if (r == 0 && paths->count == before) {
            return err_set(err, ERR_USAGE, "no *" ENDING " below '%s'", word);
        }
        return r;
    }
    if (strchr(word, '/') != NULL || has_ending(word)) {
        return err_set(err, ERR_USAGE, "scenario file '%s': %s", word, strerrordesc_np(errno));
    }
    return add_named(paths, word, err);
}

/* Whether the mistake is that of the file: not so want of memory. */
static bool is_own_mistake(int r)
{
    return r == ERR_USAGE || r == -ENOENT || r == -EACCES || r == -EISDIR || r == -ELOOP;
}

/* One file of many that has a mistake fails itself: a typing error in it must not end a night. */
static int set_aside(struct scenario_files *files, const char *path, struct err *err)
{
    char name[TOKEN_NAME_SIZE_BYTES];
    int r = grow_array((void **)&files->unloaded, files->unloaded_count, &files->unloaded_capacity,
                       sizeof(*files->unloaded));

    if (r < 0) {
        return err_set(err, r, "no memory for the scenarios");
    }
    struct campaign_unloaded *unloaded = &files->unloaded[files->unloaded_count++];
    unloaded->is_unfit = false;
    (void)scenario_file_name(path, name);
    (void)snprintf(unloaded->name, sizeof(unloaded->name), "%s", name);
    (void)snprintf(unloaded->path, sizeof(unloaded->path), "%s", path);
    (void)snprintf(unloaded->why, sizeof(unloaded->why), "%.*s", (int)strcspn(err->text, "\n"),
                   err->text);
    *err = (struct err)ERR_INIT;
    return 0;
}

/* Loads `path` into the place behind the last scenario. */
static int load_last(struct scenario_files *files, const char *path, struct err *err)
{
    struct scenario *loaded = &files->scenarios[files->count];
    int r = scenario_load(path, loaded, err);

    if (r < 0) {
        return r;
    }
    for (uint32_t i = 0; i < files->count; i++) {
        if (strcmp(files->scenarios[i].name, loaded->name) == 0) {
            return err_set(err, ERR_USAGE, "two scenarios are called '%s': '%s' and '%s'",
                           loaded->name, files->scenarios[i].path, path);
        }
    }
    return 0;
}

/* Tokens begin with the name, and are looked up by it as a file's name first. */
static void note_name(const char *name, const struct path *path)
{
    char base[TOKEN_NAME_SIZE_BYTES];

    (void)scenario_file_name(path->text, base);
    if (path->is_given && strcmp(base, name) != 0) {
        (void)fprintf(stderr, "killpoint: note: '%s' calls itself '%s', and so do its tokens\n",
                      path->text, name);
    }
}

static int load_one(struct scenario_files *files, const struct path *path, struct err *err)
{
    int r;

    for (uint32_t i = 0; i < files->count; i++) {
        if (strcmp(files->scenarios[i].path, path->text) == 0) {
            return 0;
        }
    }
    r = grow_array((void **)&files->scenarios, files->count, &files->capacity,
                   sizeof(*files->scenarios));
    if (r < 0) {
        return err_set(err, r, "no memory for the scenarios");
    }
    r = load_last(files, path->text, err);
    if (r < 0) {
        return !path->is_given && is_own_mistake(r) ? set_aside(files, path->text, err) : r;
    }
    note_name(files->scenarios[files->count].name, path);
    files->count++;
    return 0;
}

/* The paths of `words`, or of all that there are. */
static int find_paths(struct paths *paths, char *const *words, int word_count, struct err *err)
{
    char root[PLACES_PATH_SIZE_BYTES];

    for (int i = 0; i < word_count; i++) {
        int r = add_word(paths, words[i], err);
        if (r < 0) {
            return r;
        }
    }
    if (word_count > 0) {
        return 0;
    }
    int r = places_scenarios(root, err);
    return r < 0 ? r : add_below(paths, root, NOT_OF_SUITE, err);
}

int scenario_files_load(struct scenario_files *files, char *const *words, int word_count,
                        struct err *err)
{
    struct paths paths = {0};
    int r = 0;

    *files = (struct scenario_files){0};
    r = find_paths(&paths, words, word_count, err);
    for (size_t i = 0; r == 0 && i < paths.count; i++) {
        r = load_one(files, &paths.items[i], err);
    }
    paths_done(&paths);
    if (r < 0) {
        scenario_files_done(files);
    }
    return r;
}

int scenario_files_set_target(struct scenario_files *files, const char *target, struct err *err)
{
    const uint32_t count = files->count;
    const uint32_t aside = files->unloaded_count;
    uint32_t fit_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct scenario *scenario = &files->scenarios[i];
        struct err why = ERR_INIT;

        if (scenario_set_target(scenario, target, &why) == 0) {
            memmove(&files->scenarios[fit_count++], scenario, sizeof(*scenario));
            continue;
        }
        if (set_aside(files, scenario->path, &why) < 0) {
            return err_set(err, -ENOMEM, "no memory for the scenarios");
        }
        files->unloaded[files->unloaded_count - 1].is_unfit = true;
    }
    files->count = fit_count;
    if (fit_count == 0 && count > 0) {
        return err_set(err, ERR_USAGE, "scenario '%s': %s", files->unloaded[aside].name,
                       files->unloaded[aside].why);
    }
    return 0;
}

int scenario_files_each(char *const *words, int word_count,
                        int (*take)(void *arg, const char *path, struct err *err), void *arg,
                        struct err *err)
{
    struct paths paths = {0};
    int r = find_paths(&paths, words, word_count, err);

    for (size_t i = 0; r == 0 && i < paths.count; i++) {
        r = take(arg, paths.items[i].text, err);
    }
    paths_done(&paths);
    return r;
}

void scenario_files_done(struct scenario_files *files)
{
    free(files->scenarios);
    free(files->unloaded);
    *files = (struct scenario_files){0};
}

int scenario_files_find(const char *name, struct scenario *ret_scenario, struct err *err)
{
    struct paths paths = {0};
    int r = add_named(&paths, name, err);

    if (r == 0 && paths.count > 0) {
        r = scenario_load(paths.items[0].text, ret_scenario, err);
    }
    paths_done(&paths);
    return r;
}

/* Every path below the scenario directory; none when there is no such directory. */
static void all_paths(struct paths *paths)
{
    char root[PLACES_PATH_SIZE_BYTES];

    if (places_scenarios(root, NULL) == 0) {
        (void)add_below(paths, root, NULL, NULL);
    }
}

bool scenario_files_has(const char *name, struct scenario *ret_scenario)
{
    struct paths paths = {0};
    char base[TOKEN_NAME_SIZE_BYTES];
    bool is_found = false;

    all_paths(&paths);
    for (size_t i = 0; i < paths.count && !is_found; i++) {
        (void)scenario_file_name(paths.items[i].text, base);
        is_found =
            strcmp(base, name) == 0 && scenario_load(paths.items[i].text, ret_scenario, NULL) == 0;
    }
    paths_done(&paths);
    return is_found;
}

void scenario_files_each_name(void (*take)(void *arg, const char *name), void *arg)
{
    struct paths paths = {0};
    char base[TOKEN_NAME_SIZE_BYTES];

    all_paths(&paths);
    for (size_t i = 0; i < paths.count; i++) {
        (void)scenario_file_name(paths.items[i].text, base);
        take(arg, base);
    }
    paths_done(&paths);
}
