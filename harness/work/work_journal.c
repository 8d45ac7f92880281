/* Lines of a journal, found by their keys. */
#include "harness/work/work_journal.h"

#include "store/base/grow.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define VERSION 1
/* A trace of a long run takes a megabyte, a job's failures a few; nothing takes so much. */
#define LINE_SIZE_BYTES_MAX ((size_t)256 << 20)

/* A line with a key, where it is. */
struct place {
    uint64_t key;
    uint64_t order;
    off_t offset;
    size_t size_bytes;
};

struct ended {
    char name[64];
    uint64_t seed;
    uint64_t duration_us;
};

struct work_journal {
    FILE *stream; /* to be written; NULL: only read */
    int fd;       /* to be read; -1: begun here */
    json_t *head;
    struct place *places; /* by key, then by order */
    uint32_t place_count;
    uint32_t place_capacity;
    uint32_t *taken; /* of the first place of each key, how many of that key are */
    struct ended *ended;
    uint32_t ended_count;
    uint32_t ended_capacity;
    uint64_t duration_us;
    bool is_ended;
    int status; /* the first error of a write */
};

static struct work_journal *work_journal_new(void)
{
    struct work_journal *journal = calloc(1, sizeof(*journal));
    if (journal != NULL) {
        journal->fd = -1;
    }
    return journal;
}

struct work_journal *work_journal_close(struct work_journal *journal)
{
    if (journal == NULL) {
        return NULL;
    }
    if (journal->stream != NULL) {
        (void)fclose(journal->stream);
    }
    if (journal->fd >= 0) {
        (void)close(journal->fd);
    }
    json_decref(journal->head);
    free(journal->places);
    free(journal->taken);
    free(journal->ended);
    free(journal);
    return NULL;
}

static int write_line(struct work_journal *journal, const char *start, const json_t *line)
{
    if (journal->status < 0 || journal->stream == NULL) {
        return journal->status;
    }
    errno = 0;
    if (fputs(start, journal->stream) == EOF ||
        json_dumpf(line, journal->stream, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_EMBED) != 0 ||
        fputs("}\n", journal->stream) == EOF) {
        journal->status = errno == 0 ? -EIO : -errno;
    }
    return journal->status;
}

int work_journal_create(int dir_fd, const json_t *head, struct work_journal **ret_journal,
                        struct err *err)
{
    struct work_journal *journal = work_journal_new();
    if (journal == NULL) {
        return err_set(err, -ENOMEM, "no memory for a journal");
    }
    int fd = openat(dir_fd, WORK_JOURNAL_FILE_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    journal->stream = fd < 0 ? NULL : fdopen(fd, "w");
    journal->head = json_deep_copy(head);
    char start[32];
    (void)snprintf(start, sizeof(start), "{\"journal\":%d,", VERSION);
    int r = journal->stream == NULL ? -errno : journal->head == NULL ? -ENOMEM : 0;
    journal->status = r;
    (void)write_line(journal, start, head);
    r = work_journal_flush(journal);
    if (r < 0) {
        (void)work_journal_close(journal);
        return err_set(err, r, "begin '" WORK_JOURNAL_FILE_NAME "': %s", strerrordesc_np(-r));
    }
    *ret_journal = journal;
    return 0;
}

/* Reading */

/* What reading has seen since a scenario ended. */
struct scan {
    struct work_journal *journal;
    off_t offset;  /* of the line */
    off_t ended;   /* behind the last line that ended a scenario */
    bool is_woven; /* a scenario of threads has begun since */
};

static bool parse_key(const char *line, size_t size_bytes, uint64_t *ret_key)
{
    static const char start[] = "{\"k\":\"";
    size_t length = sizeof(start) - 1;
    if (size_bytes < length + 18 || memcmp(line, start, length) != 0 || line[length + 16] != '"' ||
        line[length + 17] != ',') {
        return false;
    }
    *ret_key = 0;
    for (size_t i = length; i < length + 16; i++) {
        if (!isxdigit((unsigned char)line[i])) {
            return false;
        }
        *ret_key = *ret_key << 4 |
                   (unsigned)(isdigit((unsigned char)line[i]) ? line[i] - '0'
                                                              : (line[i] | 0x20) - 'a' + 10);
    }
    return true;
}

static int add_place(struct scan *scan, uint64_t key, const char *line, size_t size_bytes)
{
    static const char threads[] = "\"load\":\"threads\"";
    struct work_journal *journal = scan->journal;
    int r = grow_array((void **)&journal->places, journal->place_count, &journal->place_capacity,
                       sizeof(*journal->places));
    if (r < 0) {
        return r;
    }
    journal->places[journal->place_count] =
        (struct place){key, journal->place_count, scan->offset, size_bytes};
    journal->place_count++;
    scan->is_woven = scan->is_woven || (size_bytes > 24 + sizeof(threads) &&
                                        memcmp(line + 24, threads, sizeof(threads) - 1) == 0);
    return 0;
}

static int add_ended(struct scan *scan, const json_t *object, size_t size_bytes)
{
    struct work_journal *journal = scan->journal;
    const char *name = json_string_value(json_object_get(object, "end"));
    const char *seed = json_string_value(json_object_get(object, "seed"));
    int r = grow_array((void **)&journal->ended, journal->ended_count, &journal->ended_capacity,
                       sizeof(*journal->ended));
    if (r < 0) {
        return r;
    }
    scan->is_woven = false;
    scan->ended = scan->offset + (off_t)size_bytes;
    if (*name == '\0') {
        journal->is_ended = true;
        return 0;
    }
    struct ended *ended = &journal->ended[journal->ended_count++];
    (void)snprintf(ended->name, sizeof(ended->name), "%s", name);
    ended->seed = seed == NULL ? 0 : strtoull(seed, NULL, 16);
    ended->duration_us = (uint64_t)json_integer_value(json_object_get(object, "us"));
    return 0;
}

static void note_time(struct work_journal *journal, const json_t *object)
{
    json_int_t t = json_integer_value(json_object_get(object, "t"));
    journal->duration_us =
        t > 0 && (uint64_t)t > journal->duration_us ? (uint64_t)t : journal->duration_us;
}

/* A whole line, its end included.  Answers are parsed when they are asked for. */
static int take_line(struct scan *scan, const char *line, size_t size_bytes, struct err *err)
{
    struct work_journal *journal = scan->journal;
    uint64_t key = 0;
    int r = 0;
    if (parse_key(line, size_bytes, &key)) {
        r = add_place(scan, key, line, size_bytes);
        return r < 0 ? err_set(err, r, "no memory for a journal") : 0;
    }
    json_t *object = json_loadb(line, size_bytes, 0, NULL);
    if (journal->head == NULL &&
        json_integer_value(json_object_get(object, "journal")) == VERSION) {
        journal->head = json_incref(object);
        (void)json_object_del(journal->head, "journal");
        scan->ended = scan->offset + (off_t)size_bytes;
    } else if (journal->head != NULL && json_is_string(json_object_get(object, "end"))) {
        r = add_ended(scan, object, size_bytes);
        note_time(journal, object);
    } else {
        r = ERR_CORRUPT;
    }
    json_decref(object);
    if (r == ERR_CORRUPT) {
        return err_set(err, r, "the line at byte %lld is none of a journal",
                       (long long)scan->offset);
    }
    return r < 0 ? err_set(err, r, "no memory for a journal") : 0;
}

static int compare(const void *left, const void *right)
{
    const struct place *one = left;
    const struct place *other = right;
    if (one->key != other->key) {
        return one->key < other->key ? -1 : 1;
    }
    return (one->order > other->order) - (one->order < other->order);
}

static int sort_places(struct work_journal *journal)
{
    if (journal->place_count > 0) {
        qsort(journal->places, journal->place_count, sizeof(*journal->places), compare);
    }
    journal->taken = calloc((size_t)journal->place_count + 1, sizeof(*journal->taken));
    return journal->taken == NULL ? -ENOMEM : 0;
}

/* What is behind `upto` is forgotten, in the file and here. */
static int cut(struct work_journal *journal, off_t upto)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < journal->place_count; i++) {
        if (journal->places[i].offset < upto) {
            journal->places[kept++] = journal->places[i];
        }
    }
    journal->place_count = kept;
    int r = ftruncate(journal->fd, upto) < 0 ? -errno : 0;
    if (r < 0) {
        return r;
    }
    int fd = fcntl(journal->fd, F_DUPFD_CLOEXEC, 0);
    journal->stream = fd < 0 ? NULL : fdopen(fd, "a");
    if (journal->stream == NULL) {
        r = -errno;
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return r;
}

/* The time of the last line that is kept: of an answer it is not known yet. */
static void find_duration(struct work_journal *journal)
{
    const struct place *last = NULL;
    for (uint32_t i = 0; i < journal->place_count; i++) {
        last =
            last == NULL || journal->places[i].offset > last->offset ? &journal->places[i] : last;
    }
    char *line = last == NULL ? NULL : malloc(last->size_bytes);
    if (line != NULL &&
        pread(journal->fd, line, last->size_bytes, last->offset) == (ssize_t)last->size_bytes) {
        json_t *object = json_loadb(line, last->size_bytes, 0, NULL);
        note_time(journal, object);
        json_decref(object);
    }
    free(line);
}

static int read_lines(struct work_journal *journal, FILE *file, bool is_resumed, struct err *err)
{
    struct scan scan = {.journal = journal};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t got = 0;
    int r = 0;
    while (r == 0 && (got = getline(&line, &capacity, file)) > 0 && line[got - 1] == '\n') {
        r = (size_t)got > LINE_SIZE_BYTES_MAX
                ? err_set(err, ERR_CORRUPT, "a line of it is longer than any of a journal")
                : take_line(&scan, line, (size_t)got, err);
        scan.offset += got;
    }
    free(line);
    if (r == 0 && journal->head == NULL) {
        r = err_set(err, ERR_CORRUPT, "it does not begin as a journal does");
    }
    if (r == 0 && is_resumed) {
        r = cut(journal, scan.is_woven ? scan.ended : scan.offset);
        r = r < 0 ? err_set(err, r, "cut it: %s", strerrordesc_np(-r)) : 0;
    }
    return r;
}

int work_journal_open(const char *path, bool is_resumed, struct work_journal **ret_journal,
                      struct err *err)
{
    struct work_journal *journal = work_journal_new();
    struct stat status;
    FILE *file = NULL;
    if (journal == NULL) {
        return err_set(err, -ENOMEM, "no memory for a journal");
    }
    journal->fd = open(path, (is_resumed ? O_RDWR | O_APPEND : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    int r = journal->fd < 0 || fstat(journal->fd, &status) < 0 ? -errno
            : S_ISREG(status.st_mode)                          ? 0
                                                               : -EINVAL;
    int fd = r < 0 ? -1 : fcntl(journal->fd, F_DUPFD_CLOEXEC, 0);
    if (r == 0) {
        file = fd < 0 ? NULL : fdopen(fd, "r");
        r = file == NULL ? -errno : 0;
    }
    if (r < 0) {
        (void)work_journal_close(journal);
        return err_set(err, r, "open '%s': %s", path, strerrordesc_np(-r));
    }
    r = read_lines(journal, file, is_resumed, err);
    (void)fclose(file);
    if (r == 0 && sort_places(journal) < 0) {
        r = err_set(err, -ENOMEM, "no memory for a journal");
    }
    if (r < 0) {
        (void)work_journal_close(journal);
        return err_wrap(err, r, "'%s'", path);
    }
    find_duration(journal);
    *ret_journal = journal;
    return 0;
}

const json_t *work_journal_head(const struct work_journal *journal)
{
    return journal->head;
}

bool work_journal_is_ended(const struct work_journal *journal)
{
    return journal->is_ended;
}

uint64_t work_journal_duration_us(const struct work_journal *journal)
{
    return journal->duration_us;
}

uint64_t work_journal_scenario_us(const struct work_journal *journal, const char *name,
                                  uint64_t seed)
{
    uint64_t sum_us = 0;
    for (uint32_t i = 0; i < journal->ended_count; i++) {
        if (journal->ended[i].seed == seed && strcmp(journal->ended[i].name, name) == 0) {
            sum_us += journal->ended[i].duration_us;
        }
    }
    return sum_us;
}

/* The first place of the key that is not taken; place_count: none. */
static uint32_t find(const struct work_journal *journal, uint64_t key, uint32_t *ret_first)
{
    uint32_t low = 0;
    uint32_t high = journal->place_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (journal->places[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_first = low;
    if (low == journal->place_count) {
        return low;
    }
    uint32_t at = low + journal->taken[low];
    return at < journal->place_count && journal->places[at].key == key ? at : journal->place_count;
}

int work_journal_take(struct work_journal *journal, uint64_t key, json_t **ret_line)
{
    uint32_t first = 0;
    uint32_t at = find(journal, key, &first);
    *ret_line = NULL;
    if (at == journal->place_count) {
        return -ENOENT;
    }
    const struct place *place = &journal->places[at];
    char *line = malloc(place->size_bytes);
    if (line == NULL) {
        return -ENOMEM;
    }
    journal->taken[first]++;
    ssize_t got = pread(journal->fd, line, place->size_bytes, place->offset);
    if (got == (ssize_t)place->size_bytes) {
        *ret_line = json_loadb(line, place->size_bytes, 0, NULL);
    }
    free(line);
    return *ret_line == NULL ? -EBADMSG : 0;
}

static int put(struct work_journal *journal, const char *start, json_t *line)
{
    int r = 0;
    if (line == NULL) {
        journal->status = journal->status < 0 ? journal->status : -ENOMEM;
        return journal->status;
    }
    r = write_line(journal, start, line);
    json_decref(line);
    return r;
}

int work_journal_put(struct work_journal *journal, uint64_t key, json_t *line)
{
    char start[32];
    (void)snprintf(start, sizeof(start), "{\"k\":\"%016" PRIx64 "\",", key);
    return put(journal, start, line);
}

int work_journal_put_end(struct work_journal *journal, json_t *line)
{
    int r = put(journal, "{", line);
    return r < 0 ? r : work_journal_flush(journal);
}

int work_journal_flush(struct work_journal *journal)
{
    if (journal->status == 0 && journal->stream != NULL && fflush(journal->stream) != 0) {
        journal->status = -errno;
    }
    return journal->status;
}

int work_journal_error(const struct work_journal *journal, struct err *err)
{
    return journal->status == 0
               ? 0
               : err_set(err, journal->status, "write '" WORK_JOURNAL_FILE_NAME "': %s",
                         strerrordesc_np(-journal->status));
}
