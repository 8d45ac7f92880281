/* Plans as text and back. */
#include "harness/case/plan.h"

#include "harness/base/printer.h"
#include "harness/base/suggest.h"
#include "harness/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A step with its path, or a hit with its fault. */
#define WORD_SIZE_BYTES (FAULT_TEXT_SIZE_BYTES + 128)

static const char *const before_names[] = {"remove", "clock-jump", "rot", "copy"};
#define BEFORE_COUNT (sizeof(before_names) / sizeof(before_names[0]))

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-%"
#define PATH_CHARACTERS NAME_CHARACTERS "."
#define ROT_EXPECTED                                                                         \
    "'rot:%.128s': expected a file, an offset and a bit from 0 to 7 (z: the whole sector), " \
    "as in 'rot:commitlog/00000000000000000000@1234.5'"

/* The inverse of plan_before_parse: a duration in the largest unit that divides it, a bit as one
 * digit. */
static void print_before(struct printer *printer, const struct plan_before *before)
{
    char duration[32];
    switch (before->kind) {
    case PLAN_BEFORE_REMOVE:
        printer_add(printer, "remove:%s", before->path);
        break;
    case PLAN_BEFORE_CLOCK_JUMP:
        units_print_duration(before->arg_ms, duration, sizeof(duration));
        printer_add(printer, "clock-jump:%s", duration);
        break;
    case PLAN_BEFORE_ROT:
        printer_add(printer, "rot:%s@%" PRIu64 ".", before->path, before->offset);
        printer_add(printer, "%c",
                    before->bit == PLAN_ROT_SECTOR ? 'z' : (char)('0' + (int)before->bit));
        break;
    case PLAN_BEFORE_COPY:
        printer_add(printer, "copy:%" PRIu32 "-%" PRIu32 ".%" PRIu32, before->from_count,
                    before->upto_count, before->order);
        break;
    }
}

/* Steps come first, as they happen first, and parse_word refuses them behind a hit: the text has
 * one order. */
static void print_round(struct printer *printer, const struct plan_round *round,
                        const struct points *points)
{
    const char *separator = "";
    for (uint32_t i = 0; i < round->before_count; i++) {
        printer_add(printer, "%s", separator);
        print_before(printer, &round->before[i]);
        separator = ",";
    }
    for (uint32_t i = 0; i < round->hit_count; i++) {
        const struct plan_hit *hit = &round->hits[i];
        char fault[FAULT_TEXT_SIZE_BYTES];
        fault_print(&hit->fault, fault, sizeof(fault));
        printer_add(printer, "%s%s:%" PRIu32 "=%s", separator, points_name(points, hit->point),
                    hit->hit, fault);
        separator = ",";
    }
}

int plan_round_print(const struct plan_round *round, const struct points *points, char *text,
                     size_t text_size_bytes)
{
    struct printer printer = {text, text_size_bytes, 0};
    printer_add(&printer, "%s", "");
    print_round(&printer, round, points);
    return (int)printer.size_bytes;
}

int plan_print(const struct plan *plan, const struct points *points, char *text,
               size_t text_size_bytes)
{
    struct printer printer = {text, text_size_bytes, 0};
    printer_add(&printer, "%s", "");
    for (uint32_t i = 0; i < plan->round_count; i++) {
        printer_add(&printer, "%s", i == 0 ? "" : "+");
        print_round(&printer, &plan->rounds[i], points);
    }
    return (int)printer.size_bytes;
}

/* "consumequeue" or "consumequeue/TOPIC/QUEUE", nothing that leads elsewhere. The directory is
 * removed for real in live cases: a name with "..", or the log's directory, must not get here. */
static bool is_removable(const char *path)
{
    static const char root[] = "consumequeue";
    if (strncmp(path, root, sizeof(root) - 1) != 0) {
        return false;
    }
    path += sizeof(root) - 1;
    if (*path == '\0') {
        return true;
    }
    if (*path++ != '/') {
        return false;
    }
    size_t topic_size = strspn(path, NAME_CHARACTERS);
    if (topic_size == 0 || path[topic_size] != '/') {
        return false;
    }
    uint64_t queue = 0;
    return units_parse_count(path + topic_size + 1, INT32_MAX, &queue);
}

static int parse_remove(const char *arg, struct plan_before *before, struct err *err)
{
    before->kind = PLAN_BEFORE_REMOVE;
    if (strlen(arg) >= sizeof(before->path) || !is_removable(arg)) {
        return err_set(err, ERR_USAGE,
                       "'remove:%.128s': expected 'remove:consumequeue' or "
                       "'remove:consumequeue/TOPIC/QUEUE'",
                       arg);
    }
    snprintf(before->path, sizeof(before->path), "%s", arg);
    return 0;
}

static int parse_clock_jump(const char *arg, struct plan_before *before, struct err *err)
{
    before->kind = PLAN_BEFORE_CLOCK_JUMP;
    if (!units_parse_duration(arg, &before->arg_ms)) {
        return err_set(err, ERR_USAGE,
                       "'clock-jump:%.128s': expected a duration, as in 'clock-jump:-1h'", arg);
    }
    return 0;
}

/* Names joined by '/', none of which leads elsewhere: a leading '.' is refused, which covers "."
 * and "..". */
static bool is_file_of_store(const char *path)
{
    for (;;) {
        size_t size = strspn(path, PATH_CHARACTERS);
        if (size == 0 || *path == '.') {
            return false;
        }
        path += size;
        if (*path == '\0') {
            return true;
        }
        if (*path++ != '/') {
            return false;
        }
    }
}

/* In this format nobody can see that these were altered (docs/FAULTS.md). The first two have no
 * content that is read, the others no checksum: a flipped digit is another valid number, and a case
 * that nobody can judge would count as a miss of the store's. */
static bool is_rot_hidden(const char *path)
{
    static const char *const names[] = {"abort", "lock", "currterm", "consumerOffset.json"};
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* "FILE@OFFSET.BIT" '.' may stand in the file's name too, as '@' may not: the offset is looked for
 * behind the '@'. */
static int parse_rot(const char *arg, struct plan_before *before, struct err *err)
{
    char digits[32];
    const char *at = strchr(arg, '@');
    const char *dot = at == NULL ? NULL : strchr(at, '.');
    before->kind = PLAN_BEFORE_ROT;
    if (dot == NULL || (size_t)(at - arg) >= sizeof(before->path) ||
        (size_t)(dot - at) > sizeof(digits)) {
        return err_set(err, ERR_USAGE, ROT_EXPECTED, arg);
    }
    snprintf(before->path, sizeof(before->path), "%.*s", (int)(at - arg), arg);
    snprintf(digits, sizeof(digits), "%.*s", (int)(dot - at - 1), at + 1);
    if (!is_file_of_store(before->path) || !units_parse_count(digits, INT64_MAX, &before->offset) ||
        dot[1] == '\0' || dot[2] != '\0' || strchr("01234567z", dot[1]) == NULL) {
        return err_set(err, ERR_USAGE, ROT_EXPECTED, arg);
    }
    if (is_rot_hidden(before->path)) {
        return err_set(err, ERR_USAGE,
                       "'rot:%.128s': nobody could see this in the format: abort, lock, currterm "
                       "and consumerOffset.json are not rotted",
                       arg);
    }
    before->bit = dot[1] == 'z' ? PLAN_ROT_SECTOR : (uint32_t)(dot[1] - '0');
    return 0;
}

/* The number in front of `end` (0: the rest); moves behind it. */
static bool take_count(const char **text, char end, uint32_t *ret_count)
{
    char digits[16];
    uint64_t count = 0;
    size_t size = strspn(*text, "0123456789");
    if (size >= sizeof(digits) || (*text)[size] != end) {
        return false;
    }
    memcpy(digits, *text, size);
    digits[size] = '\0';
    *text += size + (end == '\0' ? 0 : 1);
    if (!units_parse_count(digits, UINT32_MAX, &count)) {
        return false;
    }
    *ret_count = (uint32_t)count;
    return true;
}

/* "FROM-UPTO.ORDER" */
static int parse_copy(const char *arg, struct plan_before *before, struct err *err)
{
    const char *at = arg;
    before->kind = PLAN_BEFORE_COPY;
    if (!take_count(&at, '-', &before->from_count) || !take_count(&at, '.', &before->upto_count) ||
        !take_count(&at, '\0', &before->order) || before->from_count > before->upto_count) {
        return err_set(err, ERR_USAGE,
                       "'copy:%.128s': expected the operations between which it was made, and the "
                       "order of the files, as in 'copy:120-310.2'",
                       arg);
    }
    return 0;
}

/* The kinds, their names and their parsers stand in one order. */
int plan_before_parse(const char *text, struct plan_before *ret_before, struct err *err)
{
    static int (*const parsers[])(const char *, struct plan_before *, struct err *) = {
        parse_remove, parse_clock_jump, parse_rot, parse_copy};
    struct plan_before before;
    char name[32];
    char hint[96];
    const char *colon = strchr(text, ':');
    size_t size = colon == NULL ? strlen(text) : (size_t)(colon - text);
    memset(&before, 0, sizeof(before));
    snprintf(name, sizeof(name), "%.*s", (int)(size < sizeof(name) ? size : sizeof(name) - 1),
             text);
    for (size_t i = 0; i < BEFORE_COUNT; i++) {
        if (strcmp(name, before_names[i]) != 0) {
            continue;
        }
        int r = parsers[i](colon == NULL ? "" : colon + 1, &before, err);
        if (r == 0) {
            *ret_before = before;
        }
        return r;
    }
    return err_set(err, ERR_USAGE, "unknown step '%s'%s", name,
                   suggest_phrase(name, before_names, BEFORE_COUNT, hint, sizeof(hint)));
}

static int parse_point(const char *name, const struct points *points, uint32_t *ret_point,
                       struct err *err)
{
    char hint[96];
    *ret_point = points_find(points, name);
    if (*ret_point == POINTS_NONE) {
        return err_set(err, ERR_USAGE, "unknown point '%.64s'%s", name,
                       points_suggest(points, name, hint, sizeof(hint)));
    }
    return 0;
}

/* `word` is POINT:N=FAULT and is cut up; `column` is where it begins. A fault that its point cannot
 * have is refused here, where the column is known, and not as a case that never fires. */
static int parse_hit(char *word, const struct points *points, size_t column, struct plan_hit *hit,
                     struct err *err)
{
    uint64_t number = 0;
    char *equals = strchr(word, '=');
    char *colon = strchr(word, ':');
    if (equals == NULL || colon == NULL || colon > equals) {
        return err_set(err, ERR_USAGE,
                       "column %zu: '%.64s': expected POINT:N=FAULT, as in "
                       "'commitlog/append:3=kill'",
                       column, word);
    }
    *colon = '\0';
    *equals = '\0';
    int r = parse_point(word, points, &hit->point, err);
    if (r < 0) {
        return err_wrap(err, r, "column %zu", column);
    }
    if (!units_parse_count(colon + 1, UINT32_MAX, &number) || number == 0) {
        return err_set(err, ERR_USAGE, "column %zu: '%.64s': expected the number of a hit, from 1",
                       column + (size_t)(colon + 1 - word), colon + 1);
    }
    hit->hit = (uint32_t)number;
    r = fault_parse(equals + 1, &hit->fault, err);
    if (r < 0) {
        return err_wrap(err, r, "column %zu", column + (size_t)(equals + 1 - word));
    }
    if (!points_takes(points, hit->point, hit->fault.kind)) {
        return err_set(err, ERR_USAGE, "column %zu: '%.64s' cannot happen to '%s', which is a %s",
                       column + (size_t)(equals + 1 - word), equals + 1, word,
                       points_op_name(points, hit->point));
    }
    return 0;
}

/* Points have a '/' before their ':', steps have none: that tells "remove:consumequeue/T/0" from
 * "commitlog/append:1=kill", also where the fault has been forgotten. */
static int parse_word(char *word, const struct points *points, size_t column,
                      struct plan_round *round, struct err *err)
{
    if (*word == '\0') {
        return err_set(err, ERR_USAGE, "column %zu: expected a step or a hit, found nothing",
                       column);
    }
    const char *first = strpbrk(word, ":/");
    if (strchr(word, '=') == NULL && (first == NULL || *first == ':')) {
        if (round->hit_count > 0) {
            return err_set(err, ERR_USAGE, "column %zu: the step '%.64s' stands after a hit",
                           column, word);
        }
        if (round->before_count == PLAN_BEFORE_MAX) {
            return err_set(err, ERR_USAGE, "column %zu: more than %d steps in a round", column,
                           PLAN_BEFORE_MAX);
        }
        int r = plan_before_parse(word, &round->before[round->before_count], err);
        if (r < 0) {
            return err_wrap(err, r, "column %zu", column);
        }
        round->before_count++;
        return 0;
    }
    if (round->hit_count == PLAN_HITS_MAX) {
        return err_set(err, ERR_USAGE, "column %zu: more than %d hits in a round", column,
                       PLAN_HITS_MAX);
    }
    int r = parse_hit(word, points, column, &round->hits[round->hit_count], err);
    round->hit_count += r == 0 ? 1 : 0;
    return r;
}

/* The power may fail during the very sync that fails or lies, which only the memory disk can do:
 * neither waits for the callback. In this order, as the explorer writes it. */
static bool may_share_hit(const struct plan_hit *first, const struct plan_hit *second)
{
    enum fault_kind sync = first->fault.kind;
    return fault_is_explored(sync) && !fault_kills(sync) && second->fault.kind == FAULT_POWER_LOSS;
}

/* A process dies once: what is planned for a later hit of the same point cannot come to pass. After
 * pod-kill the process lives on for its grace, so hits after it may still come. Two faults at one
 * hit are refused but for may_share_hit: the callback fires the first that matches and would never
 * come to the other. */
static int check_round(const struct plan_round *round, const struct points *points, struct err *err)
{
    for (uint32_t i = 0; i < round->hit_count; i++) {
        for (uint32_t k = 0; k < round->hit_count; k++) {
            const struct plan_hit *a = &round->hits[i];
            const struct plan_hit *b = &round->hits[k];
            bool is_same = a->hit == b->hit && i < k && !may_share_hit(a, b);
            bool is_after =
                a->hit < b->hit && fault_kills(a->fault.kind) && a->fault.kind != FAULT_POD_KILL;
            if (a->point == b->point && (is_same || is_after)) {
                return err_set(err, ERR_USAGE,
                               "'%s' at hit %u and at hit %u: both cannot happen in one round",
                               points_name(points, a->point), (unsigned)a->hit, (unsigned)b->hit);
            }
        }
    }
    return 0;
}

/* One round, which ends at '+' or at the end of the text; moves `*text` there. */
static int parse_round(const char **text, const struct points *points, size_t column,
                       struct plan_round *round, struct err *err)
{
    const char *begin = *text;
    const char *at = begin;
    while (*at != '\0' && *at != '+') {
        size_t size = strcspn(at, ",+");
        size_t word_column = column + (size_t)(at - begin);
        char word[WORD_SIZE_BYTES];
        if (size >= sizeof(word)) {
            return err_set(err, ERR_USAGE, "column %zu: '%.32s...' is too long", word_column, at);
        }
        memcpy(word, at, size);
        word[size] = '\0';
        int r = parse_word(word, points, word_column, round, err);
        if (r < 0) {
            return r;
        }
        at += size;
        if (*at == ',') {
            at++;
            if (*at == '\0' || *at == '+') {
                return err_set(err, ERR_USAGE, "column %zu: nothing stands after ','",
                               word_column + size);
            }
        }
    }
    *text = at;
    return check_round(round, points, err);
}

/* What prints longer than a plan may be would be cut wherever it is kept. */
static int check_size(int size_bytes, struct err *err)
{
    if (size_bytes < PLAN_TEXT_SIZE_BYTES) {
        return 0;
    }
    return err_set(err, ERR_USAGE, "the plan has %d characters, at most %d fit", size_bytes,
                   PLAN_TEXT_SIZE_BYTES - 1);
}

int plan_check_size(const struct plan *plan, const struct points *points, struct err *err)
{
    return check_size(plan_print(plan, points, NULL, 0), err);
}

int plan_round_parse(const char *text, const struct points *points, struct plan_round *ret_round,
                     struct err *err)
{
    struct plan_round round;
    const char *at = text;
    memset(&round, 0, sizeof(round));
    int r = parse_round(&at, points, 1, &round, err);
    if (r < 0) {
        return r;
    }
    if (*at != '\0') {
        return err_set(err, ERR_USAGE, "column %zu: '+' begins a second round",
                       (size_t)(at - text) + 1);
    }
    r = check_size(plan_round_print(&round, points, NULL, 0), err);
    if (r == 0) {
        *ret_round = round;
    }
    return r;
}

int plan_parse_at(const char *text, const struct points *points, size_t column,
                  struct plan *ret_plan, struct err *err)
{
    struct plan plan;
    const char *at = text;
    memset(&plan, 0, sizeof(plan));
    for (;;) {
        size_t round_column = column + (size_t)(at - text);
        if (plan.round_count == PLAN_ROUNDS_MAX) {
            return err_set(err, ERR_USAGE, "column %zu: more than %d rounds", round_column,
                           PLAN_ROUNDS_MAX);
        }
        int r = parse_round(&at, points, round_column, &plan.rounds[plan.round_count], err);
        if (r < 0) {
            return r;
        }
        plan.round_count++;
        if (*at == '\0') {
            break;
        }
        at++;
    }
    int r = plan_check_size(&plan, points, err);
    if (r == 0) {
        *ret_plan = plan;
    }
    return r;
}

int plan_parse(const char *text, const struct points *points, struct plan *ret_plan,
               struct err *err)
{
    return plan_parse_at(text, points, 1, ret_plan, err);
}

uint32_t plan_hit_count(const struct plan *plan)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->round_count; i++) {
        count += plan->rounds[i].hit_count;
    }
    return count;
}

int plan_last_faulted_round(const struct plan *plan)
{
    for (uint32_t i = plan->round_count; i > 0; i--) {
        if (plan->rounds[i - 1].hit_count > 0) {
            return (int)i - 1;
        }
    }
    return -1;
}

/* Such a plan is replayed by the explorer in memory; any other by processes on real files. */
bool plan_is_explored(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->round_count; i++) {
        for (uint32_t j = 0; j < plan->rounds[i].hit_count; j++) {
            if (fault_is_explored(plan->rounds[i].hits[j].fault.kind)) {
                return true;
            }
        }
        for (uint32_t j = 0; j < plan->rounds[i].before_count; j++) {
            if (plan->rounds[i].before[j].kind == PLAN_BEFORE_COPY) {
                return true;
            }
        }
    }
    return false;
}

bool plan_ends_at_rest(const struct plan *plan)
{
    if (plan->round_count == 0) {
        return false;
    }
    const struct plan_round *round = &plan->rounds[plan->round_count - 1];
    for (uint32_t i = 0; i < round->before_count && round->hit_count == 0; i++) {
        if (round->before[i].kind == PLAN_BEFORE_COPY || round->before[i].kind == PLAN_BEFORE_ROT) {
            return true;
        }
    }
    return false;
}
