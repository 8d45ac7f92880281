/* What fsck found, in words and as JSON. */
#ifndef HARNESS_CLI_STORES_FSCK_REPORT_H
#define HARNESS_CLI_STORES_FSCK_REPORT_H

#include "harness/oracle/fsck/fsck.h"

/* How it is to be printed; `not_shown_count` findings were left out before. */
struct fsck_report {
    const struct fsck_summary *summary;
    uint64_t not_shown_count;
    bool is_coloured;
};

/* What the store is, what the next start will do, and the verdict, to stdout. */
void fsck_report_text(const struct fsck_report *report);
/* The object that ends the JSON document, to stdout. */
void fsck_report_json(const struct fsck_report *report);

#endif
