/* Frames to places (site.h). */
#include "harness/reenact/site.h"

#include <string.h>
#include <unistd.h>

/* With what was inlined, more than there are calls. */
#define FRAMES_MAX 64

static bool is_below(const struct stack_frame *frame, const char *folder)
{
    return strncmp(frame->file, folder, strlen(folder)) == 0;
}

/* The seam itself, and what everybody uses. */
static bool is_of_interest(const struct stack_frame *frame, bool is_owner)
{
    return is_below(frame, "store/") && !is_below(frame, "store/disk/") &&
           !is_below(frame, "store/base/") && !(is_owner && is_below(frame, "store/files/"));
}

void site_of_frames(const struct stack_frame *frames, size_t count, bool is_owner,
                    struct site *ret_site)
{
    const struct stack_frame *last = NULL;
    memset(ret_site, 0, sizeof(*ret_site));
    for (size_t i = 0; i < count && ret_site->count < SITE_FRAMES_MAX; i++) {
        /* A compiler may split a function, and inline a part of it into the other. */
        bool is_split = last != NULL && strcmp(last->function, frames[i].function) == 0;
        if (is_of_interest(&frames[i], is_owner) && !is_split) {
            last = &frames[i];
            ret_site->frames[ret_site->count++] = frames[i];
        }
    }
    if (ret_site->count == 0 && is_owner) {
        site_of_frames(frames, count, false, ret_site);
    }
}

static size_t folder_length(const struct stack_frame *frame)
{
    const char *slash = strrchr(frame->file, '/');
    return slash == NULL ? 0 : (size_t)(slash - frame->file);
}

const struct stack_frame *site_caller(const struct site *site)
{
    if (site->count < 2) {
        return NULL;
    }
    size_t length = folder_length(&site->frames[0]);
    for (uint32_t i = 1; i < site->count; i++) {
        const struct stack_frame *frame = &site->frames[i];
        if (folder_length(frame) != length ||
            strncmp(frame->file, site->frames[0].file, length) != 0) {
            return frame;
        }
    }
    return &site->frames[1];
}

void site_of_stack(const uintptr_t *addresses, size_t count, bool is_owner, struct site *ret_site)
{
    struct stack_frame frames[FRAMES_MAX];
    char exe[4096];
    ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    memset(ret_site, 0, sizeof(*ret_site));
    if (length > 0) {
        exe[length] = '\0';
        size_t found = stack_frames(addresses, count, stack_load_base(), exe, frames, FRAMES_MAX);
        site_of_frames(frames, found, is_owner, ret_site);
    }
}
