/* fsck and dump over stores that were damaged at random: they end, they do not crash, they write
 * nothing, and no verdict goes without a line that explains it.
 *
 * KILLPOINT_MUTATIONS says how many stores (default: about a minute under sanitizers), and
 * KILLPOINT_MUTATION says which one alone, to see a failure again. The stores: hand-made ones, and
 * those of the real RocketMQ that are kept in scenarios/bases/. */
#include "harness/oracle/fsck/dump.h"
#include "harness/oracle/fsck/fsck.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/dir_view.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/stat.h>

#define STORES_DEFAULT     3000u
#define SECONDS_MAX        20u
#define BASES_MAX          64u
#define PATHS_MAX          512u
#define PATH_SIZE_BYTES    512u
#define HEAD_SIZE_BYTES    (96u * 1024)
#define CHUNK_SIZE_BYTES   4096u
#define MUTATIONS_MAX      5u
#define DESCRIPTION_BYTES  1024u
#define HAND_MADE_MESSAGES 30u

struct world {
    struct tmpdir tmp;
    char bases[BASES_MAX][PATH_SIZE_BYTES]; /* below tmp */
    uint32_t base_count;
    uint32_t kept_count; /* of the real RocketMQ */
};

/* One store under test. */
struct patient {
    int fd;
    uint32_t random;
    char paths[PATHS_MAX][PATH_SIZE_BYTES]; /* of its files */
    uint32_t path_count;
    char done[DESCRIPTION_BYTES]; /* what was done to it */
};

/* What a verdict was explained by. */
struct heard {
    uint64_t violations;
    uint64_t pending;
    uint32_t violated;
    bool is_void; /* a line took what was pending back */
};

static uint32_t draw(struct patient *patient, uint32_t below)
{
    patient->random ^= patient->random << 13;
    patient->random ^= patient->random >> 17;
    patient->random ^= patient->random << 5;
    return below == 0 ? 0 : patient->random % below;
}

static void make_hand_made(const struct world *world, const char *name, uint32_t kind)
{
    struct storemaker maker = {.is_dledger = (kind & 1) != 0,
                               .with_crc = (kind & 2) != 0,
                               .log_file_size_bytes = 2048,
                               .queue_file_units = 8};
    storemaker_init(&maker);
    for (uint32_t i = 0; i < HAND_MADE_MESSAGES; i++) {
        char body[80];
        snprintf(body, sizeof body, "body %u", i);
        const struct storemaker_message message = {.topic = i % 2 == 0 ? "orders" : "%RETRY%g",
                                                   .queue_id = (int32_t)(i % 3),
                                                   .flag = (int32_t)i,
                                                   .queue_offset = -1,
                                                   .born_timestamp_ms = 1767225600000,
                                                   .store_timestamp_ms = 1767225600000 + i,
                                                   .born_address_size = 4,
                                                   .body = body,
                                                   .body_size_bytes = 10 + i,
                                                   .properties = "TAGS\001a\002",
                                                   .properties_size_bytes = 7,
                                                   .tags_code = 97};
        (void)storemaker_put(&maker, &message);
    }
    const char offsets[] = "{\"offsetTable\":{\"orders@g\":{0:3,1:1}}}";
    storemaker_write(&maker, "config/consumerOffset.json", offsets, sizeof offsets - 1);
    const char checkpoint[] = "endIndex=29\ncommittedIndex=20\n";
    if (maker.is_dledger) {
        storemaker_write(&maker, "dledger-n0/checkpoint", checkpoint, sizeof checkpoint - 1);
    }
    if ((kind & 4) != 0) {
        storemaker_write(&maker, "abort", "1", 1);
        storemaker_mark(&maker, maker.log_end, HAND_MADE_MESSAGES);
    }
    assert_int_equal(mkdirat(world->tmp.fd, name, 0777), 0);
    int fd = openat(world->tmp.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    storemaker_save(&maker, fd);
    (void)close(fd);
    storemaker_done(&maker);
}

static void add_base(struct world *world, const char *name)
{
    if (world->base_count < BASES_MAX) {
        snprintf(world->bases[world->base_count++], PATH_SIZE_BYTES, "%s", name);
    }
}

static int compare_text(const void *one, const void *other)
{
    return strcmp(one, other);
}

/* The packed stores hold one directory each. */
static void unpack_kept(struct world *world)
{
    char names[BASES_MAX][256];
    uint32_t count = 0;
    DIR *dir = opendir(TEST_SOURCE_DIR "/scenarios/bases");
    for (struct dirent *entry = dir == NULL ? NULL : readdir(dir); entry != NULL;
         entry = readdir(dir)) {
        const char *end = strstr(entry->d_name, ".tar.gz");
        if (end != NULL && end[7] == '\0' && count < BASES_MAX / 2) {
            snprintf(names[count++], sizeof names[0], "%s", entry->d_name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    qsort(names, count, sizeof names[0], compare_text);
    for (uint32_t i = 0; i < count; i++) {
        char name[32];
        char command[PATH_SIZE_BYTES * 2];
        snprintf(name, sizeof name, "kept%u", i);
        assert_int_equal(mkdirat(world->tmp.fd, name, 0777), 0);
        snprintf(command, sizeof command,
                 "tar -xzSf '" TEST_SOURCE_DIR "/scenarios/bases/%.255s' -C '%s/%s'", names[i],
                 world->tmp.path, name);
        // NOLINTNEXTLINE(cert-env33-c): a test's own words
        if (system(command) == 0) {
            add_base(world, name);
            world->kept_count++;
        }
    }
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    /* A store is a hundred names made and removed, which a disk's journal makes four times as slow.
     */
    if (access("/dev/shm", W_OK) == 0) {
        (void)setenv("TMPDIR", "/dev/shm", 0);
    }
    tmpdir_make(&world->tmp);
    for (uint32_t kind = 0; kind < 8; kind++) {
        char name[32];
        snprintf(name, sizeof name, "made%u", kind);
        make_hand_made(world, name, kind);
        add_base(world, name);
    }
    unpack_kept(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    tmpdir_remove(&world->tmp);
    free(world);
    return 0;
}

static void note(struct patient *patient, const char *what, const char *path, uint64_t at)
{
    size_t length = strlen(patient->done);
    snprintf(patient->done + length, sizeof patient->done - length, "%s %s@%" PRIu64 "; ", what,
             path, at);
}

struct walk {
    struct patient *patient;
    char path[PATH_SIZE_BYTES];
    int (*each)(void *arg, const char *name, bool is_dir);
};

/* Lists the files; a kept store is a directory further in. */
static int add_path(void *arg, const char *name, bool is_dir)
{
    struct walk *walk = arg;
    struct walk below = *walk;
    size_t length = strlen(walk->path);
    int size = snprintf(below.path + length, sizeof below.path - length, "%s%s",
                        length == 0 ? "" : "/", name);
    if (size < 0 || (size_t)size >= sizeof below.path - length) {
        return 0;
    }
    if (is_dir) {
        int r = dir_tree_list(walk->patient->fd, below.path, add_path, &below);
        return r < 0 ? 0 : r;
    }
    if (walk->patient->path_count < PATHS_MAX) {
        memcpy(walk->patient->paths[walk->patient->path_count++], below.path, sizeof below.path);
    }
    return 0;
}

static uint64_t place_in(struct patient *patient, int fd, uint64_t *ret_size)
{
    struct stat status;
    *ret_size = fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
    uint64_t head = *ret_size < HEAD_SIZE_BYTES ? *ret_size : HEAD_SIZE_BYTES;
    return draw(patient, (uint32_t)head);
}

static void flip_bits(struct patient *patient, int fd, const char *path)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i <= draw(patient, 8); i++) {
        uint64_t at = place_in(patient, fd, &size);
        uint8_t byte = 0;
        if (pread(fd, &byte, 1, (off_t)at) == 1) {
            byte ^= (uint8_t)(1u << draw(patient, 8));
            (void)pwrite(fd, &byte, 1, (off_t)at);
            note(patient, "flip", path, at);
        }
    }
}

/* Zeros, or bytes of another place: as pages that were not written, or in the wrong one. */
static void overwrite(struct patient *patient, int fd, const char *path, bool with_zeros)
{
    uint8_t bytes[CHUNK_SIZE_BYTES] = {0};
    uint64_t size = 0;
    uint64_t from = place_in(patient, fd, &size);
    uint64_t at = place_in(patient, fd, &size);
    size_t count = 1 + draw(patient, sizeof bytes);
    if (!with_zeros) {
        ssize_t n = pread(fd, bytes, count, (off_t)from);
        count = n > 0 ? (size_t)n : 0;
    }
    count = at + count > size ? (size_t)(size - at) : count;
    (void)pwrite(fd, bytes, count, (off_t)at);
    note(patient, with_zeros ? "zero" : "swap", path, at);
}

static void change_size(struct patient *patient, int fd, const char *path)
{
    uint64_t size = 0;
    uint64_t at = place_in(patient, fd, &size);
    at = draw(patient, 4) == 0 ? 0 : draw(patient, 4) == 0 ? size + 1 + at : at;
    (void)ftruncate(fd, (off_t)at);
    note(patient, "size", path, at);
}

/* What replaces a file, or takes its name. */
static void change_name(struct patient *patient, const char *path)
{
    char other[PATH_SIZE_BYTES + 32];
    const char *what = "rename";
    struct stat status;
    (void)snprintf(other, sizeof other, "%s", path);
    char *name = strrchr(other, '/');
    name = name == NULL ? other : name + 1;
    bool is_row = strlen(name) == 20;
    (void)snprintf(name, sizeof other - (size_t)(name - other), is_row ? "%020u" : "x%u",
                   draw(patient, 4) * 400u + draw(patient, 3) * 2048u);
    switch (draw(patient, 6)) {
    case 0:
        (void)renameat(patient->fd, path, patient->fd, other);
        break;
    case 1:
        what = "link";
        (void)linkat(patient->fd, path, patient->fd, other, 0);
        break;
    case 2:
        what = "fifo";
        (void)unlinkat(patient->fd, path, 0);
        (void)mkfifoat(patient->fd, path, 0666);
        break;
    case 3:
        what = "loop";
        (void)unlinkat(patient->fd, path, 0);
        (void)symlinkat(draw(patient, 2) == 0 ? "." : "/dev/zero", patient->fd, path);
        break;
    case 4:
        what = "directory";
        (void)unlinkat(patient->fd, path, 0);
        (void)mkdirat(patient->fd, path, 0777);
        break;
    default:
        what = fstatat(patient->fd, "abort", &status, 0) == 0 ? "remove" : "remove or abort";
        (void)unlinkat(patient->fd, path, 0);
        break;
    }
    note(patient, what, path, 0);
}

static void mutate(struct patient *patient)
{
    const char *path = patient->paths[draw(patient, patient->path_count)];
    uint32_t kind = draw(patient, 10);
    int fd = kind >= 8 ? -1 : openat(patient->fd, path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (kind >= 8) {
        change_name(patient, path);
    } else if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        if (kind < 4) {
            flip_bits(patient, fd, path);
        } else if (kind < 7) {
            overwrite(patient, fd, path, kind < 6);
        } else {
            change_size(patient, fd, path);
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void hear(void *arg, const struct disk_finding *finding, bool is_pending, const char *line)
{
    struct heard *heard = arg;
    assert_true(line[0] != '\0' && finding->text[0] != '\0');
    heard->pending += is_pending;
    heard->violations += !is_pending;
    heard->violated |= is_pending ? 0 : UINT32_C(1) << mechanism_property(finding->mechanism);
}

static void hear_note(void *arg, const char *line)
{
    struct heard *heard = arg;
    heard->is_void = heard->is_void || strstr(line, "is void") != NULL;
}

static void ignore_line(void *arg, const char *line)
{
    uint64_t *count = arg;
    *count += line[0] != '\0';
}

/* Every verdict has its lines, and every error its words. */
static bool is_explained(const struct fsck_summary *summary, const struct heard *heard)
{
    const struct fsck_price *price = &summary->price;
    uint64_t deeds = price->added_count + price->cut_count + price->torn_count + price->tail_count +
                     price->index_count + price->file_count + price->keys_count;
    if (summary->violation_count + summary->pending_count != heard->violations + heard->pending ||
        (!heard->is_void && summary->violation_count != heard->violations) ||
        (summary->violation_count > 0) != (summary->violated != 0)) {
        return false;
    }
    switch (summary->verdict) {
    case FSCK_VERDICT_INTACT:
        return heard->violations + heard->pending == 0;
    case FSCK_VERDICT_REPAIRABLE:
        return heard->violations == 0 && heard->pending > 0 && deeds > 0;
    case FSCK_VERDICT_VIOLATED:
        return heard->violations > 0 || heard->is_void;
    }
    return false;
}

static bool is_judged_well(struct patient *patient)
{
    struct heard heard = {0};
    const struct fsck_listener listener = {.arg = &heard, .found = hear, .note = hear_note};
    const struct fsck_options options = {
        .recovered = draw(patient, 5) == 0,
        .as = draw(patient, 2) == 0
                  ? NULL
                  : fsck_version_get((enum fsck_version_id)draw(patient, FSCK_VERSION_COUNT))};
    struct dump_filter filter = {.queue_id = -1};
    uint64_t lines = 0;
    const struct dump_out out = {.arg = &lines, .line = ignore_line};
    struct fsck_summary summary = {0};
    struct err err = ERR_INIT;
    struct dir_view *dir_view = dir_view_new(patient->fd);
    assert_non_null(dir_view);
    struct view view = dir_view_view(dir_view);
    int r = fsck_run(&view, &options, &listener, &summary, &err);
    bool is_well = r < 0 ? err.text[0] != '\0' : r == 0 && is_explained(&summary, &heard);
    if (!is_well) {
        print_error("fsck %d '%s': verdict %d, %d and %d counted, %d and %d heard\n", r, err.text,
                    (int)summary.verdict, (int)summary.violation_count, (int)summary.pending_count,
                    (int)heard.violations, (int)heard.pending);
    }
    err = (struct err)ERR_INIT;
    r = dump_store(&view, &filter, &out, &err);
    if (r < 0 && err.text[0] == '\0') {
        print_error("dump %d\n", r);
        is_well = false;
    }
    (void)dir_view_free(dir_view);
    return is_well;
}

/* A kept store may lie a directory further in. */
static int open_store(const struct world *world, const char *name)
{
    int fd = openat(world->tmp.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct stat status;
    DIR *dir = fdopendir(dup(fd));
    assert_non_null(dir);
    const struct dirent *only = NULL;
    char inner[256] = "";
    uint32_t count = 0;
    while ((only = readdir(dir)) != NULL) {
        if (only->d_name[0] != '.') {
            snprintf(inner, sizeof inner, "%s", only->d_name);
            count++;
        }
    }
    (void)closedir(dir);
    if (count == 1 && fstatat(fd, inner, &status, 0) == 0 && S_ISDIR(status.st_mode) &&
        strcmp(inner, "commitlog") != 0) {
        int below = openat(fd, inner, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(below >= 0);
        (void)close(fd);
        return below;
    }
    return fd;
}

/* One store, wholly decided by its number. */
static bool try_one(const struct world *world, struct patient *patient, uint32_t number)
{
    struct err err = ERR_INIT;
    const char *base = world->bases[number % world->base_count];
    int from = open_store(world, base);
    assert_int_equal(mkdirat(world->tmp.fd, "patient", 0777), 0);
    patient->fd = openat(world->tmp.fd, "patient", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    patient->random = number * 2654435761u + 12345u;
    patient->random |= 1;
    patient->path_count = 0;
    patient->done[0] = '\0';
    test_ok(dir_tree_copy_to(from, patient->fd, &err), err);
    struct walk walk = {.patient = patient};
    assert_int_equal(dir_tree_list(patient->fd, "", add_path, &walk), 0);
    assert_true(patient->path_count > 0);
    for (uint32_t i = 0; i <= draw(patient, MUTATIONS_MAX); i++) {
        mutate(patient);
    }
    (void)alarm(SECONDS_MAX);
    bool is_well = is_judged_well(patient);
    (void)alarm(0);
    if (!is_well) {
        print_error("KILLPOINT_MUTATION=%u, of %s: %s\n", number, base, patient->done);
    }
    (void)close(from);
    (void)close(patient->fd);
    assert_int_equal(tmpdir_remove_tree(world->tmp.fd, "patient"), 0);
    return is_well;
}

static void explains_every_verdict(void **state)
{
    const struct world *world = *state;
    const char *count_text = getenv("KILLPOINT_MUTATIONS");
    const char *only_text = getenv("KILLPOINT_MUTATION");
    uint32_t count = count_text == NULL ? STORES_DEFAULT : (uint32_t)strtoul(count_text, NULL, 10);
    uint32_t wrong = 0;
    struct patient *patient = calloc(1, sizeof *patient);
    assert_non_null(patient);
    if (only_text != NULL) {
        wrong = !try_one(world, patient, (uint32_t)strtoul(only_text, NULL, 10));
        count = 0;
    }
    for (uint32_t i = 0; i < count && wrong < 10; i++) {
        wrong += !try_one(world, patient, i);
    }
    print_message("%u stores of %u, %u of them of the real RocketMQ\n", count, world->base_count,
                  world->kept_count);
    free(patient);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(explains_every_verdict, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
