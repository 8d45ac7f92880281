/* A gate's lines. */
#include "reports/release/gate_text.h"

#include "harness/gate/cause_rules.h"
#include "reports/paint.h"

#include <inttypes.h>

static void label(FILE *stream, bool is_coloured, enum paint_tone tone, const char *word)
{
    (void)fprintf(stream, "%s%-9s%s ", paint_begin(is_coloured, tone), word,
                  paint_end(is_coloured, tone));
}

static size_t count_known(const struct gate_case *asked)
{
    size_t count = 0;
    for (uint32_t i = 0; i < asked->policy->known_count; i++) {
        count += cause_rules_find(asked->evidence, asked->policy->known[i].cause) != NULL;
    }
    return count;
}

void gate_text_sentence(const struct gate_case *asked, const struct verdict *verdict, char *text,
                        size_t text_size_bytes)
{
    size_t held = verdict->row_count - verdict->failed_count;
    size_t known = count_known(asked);
    char count[64] = "";
    if (known > 0) {
        (void)snprintf(count, sizeof(count), "; %zu known cause%s occurred", known,
                       paint_plural(known));
    }
    if (verdict_is_good(verdict)) {
        (void)snprintf(text, text_size_bytes, "may ship: %zu rules hold%s", held, count);
    } else {
        (void)snprintf(text, text_size_bytes, "must not ship: %zu reason%s, %zu rules hold%s%s",
                       verdict->failed_count, paint_plural(verdict->failed_count), held, count,
                       verdict->is_incomplete ? "; no memory for more" : "");
    }
}

static void put_known(FILE *stream, const struct gate_case *asked, bool is_coloured)
{
    for (uint32_t i = 0; i < asked->policy->known_count; i++) {
        const struct policy_known *known = &asked->policy->known[i];
        const struct evidence_cause *cause = cause_rules_find(asked->evidence, known->cause);
        char day[16];
        if (cause == NULL) {
            continue;
        }
        label(stream, is_coloured, PAINT_WARNING, "KNOWN");
        (void)fprintf(stream, "%s %s, %" PRIu64 " case%s: %s, owner %s, until %s\n", known->cause,
                      cause->text, cause->case_count, paint_plural(cause->case_count), known->issue,
                      known->owner, policy_day(known->expires, day));
    }
}

void gate_text_write(FILE *stream, const struct gate_case *asked, const struct verdict *verdict,
                     bool is_coloured, bool is_verbose)
{
    const struct evidence *evidence = asked->evidence;
    bool is_good = verdict_is_good(verdict);
    char sentence[160];
    label(stream, is_coloured, PAINT_STRONG, "GATE");
    (void)fprintf(stream, "%s: run %s, by %s\n", asked->policy->name,
                  evidence->id[0] == '\0' ? evidence->path : evidence->id, asked->policy->path);
    for (size_t i = 0; i < verdict->row_count; i++) {
        const struct verdict_row *row = &verdict->rows[i];
        if (!row->holds) {
            label(stream, is_coloured, PAINT_BAD, "FAIL");
            (void)fprintf(stream, "%s: %s\n", row->rule, row->reason);
        } else if (is_verbose) {
            label(stream, is_coloured, PAINT_GOOD, "ok");
            (void)fprintf(stream, "%s: %s (asked: %s)\n", row->rule, row->found, row->wanted);
        }
    }
    put_known(stream, asked, is_coloured);
    gate_text_sentence(asked, verdict, sentence, sizeof(sentence));
    (void)fprintf(stream, "%sgate: %s%s\n",
                  paint_begin(is_coloured, is_good ? PAINT_GOOD : PAINT_BAD), sentence,
                  paint_end(is_coloured, is_good ? PAINT_GOOD : PAINT_BAD));
}
