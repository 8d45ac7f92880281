/* What the names and sizes of a packed store say. */
#include "harness/scenario/scenario_base.h"

#include "harness/base/pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_DIGITS            20u
#define UNIT_SIZE_BYTES        20u
#define INDEX_ENTRY_SIZE_BYTES 32u

/* Of one kind of files; `size_bytes` is that of the first, 0 before there is one. */
struct sizes {
    const char *what;
    uint64_t size_bytes;
};

struct shape {
    bool is_dledger;
    bool has_log_dir;
    bool has_others; /* files that are no log beside where the log's would be */
    struct sizes log;
    struct sizes queue;
    struct sizes index;
};

/* Whether `path` is `directory`, `levels` names (of topic and queue) and a file named after where
 * it begins. */
static bool is_segment(const char *path, const char *directory, uint32_t levels)
{
    size_t length = strlen(directory);
    if (strncmp(path, directory, length) != 0) {
        return false;
    }
    const char *name = path + length;
    for (uint32_t i = 0; i < levels; i++) {
        name = strchr(name, '/');
        if (name == NULL) {
            return false;
        }
        name++;
    }
    return strlen(name) == NAME_DIGITS && strspn(name, "0123456789") == NAME_DIGITS;
}

static struct sizes *kind_of(struct shape *shape, const char *path)
{
    if (is_segment(path, "dledger-n0/data/", 0)) {
        shape->is_dledger = true;
        return &shape->log;
    }
    if (is_segment(path, "dledger-n0/index/", 0)) {
        return &shape->index;
    }
    if (is_segment(path, "consumequeue/", 2)) {
        return &shape->queue;
    }
    return is_segment(path, "commitlog/", 0) ? &shape->log : NULL;
}

/* A store that was killed before its first put has a directory for its log and nothing in it. */
static void note_log_dir(struct shape *shape, const struct pack_entry *entry)
{
    static const char *const directories[] = {"commitlog", "dledger-n0/data"};
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        size_t length = strlen(directories[i]);
        if (strncmp(entry->path, directories[i], length) != 0) {
            continue;
        }
        shape->is_dledger = shape->is_dledger || i == 1;
        shape->has_log_dir = shape->has_log_dir || entry->path[length] == '\0';
        shape->has_others = shape->has_others || entry->path[length] == '/';
    }
}

static int read_shape(struct pack *pack, struct shape *shape, struct err *err)
{
    struct pack_entry entry;
    int r = pack_next(pack, &entry, err);
    while (r > 0) {
        note_log_dir(shape, &entry);
        struct sizes *sizes = entry.is_dir ? NULL : kind_of(shape, entry.path);
        if (sizes != NULL && sizes->size_bytes != 0 && sizes->size_bytes != entry.size_bytes) {
            return err_set(err, ERR_USAGE, "%s files of %" PRIu64 " and of %" PRIu64 " bytes",
                           sizes->what, sizes->size_bytes, entry.size_bytes);
        }
        if (sizes != NULL) {
            sizes->size_bytes = entry.size_bytes;
        }
        r = pack_next(pack, &entry, err);
    }
    return r;
}

/* A name stands for a file beside the scenario's. */
static int find(struct scenario *scenario, struct err *err)
{
    char word[SCENARIO_PATH_SIZE_BYTES];
    const char *slash = strrchr(scenario->path, '/');
    int directory = slash == NULL ? 0 : (int)(slash + 1 - scenario->path);
    (void)snprintf(word, sizeof(word), "%s", scenario->base);
    bool is_path = strchr(word, '/') != NULL;
    int size = snprintf(scenario->base, sizeof(scenario->base), "%.*s%s%s%s",
                        word[0] == '/' ? 0 : directory, scenario->path, is_path ? "" : "bases/",
                        word, is_path ? "" : ".tar.gz");
    return size < 0 || (size_t)size >= sizeof(scenario->base)
               ? err_set(err, ERR_USAGE, "the path of the base is too long")
               : 0;
}

/* What a key says must be what the base has; what none says is the base's. */
static int agree(const struct yaml_reader *reader, const char *key, uint64_t said, uint64_t is,
                 struct err *err)
{
    if (said == is || !yaml_reader_has(reader, "store", key)) {
        return 0;
    }
    return yaml_reader_error(reader, yaml_reader_place(reader, "store", key), err,
                             "the base has another '%s': %" PRIu64, key, is);
}

static int take(const struct yaml_reader *reader, const char *key, uint32_t *value, uint64_t is,
                struct err *err)
{
    int r = is == 0 ? 0 : agree(reader, key, *value, is, err);
    if (r == 0 && is != 0) {
        *value = (uint32_t)is;
    }
    return r;
}

static int take_shape(const struct yaml_reader *reader, const struct shape *shape,
                      struct store_options *store, struct err *err)
{
    enum store_mode mode = shape->is_dledger ? STORE_MODE_DLEDGER : STORE_MODE_COMMITLOG;
    if (mode != store->mode && yaml_reader_has(reader, "store", "mode")) {
        return yaml_reader_error(reader, yaml_reader_place(reader, "store", "mode"), err,
                                 "the base is a store in mode %s",
                                 shape->is_dledger ? "dledger" : "commitlog");
    }
    store->mode = mode;
    uint64_t log_size = shape->log.size_bytes;
    int r = log_size == 0
                ? 0
                : agree(reader, "log_file_size", store->log_file_size_bytes, log_size, err);
    if (r < 0) {
        return r;
    }
    store->log_file_size_bytes = log_size == 0 ? store->log_file_size_bytes : log_size;
    r = take(reader, "queue_file_units", &store->queue_file_units,
             shape->queue.size_bytes / UNIT_SIZE_BYTES, err);
    if (r < 0) {
        return r;
    }
    return take(reader, "index_file_units", &store->index_file_units,
                shape->index.size_bytes / INDEX_ENTRY_SIZE_BYTES, err);
}

/* Who removes records of the base, or lets them decay, would have to say which. */
static int check(const struct yaml_reader *reader, const struct scenario *scenario, struct err *err)
{
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        enum scenario_phase_kind kind = scenario->phases[i].kind;
        if (kind == SCENARIO_PHASE_TRUNCATE || kind == SCENARIO_PHASE_EXPIRE) {
            const yaml_node_t *phases = yaml_reader_place(reader, "workload", "phases");
            return yaml_reader_error(reader, yaml_reader_item(reader, phases, i), err,
                                     "over a 'base' nothing is truncated or expires");
        }
    }
    bool has_rot = scenario->explore.rot > 0;
    for (uint32_t i = 0; i < scenario->before_count; i++) {
        has_rot |= scenario->before[i].kind == PLAN_BEFORE_ROT;
    }
    return has_rot ? yaml_reader_error(reader, yaml_reader_place(reader, NULL, "base"), err,
                                       "over a 'base' no file decays")
                   : 0;
}

static int look(struct scenario *scenario, const char *base_path, struct shape *shape,
                struct err *err)
{
    struct pack *pack = NULL;
    int r = 0;
    if (base_path == NULL) {
        r = find(scenario, err);
    } else {
        (void)snprintf(scenario->base, sizeof(scenario->base), "%s", base_path);
    }
    if (r < 0) {
        return r;
    }
    r = pack_open(scenario->base, &pack, err);
    if (r < 0) {
        return r;
    }
    scenario->base_hash = pack_hash(pack);
    r = read_shape(pack, shape, err);
    pack_close(pack);
    bool is_empty = shape->has_log_dir && !shape->has_others && shape->queue.size_bytes == 0;
    if (r == 0 && shape->log.size_bytes == 0 && !is_empty) {
        return err_set(err, ERR_USAGE, "'%s' has no log in commitlog/ or dledger-n0/data/",
                       scenario->base);
    }
    return r;
}

int scenario_base_settle(const struct yaml_reader *reader, const char *base_path,
                         struct scenario *scenario, struct err *err)
{
    struct shape shape = {.log.what = "log", .queue.what = "queue", .index.what = "index"};
    struct err own = ERR_INIT;
    if (scenario->base[0] == '\0') {
        return 0;
    }
    int r = look(scenario, base_path, &shape, &own);
    if (r < 0) {
        return yaml_reader_error(reader, yaml_reader_place(reader, NULL, "base"), err, "%s",
                                 own.text);
    }
    r = take_shape(reader, &shape, &scenario->store, err);
    return r < 0 ? r : check(reader, scenario, err);
}
