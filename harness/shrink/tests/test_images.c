/* The fewest lost items that a store fails by. */
#include "harness/shrink/images.h"
#include "harness/shrink/tests/shrink_case.h"

/* Looks under a model; what is found fails when it is replayed, on real files. */
static uint32_t look(enum loss_model model, bool is_fewest)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_LOST, SHRINK_CASE_LOST_PLAN);
    const struct images_options options = {
        .model = model, .any_point = is_fewest, .is_fewest = is_fewest, .bound = 64};
    struct trial trial;
    uint32_t dropped = 0;
    shrink_case_begin(&trial, candidate);
    if (images_find(&trial, candidate, &options)) {
        assert_true(trial_fails(&trial, candidate));
        assert_true(images_is_for(&candidate->token.plan));
        dropped = candidate_size(candidate).dropped;
        assert_int_equal(candidate->token.plan.rounds[0].hits[0].fault.loss.model, model);
    }
    trial_done(&trial);
    free(candidate);
    return dropped;
}

static void finds_a_failing_image_with_less(void **state)
{
    (void)state;
    uint32_t first = look(LOSS_MODEL_ALL, false);
    uint32_t fewest = look(LOSS_MODEL_ALL, true);
    assert_in_range(first, 1, 17);
    assert_in_range(fewest, 1, first);
    /* Without any sync of a directory or page the whole inode goes. */
    assert_in_range(look(LOSS_MODEL_BTRFS, true), 1, 17);
}

static void is_for_power_losses_only(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    const struct images_options options = {.bound = 8};
    struct trial trial;
    (void)state;
    assert_false(images_is_for(&candidate->token.plan));
    shrink_case_begin(&trial, candidate);
    assert_false(images_find(&trial, candidate, &options));
    trial_done(&trial);
    free(candidate);
}

static void finds_nothing_where_nothing_fails(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_LOST, SHRINK_CASE_LOST_PLAN);
    const struct images_options options = {.model = LOSS_MODEL_ALL, .bound = 8, .judged_max = 200};
    struct trial trial;
    const struct plan before = candidate->token.plan;
    (void)state;
    shrink_case_begin(&trial, candidate);
    trial.goal.among = UINT64_MAX;
    trial.goal.mechanism = MECHANISM_SECOND_WROTE;
    assert_false(images_find(&trial, candidate, &options));
    assert_memory_equal(&candidate->token.plan, &before, sizeof(before));
    trial_done(&trial);
    free(candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_failing_image_with_less),
        cmocka_unit_test(is_for_power_losses_only),
        cmocka_unit_test(finds_nothing_where_nothing_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
