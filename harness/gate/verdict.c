/* Rows of a verdict. */
#include "harness/gate/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct verdict_row *add(struct verdict *verdict, const struct verdict_asked *asked)
{
    if (verdict->row_count == verdict->capacity) {
        size_t capacity = verdict->capacity == 0 ? 32 : verdict->capacity * 2;
        struct verdict_row *rows = realloc(verdict->rows, capacity * sizeof(*rows));
        if (rows == NULL) {
            verdict->is_incomplete = true;
            return NULL;
        }
        verdict->rows = rows;
        verdict->capacity = capacity;
    }
    struct verdict_row *row = &verdict->rows[verdict->row_count++];
    memset(row, 0, sizeof(*row));
    (void)snprintf(row->rule, sizeof(row->rule), "%s", asked->rule);
    (void)snprintf(row->wanted, sizeof(row->wanted), "%s", asked->wanted);
    (void)snprintf(row->found, sizeof(row->found), "%s", asked->found);
    return row;
}

void verdict_hold(struct verdict *verdict, const struct verdict_asked *asked)
{
    struct verdict_row *row = add(verdict, asked);
    if (row != NULL) {
        row->holds = true;
    }
}

/* A line is a line, whatever stands in the report. */
void verdict_fail(struct verdict *verdict, const struct verdict_asked *asked, const char *format,
                  ...)
{
    struct verdict_row *row = add(verdict, asked);
    va_list args;
    verdict->failed_count++;
    if (row == NULL) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(row->reason, sizeof(row->reason), format, args);
    va_end(args);
    for (char *at = row->reason; *at != '\0'; at++) {
        *at = (unsigned char)*at < ' ' ? ' ' : *at;
    }
}

bool verdict_is_good(const struct verdict *verdict)
{
    return verdict->failed_count == 0 && verdict->row_count > 0 && !verdict->is_incomplete;
}

void verdict_done(struct verdict *verdict)
{
    free(verdict->rows);
    memset(verdict, 0, sizeof(*verdict));
}
