/* What a page shows of a run: its report.json made small.  Cases are there as sums by point and
 * fault, never one by one, so that a million of them take no more room than a thousand. */
#ifndef REPORTS_PAGE_HTML_DATA_H
#define REPORTS_PAGE_HTML_DATA_H

#include <jansson.h>

/* More of these are counted in `cut`, not shown; of more cells there are the sums by point and
 * fault alone. */
#define HTML_DATA_SCENARIOS_MAX 1500
#define HTML_DATA_CELLS_MAX     20000
#define HTML_DATA_FAILURES_MAX  200

struct html_data_input {
    const json_t
        *report;       /* report.json (reports/json.h); any document: what is missing is left out */
    const json_t *run; /* run.json; NULL: there is none */
    const json_t *trend; /* rows of earlier nights, the oldest first; NULL: there are none */
    const json_t *bench; /* rows of `bench --json`; NULL: there are none */
    const char *name;    /* of the run directory */
    const char *command; /* how the program is called */
    const char *base;    /* where links into the run directory begin; NULL: there are no links */
};

/* The data of a page, to which html_data_add_why() adds.  The caller owns the reference; NULL when
 * out of memory. */
json_t *html_data_new(const struct html_data_input *input);
/* Adds the story of the cause `index` (from 0; story_json.h), without its figures, and at last
 * without any of it, when there is no room left for all; then the page says so. */
void html_data_add_why(json_t *data, size_t index, json_t *why);

#endif
