/* The lines of a verdict, taken apart again: which property, in which file, where. */
#ifndef HARNESS_REENACT_FINDING_H
#define HARNESS_REENACT_FINDING_H

#include "harness/case/property.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDING_TEXT_SIZE_BYTES 512

struct finding {
    enum property property;
    char file[DISK_PATH_SIZE_BYTES]; /* "": no file */
    uint64_t offset;
    char text[FINDING_TEXT_SIZE_BYTES]; /* what is wrong, expected and found */
};

/* Takes up to `capacity` of the lines "PROPERTY FILE@OFFSET: TEXT" that an ending's detail has
 * (judge_report_add).  Lines of another form are passed over.  How many. */
size_t finding_parse(const char *detail, struct finding *findings, size_t capacity);
/* Of one that names a directory of files that are called by their first byte, the file and the
 * place in it; files are of that size. */
void finding_locate(struct finding *finding, uint64_t file_size_bytes);
/* The first of a property; NULL: none. */
const struct finding *finding_of(const struct finding *findings, size_t count,
                                 enum property property);

#endif
