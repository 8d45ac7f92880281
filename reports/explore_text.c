/* Counts of images as people read them. */
#include "reports/explore_text.h"

#include "reports/paint.h"

#include <inttypes.h>
#include <string.h>

/* "1,204 crash positions": a count, its word, and the plural's s. */
static void put_count(FILE *stream, uint64_t count, const char *word)
{
    char digits[PAINT_DURATION_SIZE_BYTES];

    (void)fprintf(stream, "%s %s%s", paint_count(count, digits), word, paint_plural(count));
}

/* ", 23,000 with an effect": a count before a word that has no plural. */
static void put_part(FILE *stream, const char *separator, uint64_t count, const char *word)
{
    char digits[PAINT_DURATION_SIZE_BYTES];

    (void)fprintf(stream, "%s%s %s", separator, paint_count(count, digits), word);
}

/* Time of processors, not of the clock: the figure is the same with one worker and with eight. */
uint64_t explore_text_rate(const struct campaign_explore *explore)
{
    if (explore->duration_us == 0) {
        return 0;
    }
    return (uint64_t)((double)explore->judged * 1e6 / (double)explore->duration_us);
}

/* An exploration that is cut by a budget, or by a catch, has images left. */
uint64_t explore_text_unjudged(const struct campaign_explore *explore)
{
    return explore->distinct > explore->judged ? explore->distinct - explore->judged : 0;
}

/* A word counts only where a fault or step can begin, or a scenario called "rot" would make every
 * token of it an image. */
bool explore_text_is_image(const char *token)
{
    static const char *const words[] = {"power-loss:", "rot:", "copy:"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *at = strstr(token, words[i]);

        for (; at != NULL; at = strstr(at + 1, words[i])) {
            if (at > token && strchr("=:+,", at[-1]) != NULL) {
                return true;
            }
        }
    }
    return false;
}

static void put_images(FILE *stream, const struct campaign_explore *explore)
{
    char digits[PAINT_DURATION_SIZE_BYTES];

    put_count(stream, explore->judged, "image");
    (void)fprintf(stream, " judged, %s per second and core: ",
                  paint_count(explore_text_rate(explore), digits));
    put_part(stream, "", explore->distinct, "distinct of");
    put_part(stream, " ", explore->generated, "generated");
    put_part(stream, ", ", explore->effective, "with an effect\n");
}

/* What of it was not run again, and how often that was held against a run in full. */
static void put_reused(FILE *stream, const struct campaign_explore *explore)
{
    put_part(stream, "of them ", explore->reused,
             "judged from step 3 on by an equal recovered store");
    put_part(stream, " (", explore->rechecked, "run in full all the same)\n");
}

/* A trace that was recorded in a recovery, or with services inside each other's calls, is a trace
 * like any other, and is counted in both places. */
static void put_traces(FILE *stream, const struct campaign_explore *explore)
{
    put_count(stream, explore->traces, "trace");
    put_part(stream, " (", explore->nested, "of recoveries,");
    put_part(stream, " ", explore->interleaved, "interleaved), ");
    put_count(stream, explore->positions, "crash position");
    (void)fputs(", ", stream);
    put_count(stream, explore->recovered, "recovered state");
    (void)fputc('\n', stream);
}

/* Nothing is less without being said. */
static void put_limits(FILE *stream, const struct campaign_explore *explore, const char *indent)
{
    uint64_t unjudged = explore_text_unjudged(explore);
    char digits[PAINT_DURATION_SIZE_BYTES];

    if (explore->capped > 0) {
        (void)fprintf(stream, "%s%s capped ", indent, paint_count(explore->capped, digits));
        (void)fprintf(stream,
                      "position%s of %s: more choices than the bound, families and "
                      "samples only\n",
                      paint_plural(explore->capped), paint_count(explore->positions, digits));
    }
    if (explore->overflowed > 0) {
        (void)fprintf(stream, "%s", indent);
        put_count(stream, explore->overflowed, "position");
        (void)fprintf(stream,
                      " with more un-synced effects than a token can name (%d): the "
                      "oldest count as durable\n",
                      LOSS_ITEMS_MAX);
    }
    if (unjudged > 0) {
        (void)fprintf(stream, "%s", indent);
        put_count(stream, unjudged, "distinct image");
        (void)fputs(" not judged: it stopped before them\n", stream);
    }
}

void explore_text_scenario(FILE *stream, const struct campaign_explore *explore, const char *indent)
{
    (void)fputs(indent, stream);
    put_images(stream, explore);
    (void)fputs(indent, stream);
    put_reused(stream, explore);
    (void)fputs(indent, stream);
    put_traces(stream, explore);
    put_limits(stream, explore, indent);
}

/* The digest stands last on its line, so that two runs can be held against each other by eye. */
void explore_text_summary(FILE *stream, const struct campaign_explore *explore, const char *indent)
{
    char words[PAINT_DURATION_SIZE_BYTES];

    put_images(stream, explore);
    (void)fputs(indent, stream);
    put_reused(stream, explore);
    (void)fputs(indent, stream);
    put_traces(stream, explore);
    if (explore->capped == 0) {
        (void)fprintf(stream, "%s0 capped positions of %s\n", indent,
                      paint_count(explore->positions, words));
    }
    put_limits(stream, explore, indent);
    put_part(stream, indent, explore->legal, "checked legal by the second implementation, ");
    put_count(stream, explore->cross, "kill");
    (void)fputs(" compared with live files\n", stream);
    (void)fprintf(stream, "%speak memory %s a process, digest %016" PRIx64 "\n", indent,
                  paint_bytes(explore->peak_bytes, words), explore->digest);
}
