/* Opened for reading (capsule.h). */
#include "harness/capsule/capsule.h"

#include "harness/capsule/capsule_bodies.h"
#include "harness/capsule/capsule_file.h"
#include "harness/power/disk/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>

struct capsule {
    struct capsule_file file;
    char scenario_path[SCENARIO_PATH_SIZE_BYTES]; /* for messages */
    char base_path[CAPSULE_PATH_SIZE_BYTES];
    struct scratch *scratch; /* of the store that was laid out; NULL: it was not */
    int dir_fd;
    int base_fd; /* a file without a name, for who reads the base by its path; -1: no base */
};

bool capsule_is_path(const char *word)
{
    struct stat status;
    size_t length = strlen(word);
    size_t suffix = strlen(CAPSULE_SUFFIX);
    bool is_named = length > suffix && strcmp(word + length - suffix, CAPSULE_SUFFIX) == 0;
    return is_named || stat(word, &status) == 0;
}

struct capsule *capsule_close(struct capsule *capsule)
{
    if (capsule != NULL) {
        capsule_file_done(&capsule->file);
        if (capsule->scratch != NULL) {
            scratch_drop(capsule->scratch, capsule->dir_fd);
            capsule->scratch = scratch_close(capsule->scratch);
        }
        if (capsule->base_fd >= 0) {
            (void)close(capsule->base_fd);
        }
        free(capsule);
    }
    return NULL;
}

static int write_all(int fd, const uint8_t *data, size_t size_bytes)
{
    size_t done = 0;
    while (done < size_bytes) {
        ssize_t put = write(fd, data + done, size_bytes - done);
        if (put < 0) {
            return -errno;
        }
        done += (size_t)put;
    }
    return 0;
}

/* Whoever unpacks a base opens it by a path: it gets one, and no file is left behind. */
static int lay_out_base(struct capsule *capsule, struct err *err)
{
    const struct capsule_file_member *base = &capsule->file.base;
    (void)snprintf(capsule->base_path, sizeof(capsule->base_path), "the capsule's base.tar.gz");
    if (base->data == NULL) {
        return 0;
    }
    capsule->base_fd = memfd_create("base", MFD_CLOEXEC);
    if (capsule->base_fd < 0) {
        return err_set(err, -errno, "its base cannot be laid out: %s", strerror(errno));
    }
    (void)snprintf(capsule->base_path, sizeof(capsule->base_path), "/proc/self/fd/%d",
                   capsule->base_fd);
    int r = write_all(capsule->base_fd, base->data, base->size_bytes);
    return r < 0 ? err_set(err, r, "its base cannot be laid out: %s", strerror(-r)) : 0;
}

/* What the seed makes is put back.  A scenario that this program does not understand leaves the
 * filler, and is refused when it is asked for. */
static int restore_bodies(struct capsule *capsule, struct err *err)
{
    struct workload workload;
    struct err own = ERR_INIT;
    struct scenario *scenario = malloc(sizeof(*scenario));
    int r = 0;
    if (scenario == NULL) {
        return err_set(err, -ENOMEM, "no memory for a scenario");
    }
    if (!capsule->file.manifest.removed.is_any || capsule_scenario(capsule, scenario, &own) < 0) {
        goto out;
    }
    r = workload_make(scenario, &workload, err);
    if (r < 0) {
        goto out;
    }
    const struct capsule_bodies_seed seed = {scenario, &workload, capsule->file.ledger->seed};
    r = capsule_bodies_restore(capsule->file.image, &seed, err);
    workload_done(&workload);
out:
    free(scenario);
    return r;
}

static int read_file(struct capsule *capsule, const char *path, struct err *err)
{
    /* A pipe is not waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return err_set(err, -errno, "%s", strerror(errno));
    }
    int r = capsule_file_read(fd, false, &capsule->file, err);
    (void)close(fd);
    return r;
}

int capsule_open(const char *path, struct capsule **ret_capsule, struct err *err)
{
    struct err own = ERR_INIT;
    struct capsule *capsule = calloc(1, sizeof(*capsule));
    if (capsule == NULL) {
        return err_set(err, -ENOMEM, "no memory for a capsule");
    }
    capsule->base_fd = -1;
    (void)snprintf(capsule->scenario_path, sizeof(capsule->scenario_path), "%s/scenario.yaml",
                   path);
    int r = read_file(capsule, path, &own);
    if (r < 0) {
        goto out;
    }
    r = lay_out_base(capsule, &own);
    if (r < 0) {
        goto out;
    }
    r = restore_bodies(capsule, &own);
    if (r < 0) {
        goto out;
    }
    *ret_capsule = capsule;
    return 0;
out:
    capsule_close(capsule);
    return err_set(err, r == ERR_CORRUPT ? ERR_USAGE : r, "capsule '%s': %s", path, own.text);
}

int capsule_lay_out(struct capsule *capsule, char path[CAPSULE_PATH_SIZE_BYTES], struct err *err)
{
    const struct scratch_options options = {NULL, 0};
    int r = scratch_open(&options, &capsule->scratch, err);
    if (r < 0) {
        return r;
    }
    r = scratch_make(capsule->scratch, &capsule->dir_fd, err);
    if (r < 0) {
        capsule->scratch = scratch_close(capsule->scratch);
        return r;
    }
    (void)snprintf(path, CAPSULE_PATH_SIZE_BYTES, "/proc/self/fd/%d", capsule->dir_fd);
    return image_store(capsule->file.image, capsule->dir_fd, err);
}

const struct capsule_manifest *capsule_manifest(const struct capsule *capsule)
{
    return &capsule->file.manifest;
}

const char *capsule_token_text(const struct capsule *capsule)
{
    return capsule->file.manifest.token;
}

const char *capsule_scenario_text(const struct capsule *capsule)
{
    return (const char *)capsule->file.scenario.data;
}

const uint8_t *capsule_base(const struct capsule *capsule, size_t *ret_size_bytes)
{
    *ret_size_bytes = capsule->file.base.size_bytes;
    return capsule->file.base.data;
}

const struct rest *capsule_rest(const struct capsule *capsule)
{
    return &capsule->file.rest;
}

int capsule_token(const struct capsule *capsule, struct token *ret_token, struct err *err)
{
    return token_parse(capsule->file.manifest.token, ret_token, err);
}

/* Target and switches stand before the plan, which another version may not know. */
static int parse_head(const struct capsule *capsule, struct token *ret_token, struct err *err)
{
    char head[TOKEN_TEXT_SIZE_BYTES];
    (void)snprintf(head, sizeof(head), "%s", capsule->file.manifest.token);
    char *colon = strchr(head, ':');
    if (colon != NULL) {
        colon[1] = '\0';
    }
    return token_parse(head, ret_token, err);
}

int capsule_scenario(const struct capsule *capsule, struct scenario *ret_scenario, struct err *err)
{
    const struct capsule_file_member *text = &capsule->file.scenario;
    struct token *token = malloc(sizeof(*token));
    if (token == NULL) {
        return err_set(err, -ENOMEM, "no memory for a token");
    }
    int r = parse_head(capsule, token, err);
    if (r < 0) {
        goto out;
    }
    r = scenario_parse_over((const char *)text->data, text->size_bytes, capsule->scenario_path,
                            capsule->base_path, ret_scenario, err);
    if (r < 0) {
        goto out;
    }
    r = scenario_set_target(ret_scenario, token->target, err);
    for (uint32_t i = 0; r == 0 && i < token->switch_count; i++) {
        r = scenario_apply_switch(ret_scenario, token->switches[i], err);
    }
out:
    free(token);
    return r;
}
