/* Fields of results by one table each. */
#include "harness/work/result_json.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_BOOL, KIND_U32, KIND_I32, KIND_U64, KIND_TEXT };

/* One member of a struct.  `limit`: of a number the largest that is taken, 0: any; of a text its
 * size in bytes. */
struct field {
    const char *name;
    enum kind kind;
    size_t place;
    uint64_t limit;
};

#define FIELD(type, member, kind, limit)                 \
    {                                                    \
#        member, (kind), offsetof(type, member), (limit) \
    }
#define BITS(count) ((UINT64_C(1) << (count)) - 1)

#define POSITIONS_MAX (UINT32_C(1) << 20)

_Static_assert(EVENT_COUNT < 64 && MECHANISM_COUNT < 64 && PROPERTY_COUNT < 32, "sets fit BITS");
_Static_assert(sizeof(enum outcome) == sizeof(uint32_t), "enums are read as u32");
_Static_assert(sizeof(enum campaign_role) == sizeof(uint32_t), "enums are read as u32");

static const struct field case_fields[] = {
    FIELD(struct campaign_case, role, KIND_U32, CAMPAIGN_ROLE_COUNT - 1),
    FIELD(struct campaign_case, is_image, KIND_BOOL, 0),
    FIELD(struct campaign_case, hit_count, KIND_U32, 0),
    FIELD(struct campaign_case, armed_count, KIND_U32, 0),
    FIELD(struct campaign_case, fired_count, KIND_U32, 0),
    FIELD(struct campaign_case, events, KIND_U64, BITS(EVENT_COUNT)),
    FIELD(struct campaign_case, duration_us, KIND_U64, 0),
    FIELD(struct campaign_case, round_count, KIND_U32, PLAN_ROUNDS_MAX),
};

static const struct field ending_fields[] = {
    FIELD(struct ending, outcome, KIND_U32, OUTCOME_COUNT - 1),
    FIELD(struct ending, signal, KIND_I32, 0),
    FIELD(struct ending, mechanisms, KIND_U64, BITS(MECHANISM_COUNT)),
    FIELD(struct ending, first, KIND_U64, BITS(MECHANISM_COUNT)),
    FIELD(struct ending, violated, KIND_U32, BITS(PROPERTY_COUNT)),
    FIELD(struct ending, checked, KIND_BOOL, 0),
    FIELD(struct ending, is_reused, KIND_BOOL, 0),
    FIELD(struct ending, is_rechecked, KIND_BOOL, 0),
    FIELD(struct ending, sent_count, KIND_U32, 0),
    FIELD(struct ending, acked_count, KIND_U32, 0),
    FIELD(struct ending, found_count, KIND_U32, 0),
    FIELD(struct ending, recovered_crc, KIND_U32, 0),
    FIELD(struct ending, crashed_hash, KIND_U64, 0),
    FIELD(struct ending, recovered_hash, KIND_U64, 0),
    FIELD(struct ending, detail, KIND_TEXT, ENDING_DETAIL_SIZE_BYTES),
};

static const struct field audit_fields[] = {
    FIELD(struct audit_report, matched_count, KIND_U64, 0),
    FIELD(struct audit_report, unannounced_count, KIND_U64, 0),
    FIELD(struct audit_report, unperformed_count, KIND_U64, 0),
    FIELD(struct audit_report, status, KIND_I32, 0),
};

static const struct field counts_fields[] = {
#define X(name) FIELD(struct campaign_explore, name, KIND_U64, 0),
    CAMPAIGN_EXPLORE_MAP(X)
#undef X
        FIELD(struct campaign_explore, peak_bytes, KIND_U64, 0),
    FIELD(struct campaign_explore, digest, KIND_U64, 0),
};

static const struct field explore_fields[] = {
    FIELD(struct explore_result, position_count, KIND_U32, POSITIONS_MAX),
    FIELD(struct explore_result, crashed_hash, KIND_U64, 0),
    FIELD(struct explore_result, violated, KIND_U32, BITS(PROPERTY_COUNT)),
    FIELD(struct explore_result, failed, KIND_U64, 0),
    FIELD(struct explore_result, first_failed, KIND_U64, 0),
    FIELD(struct explore_result, first_failed_us, KIND_U64, 0),
    FIELD(struct explore_result, failed_unlike, KIND_U64, 0),
    FIELD(struct explore_result, broken, KIND_TEXT, ERR_TEXT_SIZE_BYTES),
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Takes `value` over.  One that was not made for want of memory leaves its key out, and the line is
 * refused when it is read. */
static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

/* Bytes that are no UTF-8 (a program's own words) are worth less than the case. */
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    return value == NULL ? json_string("?") : value;
}

static uint64_t get_number(const struct field *field, const uint8_t *at)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    bool flag = false;
    switch (field->kind) {
    case KIND_BOOL:
        memcpy(&flag, at, sizeof(flag));
        return flag ? 1 : 0;
    case KIND_U64:
        memcpy(&wide, at, sizeof(wide));
        return wide;
    case KIND_U32:
    case KIND_I32:
        memcpy(&narrow, at, sizeof(narrow));
        return narrow;
    case KIND_TEXT:
        break;
    }
    return 0;
}

static void put_fields(json_t *object, const struct field *fields, size_t count, const void *from)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = (const uint8_t *)from + fields[i].place;
        uint64_t number = get_number(&fields[i], at);
        if (fields[i].kind == KIND_TEXT && *at != '\0') {
            set(object, fields[i].name, text_of((const char *)at));
        } else if (fields[i].kind != KIND_TEXT && number != 0) {
            set(object, fields[i].name, json_integer((json_int_t)number));
        }
    }
}

static int take_number(const struct field *field, const json_t *value, uint8_t *at)
{
    uint64_t number = (uint64_t)json_integer_value(value);
    uint32_t narrow = (uint32_t)number;
    bool flag = number == 1;
    bool is_narrow = field->kind == KIND_U32 || field->kind == KIND_I32;
    if (!json_is_integer(value) || (field->limit != 0 && number > field->limit) ||
        (is_narrow && number > UINT32_MAX) || (field->kind == KIND_BOOL && number > 1)) {
        return -EBADMSG;
    }
    if (field->kind == KIND_U64) {
        memcpy(at, &number, sizeof(number));
    } else if (field->kind == KIND_BOOL) {
        memcpy(at, &flag, sizeof(flag));
    } else {
        memcpy(at, &narrow, sizeof(narrow));
    }
    return 0;
}

static int take_text(const json_t *value, char *text, size_t text_size_bytes)
{
    const char *from = json_string_value(value);
    if (from == NULL || json_string_length(value) >= text_size_bytes ||
        strlen(from) != json_string_length(value)) {
        return -EBADMSG;
    }
    memcpy(text, from, json_string_length(value) + 1);
    return 0;
}

/* A member that is not there is 0: the struct is cleared before. */
static int take_fields(const json_t *object, const struct field *fields, size_t count, void *to)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = (uint8_t *)to + fields[i].place;
        const json_t *value = json_object_get(object, fields[i].name);
        int r = value == NULL ? 0
                : fields[i].kind == KIND_TEXT
                    ? take_text(value, (char *)at, (size_t)fields[i].limit)
                    : take_number(&fields[i], value, at);
        if (r < 0) {
            return r;
        }
    }
    return json_is_object(object) ? 0 : -EBADMSG;
}

/* Arrays of numbers, of which most are 0: pairs of index and number. */

static json_t *sparse_of(const void *from, size_t count, size_t size_bytes)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        memcpy(&number, (const uint8_t *)from + i * size_bytes, size_bytes);
        if (number != 0) {
            (void)json_array_append_new(array, json_integer((json_int_t)i));
            (void)json_array_append_new(array, json_integer((json_int_t)number));
        }
    }
    return array;
}

static void put_sparse(json_t *object, const char *key, const void *from, size_t count,
                       size_t size_bytes)
{
    json_t *array = sparse_of(from, count, size_bytes);
    if (json_array_size(array) == 0) {
        json_decref(array);
        return;
    }
    set(object, key, array);
}

/* Numbers are of `size_bytes` (1, 4 or 8), the least significant byte first. */
static int take_sparse(const json_t *object, const char *key, void *to, size_t count,
                       size_t size_bytes)
{
    const json_t *array = json_object_get(object, key);
    size_t length = json_array_size(array);
    if ((array != NULL && !json_is_array(array)) || length % 2 != 0) {
        return -EBADMSG;
    }
    for (size_t i = 0; i < length; i += 2) {
        const json_t *index = json_array_get(array, i);
        const json_t *value = json_array_get(array, i + 1);
        uint64_t number = (uint64_t)json_integer_value(value);
        if (!json_is_integer(index) || !json_is_integer(value) || json_integer_value(index) < 0 ||
            (uint64_t)json_integer_value(index) >= count ||
            (size_bytes < sizeof(number) && number >> (8 * size_bytes) != 0)) {
            return -EBADMSG;
        }
        memcpy((uint8_t *)to + (size_t)json_integer_value(index) * size_bytes, &number, size_bytes);
    }
    return 0;
}

/* How a case or an image ended. */

static json_t *ending_object(const struct ending *end)
{
    json_t *object = json_object();
    put_fields(object, ending_fields, COUNT_OF(ending_fields), end);
    put_sparse(object, "places", end->places, MECHANISM_COUNT, sizeof(end->places[0]));
    return object;
}

static int read_ending(const json_t *object, struct ending *ret_end)
{
    int r = take_fields(object, ending_fields, COUNT_OF(ending_fields), ret_end);
    if (r < 0) {
        return r;
    }
    r = take_sparse(object, "places", ret_end->places, MECHANISM_COUNT, sizeof(ret_end->places[0]));
    for (size_t i = 0; i < MECHANISM_COUNT && r == 0; i++) {
        r = (ret_end->places[i] & ~ENDING_IS_NAME) < MECHANISM_PLACE_COUNT ? 0 : -EBADMSG;
    }
    return r;
}

static json_t *case_object(const struct campaign_case *ended, bool with_hits)
{
    json_t *object = json_object();
    put_fields(object, case_fields, COUNT_OF(case_fields), ended);
    put_sparse(object, "reached", ended->reached, CAMPAIGN_REACHED_WORDS,
               sizeof(ended->reached[0]));
    if (with_hits) {
        put_sparse(object, "hits", ended->hits, PLAN_ROUNDS_MAX * (size_t)POINTS_MAX,
                   sizeof(ended->hits[0][0]));
    }
    set(object, "end", ending_object(&ended->end));
    return object;
}

static int read_case(const json_t *object, struct campaign_case *ret_case)
{
    memset(ret_case, 0, sizeof(*ret_case));
    int r = take_fields(object, case_fields, COUNT_OF(case_fields), ret_case);
    if (r < 0) {
        return r;
    }
    r = take_sparse(object, "reached", ret_case->reached, CAMPAIGN_REACHED_WORDS,
                    sizeof(ret_case->reached[0]));
    if (r < 0) {
        return r;
    }
    r = take_sparse(object, "hits", ret_case->hits, PLAN_ROUNDS_MAX * (size_t)POINTS_MAX,
                    sizeof(ret_case->hits[0][0]));
    return r < 0 ? r : read_ending(json_object_get(object, "end"), &ret_case->end);
}

/* The hits of a trace, as hits_pack() has them: it checks them when they come back. */

static json_t *hits_text(const struct hits *hits)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    if (hits_pack(hits, &data, &size_bytes) < 0) {
        return NULL;
    }
    char *text = malloc(2 * size_bytes + 1);
    for (size_t i = 0; text != NULL && i < size_bytes; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    json_t *value = text == NULL ? NULL : json_stringn(text, 2 * size_bytes);
    free(text);
    free(data);
    return value;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_hits(const json_t *value, struct hits *hits)
{
    const char *text = json_string_value(value);
    size_t size_bytes = json_string_length(value) / 2;
    if (text == NULL || json_string_length(value) % 2 != 0) {
        return -EBADMSG;
    }
    uint8_t *data = malloc(size_bytes + 1);
    int r = data == NULL ? -ENOMEM : 0;
    for (size_t i = 0; r == 0 && i < size_bytes; i++) {
        int high = digit_of(text[2 * i]);
        int low = digit_of(text[2 * i + 1]);
        data[i] = (uint8_t)(((unsigned)high << 4) | (unsigned)low);
        r = high < 0 || low < 0 ? -EBADMSG : 0;
    }
    if (r == 0) {
        r = hits_unpack(data, size_bytes, hits);
    }
    free(data);
    return r;
}

/* What a job of the explorer found. */

static json_t *failures_array(const struct explore_result *found)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < found->failure_count; i++) {
        json_t *object = json_object();
        set(object, "count", json_integer((json_int_t)found->failed_counts[i]));
        set(object, "lost", json_integer(found->failed_lost[i]));
        set(object, "plan", text_of(found->failed_plans[i]));
        set(object, "end", ending_object(&found->failures[i]));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static int read_failure(const json_t *object, struct explore_result *found, size_t index)
{
    const json_t *count = json_object_get(object, "count");
    const json_t *lost = json_object_get(object, "lost");
    if (!json_is_integer(count) || json_integer_value(count) < 1 || !json_is_integer(lost)) {
        return -EBADMSG;
    }
    found->failed_counts[index] = (uint64_t)json_integer_value(count);
    found->failed_lost[index] = (uint32_t)json_integer_value(lost);
    int r = take_text(json_object_get(object, "plan"), found->failed_plans[index],
                      sizeof(found->failed_plans[index]));
    return r < 0 ? r : read_ending(json_object_get(object, "end"), &found->failures[index]);
}

static int read_failures(const json_t *array, struct explore_result *found)
{
    size_t count = json_array_size(array);
    int r = count > EXPLORE_FAILURES_MAX ? -EBADMSG : 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = read_failure(json_array_get(array, i), found, i);
    }
    found->failure_count = r == 0 ? (uint32_t)count : 0;
    return r;
}

static json_t *next_array(const struct explore_result *found)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < found->next_count; i++) {
        (void)json_array_append_new(array, text_of(found->next[i]));
    }
    return array;
}

static int read_next(const json_t *array, struct explore_result *found)
{
    size_t count = json_array_size(array);
    int r = count > EXPLORE_NEXT_MAX ? -EBADMSG : 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = take_text(json_array_get(array, i), found->next[i], sizeof(found->next[i]));
    }
    found->next_count = r == 0 ? (uint32_t)count : 0;
    return r;
}

static json_t *explored_object(const struct explore_result *found)
{
    json_t *object = json_object();
    json_t *counts = json_object();
    put_fields(object, explore_fields, COUNT_OF(explore_fields), found);
    put_fields(counts, counts_fields, COUNT_OF(counts_fields), &found->counts);
    set(object, "counts", counts);
    put_sparse(object, "recovered", found->recovered, EXPLORE_RECOVERED_BITS / 64,
               sizeof(found->recovered[0]));
    if (found->failure_count > 0) {
        set(object, "failures", failures_array(found));
    }
    if (found->next_count > 0) {
        set(object, "next", next_array(found));
    }
    return object;
}

static int read_explored(const json_t *object, struct explore_result *found)
{
    memset(found, 0, sizeof(*found));
    int r = take_fields(object, explore_fields, COUNT_OF(explore_fields), found);
    if (r < 0) {
        return r;
    }
    r = take_fields(json_object_get(object, "counts"), counts_fields, COUNT_OF(counts_fields),
                    &found->counts);
    if (r < 0) {
        return r;
    }
    r = take_sparse(object, "recovered", found->recovered, EXPLORE_RECOVERED_BITS / 64,
                    sizeof(found->recovered[0]));
    if (r < 0) {
        return r;
    }
    r = read_failures(json_object_get(object, "failures"), found);
    return r < 0 ? r : read_next(json_object_get(object, "next"), found);
}

json_t *result_json_make(const struct pool_result *result, bool with_hits)
{
    json_t *object = json_object();
    set(object, "case", case_object(&result->ended, with_hits));
    if (result->hits.entry_count > 0 || result->hits.round_count > 0) {
        set(object, "trace", hits_text(&result->hits));
    }
    if (result->has_audit) {
        json_t *audit = json_object();
        put_fields(audit, audit_fields, COUNT_OF(audit_fields), &result->audit);
        set(object, "audit", audit);
    }
    if (result->has_explored) {
        set(object, "explored", explored_object(&result->explored));
    }
    return object;
}

int result_json_read(const json_t *object, struct pool_result *result)
{
    const json_t *trace = json_object_get(object, "trace");
    const json_t *audit = json_object_get(object, "audit");
    const json_t *explored = json_object_get(object, "explored");
    hits_clear(&result->hits);
    result->has_audit = audit != NULL;
    result->has_explored = explored != NULL;
    int r = read_case(json_object_get(object, "case"), &result->ended);
    if (r == 0 && trace != NULL) {
        r = read_hits(trace, &result->hits);
    }
    if (r == 0 && audit != NULL) {
        memset(&result->audit, 0, sizeof(result->audit));
        r = take_fields(audit, audit_fields, COUNT_OF(audit_fields), &result->audit);
    }
    if (r == 0 && explored != NULL) {
        r = read_explored(explored, &result->explored);
    }
    return r;
}
