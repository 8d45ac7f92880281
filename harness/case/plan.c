/* Plans as text and back. */
#include "harness/case/plan.h"

#include "harness/case/suggest.h"
#include "harness/case/units.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_SIZE_BYTES 192

static const char *const point_names[] = {
#define X(id, name, ...) name,
    POINT_MAP(X)
#undef X
};

static const char *const before_names[] = {"remove", "clock-jump"};

/* Text that counts on past its end, as snprintf. */
struct printer {
    char *text;
    size_t capacity_bytes;
    size_t size_bytes;
};

__attribute__((format(printf, 2, 3))) static void print(struct printer *printer, const char *format,
                                                        ...)
{
    size_t used = printer->size_bytes < printer->capacity_bytes ? printer->size_bytes
                                                                : printer->capacity_bytes;
    va_list args;
    va_start(args, format);
    int size = vsnprintf(printer->capacity_bytes == 0 ? NULL : printer->text + used,
                         printer->capacity_bytes - used, format, args);
    va_end(args);
    printer->size_bytes += size > 0 ? (size_t)size : 0;
}

static void print_before(struct printer *printer, const struct plan_before *before)
{
    if (before->kind == PLAN_BEFORE_REMOVE) {
        print(printer, "remove:%s", before->path);
        return;
    }
    char duration[32];
    units_print_duration(before->arg_ms, duration, sizeof(duration));
    print(printer, "clock-jump:%s", duration);
}

static void print_round(struct printer *printer, const struct plan_round *round)
{
    const char *separator = "";
    for (uint32_t i = 0; i < round->before_count; i++) {
        print(printer, "%s", separator);
        print_before(printer, &round->before[i]);
        separator = ",";
    }
    for (uint32_t i = 0; i < round->hit_count; i++) {
        const struct plan_hit *hit = &round->hits[i];
        char fault[64];
        fault_print(&hit->fault, fault, sizeof(fault));
        print(printer, "%s%s:%" PRIu32 "=%s", separator, point_name(hit->point), hit->hit, fault);
        separator = ",";
    }
}

int plan_round_print(const struct plan_round *round, char *text, size_t text_size_bytes)
{
    struct printer printer = {text, text_size_bytes, 0};
    print(&printer, "%s", "");
    print_round(&printer, round);
    return (int)printer.size_bytes;
}

int plan_print(const struct plan *plan, char *text, size_t text_size_bytes)
{
    struct printer printer = {text, text_size_bytes, 0};
    print(&printer, "%s", "");
    for (uint32_t i = 0; i < plan->round_count; i++) {
        print(&printer, "%s", i == 0 ? "" : "+");
        print_round(&printer, &plan->rounds[i]);
    }
    return (int)printer.size_bytes;
}

/* "consumequeue" or "consumequeue/TOPIC/QUEUE", nothing that leads elsewhere. */
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
    size_t topic_size =
        strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-%|");
    if (topic_size == 0 || path[topic_size] != '/') {
        return false;
    }
    uint64_t queue = 0;
    return units_parse_count(path + topic_size + 1, INT32_MAX, &queue);
}

int plan_before_parse(const char *text, struct plan_before *ret_before, struct err *err)
{
    struct plan_before before;
    memset(&before, 0, sizeof(before));
    const char *colon = strchr(text, ':');
    size_t name_size = colon == NULL ? strlen(text) : (size_t)(colon - text);
    char name[WORD_SIZE_BYTES];
    char hint[96];
    snprintf(name, sizeof(name), "%.*s", (int)(name_size < 64 ? name_size : 64), text);
    if (strcmp(name, "remove") == 0) {
        before.kind = PLAN_BEFORE_REMOVE;
        if (colon == NULL || strlen(colon + 1) >= sizeof(before.path) || !is_removable(colon + 1)) {
            return err_set(err, ERR_USAGE,
                           "'%.128s': expected 'remove:consumequeue' or "
                           "'remove:consumequeue/TOPIC/QUEUE'",
                           text);
        }
        snprintf(before.path, sizeof(before.path), "%s", colon + 1);
    } else if (strcmp(name, "clock-jump") == 0) {
        before.kind = PLAN_BEFORE_CLOCK_JUMP;
        if (colon == NULL || !units_parse_duration(colon + 1, &before.arg_ms)) {
            return err_set(err, ERR_USAGE, "'%.128s': expected a duration, as in 'clock-jump:-1h'",
                           text);
        }
    } else {
        return err_set(err, ERR_USAGE, "unknown step '%s'%s", name,
                       suggest_phrase(name, before_names, 2, hint, sizeof(hint)));
    }
    *ret_before = before;
    return 0;
}

static int parse_point(const char *name, enum point *ret_point, struct err *err)
{
    char hint[96];
    enum point point = point_find(name);
    if (point == POINT_COUNT) {
        return err_set(err, ERR_USAGE, "unknown point '%.64s'%s", name,
                       suggest_phrase(name, point_names, POINT_COUNT, hint, sizeof(hint)));
    }
    *ret_point = point;
    return 0;
}

/* `word` is POINT:N=FAULT and is cut up; `column` is where it begins. */
static int parse_hit(char *word, size_t column, struct plan_hit *hit, struct err *err)
{
    uint64_t number = 0;
    char *equals = strchr(word, '=');
    char *colon = strchr(word, ':');
    if (equals == NULL || colon == NULL || colon > equals) {
        return err_set(err, ERR_USAGE,
                       "column %zu: '%s': expected POINT:N=FAULT, as in "
                       "'commitlog/append:3=kill'",
                       column, word);
    }
    *colon = '\0';
    *equals = '\0';
    int r = parse_point(word, &hit->point, err);
    if (r < 0) {
        return err_wrap(err, r, "column %zu", column);
    }
    if (!units_parse_count(colon + 1, UINT32_MAX, &number) || number == 0) {
        return err_set(err, ERR_USAGE, "column %zu: '%s': expected the number of a hit, from 1",
                       column + (size_t)(colon + 1 - word), colon + 1);
    }
    hit->hit = (uint32_t)number;
    r = fault_parse(equals + 1, &hit->fault, err);
    if (r < 0) {
        return err_wrap(err, r, "column %zu", column + (size_t)(equals + 1 - word));
    }
    if (!fault_applies(hit->fault.kind, point_op(hit->point))) {
        return err_set(err, ERR_USAGE, "column %zu: '%s' cannot happen to '%s', which is a %s",
                       column + (size_t)(equals + 1 - word), equals + 1, word,
                       point_op_name(point_op(hit->point)));
    }
    return 0;
}

static int parse_word(char *word, size_t column, struct plan_round *round, struct err *err)
{
    if (*word == '\0') {
        return err_set(err, ERR_USAGE, "column %zu: expected a step or a hit, found nothing",
                       column);
    }
    if (strchr(word, '=') == NULL && strchr(word, '/') != strpbrk(word, ":/")) {
        if (round->hit_count > 0) {
            return err_set(err, ERR_USAGE, "column %zu: the step '%s' stands after a hit", column,
                           word);
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
    int r = parse_hit(word, column, &round->hits[round->hit_count], err);
    round->hit_count += r == 0 ? 1 : 0;
    return r;
}

/* A process dies once: what is planned for a later hit of the same point cannot come to pass. */
static int check_round(const struct plan_round *round, struct err *err)
{
    for (uint32_t i = 0; i < round->hit_count; i++) {
        for (uint32_t k = 0; k < round->hit_count; k++) {
            const struct plan_hit *a = &round->hits[i];
            const struct plan_hit *b = &round->hits[k];
            if (i != k && a->point == b->point &&
                (a->hit == b->hit || (fault_kills(a->fault.kind) && a->hit < b->hit &&
                                      a->fault.kind != FAULT_POD_KILL))) {
                return err_set(err, ERR_USAGE,
                               "'%s' at hit %u and at hit %u: both cannot happen in one round",
                               point_name(a->point), (unsigned)a->hit, (unsigned)b->hit);
            }
        }
    }
    return 0;
}

/* One round, which ends at '+' or at the end of the text; moves `*text` there. */
static int parse_round(const char **text, size_t column, struct plan_round *round, struct err *err)
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
        int r = parse_word(word, word_column, round, err);
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
    return check_round(round, err);
}

int plan_round_parse(const char *text, struct plan_round *ret_round, struct err *err)
{
    struct plan_round round;
    const char *at = text;
    memset(&round, 0, sizeof(round));
    int r = parse_round(&at, 1, &round, err);
    if (r < 0) {
        return r;
    }
    if (*at != '\0') {
        return err_set(err, ERR_USAGE, "column %zu: '+' begins a second round",
                       (size_t)(at - text) + 1);
    }
    *ret_round = round;
    return 0;
}

int plan_parse_at(const char *text, size_t column, struct plan *ret_plan, struct err *err)
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
        int r = parse_round(&at, round_column, &plan.rounds[plan.round_count], err);
        if (r < 0) {
            return r;
        }
        plan.round_count++;
        if (*at == '\0') {
            break;
        }
        at++;
    }
    *ret_plan = plan;
    return 0;
}

int plan_parse(const char *text, struct plan *ret_plan, struct err *err)
{
    return plan_parse_at(text, 1, ret_plan, err);
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
