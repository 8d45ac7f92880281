/* A campaign's failures, made by hand. */
#ifndef HARNESS_CAUSE_TESTS_CAUSE_FIXTURE_H
#define HARNESS_CAUSE_TESTS_CAUSE_FIXTURE_H

#include "harness/cause/cause_group.h"
#include "harness/testkit/test.h"

struct cause_fixture {
    struct cause_book *book;
    struct campaign_summary *summary;
    struct campaign_scenario *scenario;
    struct campaign_case ended;
};

static inline void cause_fixture_open(struct cause_fixture *fixture)
{
    fixture->book = cause_book_new();
    fixture->summary = calloc(1, sizeof(*fixture->summary));
    fixture->scenario = calloc(1, sizeof(*fixture->scenario));
    assert_non_null(fixture->book);
    assert_non_null(fixture->summary);
    assert_non_null(fixture->scenario);
}

static inline void cause_fixture_close(struct cause_fixture *fixture)
{
    cause_book_free(fixture->book);
    free(fixture->summary);
    free(fixture->scenario);
}

static inline void cause_fixture_scenario(struct cause_fixture *fixture, const char *name,
                                          uint32_t expect)
{
    memset(fixture->scenario, 0, sizeof(*fixture->scenario));
    (void)snprintf(fixture->scenario->name, sizeof(fixture->scenario->name), "%s", name);
    fixture->scenario->expect = expect;
}

/* A case with these mechanisms, all at `place`, under the plan. */
static inline void cause_fixture_fail(struct cause_fixture *fixture, const char *plan,
                                      uint64_t mechanisms, enum mechanism_place place)
{
    struct campaign_case *ended = &fixture->ended;
    struct err err = ERR_INIT;
    char token[256];
    memset(ended, 0, sizeof(*ended));
    test_ok(plan_parse(plan, &points_engine, &ended->plan, &err), err);
    ended->role = plan[0] == '\0' ? CAMPAIGN_ROLE_TRACE : CAMPAIGN_ROLE_FAULT;
    ended->fired_count = plan_hit_count(&ended->plan);
    ended->end.outcome = OUTCOME_VIOLATED;
    ended->end.mechanisms = mechanisms;
    memset(ended->end.places, (int)place, sizeof(ended->end.places));
    (void)snprintf(token, sizeof(token), "%s:%s", fixture->scenario->name, plan);
    assert_int_equal(cause_book_add(fixture->book, fixture->scenario, ended, 1, token), 0);
}

static inline const struct campaign_cause *cause_fixture_group(struct cause_fixture *fixture,
                                                               uint32_t count)
{
    assert_int_equal(cause_group_make(fixture->book, fixture->summary), 0);
    assert_int_equal(fixture->summary->cause_count, count);
    return fixture->summary->causes;
}

#endif
