/* From a run to a file (capsule_make.h). */
#include "harness/capsule/capsule_make.h"

#include "harness/archive/whole_file.h"
#include "harness/base/pack.h"
#include "harness/campaign/explore_replay.h"
#include "harness/capsule/capsule_bodies.h"
#include "harness/capsule/capsule_file.h"
#include "harness/capsule/capsule_ledger.h"
#include "harness/capsule/capsule_replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>

#define TIMEOUT_MS_DEFAULT 10000u

/* What the process that ran the case left: ledger, store and recording, in a file without a name
 * that outlives it. */
struct draft {
    int fd;
};

static int take(void *arg, const struct rest *rest, struct err *err)
{
    const struct draft *draft = arg;
    struct capsule_file file;
    char *ledger_text = NULL;
    memset(&file, 0, sizeof(file));
    int r = capsule_ledger_print(rest, &ledger_text, err);
    if (r < 0) {
        return r;
    }
    file.ledger_text = (struct capsule_file_member){(uint8_t *)ledger_text, strlen(ledger_text)};
    uint8_t *trace = NULL;
    if (rest->trace != NULL) {
        trace = malloc(rest->trace_size_bytes + 1);
        if (trace == NULL) {
            r = err_set(err, -ENOMEM, "no memory for a recording");
            goto out;
        }
        memcpy(trace, rest->trace, rest->trace_size_bytes);
        file.recording = (struct capsule_file_member){trace, rest->trace_size_bytes};
    }
    /* A case that crashed after its restart had begun hands out once more: the last counts. */
    if (ftruncate(draft->fd, 0) < 0 || lseek(draft->fd, 0, SEEK_SET) < 0) {
        r = err_set(err, -errno, "keep the store of a case: %s", strerror(errno));
        goto out;
    }
    const struct view store = place_view(&rest->place);
    r = capsule_file_write(draft->fd, &file, &store, err);
out:
    capsule_file_done(&file);
    return r;
}

static int read_text(const char *path, size_t size_bytes_max, struct capsule_file_member *member,
                     struct err *err)
{
    struct stat status;
    int r = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0) {
        r = err_set(err, -errno, "read '%s': %s", path, strerror(errno));
        goto out;
    }
    size_t size = (size_t)status.st_size;
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > size_bytes_max) {
        r = err_set(err, ERR_USAGE, "read '%s': it is no file of at most %zu bytes", path,
                    size_bytes_max);
        goto out;
    }
    member->data = calloc(1, size + 1);
    ssize_t got = member->data == NULL ? 0 : pread(fd, member->data, size, 0);
    if (member->data == NULL || got != (ssize_t)size) {
        r = err_set(err, member->data == NULL ? -ENOMEM : -EIO, "read '%s'", path);
        goto out;
    }
    member->size_bytes = size;
out:
    if (fd >= 0) {
        (void)close(fd);
    }
    return r;
}

/* The file may have been changed since it was loaded. */
static int check_scenario(const struct capsule_file *file, const struct scenario *scenario,
                          struct err *err)
{
    struct scenario *again = malloc(sizeof(*again));
    if (again == NULL) {
        return err_set(err, -ENOMEM, "no memory for a scenario");
    }
    int r = scenario_parse_over((const char *)file->scenario.data, file->scenario.size_bytes,
                                scenario->path, scenario->base[0] == '\0' ? NULL : scenario->base,
                                again, err);
    if (r < 0) {
        goto out;
    }
    r = scenario_set_target(again, scenario->target, err);
    if (r == 0 && again->hash24 != scenario->hash24) {
        r = err_set(err, ERR_USAGE, "'%s' was changed since it was loaded", scenario->path);
    }
out:
    free(again);
    return r;
}

static int add_scenario(struct capsule_file *file, const struct scenario *scenario,
                        const char *text, struct err *err)
{
    int r = text != NULL ? capsule_file_set(&file->scenario, text)
                         : read_text(scenario->path, 1u << 20, &file->scenario, err);
    if (r < 0) {
        return r;
    }
    if (scenario->base[0] != '\0') {
        r = read_text(scenario->base, 8u << 20, &file->base, err);
        if (r < 0) {
            return r;
        }
    }
    return check_scenario(file, scenario, err);
}

/* Runs the plan on the memory disk, for its recording. */
static int record(const struct replay_options *replay, struct draft *draft, struct err *err)
{
    const struct rest_taker taker = {take, draft};
    struct campaign_case ended;
    struct workload workload;
    if (scenario_is_threaded(replay->scenario)) {
        return err_set(err, ERR_USAGE, "a run of threads, or of another program, is not recorded");
    }
    int r = workload_make(replay->scenario, &workload, err);
    if (r < 0) {
        return r;
    }
    const struct explore_replay_options explored = {
        .rehearse = {.scenario = replay->scenario,
                     .workload = &workload,
                     .seed = replay->token->seed},
        .dir = replay->dir,
        .timeout_ms = replay->timeout_ms == 0 ? TIMEOUT_MS_DEFAULT : replay->timeout_ms,
        .taker = &taker};
    r = explore_replay_run(&explored, &replay->token->plan, &ended, err);
    workload_done(&workload);
    return r;
}

/* A live case records nothing: the same plan on the memory disk does. */
static int take_recording(const struct replay_options *replay, struct capsule_file_member *member,
                          struct err *err)
{
    struct capsule_file recorded;
    struct draft draft = {memfd_create("recording", MFD_CLOEXEC)};
    if (draft.fd < 0) {
        return err_set(err, -errno, "no memory for a recording");
    }
    int r = record(replay, &draft, err);
    if (r < 0) {
        goto out;
    }
    r = capsule_file_read(draft.fd, true, &recorded, err);
    if (r < 0) {
        goto out;
    }
    *member = recorded.recording;
    recorded.recording = (struct capsule_file_member){NULL, 0};
    capsule_file_done(&recorded);
out:
    (void)close(draft.fd);
    return r;
}

/* The rest of the capsule is as good without one; it says why it has none. */
static void add_recording(struct capsule_file *file, const struct replay_options *replay)
{
    struct err err = ERR_INIT;
    if (file->recording.data == NULL && take_recording(replay, &file->recording, &err) < 0) {
        (void)snprintf(file->manifest.no_recording, sizeof(file->manifest.no_recording), "%.200s",
                       err.text);
    }
}

/* The recording holds every byte that was written: it goes, too. */
static int remove_bodies(struct capsule_file *file, const struct replay_options *replay,
                         struct err *err)
{
    struct workload workload;
    struct capsule_manifest *manifest = &file->manifest;
    free(file->recording.data);
    file->recording = (struct capsule_file_member){NULL, 0};
    (void)snprintf(manifest->no_recording, sizeof(manifest->no_recording),
                   "left out with the bodies");
    int r = workload_make(replay->scenario, &workload, err);
    if (r < 0) {
        return r;
    }
    const struct capsule_bodies_seed seed = {replay->scenario, &workload, replay->token->seed};
    r = capsule_bodies_remove(file->image, &seed, &manifest->removed, err);
    workload_done(&workload);
    return r;
}

/* From the image without bodies to where the same bytes lie in its pack. */
static int copy_piece(void *arg, const char *path, uint64_t offset, uint8_t *data,
                      size_t size_bytes)
{
    const struct view *store = arg;
    int64_t got = store->read(store->arg, path, offset, data, size_bytes);
    return got == (int64_t)size_bytes ? 0 : -EIO;
}

/* The base is somebody's store as well. */
static int remove_base_bodies(struct capsule_file *file, const struct scenario *scenario,
                              struct err *err)
{
    const struct capsule_bodies_seed none = {NULL, NULL, 0};
    struct image *image = NULL;
    int r = image_unpack(scenario->base, &image, err);
    if (r < 0) {
        return r;
    }
    r = capsule_bodies_remove(image, &none, &file->manifest.removed, err);
    if (r < 0) {
        goto out;
    }
    struct view store = image_view(image);
    free(file->base.data);
    file->base = (struct capsule_file_member){NULL, 0};
    r = pack_rewrite(scenario->base, copy_piece, &store, &file->base.data, &file->base.size_bytes,
                     err);
out:
    image_free(image);
    return r;
}

/* Laid out for who opens it by its path. */
static int open_base(const struct capsule_file *file, struct scenario *scenario, int *ret_fd,
                     struct err *err)
{
    *ret_fd = memfd_create("base", MFD_CLOEXEC);
    if (*ret_fd < 0 ||
        write(*ret_fd, file->base.data, file->base.size_bytes) != (ssize_t)file->base.size_bytes) {
        return err_set(err, -ENOMEM, "no memory for a base");
    }
    (void)snprintf(scenario->base, sizeof(scenario->base), "/proc/self/fd/%d", *ret_fd);
    return 0;
}

/* As whoever opens the capsule will have it. */
static int restore_bodies(const struct capsule_file *file, const struct replay_options *replay,
                          struct image **ret_image, struct err *err)
{
    struct workload workload;
    *ret_image = image_clone(file->image);
    if (*ret_image == NULL) {
        return err_set(err, -ENOMEM, "no memory for an image");
    }
    if (!file->manifest.removed.is_any) {
        return 0;
    }
    int r = workload_make(replay->scenario, &workload, err);
    if (r < 0) {
        return r;
    }
    const struct capsule_bodies_seed seed = {replay->scenario, &workload, replay->token->seed};
    r = capsule_bodies_restore(*ret_image, &seed, err);
    workload_done(&workload);
    return r;
}

/* How it ends by itself is what a replay is held against. */
static int add_restart(struct capsule_file *file, const struct replay_options *replay,
                       struct err *err)
{
    const struct capsule_replay_options options = {.dir = replay->dir,
                                                   .timeout_ms = replay->timeout_ms};
    struct campaign_case ended;
    struct rest rest = file->rest;
    int r = restore_bodies(file, replay, &rest.place.image, err);
    if (r == 0) {
        r = capsule_replay_rest(&options, replay->scenario, &replay->token->plan, &rest, &ended,
                                err);
    }
    image_free(rest.place.image);
    if (r < 0) {
        return err_wrap(err, r, "the store of the capsule by itself");
    }
    file->manifest.restart = ended.end;
    file->manifest.store_hash = image_hash(file->image);
    return 0;
}

static int add_texts(struct capsule_file *file, struct err *err)
{
    char *text = NULL;
    int r = capsule_manifest_print(&file->manifest, &text, err);
    if (r < 0) {
        return r;
    }
    file->manifest_text = (struct capsule_file_member){(uint8_t *)text, strlen(text)};
    char line[TOKEN_TEXT_SIZE_BYTES + 2];
    (void)snprintf(line, sizeof(line), "%s\n", file->manifest.token);
    if (capsule_file_set(&file->token, line) < 0 ||
        capsule_file_set(&file->detail, file->manifest.end.detail) < 0) {
        return err_set(err, -ENOMEM, "no memory for a capsule");
    }
    return 0;
}

static int save(const struct capsule_file *file, const char *path, struct err *err)
{
    struct whole_file whole;
    const struct view store = image_view(file->image);
    int r = whole_file_begin(&whole, AT_FDCWD, path, err);
    if (r < 0) {
        return r;
    }
    r = capsule_file_write(fileno(whole.stream), file, &store, err);
    if (r < 0) {
        whole_file_drop(&whole);
        return err_wrap(err, r, "write '%s'", path);
    }
    return whole_file_finish(&whole, err);
}

static int finish_base(struct capsule_file *file, struct scenario *scenario, int *ret_fd,
                       struct err *err)
{
    int r = remove_base_bodies(file, scenario, err);
    return r < 0 ? r : open_base(file, scenario, ret_fd, err);
}

/* Without bodies, the case starts over another base. */
static int finish_without(struct capsule_file *file, const struct replay_options *replay,
                          struct err *err)
{
    int base_fd = -1;
    struct replay_options over = *replay;
    struct scenario *scenario = malloc(sizeof(*scenario));
    if (scenario == NULL) {
        return err_set(err, -ENOMEM, "no memory for a scenario");
    }
    int r = remove_bodies(file, replay, err);
    if (r < 0) {
        goto out;
    }
    *scenario = *replay->scenario;
    over.scenario = scenario;
    if (scenario->base[0] != '\0') {
        r = finish_base(file, scenario, &base_fd, err);
    }
    if (r == 0) {
        r = add_restart(file, &over, err);
    }
out:
    if (base_fd >= 0) {
        (void)close(base_fd);
    }
    free(scenario);
    return r;
}

static int finish_whole(struct capsule_file *file, const struct replay_options *replay,
                        struct err *err)
{
    add_recording(file, replay);
    return add_restart(file, replay, err);
}

static int complete(struct capsule_file *file, const struct replay_options *replay,
                    const struct capsule_make_options *options, const struct campaign_case *ended,
                    struct err *err)
{
    struct capsule_manifest *manifest = &file->manifest;
    (void)snprintf(manifest->made_by, sizeof(manifest->made_by), "%s", options->made_by);
    (void)snprintf(manifest->scenario, sizeof(manifest->scenario), "%s", replay->token->scenario);
    (void)token_print(replay->token, manifest->token, sizeof(manifest->token));
    manifest->passed = ended->passed;
    manifest->end = ended->end;
    int r = add_scenario(file, replay->scenario, options->scenario_text, err);
    if (r < 0) {
        return r;
    }
    r = options->no_bodies ? finish_without(file, replay, err) : finish_whole(file, replay, err);
    if (r < 0) {
        return r;
    }
    r = add_texts(file, err);
    return r < 0 ? r : save(file, options->path, err);
}

int capsule_make(const struct replay_options *replay, const struct capsule_make_options *options,
                 struct campaign_case *ret_case, uint32_t *ret_identical, struct err *err)
{
    struct draft draft = {memfd_create("capsule", MFD_CLOEXEC)};
    const struct rest_taker taker = {take, &draft};
    struct replay_options taken = *replay;
    struct capsule_file *file = calloc(1, sizeof(*file));
    struct stat status;
    if (draft.fd < 0 || file == NULL) {
        free(file);
        return err_set(err, -ENOMEM, "no memory for a capsule");
    }
    taken.taker = &taker;
    int r = replay_run(&taken, ret_case, ret_identical, err);
    if (r < 0) {
        goto out;
    }
    if (fstat(draft.fd, &status) < 0 || status.st_size == 0) {
        r = err_set(err, ERR_USAGE, "no capsule: the case (%s) ended before it had a store",
                    outcome_name(ret_case->end.outcome));
        goto out;
    }
    r = capsule_file_read(draft.fd, true, file, err);
    if (r == 0) {
        r = complete(file, &taken, options, ret_case, err);
    }
    capsule_file_done(file);
out:
    (void)close(draft.fd);
    free(file);
    return r;
}
