/* Causes to workflow commands (docs.github.com, "Workflow commands for GitHub Actions"). */
#include "reports/ci/annotations.h"

#include "reports/cause_text.h"
#include "reports/ci/ci_test.h"
#include "reports/paint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool annotations_is_new(const struct campaign_cause *cause)
{
    return cause->state == CAMPAIGN_STATE_NEW || cause->state == CAMPAIGN_STATE_NONE;
}

/* A percent sign and ends of lines are escaped in a message; of a property's value also what ends
 * it.  Without memory it stays empty: no more can be done on this way. */
static void put_escaped(FILE *stream, const char *given, bool is_property)
{
    char *clean = ci_test_clean(given);
    const char *text = clean == NULL ? "" : clean;

    for (; *text != '\0'; text++) {
        bool is_end = *text == ':' || *text == ',';

        if (*text == '%' || *text == '\r' || *text == '\n' || (is_property && is_end)) {
            (void)fprintf(stream, "%%%02X", (unsigned char)*text);
        } else {
            (void)fputc(*text, stream);
        }
    }
    free(clean);
}

static void put_property(FILE *stream, const char *name, const char *value)
{
    (void)fprintf(stream, "%s=", name);
    put_escaped(stream, value, true);
}

static void put_cause(FILE *stream, const struct campaign_cause *cause, const char *command)
{
    char title[CAUSE_TEXT_SIZE_BYTES];
    char text[CAUSE_TEXT_SIZE_BYTES + ENDING_DETAIL_SIZE_BYTES + TOKEN_TEXT_SIZE_BYTES + 1200];

    (void)cause_text_headline(cause, title, sizeof(title));
    (void)snprintf(text, sizeof(text), "%s\n%.*s\nstart here: %.1024s replay %s", title,
                   (int)strcspn(cause->simplest.detail, "\n"), cause->simplest.detail, command,
                   cause->simplest.token);
    (void)fputs("::error ", stream);
    if (cause->source.line > 0) {
        put_property(stream, "file", cause->source.file);
        (void)fprintf(stream, ",line=%" PRIu32 ",", cause->source.line);
    }
    put_property(stream, "title", title);
    (void)fputs("::", stream);
    put_escaped(stream, text, false);
    (void)fputc('\n', stream);
}

void annotations_write(FILE *stream, const struct campaign_summary *summary, const char *command)
{
    uint32_t new_count = summary->causes_dropped;
    uint32_t shown = 0;

    for (uint32_t i = 0; i < summary->cause_count; i++) {
        new_count += annotations_is_new(&summary->causes[i]);
    }
    uint32_t room = new_count > ANNOTATIONS_MAX || summary->causes_dropped > 0 ? ANNOTATIONS_MAX - 1
                                                                               : ANNOTATIONS_MAX;
    for (uint32_t i = 0; i < summary->cause_count && shown < room; i++) {
        if (annotations_is_new(&summary->causes[i])) {
            put_cause(stream, &summary->causes[i], command);
            shown++;
        }
    }
    if (new_count > shown) {
        (void)fprintf(stream,
                      "::error title=%" PRIu32 " more cause%s::and %" PRIu32
                      " more: see the summary of this job, or `causes` of --json FILE\n",
                      new_count - shown, paint_plural(new_count - shown), new_count - shown);
    }
}
