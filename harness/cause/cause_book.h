/* The failures of a campaign as they come, counted by all that tells their causes apart.
 *
 * A symptom is what one case shows: the root of its mechanisms and its place, or an outcome without
 * any.  Each symptom keeps the words of its simplest case; the others are only counted.  Which
 * symptoms have one cause is cause_group.h's. */
#ifndef HARNESS_CAUSE_CAUSE_BOOK_H
#define HARNESS_CAUSE_CAUSE_BOOK_H

#include "harness/cause/cause_rank.h"

struct cause_book;

/* Empty; the caller frees it.  NULL when out of memory. */
struct cause_book *cause_book_new(void);
/* NULL is none; returns NULL. */
struct cause_book *cause_book_free(struct cause_book *book);

/* Counts `count` failures that ended like `ended`; `token` and its detail are of one of them.
 * Scenarios come one after the other, each with its controls.  0 or -ENOMEM. */
int cause_book_add(struct cause_book *book, const struct campaign_scenario *scenario,
                   const struct campaign_case *ended, uint64_t count, const char *token);
/* Whether the engine has failed by now where nothing is planted: in a control, or in a scenario
 * that expects no violation.  Then nobody can tell what a planted defect does. */
bool cause_book_is_unsound(const struct cause_book *book);

/* Nothing that it shows with its defect counts any more: it is not judged.  Its controls are. */
void cause_book_leave_out(struct cause_book *book, const struct campaign_scenario *scenario);

/* What cause_group.c reads. */

#define CAUSE_SYMPTOMS_MAX 256
#define CAUSE_ROOTS_MAX    4

struct cause_symptom {
    enum mechanism mechanism; /* MECHANISM_COUNT: an outcome without one */
    uint8_t place;            /* as in struct ending */
    enum outcome outcome;
    int32_t signal;
    char function[64]; /* crashed: where; harness-broken: how its reason begins */
    struct cause_rank rank;
    struct campaign_simplest simplest; /* of all its cases */
};

/* Failures of one scenario that are alike. */
struct cause_row {
    uint32_t scenario; /* number in order of appearance */
    uint16_t symptoms[CAUSE_ROOTS_MAX];
    uint16_t symptom_count;
    uint16_t point; /* of the last fault; POINTS_MAX: none */
    uint16_t kind;  /* FAULT_KIND_COUNT: none */
    bool is_lossy;
    bool is_control;
    uint64_t mechanisms;
    uint64_t count;
};

uint32_t cause_book_symptom_count(const struct cause_book *book);
const struct cause_symptom *cause_book_symptom(const struct cause_book *book, uint32_t index);
uint32_t cause_book_row_count(const struct cause_book *book);
const struct cause_row *cause_book_row(const struct cause_book *book, uint32_t index);
/* Whether the row was not left out. */
bool cause_book_is_counted(const struct cause_book *book, const struct cause_row *row);
uint32_t cause_book_scenario_count(const struct cause_book *book);
const char *cause_book_scenario_name(const struct cause_book *book, uint32_t number);
const char *cause_book_scenario_target(const struct cause_book *book, uint32_t number);

#endif
