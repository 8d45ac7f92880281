/* Groups symptoms: see cause_group.h. */
#include "harness/cause/cause_group.h"

#include "harness/cause/cause_fingerprint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So much of one symptom must lie where the other is, in percent: not all, since a case may be too
 * short for the one and long enough for the other. */
#define SHARE_PERCENT 90

/* What is known of a symptom beyond its words. */
struct sum {
    uint64_t case_count;
    uint64_t lossy_count; /* of them with something lost */
    uint32_t root;        /* the symptom that it belongs to; itself: a cause */
    uint64_t error_count; /* cases of which the last fault was an error that a call returned */
    uint64_t errors[POINTS_MAX + 1]; /* by its point */
};

struct grouping {
    const struct cause_book *book;
    uint32_t symptom_count;
    uint32_t scenario_count;
    struct sum *sums;
    uint64_t *cases; /* [symptom][scenario] */
};

static uint64_t *cases_of(const struct grouping *grouping, uint32_t symptom)
{
    return grouping->cases + (size_t)symptom * grouping->scenario_count;
}

static bool is_error(uint32_t kind)
{
    return kind == FAULT_EIO || kind == FAULT_ENOSPC || kind == FAULT_SHORT;
}

static void add_up(const struct grouping *grouping)
{
    for (uint32_t i = 0; i < grouping->symptom_count; i++) {
        grouping->sums[i].root = i;
    }
    for (uint32_t i = 0; i < cause_book_row_count(grouping->book); i++) {
        const struct cause_row *row = cause_book_row(grouping->book, i);
        for (uint32_t k = 0; cause_book_is_counted(grouping->book, row) && k < row->symptom_count;
             k++) {
            uint32_t symptom = row->symptoms[k];
            struct sum *sum = &grouping->sums[symptom];
            sum->case_count += row->count;
            sum->lossy_count += row->is_lossy ? row->count : 0;
            if (is_error(row->kind)) {
                sum->error_count += row->count;
                sum->errors[row->point] += row->count;
            }
            cases_of(grouping, symptom)[row->scenario] += row->count;
        }
    }
}

/* Whether `one` strikes nearly everywhere where `other` does. */
static bool is_where(const struct grouping *grouping, uint32_t one, uint32_t other)
{
    uint64_t shared = 0;
    for (uint32_t i = 0; i < grouping->scenario_count; i++) {
        shared += cases_of(grouping, one)[i] > 0 ? cases_of(grouping, other)[i] : 0;
    }
    return grouping->sums[one].case_count > 0 &&
           shared * 100 >= grouping->sums[other].case_count * SHARE_PERCENT;
}

/* Bytes or names that one sync would have made durable. */
static bool is_same_sync(const struct cause_symptom *one, const struct cause_symptom *other)
{
    return mechanism_is_order(one->mechanism) && mechanism_is_order(other->mechanism) &&
           one->place == other->place && one->place != MECHANISM_PLACE_NONE;
}

/* Whether the other may belong to the one at all. Bytes come before the name that leads to them:
 * who does not sync the bytes of a new file does not get to its directory either. */
static bool is_earlier(const struct cause_symptom *one, const struct cause_symptom *other)
{
    if (one->mechanism == MECHANISM_COUNT || other->mechanism == MECHANISM_COUNT) {
        return false;
    }
    return one->mechanism < other->mechanism ||
           (one->mechanism == other->mechanism && one->place < other->place);
}

/* Whether both come of calls that returned an error, and of the same calls. */
static bool is_same_error(const struct grouping *grouping, uint32_t one, uint32_t other)
{
    const struct sum *left = &grouping->sums[one];
    const struct sum *right = &grouping->sums[other];
    uint64_t shared = 0;
    for (uint32_t i = 0; i <= POINTS_MAX; i++) {
        shared += left->errors[i] > 0 ? right->errors[i] : 0;
    }
    return left->case_count > 0 && left->error_count * 100 >= left->case_count * SHARE_PERCENT &&
           shared * 100 >= right->case_count * SHARE_PERCENT;
}

/* Whether the later symptom needs no cause of its own beside the earlier one. */
static bool belongs_to(const struct grouping *grouping, uint32_t earlier, uint32_t later)
{
    const struct cause_symptom *one = cause_book_symptom(grouping->book, earlier);
    const struct cause_symptom *other = cause_book_symptom(grouping->book, later);
    if (!is_earlier(one, other)) {
        return false;
    }
    const struct sum *sum = &grouping->sums[later];
    bool is_lossy = sum->lossy_count * 100 >= sum->case_count * SHARE_PERCENT;
    uint64_t explained = mechanism_explained(one->mechanism, is_lossy);
    bool is_explained = (explained >> other->mechanism & 1) != 0;
    bool is_its_name =
        one->mechanism == other->mechanism && (one->place | ENDING_IS_NAME) == other->place;
    if (one->mechanism == other->mechanism && !is_its_name) {
        return false;
    }
    is_explained = is_explained || is_its_name;
    return (is_same_sync(one, other) && grouping->sums[earlier].case_count > 0) ||
           is_same_error(grouping, earlier, later) ||
           (is_explained && is_where(grouping, earlier, later));
}

/* Each symptom goes to the first that takes it, and with that to whatever takes that one. */
static void find_roots(const struct grouping *grouping)
{
    for (uint32_t i = 0; i < grouping->symptom_count; i++) {
        for (uint32_t k = 0; k < grouping->symptom_count; k++) {
            uint32_t root = grouping->sums[i].root;
            const struct cause_symptom *best = cause_book_symptom(grouping->book, root);
            bool is_better = root == i || is_earlier(cause_book_symptom(grouping->book, k), best);
            if (is_better && belongs_to(grouping, k, i)) {
                grouping->sums[i].root = k;
            }
        }
    }
    for (uint32_t i = 0; i < grouping->symptom_count; i++) {
        uint32_t root = i;
        while (grouping->sums[root].root != root) {
            root = grouping->sums[root].root;
        }
        grouping->sums[i].root = root;
    }
}

/* Counted once, however many of its symptoms belong to the cause. */
static bool is_of(const struct grouping *grouping, const struct cause_row *row, uint32_t root)
{
    for (uint32_t i = 0; i < row->symptom_count; i++) {
        if (grouping->sums[row->symptoms[i]].root == root) {
            return true;
        }
    }
    return false;
}

static void add_row(const struct grouping *grouping, const struct cause_row *row,
                    struct campaign_cause *cause)
{
    const char *target = cause_book_scenario_target(grouping->book, row->scenario);
    cause->case_count += row->count;
    cause->mechanisms |= row->mechanisms;
    cause->is_lossy = cause->is_lossy && row->is_lossy;
    cause->kinds[row->kind] += row->count;
    if (points_of(target) == points_of(cause->simplest.target)) {
        cause->points[row->point] += row->count;
    }
}

/* The simplest case comes from the root alone: of all symptoms it says best what is wrong. */
static void make_cause(const struct grouping *grouping, uint32_t root, struct campaign_cause *cause)
{
    const struct cause_symptom *symptom = cause_book_symptom(grouping->book, root);
    uint32_t last = UINT32_MAX;
    memset(cause, 0, sizeof(*cause));
    cause->mechanism = symptom->mechanism;
    cause->place = (enum mechanism_place)(symptom->place & ~ENDING_IS_NAME);
    cause->is_name = (symptom->place & ENDING_IS_NAME) != 0;
    cause->outcome = symptom->outcome;
    cause->signal = symptom->signal;
    (void)snprintf(cause->function, sizeof(cause->function), "%s", symptom->function);
    cause_fingerprint_set(cause);
    cause->simplest = symptom->simplest;
    cause->is_lossy = true;
    for (uint32_t i = 0; i < grouping->symptom_count; i++) {
        enum mechanism other = cause_book_symptom(grouping->book, i)->mechanism;
        if (grouping->sums[i].root == root && grouping->sums[i].case_count > 0 &&
            other != symptom->mechanism && other != MECHANISM_COUNT) {
            cause->merged |= UINT64_C(1) << other;
        }
    }
    for (uint32_t i = 0; i < cause_book_row_count(grouping->book); i++) {
        const struct cause_row *row = cause_book_row(grouping->book, i);
        if (!cause_book_is_counted(grouping->book, row) || !is_of(grouping, row, root)) {
            continue;
        }
        add_row(grouping, row, cause);
        /* Rows of a scenario lie together but where its seed has changed. */
        if (row->scenario != last && cause->scenario_count < CAMPAIGN_CAUSE_SCENARIOS_MAX) {
            (void)snprintf(cause->scenarios[cause->scenario_count], CAMPAIGN_NAME_SIZE_BYTES, "%s",
                           cause_book_scenario_name(grouping->book, row->scenario));
        }
        cause->scenario_count += row->scenario != last;
        last = row->scenario;
    }
}

static int compare(const void *left, const void *right)
{
    const struct campaign_cause *one = left;
    const struct campaign_cause *other = right;
    if (one->scenario_count != other->scenario_count) {
        return one->scenario_count < other->scenario_count ? 1 : -1;
    }
    if (one->case_count != other->case_count) {
        return one->case_count < other->case_count ? 1 : -1;
    }
    return (one->mechanism > other->mechanism) - (one->mechanism < other->mechanism);
}

int cause_group_make(const struct cause_book *book, struct campaign_summary *summary)
{
    struct grouping grouping = {.book = book,
                                .symptom_count = cause_book_symptom_count(book),
                                .scenario_count = cause_book_scenario_count(book)};
    size_t cells = (size_t)grouping.symptom_count * grouping.scenario_count;
    summary->cause_count = 0;
    summary->causes_dropped = 0;
    if (cells == 0) {
        return 0;
    }
    grouping.sums = calloc(grouping.symptom_count, sizeof(*grouping.sums));
    grouping.cases = calloc(cells, sizeof(*grouping.cases));
    int r = grouping.sums == NULL || grouping.cases == NULL ? -ENOMEM : 0;
    if (r < 0) {
        goto out;
    }
    add_up(&grouping);
    find_roots(&grouping);
    for (uint32_t i = 0; i < grouping.symptom_count; i++) {
        if (grouping.sums[i].root != i || grouping.sums[i].case_count == 0) {
            continue;
        }
        if (summary->cause_count == CAMPAIGN_CAUSES_MAX) {
            summary->causes_dropped++;
            continue;
        }
        make_cause(&grouping, i, &summary->causes[summary->cause_count++]);
    }
    qsort(summary->causes, summary->cause_count, sizeof(summary->causes[0]), compare);
out:
    free(grouping.sums);
    free(grouping.cases);
    return r;
}
