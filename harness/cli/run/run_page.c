/* Documents of a run directory, put into a page (run_page.h). */
#include "harness/cli/run/run_page.h"

#include "harness/archive/whole_file.h"
#include "harness/cli/run/keep_stories.h"
#include "harness/history/history_trend.h"
#include "reports/page/html_data.h"
#include "reports/page/html_page.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the trend. */
#define NIGHTS_MAX 60

/* The number that the directory of a cause begins with: "01-record-lost". 0: it is none. */
static size_t number_of(const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    return *end == '-' && number < 1000 ? (size_t)number : 0;
}

/* What cannot be read is not told, and the page says of such a cause that its story is not there.
 */
static void add_why(json_t *data, const struct run_file *file, const char *name)
{
    char path[RUN_FILE_PATH_SIZE_BYTES + 300];
    (void)snprintf(path, sizeof(path), "%s/causes/%.200s/" KEEP_STORIES_JSON, file->path, name);
    json_t *why = json_load_file(path, 0, NULL);
    if (json_is_object(why) && json_is_object(json_object_get(why, "sections"))) {
        html_data_add_why(data, number_of(name) - 1, why);
    }
    json_decref(why);
}

/* In their order, for the first ones are the last to be cut. */
static int is_cause(const struct dirent *entry)
{
    return number_of(entry->d_name) > 0 ? 1 : 0;
}

static void add_whys(json_t *data, const struct run_file *file)
{
    char path[RUN_FILE_PATH_SIZE_BYTES + 16];
    struct dirent **entries = NULL;
    (void)snprintf(path, sizeof(path), "%s/causes", file->path);
    int count = scandir(path, &entries, is_cause, alphasort);
    for (int i = 0; i < count; i++) {
        add_why(data, file, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

/* The run's own name: `latest` is a link to it. */
static const char *name_of(const struct run_file *file, char resolved[PATH_MAX])
{
    if (file->run == NULL || realpath(file->path, resolved) == NULL) {
        (void)snprintf(resolved, PATH_MAX, "%s", file->path);
    }
    const char *slash = strrchr(resolved, '/');
    return slash == NULL ? resolved : slash + 1;
}

/* What the history beside the run directory says of earlier nights and of the bench.  A page is
 * made without, too: a history that is not there is not begun for it, and one in trouble has been
 * told of by whoever wrote the run into it. */
static void read_history(const struct run_file *file, const char *name, json_t **ret_trend,
                         json_t **ret_bench)
{
    char root[RUN_FILE_PATH_SIZE_BYTES];
    char path[RUN_FILE_PATH_SIZE_BYTES + 32];
    struct history_db *db = NULL;
    const char *slash = strrchr(file->path, '/');
    int length = slash == NULL ? 0 : (int)(slash - file->path);
    (void)snprintf(root, sizeof(root), "%.*s", length == 0 ? 1 : length,
                   slash == NULL ? "." : file->path);
    (void)snprintf(path, sizeof(path), "%s/" HISTORY_DB_NAME, root);
    if (file->run == NULL || access(path, F_OK) != 0 || history_db_open(root, &db, NULL) < 0) {
        return;
    }
    (void)history_trend_runs(db, name, NIGHTS_MAX, ret_trend, NULL);
    (void)history_trend_bench(db, ret_bench, NULL);
    db = history_db_close(db);
}

int run_page_write(const struct run_file *file, const char *path, const char *command,
                   struct err *err)
{
    char own[RUN_FILE_PATH_SIZE_BYTES + 16];
    char resolved[PATH_MAX];
    struct whole_file page;
    json_t *trend = NULL;
    json_t *bench = NULL;
    const char *name = name_of(file, resolved);
    read_history(file, name, &trend, &bench);
    const struct html_data_input input = {.report = file->report,
                                          .run = file->run,
                                          .trend = trend,
                                          .bench = bench,
                                          .name = name,
                                          .command = command,
                                          .base = path == NULL ? "" : NULL};
    json_t *data = html_data_new(&input);
    json_decref(trend);
    json_decref(bench);
    if (data == NULL) {
        return err_set(err, -ENOMEM, "no memory for the page");
    }
    if (file->run != NULL) {
        add_whys(data, file);
    }
    (void)snprintf(own, sizeof(own), "%s/" RUN_PAGE_NAME, file->path);
    int r = whole_file_begin(&page, AT_FDCWD, path == NULL ? own : path, err);
    if (r < 0) {
        goto out;
    }
    r = html_page_write(page.stream, data, err);
    if (r < 0) {
        whole_file_drop(&page);
        goto out;
    }
    r = whole_file_finish(&page, err);
out:
    json_decref(data);
    return r;
}

int run_page_write_dir(const char *run_dir, const char *command, struct err *err)
{
    struct run_file file;
    int r = run_file_open("", run_dir, &file, err);
    if (r < 0) {
        return r;
    }
    r = run_page_write(&file, NULL, command, err);
    run_file_done(&file);
    return r;
}
