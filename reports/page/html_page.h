/* A run as one HTML file that needs nothing else: no network, no second file.  The look and the
 * charts are in page.html, page.css, page.js and charts.js beside this, and in d3, all of which
 * lie in the program; a page is these around the run's data. */
#ifndef REPORTS_PAGE_HTML_PAGE_H
#define REPORTS_PAGE_HTML_PAGE_H

#include "store/base/err.h"

#include <stdio.h>

#include <jansson.h>

/* No page is larger. */
#define HTML_PAGE_SIZE_BYTES_MAX ((size_t)5 << 20)

/* Writes the page of `data` (html_data.h) to `stream` and flushes it.  0, -ENOMEM, -EFBIG (nothing
 * is written) or -errno of the stream. */
int html_page_write(FILE *stream, const json_t *data, struct err *err);
/* The bytes of a page besides its data. */
size_t html_page_frame_bytes(void);

#endif
