/* The members one by one (capsule_file.h). */
#include "harness/capsule/capsule_file.h"

#include "harness/capsule/capsule_ledger.h"
#include "harness/capsule/capsule_tar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct place_of {
    const char *name;
    size_t offset;
};

static const struct place_of places[] = {
#define X(field, name) {(name), offsetof(struct capsule_file, field)},
    CAPSULE_FILE_MAP(X)
#undef X
};

#define MEMBER_COUNT (sizeof(places) / sizeof(places[0]))

static struct capsule_file_member *member_at(struct capsule_file *file, size_t index)
{
    return (struct capsule_file_member *)((char *)file + places[index].offset);
}

void capsule_file_done(struct capsule_file *file)
{
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        free(member_at(file, i)->data);
    }
    image_free(file->image);
    free(file->ledger);
    memset(file, 0, sizeof(*file));
}

int capsule_file_set(struct capsule_file_member *member, const char *text)
{
    free(member->data);
    member->size_bytes = strlen(text);
    member->data = (uint8_t *)strdup(text);
    return member->data == NULL ? -ENOMEM : 0;
}

int capsule_file_write(int fd, const struct capsule_file *file, const struct view *store,
                       struct err *err)
{
    struct capsule_tar_member members[MEMBER_COUNT];
    uint32_t count = 0;
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        const struct capsule_file_member *member =
            (const struct capsule_file_member *)((const char *)file + places[i].offset);
        if (member->data != NULL) {
            members[count++] =
                (struct capsule_tar_member){places[i].name, member->data, member->size_bytes};
        }
    }
    return capsule_tar_write(fd, members, count, store, err);
}

static int take_member(void *arg, const char *name, uint8_t *data, size_t size_bytes)
{
    struct capsule_file *file = arg;
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        struct capsule_file_member *member = member_at(file, i);
        if (strcmp(places[i].name, name) == 0 && member->data == NULL) {
            *member = (struct capsule_file_member){data, size_bytes};
            return 0;
        }
    }
    return ERR_CORRUPT;
}

static int missing(const char *name, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "is no capsule: it has no member '%s'", name);
}

static int parse_manifest(struct capsule_file *file, struct err *err)
{
    if (file->manifest_text.data == NULL) {
        return missing("manifest.json", err);
    }
    if (file->scenario.data == NULL) {
        return missing("scenario.yaml", err);
    }
    int r = capsule_manifest_parse((const char *)file->manifest_text.data,
                                   file->manifest_text.size_bytes, &file->manifest, err);
    if (r < 0) {
        return err_wrap(err, r, "manifest.json");
    }
    uint64_t hash = image_hash(file->image);
    return hash == file->manifest.store_hash
               ? 0
               : err_set(err, ERR_CORRUPT,
                         "the store in it is another (%016" PRIx64 ") than its manifest says "
                         "(%016" PRIx64 ")",
                         hash, file->manifest.store_hash);
}

static int parse(struct capsule_file *file, bool is_draft, struct err *err)
{
    if (file->ledger_text.data == NULL) {
        return missing("ledger.json", err);
    }
    int r = capsule_ledger_parse((const char *)file->ledger_text.data, file->ledger_text.size_bytes,
                                 &file->rest, &file->ledger, err);
    if (r < 0) {
        return err_wrap(err, r, "ledger.json");
    }
    file->rest.place = (struct place){.image = file->image, .dir_fd = -1};
    file->rest.trace = file->recording.data;
    file->rest.trace_size_bytes = file->recording.size_bytes;
    return is_draft ? 0 : parse_manifest(file, err);
}

int capsule_file_read(int fd, bool is_draft, struct capsule_file *ret_file, struct err *err)
{
    memset(ret_file, 0, sizeof(*ret_file));
    ret_file->image = image_new();
    if (ret_file->image == NULL) {
        return err_set(err, -ENOMEM, "no memory for a capsule");
    }
    const struct capsule_tar_taker taker = {take_member, ret_file, ret_file->image};
    int r = capsule_tar_read(fd, &taker, err);
    if (r == 0) {
        r = parse(ret_file, is_draft, err);
    }
    if (r < 0) {
        capsule_file_done(ret_file);
    }
    return r;
}
