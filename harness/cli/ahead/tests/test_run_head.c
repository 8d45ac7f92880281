/* A head says what a run was; what differs is named. */
#include "harness/cli/ahead/run_head.h"
#include "harness/testkit/test.h"

struct stage {
    struct supervisor_options campaign;
    struct campaign_shard shard;
    struct campaign_identity identity;
    const char *target;
    const char *words[2];
};

static json_t *head_of(struct stage *stage)
{
    char one[] = "plain-sync";
    char *words[] = {one};
    const struct run_head_call call = {.campaign = &stage->campaign,
                                       .target = &stage->target,
                                       .words = words,
                                       .word_count = 1,
                                       .shard = &stage->shard,
                                       .identity = &stage->identity};
    json_t *head = run_head_make(&call);
    assert_non_null(head);
    return head;
}

static void fill(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    stage->campaign.seed = 0xc0ffee;
    stage->campaign.cases_max = 40;
    stage->campaign.depth_full = true;
    stage->campaign.jobs = 3;
    stage->campaign.switches[0] = "fixed";
    stage->campaign.switch_count = 1;
    stage->shard = (struct campaign_shard){.index = 2, .count = 4, .suite = "ab", .weights = "cd"};
    (void)snprintf(stage->identity.revision, sizeof(stage->identity.revision), "1234");
    (void)snprintf(stage->identity.worker_hash, sizeof(stage->identity.worker_hash), "77");
}

static void options_come_back(void **state)
{
    (void)state;
    struct stage stage;
    struct stage other = {.target = NULL};
    char **words = NULL;
    struct err err = ERR_INIT;
    fill(&stage);
    stage.target = "program:x";
    json_t *head = head_of(&stage);
    struct run_head_call call = {.campaign = &other.campaign, .target = &other.target};
    test_ok(run_head_adopt(head, &call, &words, &err), err);
    assert_int_equal(other.campaign.seed, 0xc0ffee);
    assert_int_equal(other.campaign.cases_max, 40);
    assert_true(other.campaign.depth_full);
    assert_int_equal(other.campaign.jobs, 3);
    assert_string_equal(other.campaign.switches[0], "fixed");
    assert_string_equal(other.target, "program:x");
    assert_int_equal(call.word_count, 1);
    assert_string_equal(call.words[0], "plain-sync");
    assert_int_equal(run_head_shard(head), 2);
    assert_int_equal(run_head_shards(head), 4);
    free(words[0]);
    free(words);
    json_decref(head);
}

static void difference(struct stage *left, struct stage *right, const char *expected)
{
    char *one = NULL;
    char *other = NULL;
    json_t *left_head = head_of(left);
    json_t *right_head = head_of(right);
    const char *found = run_head_difference(left_head, right_head, &one, &other);
    if (expected == NULL) {
        assert_null(found);
        assert_null(one);
    } else {
        assert_non_null(found);
        assert_string_equal(found, expected);
        assert_non_null(one);
        assert_string_not_equal(one, other);
    }
    free(one);
    free(other);
    json_decref(left_head);
    json_decref(right_head);
}

static void what_differs_is_named(void **state)
{
    (void)state;
    struct stage one;
    struct stage other;
    fill(&one);
    fill(&other);
    other.shard.index = 3;
    other.campaign.jobs = 9;
    other.identity.cores = 64;
    difference(&one, &other, NULL);
    other.campaign.cases_max = 41;
    difference(&one, &other, "options");
    other.shard.count = 5;
    difference(&one, &other, "number of shards");
    other.campaign.seed = 1;
    difference(&one, &other, "seed");
    (void)snprintf(other.shard.weights, sizeof(other.shard.weights), "ee");
    difference(&one, &other, "weights");
    (void)snprintf(other.shard.suite, sizeof(other.shard.suite), "ee");
    difference(&one, &other, "suite");
    (void)snprintf(other.identity.revision, sizeof(other.identity.revision), "ee");
    difference(&one, &other, "revision");
}

/* A clean revision is the same program wherever it was built; changed sources are not. */
static void changed_sources_are_told_by_their_bytes(void **state)
{
    (void)state;
    struct stage one;
    struct stage other;
    fill(&one);
    fill(&other);
    (void)snprintf(other.identity.worker_hash, sizeof(other.identity.worker_hash), "78");
    difference(&one, &other, NULL);
    one.identity.is_dirty = true;
    difference(&one, &other, "revision");
    other.identity.is_dirty = true;
    difference(&one, &other, "build");
    (void)snprintf(one.identity.flags, sizeof(one.identity.flags), "-O2");
    difference(&one, &other, "build");
}

static void what_a_call_asks_besides_is_named(void **state)
{
    (void)state;
    struct stage stage;
    struct stage call_stage = {.target = NULL};
    char name[] = "plain-async";
    char *words[] = {name};
    fill(&stage);
    json_t *head = head_of(&stage);
    struct run_head_call call = {.campaign = &call_stage.campaign,
                                 .target = &call_stage.target,
                                 .shard = &call_stage.shard,
                                 .identity = &call_stage.identity};
    assert_null(run_head_besides(head, &call));
    call_stage.campaign.cases_max = 40;
    assert_null(run_head_besides(head, &call));
    call_stage.campaign.cases_max = 41;
    assert_non_null(run_head_besides(head, &call));
    call_stage.campaign.cases_max = 0;
    call.words = words;
    call.word_count = 1;
    assert_non_null(run_head_besides(head, &call));
    json_decref(head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_come_back),
        cmocka_unit_test(what_differs_is_named),
        cmocka_unit_test(changed_sources_are_told_by_their_bytes),
        cmocka_unit_test(what_a_call_asks_besides_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
