/* Paths, and one small JSON file (real_place.h). */
#include "harness/base/real_place.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#define PREFIX "real-"

/* "VERSION" of "real-VERSION". */
static const char *version_of(const char *target)
{
    return target + strlen(PREFIX);
}

/* DIR/VERSION/`name`; ERR_USAGE when that is too long. */
static int make_path(const char *target, const char *name, char path[REAL_PLACE_PATH_SIZE_BYTES])
{
    const char *dir =
        getenv("KILLPOINT_ROCKETMQ"); // NOLINT(concurrency-mt-unsafe): nothing sets it
    char own[REAL_PLACE_PATH_SIZE_BYTES];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

    own[length < 0 ? 0 : length] = '\0';
    char *slash = strrchr(own, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    int size =
        dir != NULL && *dir != '\0'
            ? snprintf(path, REAL_PLACE_PATH_SIZE_BYTES, "%s/%s/%s", dir, version_of(target), name)
            : snprintf(path, REAL_PLACE_PATH_SIZE_BYTES, "%s/../rocketmq/%s/%s", own,
                       version_of(target), name);
    return size < REAL_PLACE_PATH_SIZE_BYTES ? 0 : ERR_USAGE;
}

/* What there is to say when it is not here. */
static int missing(const char *target, struct err *err)
{
    bool is_local = strcmp(version_of(target), "local") == 0;
    return err_set(err, ERR_USAGE,
                   "the target '%s' is not ready here: make it by ./run.sh rocketmq %s", target,
                   is_local ? "--jars DIR" : version_of(target));
}

int real_place_program(const char *target, char ret_path[REAL_PLACE_PATH_SIZE_BYTES],
                       struct err *err)
{
    char identity[REAL_PLACE_PATH_SIZE_BYTES];
    char name[96];
    (void)snprintf(name, sizeof(name), "killpoint-%s-target", target);
    if (make_path(target, "identity.json", identity) < 0 || access(identity, R_OK) != 0 ||
        make_path(target, name, ret_path) < 0 || access(ret_path, X_OK) != 0) {
        return missing(target, err);
    }
    return 0;
}

static void take_text(const json_t *object, const char *key, char *text, size_t text_size_bytes)
{
    const char *value = json_string_value(json_object_get(object, key));
    (void)snprintf(text, text_size_bytes, "%s", value == NULL ? "" : value);
}

int real_place_identity(const char *target, struct real_identity *ret_identity, struct err *err)
{
    char path[REAL_PLACE_PATH_SIZE_BYTES];
    struct real_identity *identity = ret_identity;
    json_t *object =
        make_path(target, "identity.json", path) < 0 ? NULL : json_load_file(path, 0, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return missing(target, err);
    }
    memset(identity, 0, sizeof(*identity));
    (void)snprintf(identity->target, sizeof(identity->target), "%s", target);
    take_text(object, "rocketmq", identity->rocketmq, sizeof(identity->rocketmq));
    take_text(object, "origin", identity->origin, sizeof(identity->origin));
    take_text(object, "jars_sha256", identity->jars_sha256, sizeof(identity->jars_sha256));
    take_text(object, "java", identity->java, sizeof(identity->java));
    identity->jars = (uint32_t)json_integer_value(json_object_get(object, "jars"));
    json_decref(object);
    return 0;
}

json_t *real_place_json(const struct real_identity *identities, uint32_t count)
{
    json_t *list = count == 0 ? json_null() : json_array();
    for (uint32_t i = 0; i < count; i++) {
        const struct real_identity *one = &identities[i];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "target", one->target, "version",
                            one->rocketmq, "origin", one->origin, "jars", (json_int_t)one->jars,
                            "jars_sha256", one->jars_sha256, "java", one->java));
    }
    return list;
}
