/* Stories into the directories of causes (keep_stories.h). */
#include "harness/cli/run/keep_stories.h"

#include "harness/archive/whole_file.h"
#include "harness/base/monotonic.h"
#include "harness/capsule/capsule_keep.h"
#include "harness/story/story_causes.h"
#include "harness/story/story_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH       100u
#define TIME_MAX_US INT64_C(60000000)

struct keeping {
    const struct campaign_cause *cause;
    char dir[CAPSULE_KEEP_PATH_SIZE_BYTES];
    struct story story;
    struct figures figures;
};

/* What fails in between is found again by finish. */
static int write_file(const struct keeping *keeping, const char *name,
                      void (*write)(const struct keeping *keeping, FILE *stream), struct err *err)
{
    char path[CAPSULE_KEEP_PATH_SIZE_BYTES + 16];
    struct whole_file file;
    (void)snprintf(path, sizeof(path), "%s/%s", keeping->dir, name);
    int r = whole_file_begin(&file, AT_FDCWD, path, err);
    if (r < 0) {
        return r;
    }
    write(keeping, file.stream);
    return whole_file_finish(&file, err);
}

static void write_text(const struct keeping *keeping, FILE *stream)
{
    page_print(&keeping->story.page, stream, WIDTH);
}

static void write_json(const struct keeping *keeping, FILE *stream)
{
    json_t *object = story_json(keeping->cause->simplest.token, &keeping->story, &keeping->figures);
    (void)json_dumpf(object, stream, JSON_COMPACT | JSON_ENSURE_ASCII);
    (void)fputc('\n', stream);
    json_decref(object);
}

static int keep(const struct keep_stories_options *options, struct keeping *keeping,
                struct err *err)
{
    struct err own = ERR_INIT;
    int r = story_causes_tell(keeping->cause, options->scenarios, options->scenario_count,
                              &keeping->story, &keeping->figures, &own);
    if (r < 0) {
        memset(&keeping->story.page, 0, sizeof(keeping->story.page));
        page_add(&keeping->story.page, PAGE_SHORT, 0, "%s", own.text);
        return write_file(keeping, KEEP_STORIES_TEXT, write_text, err);
    }
    r = write_file(keeping, KEEP_STORIES_TEXT, write_text, err);
    return r < 0 ? r : write_file(keeping, KEEP_STORIES_JSON, write_json, err);
}

int keep_stories(const struct keep_stories_options *options, const struct campaign_summary *summary,
                 struct err *err)
{
    int64_t deadline_us = monotonic_us() + TIME_MAX_US;
    int r = 0;
    struct keeping *keeping = malloc(sizeof(*keeping));
    if (keeping == NULL) {
        return err_set(err, -ENOMEM, "no memory for a story");
    }
    for (uint32_t i = 0; r == 0 && i < summary->cause_count && i < CAPSULE_KEEP_MAX; i++) {
        if ((options->interrupted != NULL && *options->interrupted != 0) ||
            monotonic_us() > deadline_us) {
            break;
        }
        memset(keeping, 0, sizeof(*keeping));
        keeping->cause = &summary->causes[i];
        (void)capsule_keep_path(options->run_dir, i + 1, keeping->cause, keeping->dir);
        if (access(keeping->dir, W_OK) == 0) {
            r = keep(options, keeping, err);
        }
    }
    free(keeping);
    return r;
}
