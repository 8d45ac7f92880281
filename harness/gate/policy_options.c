/* The option table of policies, and what reads values that only they have. */
#include "harness/gate/policy_options.h"

#include "harness/base/units.h"
#include "harness/yaml/yaml_values.h"
#include "store/base/ensure.h"
#include "store/base/names.h"

#include <stdio.h>
#include <string.h>

#define READER(name)  static YAML_TABLE_READER(name)
#define COMPLAIN(...) yaml_reader_error(walk->reader, node, walk->err, __VA_ARGS__)

#define COUNT_MAX INT64_MAX

static const char *const reasons[] = {LEFT_OUT_MAP(NAMES_NAME)};

/* What is missing for these reasons is no part of a run that may be released on. */
static const enum left_out_reason never[] = {
    LEFT_OUT_CASES,      LEFT_OUT_STOP_ON_TRACE, LEFT_OUT_MAX_FAILURES, LEFT_OUT_INTERRUPTED,
    LEFT_OUT_BROKEN_OFF, LEFT_OUT_HITS,          LEFT_OUT_NOT_LOADED,   LEFT_OUT_SHARD};

/* A text of one line for its place in a struct; `target->max` is that place's size. */
READER(read_text)
{
    if (strcmp(text, POLICY_PLACEHOLDER) == 0) {
        return COMPLAIN("'%s' stands here since nobody has said yet what is true: fill it in",
                        POLICY_PLACEHOLDER);
    }
    if (*text == '\0' || strpbrk(text, "\n\r\t") != NULL) {
        return COMPLAIN("expected a line of text");
    }
    if (strlen(text) >= target->max) {
        return COMPLAIN("over %d bytes", (int)target->max - 1);
    }
    memcpy(target->at, text, strlen(text) + 1);
    return 0;
}

READER(read_issue)
{
    int r = read_text(walk, node, text, target);
    if (r < 0) {
        return r;
    }
    return strstr(text, "://") == NULL || strpbrk(text, " |<>") != NULL
               ? COMPLAIN("expected a link, as in https://tracker/issue, found '%.40s'", text)
               : 0;
}

static bool is_hex(const char *text, size_t least, size_t most)
{
    size_t size = strlen(text);
    return size >= least && size <= most && strspn(text, "0123456789abcdef") == size;
}

READER(read_cause)
{
    if (!is_hex(text, POLICY_CAUSE_SIZE_BYTES - 1, POLICY_CAUSE_SIZE_BYTES - 1)) {
        return COMPLAIN("expected the %d hex digits of a cause, found '%.40s'",
                        POLICY_CAUSE_SIZE_BYTES - 1, text);
    }
    memcpy(target->at, text, POLICY_CAUSE_SIZE_BYTES);
    return 0;
}

/* A day that there is: timegm would make the 1st of March of a 30th of February. */
READER(read_day)
{
    struct tm when = {.tm_year = 0};
    char again[16];
    if (strcmp(text, POLICY_PLACEHOLDER) == 0) {
        return read_text(walk, node, text, target);
    }
    const char *end = strptime(text, "%Y-%m-%d", &when);
    time_t day = end == NULL ? 0 : timegm(&when);
    if (end == NULL || *end != '\0' || strcmp(policy_day(day, again), text) != 0) {
        return COMPLAIN("expected a day, as in 2027-01-31, found '%.40s'", text);
    }
    memcpy(target->at, &day, sizeof(day));
    return 0;
}

READER(read_revision)
{
    struct policy *policy = walk->owner;
    if (strcmp(text, "clean") == 0 || strcmp(text, "any") == 0) {
        policy->revision = *text == 'a' ? POLICY_REVISION_ANY : POLICY_REVISION_CLEAN;
        return 0;
    }
    if (!is_hex(text, 7, 40)) {
        return COMPLAIN("expected clean, any, or 7 to 40 hex digits of a commit, found '%.40s'",
                        text);
    }
    policy->revision = POLICY_REVISION_NAMED;
    memcpy(policy->commit, text, strlen(text) + 1);
    return 0;
}

/* "100%", "99.95%", in POLICY_PERCENT: by hand, since a float would make of some a little less. */
static bool parse_percent(const char *text, uint64_t *ret_value)
{
    char digits[16];
    size_t whole = strspn(text, "0123456789");
    bool has_point = text[whole] == '.';
    const char *fraction = text + whole + has_point;
    size_t places = has_point ? strspn(fraction, "0123456789") : 0;
    if (whole < 1 || whole > 4 || places > 2 || (has_point && places == 0) ||
        strcmp(fraction + places, "%") != 0) {
        return false;
    }
    (void)snprintf(digits, sizeof(digits), "%.*s%.*s%s", (int)whole, text, (int)places, fraction,
                   places == 0   ? "00"
                   : places == 1 ? "0"
                                 : "");
    return units_parse_count(digits, UINT32_MAX, ret_value);
}

READER(read_percent)
{
    uint64_t value = 0;
    if (!parse_percent(text, &value)) {
        return COMPLAIN("expected a percentage, as in 100%% or 99.5%%, found '%.40s'", text);
    }
    if (value > target->max) {
        return COMPLAIN("%s is out of range: 0%% to %d%%", text,
                        (int)(target->max / POLICY_PERCENT));
    }
    *(uint32_t *)target->at = (uint32_t)value;
    return 0;
}

READER(read_name)
{
    struct policy *policy = walk->owner;
    if (*text == '\0' || strlen(text) >= CAMPAIGN_NAME_SIZE_BYTES) {
        return COMPLAIN("'%.40s' is no scenario's name", text);
    }
    if (policy->name_count == POLICY_NAMES_MAX) {
        return COMPLAIN("more than %d scenarios", POLICY_NAMES_MAX);
    }
    for (uint32_t i = 0; i < policy->name_count; i++) {
        if (strcmp(policy->names[i], text) == 0) {
            return COMPLAIN("the scenario '%s' is named twice", text);
        }
    }
    memcpy(policy->names[policy->name_count++], text, strlen(text) + 1);
    return 0;
}

READER(read_reason)
{
    enum left_out_reason reason = LEFT_OUT_REASON_COUNT;
    int index = yaml_values_find(walk, node, text, "reason", reasons, LEFT_OUT_REASON_COUNT);
    if (index < 0) {
        return ERR_USAGE;
    }
    reason = (enum left_out_reason)index;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (reason == never[i]) {
            return COMPLAIN("a run with '%s' is not whole (%s): no policy can allow it", text,
                            left_out_help(reason));
        }
    }
    memcpy(target->at, &reason, sizeof(reason));
    return 0;
}

READER(read_limits);
READER(read_known);

#define COUNT_OF(array)    (sizeof(array) / sizeof((array)[0]))
#define KEY(section, ...)  .option = {POLICY_OPTIONS_##section, __VA_ARGS__}
#define SECTION(name)      .shape = YAML_TABLE_SECTION, .inner = POLICY_OPTIONS_##name
#define READ(f)            .read = (f)
#define READ_EACH(f)       .read = (f), .shape = YAML_TABLE_LIST
#define READ_WITH(f)       .read = (f), .shape = YAML_TABLE_NODE
#define RANGE(least, most) .min = (least), .max = (most)
#define OF(type, field)    .offset = offsetof(struct type, field)
#define TEXT_OF(type, field) \
    .offset = offsetof(struct type, field), .max = sizeof(((struct type *)0)->field)
#define PERCENT_OF(field) .read = read_percent, OF(policy, field), RANGE(0, 100 * POLICY_PERCENT)

/* All sections but those of lists lie in the policy itself, at its beginning. */
static const struct yaml_table_row rows[] = {
    {KEY(ROOT, "name", "text", "up to 63 bytes", "release", "What is released: the page's title."),
     READ(read_text), TEXT_OF(policy, name)},
    {KEY(ROOT, "summary", "text", "up to 255 bytes", "none", "A sentence on the page."),
     READ(read_text), TEXT_OF(policy, summary)},
    {KEY(ROOT, "run", "section", "", "", "Which runs count at all."), SECTION(RUN)},
    {KEY(ROOT, "scenarios", "section", "", "", "Which scenarios must have run."),
     SECTION(SCENARIOS)},
    {KEY(ROOT, "least", "section", "", "", "How much must have run."), SECTION(LEAST)},
    {KEY(ROOT, "coverage", "section", "", "", "Where faults must have struck."), SECTION(COVERAGE)},
    {KEY(ROOT, "left_out", "section", "", "", "How much may be left out or capped."),
     SECTION(LEFT_OUT)},
    {KEY(ROOT, "bench", "section", "", "none",
         "How the costs must compare with those of the last release; then gate needs --bench."),
     SECTION(BENCH)},
    {KEY(ROOT, "known", "list of causes", "up to 128", "[]",
         "Causes that may occur; any other fails the gate."),
     READ_WITH(read_known)},

    {KEY(RUN, "revision", "word", "clean, any, or 7 to 40 hex digits", "",
         "clean: of a commit, without changes; digits: of that very commit."),
     READ(read_revision)},
    {KEY(RUN, "age", "duration", "", "any", "How long ago the run may have begun."),
     READ(yaml_values_duration), OF(policy, age_ms)},
    {KEY(RUN, "audit", "flag", "true, false", "true",
         "The run was audited: no file system call went past the points."),
     READ(yaml_values_flag), OF(policy, needs_audit)},

    {KEY(SCENARIOS, "whole_suite", "flag", "true, false", "true",
         "The run named no scenarios: it was every one that there is."),
     READ(yaml_values_flag), OF(policy, needs_whole_suite)},
    {KEY(SCENARIOS, "must_run", "list of names", "up to 1024", "[]",
         "Each ran to its end: one that was renamed or removed is missed."),
     READ_EACH(read_name)},

    {KEY(LEAST, "scenarios", "number", "", "", "Scenarios that ran."), READ(yaml_values_number),
     OF(policy, scenarios_least), RANGE(0, COUNT_MAX)},
    {KEY(LEAST, "cases", "number", "", "", "Cases with a verdict, images among them."),
     READ(yaml_values_number), OF(policy, cases_least), RANGE(0, COUNT_MAX)},
    {KEY(LEAST, "images", "number", "", "", "Images judged."), READ(yaml_values_number),
     OF(policy, images_least), RANGE(0, COUNT_MAX)},

    {KEY(COVERAGE, "points", "percentage", "0% to 100%", "", "Points reached."),
     PERCENT_OF(points_least)},
    {KEY(COVERAGE, "writes", "percentage", "0% to 100%", "",
         "Hits of points that write, in the runs without a fault, that were killed at."),
     PERCENT_OF(writes_least)},
    {KEY(COVERAGE, "reads", "percentage", "0% to 100%", "",
         "Hits of points that read, in the runs without a fault, that were failed."),
     PERCENT_OF(reads_least)},

    {KEY(LEFT_OUT, "most", "number", "", "", "Of everything together."), READ(yaml_values_number),
     OF(policy, left_out_most), RANGE(0, COUNT_MAX)},
    {KEY(LEFT_OUT, "allow", "list of limits", "up to 64", "[]",
         "For each reason; of one without a limit nothing may be left out."),
     READ_WITH(read_limits)},
    {KEY(ALLOW, "reason", "word", "a reason of killpoint list left-out", "",
         "Why it was left out; one that cuts a run short cannot be allowed."),
     READ(read_reason), OF(policy_limit, reason)},
    {KEY(ALLOW, "most", "number", "", "", "In each unit that the reason counts."),
     READ(yaml_values_number), OF(policy_limit, most), RANGE(0, COUNT_MAX)},

    {KEY(BENCH, "base", "path", "beside the policy's file", "",
         "What bench --json wrote of the last release."),
     READ(read_text), TEXT_OF(policy, bench_path)},
    {KEY(BENCH, "worse", "percentage", "0% to 1000%", "",
         "How much worse a ratio to its floor may be. Wall-clock figures are not compared."),
     READ(read_percent), OF(policy, bench_worse), RANGE(0, 1000 * POLICY_PERCENT)},

    {KEY(KNOWN, "cause", "hex digits", "12", "", "The cause, as CAUSES and JSON name it."),
     READ(read_cause), OF(policy_known, cause)},
    {KEY(KNOWN, "what", "text", "up to 127 bytes", "none", "What goes wrong, for people."),
     READ(read_text), TEXT_OF(policy_known, what)},
    {KEY(KNOWN, "issue", "link", "", "", "Where it is being mended."), READ(read_issue),
     TEXT_OF(policy_known, issue)},
    {KEY(KNOWN, "owner", "text", "up to 127 bytes", "", "Who mends it."), READ(read_text),
     TEXT_OF(policy_known, owner)},
    {KEY(KNOWN, "expires", "day", "as in 2027-01-31", "",
         "The last day, UTC, on which it is allowed."),
     READ(read_day), OF(policy_known, expires)},
    {KEY(KNOWN, "rare", "flag", "true, false", "false",
         "It need not occur in every run; without this an entry that no longer occurs fails."),
     READ(yaml_values_flag), OF(policy_known, is_rare)},
};

#define ROW_COUNT COUNT_OF(rows)

static const struct yaml_table table = {rows, ROW_COUNT};

size_t policy_options_count(void)
{
    return ROW_COUNT;
}

void policy_options_row(size_t index, struct yaml_table_option *ret_row)
{
    ENSURE(index < ROW_COUNT);
    *ret_row = rows[index].option;
}

const char *policy_options_section_name(unsigned section)
{
    static const char *const names[] = {"",         "run",     "scenarios", "least",  "coverage",
                                        "left_out", "allow[]", "bench",     "known[]"};
    ENSURE(section < POLICY_OPTIONS_SECTION_COUNT);
    return names[section];
}

/* Two limits of one reason would leave it open which holds. */
READER(read_limits)
{
    struct policy *policy = walk->owner;
    int r = yaml_table_need_list(walk, node);
    for (size_t i = 0; r == 0 && i < yaml_reader_count(node); i++) {
        const yaml_node_t *item = yaml_reader_item(walk->reader, node, i);
        if (policy->limit_count == POLICY_LIMITS_MAX) {
            return yaml_reader_error(walk->reader, item, walk->err, "more than %d limits",
                                     POLICY_LIMITS_MAX);
        }
        struct policy_limit *limit = &policy->limits[policy->limit_count];
        struct yaml_table_section state = {POLICY_OPTIONS_ALLOW, limit, {NULL}};
        r = yaml_table_read(walk, item, &state);
        for (uint32_t k = 0; r == 0 && k < policy->limit_count; k++) {
            if (policy->limits[k].reason == limit->reason) {
                r = yaml_reader_error(walk->reader, item, walk->err, "'%s' has a limit already",
                                      left_out_name(limit->reason));
            }
        }
        policy->limit_count += r == 0;
    }
    return r;
}

READER(read_known)
{
    struct policy *policy = walk->owner;
    int r = yaml_table_need_list(walk, node);
    for (size_t i = 0; r == 0 && i < yaml_reader_count(node); i++) {
        const yaml_node_t *item = yaml_reader_item(walk->reader, node, i);
        if (policy->known_count == POLICY_KNOWN_MAX) {
            return yaml_reader_error(walk->reader, item, walk->err, "more than %d causes",
                                     POLICY_KNOWN_MAX);
        }
        struct policy_known *known = &policy->known[policy->known_count];
        struct yaml_table_section state = {POLICY_OPTIONS_KNOWN, known, {NULL}};
        r = yaml_table_read(walk, item, &state);
        if (r == 0 && policy_find_known(policy, known->cause) != NULL) {
            r = yaml_reader_error(walk->reader, item, walk->err, "the cause %s is listed already",
                                  known->cause);
        }
        known->line = item->start_mark.line + 1;
        policy->known_count += r == 0;
    }
    return r;
}

int policy_options_read(const struct yaml_reader *reader, struct policy *policy, struct err *err)
{
    struct yaml_table_walk walk = {.reader = reader, .table = &table, .owner = policy, .err = err};
    struct yaml_table_section state = {POLICY_OPTIONS_ROOT, policy, {NULL}};
    return yaml_table_read(&walk, yaml_reader_root(reader), &state);
}
