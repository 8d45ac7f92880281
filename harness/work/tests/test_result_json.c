/* A result is the same after it was a line; a line that was changed is refused. */
#include "harness/testkit/test.h"
#include "harness/work/result_json.h"

#define ALLOWED(number) ((number) % 97 + 1)

struct stage {
    struct pool_result in;
    struct pool_result out;
};

static struct stage *stage_new(void)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    assert_non_null(stage);
    hits_init(&stage->in.hits);
    hits_init(&stage->out.hits);
    return stage;
}

static void stage_free(struct stage *stage)
{
    hits_done(&stage->in.hits);
    hits_done(&stage->out.hits);
    free(stage);
}

static void fill_ending(struct ending *end)
{
    end->outcome = OUTCOME_VIOLATED;
    end->signal = -11;
    end->mechanisms = UINT64_C(1) << (MECHANISM_COUNT - 1) | 5;
    end->first = 4;
    end->places[0] = 1;
    end->places[MECHANISM_COUNT - 1] = (MECHANISM_PLACE_COUNT - 1) | ENDING_IS_NAME;
    end->violated = 3;
    end->checked = true;
    end->is_reused = true;
    end->sent_count = 7;
    end->recovered_crc = UINT32_MAX;
    end->crashed_hash = UINT64_MAX;
    end->recovered_hash = UINT64_C(1) << 63;
    (void)snprintf(end->detail, sizeof(end->detail), "line one\nline \"two\"\t\xc3\xa4");
}

static json_t *pass(struct stage *stage, bool with_hits)
{
    json_t *object = result_json_make(&stage->in, with_hits);
    char *text = json_dumps(object, JSON_COMPACT);
    assert_non_null(text);
    json_decref(object);
    object = json_loads(text, 0, NULL);
    free(text);
    assert_int_equal(result_json_read(object, &stage->out), 0);
    return object;
}

static void a_case_comes_back(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    struct campaign_case *ended = &stage->in.ended;
    ended->role = CAMPAIGN_ROLE_CONTROL;
    ended->events = 9;
    ended->fired_count = 2;
    ended->round_count = 3;
    ended->duration_us = UINT64_C(1) << 40;
    ended->reached[0] = UINT64_MAX;
    ended->hits[1][POINTS_MAX - 1] = UINT32_MAX;
    fill_ending(&ended->end);
    stage->in.has_audit = true;
    stage->in.audit.matched_count = 12;
    stage->in.audit.status = ERR_BROKEN;
    json_decref(pass(stage, true));
    assert_memory_equal(&stage->in.ended, &stage->out.ended, sizeof(stage->in.ended));
    assert_true(stage->out.has_audit);
    assert_int_equal(stage->out.audit.matched_count, 12);
    assert_int_equal(stage->out.audit.status, ERR_BROKEN);
    assert_false(stage->out.has_explored);
    /* Without its hits, which nobody asked for. */
    json_decref(pass(stage, false));
    memset(ended->hits, 0, sizeof(ended->hits));
    assert_memory_equal(&stage->in.ended, &stage->out.ended, sizeof(stage->in.ended));
    stage_free(stage);
}

static void a_trace_comes_back(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    stage->in.hits.round_count = 1;
    assert_int_equal(hits_add_moments(&stage->in.hits, 0, 0, 3), 0);
    json_t *object = pass(stage, false);
    assert_int_equal(stage->out.hits.entry_count, stage->in.hits.entry_count);
    assert_int_equal(stage->out.hits.counts[0][0], 3);
    assert_int_equal(stage->out.hits.round_count, 1);
    (void)json_object_set_new(object, "trace", json_string("zz"));
    assert_int_equal(result_json_read(object, &stage->out), -EBADMSG);
    json_decref(object);
    stage_free(stage);
}

static void a_job_comes_back(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    struct explore_result *found = &stage->in.explored;
    stage->in.has_explored = true;
#define X(name) found->counts.name = ALLOWED(offsetof(struct campaign_explore, name));
    CAMPAIGN_EXPLORE_MAP(X)
#undef X
    found->counts.digest = UINT64_MAX - 1;
    found->counts.peak_bytes = 4096;
    found->position_count = 48;
    found->violated = 1;
    found->failed = 3;
    found->first_failed = 2;
    found->failed_unlike = 1;
    found->recovered[0] = 1;
    found->recovered[EXPLORE_RECOVERED_BITS / 64 - 1] = UINT64_MAX;
    found->failure_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        fill_ending(&found->failures[i]);
        found->failed_counts[i] = i + 1;
        found->failed_lost[i] = i;
        (void)snprintf(found->failed_plans[i], sizeof(found->failed_plans[i]), "plan %u", i);
    }
    found->next_count = 1;
    (void)snprintf(found->next[0], sizeof(found->next[0]), "next");
    (void)snprintf(found->broken, sizeof(found->broken), "why");
    json_decref(pass(stage, false));
    assert_true(stage->out.has_explored);
    assert_memory_equal(found, &stage->out.explored, sizeof(*found));
    stage_free(stage);
}

/* What a member would become, and the object it is in. */
static const struct {
    const char *object;
    const char *key;
    const char *value;
} wrong[] = {
    {"case", "role", "5"},
    {"case", "role", "-1"},
    {"case", "role", "\"fault\""},
    {"case", "round_count", "9"},
    {"case", "is_image", "2"},
    {"case", "reached", "[0]"},
    {"case", "reached", "[99, 1]"},
    {"case", "reached", "[-1, 1]"},
    {"case", "hits", "[0, 4294967296]"},
    {"case", "hit_count", "4294967296"},
    {"case", "end", "null"},
    {"end", "outcome", "99"},
    {"end", "mechanisms", "-1"},
    {"end", "places", "[0, 127]"},
    {"end", "detail", "7"},
    {"explored", "next", "[7]"},
    {"explored", "failures", "[{}]"},
    {"explored", "position_count", "99999999"},
    {"explored", "counts", "[]"},
};

static void what_is_not_within_bounds_is_refused(void **state)
{
    (void)state;
    struct stage *stage = stage_new();
    stage->in.has_explored = true;
    for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
        json_t *object = pass(stage, true);
        json_t *of =
            json_object_get(object, strcmp(wrong[i].object, "end") == 0 ? "case" : wrong[i].object);
        of = strcmp(wrong[i].object, "end") == 0 ? json_object_get(of, "end") : of;
        (void)json_object_set_new(of, wrong[i].key,
                                  json_loads(wrong[i].value, JSON_DECODE_ANY, NULL));
        if (result_json_read(object, &stage->out) != -EBADMSG) {
            fail_msg("%s.%s = %s was taken", wrong[i].object, wrong[i].key, wrong[i].value);
        }
        json_decref(object);
    }
    assert_int_equal(result_json_read(NULL, &stage->out), -EBADMSG);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_comes_back),
        cmocka_unit_test(a_trace_comes_back),
        cmocka_unit_test(a_job_comes_back),
        cmocka_unit_test(what_is_not_within_bounds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
