/* Counts failures: see cause_book.h. */
#include "harness/cause/cause_book.h"

#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scenario {
    char name[CAMPAIGN_NAME_SIZE_BYTES];
    char target[POINTS_TARGET_SIZE_BYTES];
    bool is_unjudged;
};

/* Symptoms are few and large, rows are many and small.  Rows of a scenario lie together, since its
 * cases come together: a new failure is looked for among them alone. */
struct cause_book {
    struct cause_symptom *symptoms[CAUSE_SYMPTOMS_MAX];
    uint32_t symptom_count;
    struct cause_row *rows;
    uint32_t row_count;
    uint32_t row_capacity;
    uint32_t first_row; /* of the scenario that came last */
    struct scenario *scenarios;
    uint32_t scenario_count;
    uint32_t scenario_capacity;
    bool is_unsound;
};

struct cause_book *cause_book_new(void)
{
    return calloc(1, sizeof(struct cause_book));
}

struct cause_book *cause_book_free(struct cause_book *book)
{
    if (book != NULL) {
        for (uint32_t i = 0; i < book->symptom_count; i++) {
            free(book->symptoms[i]);
        }
        free(book->rows);
        free(book->scenarios);
        free(book);
    }
    return NULL;
}

/* Whether the disk lost, refused or falsified something that was not durable: what an order that
 * was not kept needs to do harm. */
static bool is_lossy(const struct plan *plan)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        const struct plan_round *round = &plan->rounds[r];
        for (uint32_t i = 0; i < round->hit_count; i++) {
            enum fault_kind kind = round->hits[i].fault.kind;
            if (kind == FAULT_POWER_LOSS || kind == FAULT_SYNC_EIO || kind == FAULT_SYNC_LIE) {
                return true;
            }
        }
        for (uint32_t i = 0; i < round->before_count; i++) {
            enum plan_before_kind kind = round->before[i].kind;
            if (kind == PLAN_BEFORE_ROT || kind == PLAN_BEFORE_COPY) {
                return true;
            }
        }
    }
    return false;
}

/* The function of the engine in which a stack begins: its frames are lines "  at FUNCTION
 * (FILE:LINE)" or "  at FUNCTION at FILE:LINE", innermost first. */
static void find_function(const char *detail, char *name, size_t name_size_bytes)
{
    const char *at = strstr(detail, "\n  at ");
    name[0] = '\0';
    while (at != NULL) {
        at += strlen("\n  at ");
        size_t line = strcspn(at, "\n");
        const char *store = strstr(at, "store/");
        if (store != NULL && (size_t)(store - at) < line) {
            (void)snprintf(name, name_size_bytes, "%.*s", (int)strcspn(at, " \n"), at);
            return;
        }
        at = strstr(at, "\n  at ");
    }
}

/* The first two words of why the harness contradicts itself: which of its checks it was. */
static void find_reason(const char *detail, char *reason, size_t reason_size_bytes)
{
    size_t length = strcspn(detail, " \n");
    length += detail[length] == ' ' ? 1 + strcspn(detail + length + 1, " \n") : 0;
    (void)snprintf(reason, reason_size_bytes, "%.*s", (int)length, detail);
}

static bool has_mechanisms(const struct ending *end)
{
    return end->mechanisms != 0 &&
           (end->outcome == OUTCOME_VIOLATED || end->outcome == OUTCOME_REFUSED);
}

static bool is_like(const struct cause_symptom *one, const struct cause_symptom *other)
{
    return one->mechanism == other->mechanism && one->place == other->place &&
           one->outcome == other->outcome && one->signal == other->signal &&
           strcmp(one->function, other->function) == 0;
}

/* Its index, or CAUSE_SYMPTOMS_MAX when out of memory.  A store that fails in more ways than there
 * is room for fails in the last one more. */
static uint32_t find_symptom(struct cause_book *book, const struct cause_symptom *wanted)
{
    uint32_t i = 0;
    while (i < book->symptom_count && !is_like(book->symptoms[i], wanted)) {
        i++;
    }
    if (i < book->symptom_count) {
        return i;
    }
    if (i == CAUSE_SYMPTOMS_MAX) {
        return CAUSE_SYMPTOMS_MAX - 1;
    }
    book->symptoms[i] = malloc(sizeof(*wanted));
    if (book->symptoms[i] == NULL) {
        return CAUSE_SYMPTOMS_MAX;
    }
    *book->symptoms[i] = *wanted;
    memset(&book->symptoms[i]->rank, 0xFF, sizeof(book->symptoms[i]->rank));
    book->symptom_count++;
    return i;
}

/* What broke first explains what was found after it in the same store, though in another store it
 * might be the other way round.  Rules of order tell of the run before: they are first in any case.
 * `planted`: the properties that the scenario's own defect breaks, which is what it is there for.
 */
static uint64_t roots_of(const struct ending *end, uint32_t planted, bool is_lossy)
{
    uint64_t order = 0;
    uint64_t unplanted = 0;
    for (uint64_t rest = end->mechanisms; rest != 0; rest &= rest - 1) {
        enum mechanism mechanism = mechanism_root(rest);
        bool is_planted = (planted >> mechanism_property(mechanism) & 1) != 0;
        order |= mechanism_is_order(mechanism) ? rest & -rest : 0;
        unplanted |= is_planted ? 0 : rest & -rest;
    }
    order &= unplanted;
    uint64_t first = end->first & unplanted & ~order;
    first = first != 0 ? first : unplanted & ~order;
    return mechanism_roots(order | first, is_lossy);
}

/* What the case shows, as row->symptoms.  0 or -ENOMEM. */
static int find_symptoms(struct cause_book *book, const struct campaign_scenario *scenario,
                         const struct campaign_case *ended, struct cause_row *row)
{
    const struct ending *end = &ended->end;
    struct cause_symptom wanted = {.mechanism = MECHANISM_COUNT, .outcome = OUTCOME_VIOLATED};
    uint64_t roots = 0;
    if (has_mechanisms(end)) {
        roots =
            roots_of(end, row->is_control ? 0 : scenario->expect | scenario->also, row->is_lossy);
        roots = roots != 0 ? roots : roots_of(end, 0, row->is_lossy);
    } else {
        wanted.outcome = end->outcome;
        wanted.signal = end->signal;
        (end->outcome == OUTCOME_HARNESS_BROKEN ? find_reason : find_function)(
            end->detail, wanted.function, sizeof(wanted.function));
    }
    do {
        if (roots != 0) {
            wanted.mechanism = mechanism_root(roots);
            wanted.place = end->places[wanted.mechanism];
            roots &= roots - 1;
        }
        uint32_t found = find_symptom(book, &wanted);
        if (found == CAUSE_SYMPTOMS_MAX) {
            return -ENOMEM;
        }
        row->symptoms[row->symptom_count++] = (uint16_t)found;
    } while (roots != 0 && row->symptom_count < CAUSE_ROOTS_MAX);
    return 0;
}

/* The number of the scenario, which is the last one or a new one. */
static int find_scenario(struct cause_book *book, const struct campaign_scenario *scenario,
                         uint32_t *ret_number)
{
    uint32_t i = book->scenario_count;
    while (i > 0 && (strcmp(book->scenarios[i - 1].name, scenario->name) != 0 ||
                     strcmp(book->scenarios[i - 1].target, scenario->target) != 0)) {
        i--;
    }
    if (i > 0) {
        *ret_number = i - 1;
        return 0;
    }
    int r = grow_array((void **)&book->scenarios, book->scenario_count, &book->scenario_capacity,
                       sizeof(*book->scenarios));
    if (r < 0) {
        return r;
    }
    struct scenario *made = &book->scenarios[book->scenario_count];
    made->is_unjudged = false;
    (void)snprintf(made->name, sizeof(made->name), "%s", scenario->name);
    (void)snprintf(made->target, sizeof(made->target), "%s", scenario->target);
    book->first_row = book->row_count;
    *ret_number = book->scenario_count++;
    return 0;
}

static bool is_same_row(const struct cause_row *one, const struct cause_row *other)
{
    return one->scenario == other->scenario && one->symptom_count == other->symptom_count &&
           memcmp(one->symptoms, other->symptoms, sizeof(one->symptoms)) == 0 &&
           one->point == other->point && one->kind == other->kind &&
           one->is_lossy == other->is_lossy && one->is_control == other->is_control &&
           one->mechanisms == other->mechanisms;
}

static int count_row(struct cause_book *book, const struct cause_row *row)
{
    uint32_t i = book->first_row;
    while (i < book->row_count && !is_same_row(&book->rows[i], row)) {
        i++;
    }
    if (i < book->row_count) {
        book->rows[i].count += row->count;
        return 0;
    }
    int r =
        grow_array((void **)&book->rows, book->row_count, &book->row_capacity, sizeof(*book->rows));
    if (r < 0) {
        return r;
    }
    book->rows[book->row_count++] = *row;
    return 0;
}

/* Keeps the case's words if it is the simplest so far. */
static void offer(struct cause_symptom *symptom, const struct campaign_scenario *scenario,
                  const struct campaign_case *ended, const char *token)
{
    struct cause_rank rank = cause_rank_of(scenario, ended, token);
    if (!cause_rank_is_less(&rank, &symptom->rank)) {
        return;
    }
    struct campaign_simplest *simplest = &symptom->simplest;
    symptom->rank = rank;
    (void)snprintf(simplest->scenario, sizeof(simplest->scenario), "%s", scenario->name);
    (void)snprintf(simplest->target, sizeof(simplest->target), "%s", scenario->target);
    simplest->round_count = ended->plan.round_count;
    simplest->fault_count = ended->fired_count;
    simplest->message_count = ended->end.sent_count;
    simplest->lost_count = cause_rank_lost(&ended->plan);
    (void)snprintf(simplest->token, sizeof(simplest->token), "%s", token);
    (void)snprintf(simplest->detail, sizeof(simplest->detail), "%s", ended->end.detail);
}

/* A plan that was not to fire, and did not, is not what broke the store. */
static void note_fault(const struct campaign_case *ended, struct cause_row *row)
{
    int last = plan_last_faulted_round(&ended->plan);
    row->point = POINTS_NONE;
    row->kind = FAULT_KIND_COUNT;
    if (last >= 0 && (ended->role != CAMPAIGN_ROLE_BEYOND || ended->fired_count > 0)) {
        const struct plan_round *round = &ended->plan.rounds[last];
        row->point = (uint16_t)round->hits[round->hit_count - 1].point;
        row->kind = (uint16_t)round->hits[round->hit_count - 1].fault.kind;
    }
}

int cause_book_add(struct cause_book *book, const struct campaign_scenario *scenario,
                   const struct campaign_case *ended, uint64_t count, const char *token)
{
    struct cause_row row;
    memset(&row, 0, sizeof(row));
    row.is_lossy = is_lossy(&ended->plan);
    row.is_control = ended->role == CAMPAIGN_ROLE_CONTROL;
    row.mechanisms = has_mechanisms(&ended->end) ? ended->end.mechanisms : 0;
    row.count = count;
    note_fault(ended, &row);
    /* What the harness broke says nothing of the engine. */
    book->is_unsound |=
        (row.is_control || scenario->expect == 0) && ended->end.outcome != OUTCOME_HARNESS_BROKEN;
    int r = find_scenario(book, scenario, &row.scenario);
    if (r < 0) {
        return r;
    }
    r = find_symptoms(book, scenario, ended, &row);
    if (r < 0) {
        return r;
    }
    for (uint32_t i = 0; i < row.symptom_count; i++) {
        struct cause_symptom *symptom = book->symptoms[row.symptoms[i]];
        offer(symptom, scenario, ended, token);
    }
    return count_row(book, &row);
}

bool cause_book_is_unsound(const struct cause_book *book)
{
    return book->is_unsound;
}

void cause_book_leave_out(struct cause_book *book, const struct campaign_scenario *scenario)
{
    for (uint32_t i = 0; i < book->scenario_count; i++) {
        struct scenario *known = &book->scenarios[i];
        known->is_unjudged |= strcmp(known->name, scenario->name) == 0 &&
                              strcmp(known->target, scenario->target) == 0;
    }
}

bool cause_book_is_counted(const struct cause_book *book, const struct cause_row *row)
{
    return row->is_control || !book->scenarios[row->scenario].is_unjudged;
}

uint32_t cause_book_symptom_count(const struct cause_book *book)
{
    return book->symptom_count;
}

const struct cause_symptom *cause_book_symptom(const struct cause_book *book, uint32_t index)
{
    ENSURE(index < book->symptom_count);
    return book->symptoms[index];
}

uint32_t cause_book_row_count(const struct cause_book *book)
{
    return book->row_count;
}

const struct cause_row *cause_book_row(const struct cause_book *book, uint32_t index)
{
    ENSURE(index < book->row_count);
    return &book->rows[index];
}

uint32_t cause_book_scenario_count(const struct cause_book *book)
{
    return book->scenario_count;
}

const char *cause_book_scenario_name(const struct cause_book *book, uint32_t number)
{
    ENSURE(number < book->scenario_count);
    return book->scenarios[number].name;
}

const char *cause_book_scenario_target(const struct cause_book *book, uint32_t number)
{
    ENSURE(number < book->scenario_count);
    return book->scenarios[number].target;
}
