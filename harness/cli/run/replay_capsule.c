/* replay CAPSULE: the store by itself, then the whole case; what both say together. */
#include "harness/cli/run/replay_capsule.h"

#include "harness/cli/exit_code.h"
#include "reports/collect.h"
#include "reports/json.h"
#include "reports/paint.h"
#include "reports/result_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

/* What the two parts come to. */
struct said {
    enum exit_code code;
    const char *word;
    const char *reason;
};

/* Only the case can be believed where both are run: a store that was damaged before the crash is
 * damaged whoever opens it.  Without the case the restart decides, if it showed anything at all. */
static struct said say(const struct capsule_manifest *manifest, const struct capsule_replay *replay)
{
    const struct capsule_replay_part *whole = &replay->whole;
    const struct capsule_replay_part *restart = &replay->restart;
    bool is_run = whole->verdict != CAPSULE_REPLAY_NOT_RUN;
    const struct capsule_replay_part *decides = is_run ? whole : restart;
    const struct ending *recorded = is_run ? &manifest->end : &manifest->restart;
    if (collect_is_broken(decides->ended.end.outcome)) {
        return (struct said){EXIT_CODE_BROKEN, "harness-broken", ""};
    }
    if (decides->verdict == CAPSULE_REPLAY_OTHER) {
        return (struct said){EXIT_CODE_FAILED, "otherwise than recorded", ""};
    }
    if (decides->verdict == CAPSULE_REPLAY_INTACT) {
        bool is_damaged = is_run && restart->ended.end.outcome != OUTCOME_INTACT;
        return (struct said){EXIT_CODE_OK, "now intact",
                             is_damaged ? "the case no longer damages its store; the one in the "
                                          "capsule was damaged before the crash"
                                        : ""};
    }
    if (recorded->outcome != OUTCOME_INTACT) {
        return (struct said){EXIT_CODE_FAILED, "still as recorded", ""};
    }
    if (!is_run && manifest->end.outcome != OUTCOME_INTACT) {
        return (struct said){EXIT_CODE_NOTHING, "not judged",
                             "what was recorded shows in the run alone, which cannot be had here"};
    }
    return (struct said){EXIT_CODE_OK, "intact, as recorded", ""};
}

static const char *verdict_text(const struct capsule_replay_part *part)
{
    switch (part->verdict) {
    case CAPSULE_REPLAY_SAME:
        return "as recorded";
    case CAPSULE_REPLAY_INTACT:
        return "now intact";
    case CAPSULE_REPLAY_OTHER:
        return "otherwise than recorded";
    case CAPSULE_REPLAY_NOT_RUN:
        break;
    }
    return "not run";
}

static void print_part(const char *label, const struct ending *recorded,
                       const struct capsule_replay_part *part)
{
    char then[512];
    char now[512];
    capsule_manifest_say(recorded, then, sizeof(then));
    capsule_manifest_say(&part->ended.end, now, sizeof(now));
    (void)printf("%-10s %s: ", label, verdict_text(part));
    if (part->verdict == CAPSULE_REPLAY_NOT_RUN) {
        (void)printf("%s\n%-10s recorded %s\n", part->reason, "", then);
        return;
    }
    (void)printf("%s\n", now);
    if (part->verdict != CAPSULE_REPLAY_SAME) {
        (void)printf("%-10s recorded %s\n", "", then);
    }
    if (part->reason[0] != '\0') {
        (void)printf("%-10s %s\n", "", part->reason);
    }
    result_text_detail(stdout, part->ended.end.detail, "           ", 20);
}

static void print_text(const struct capsule *capsule, const struct capsule_replay *replay,
                       const struct said *said, bool is_coloured)
{
    const struct capsule_manifest *manifest = capsule_manifest(capsule);
    enum paint_tone tone = said->code == EXIT_CODE_OK ? PAINT_GOOD : PAINT_BAD;
    (void)printf("capsule    by %s\n           %s\n", manifest->made_by, manifest->token);
    print_part("restart", &manifest->restart, &replay->restart);
    print_part("case", &manifest->end, &replay->whole);
    (void)printf("%s%s%s%s%s\n", paint_begin(is_coloured, tone), said->word,
                 paint_end(is_coloured, tone), said->reason[0] == '\0' ? "" : ": ", said->reason);
    (void)printf("cases: %d passed, %d failed, %d skipped\n", said->code == EXIT_CODE_OK,
                 said->code != EXIT_CODE_OK && said->code != EXIT_CODE_NOTHING,
                 said->code == EXIT_CODE_NOTHING);
}

static json_t *json_ending(const struct ending *ending)
{
    return json_pack("{ss so si si}", "outcome", outcome_name(ending->outcome), "violated",
                     json_properties(ending->violated), "acked", ending->acked_count, "found",
                     ending->found_count);
}

static json_t *json_part(const struct ending *recorded, const struct capsule_replay_part *part)
{
    bool is_run = part->verdict != CAPSULE_REPLAY_NOT_RUN;
    json_t *object =
        json_pack("{ss so so}", "verdict", verdict_text(part), "recorded", json_ending(recorded),
                  "now", is_run ? json_ending(&part->ended.end) : json_null());
    /* What a store said need not be UTF-8: then there is no such key, and the rest stands. */
    (void)json_object_set_new(object, "reason", json_string(part->reason));
    (void)json_object_set_new(object, "detail", json_string(part->ended.end.detail));
    return object;
}

static void print_json(const struct capsule *capsule, const struct capsule_replay *replay,
                       const struct said *said)
{
    const struct capsule_manifest *manifest = capsule_manifest(capsule);
    json_t *object =
        json_pack("{si ss ss ss si so so}", "schema_version", 1, "token", manifest->token,
                  "made_by", manifest->made_by, "verdict", said->word, "exit_code", (int)said->code,
                  "restart", json_part(&manifest->restart, &replay->restart), "case",
                  json_part(&manifest->end, &replay->whole));
    (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    (void)putchar('\n');
    json_decref(object);
}

int replay_capsule(const char *path, const struct capsule_replay_options *options, bool is_json,
                   bool is_coloured, int *ret_code, struct err *err)
{
    struct capsule *capsule = NULL;
    struct capsule_replay *replay = calloc(1, sizeof(*replay));
    if (replay == NULL) {
        return err_set(err, -ENOMEM, "no memory for a capsule");
    }
    int r = capsule_open(path, &capsule, err);
    if (r < 0) {
        goto out;
    }
    r = capsule_replay_run(options, capsule, replay, err);
    if (r < 0) {
        (void)err_wrap(err, r, "capsule '%s'", path);
        goto out;
    }
    struct said said = say(capsule_manifest(capsule), replay);
    *ret_code = (int)said.code;
    if (is_json) {
        print_json(capsule, replay, &said);
    } else {
        print_text(capsule, replay, &said, is_coloured);
    }
out:
    capsule_close(capsule);
    free(replay);
    return r;
}
