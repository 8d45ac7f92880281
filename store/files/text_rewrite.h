/* The ways in which RocketMQ wrote its small files before issue #9705 was fixed: each has a moment
 * in which neither the old text nor the new one is whole.  Only planted defects write like this;
 * see text_file.h for how it is done. */
#ifndef STORE_FILES_TEXT_REWRITE_H
#define STORE_FILES_TEXT_REWRITE_H

#include "store/files/text_file.h"

#include <stdbool.h>

struct text_rewrite_options {
    bool is_synced;
    /* The old text goes to the .bak only when this takes it; NULL: whatever it is. */
    text_file_parse is_sound;
    enum point unlink; /* of text_rewrite_delete_rename */
};

/* RocketMQ up to 5.0.0: write PATH.tmp, copy the old text to PATH.bak, delete PATH, rename. */
int text_rewrite_delete_rename(const struct text_file *file,
                               const struct text_rewrite_options *options, const char *text,
                               size_t size_bytes, struct err *err);
/* RocketMQ 5.1.0 to 5.3.3: write the old text over PATH.bak, then the new one over PATH. */
int text_rewrite_in_place(const struct text_file *file, const struct text_rewrite_options *options,
                          const char *text, size_t size_bytes, struct err *err);

#endif
