/* The names of mechanisms, and which explains which. */
#include "harness/case/mechanism.h"

#include "store/base/ensure.h"
#include "store/base/names.h"

#include <stddef.h>
#include <string.h>

#define X_ROW(id, name, property, help) {PROPERTY_##property, help},

_Static_assert(MECHANISM_COUNT <= 64, "a set of mechanisms is a uint64_t");

static const char *const names[] = {MECHANISM_MAP(NAMES_NAME)};
static const char *const places[] = {MECHANISM_PLACE_MAP(NAMES_NAME_ONLY)};
static const struct {
    enum property property;
    const char *help;
} heads[] = {MECHANISM_MAP(X_ROW)};

#define B(id) MECHANISM_BIT(id)

/* What a store serves, takes and leaves behind once what its files hold is wrong.  Whoever reads
 * wrong files may refuse them, serve other things than were sent, or mend them in two steps where
 * one was promised. */
#define SEEN                                                                                  \
    (B(REWRITTEN_BELOW_MARK) | B(OPEN_REFUSED) | B(PUT_REFUSED) | B(STOP_FAILED) |            \
     B(NEXT_OFFSET) | B(SERVED_BOUNDS) | B(READ_REFUSED) | B(READ_OTHER) | B(QUEUE_UNEQUAL) | \
     B(AGAIN_RECORDS) | B(AGAIN_QUEUES) | B(AGAIN_OFFSETS) | B(STALE_TAIL) | B(EVENT_FORBIDDEN))
/* What is wrong with queues, indexes and offsets when the log is not as they were told. */
#define DERIVED                                                                              \
    (B(UNIT_SHIFTED) | B(UNIT_FOREIGN) | B(UNIT_ALTERED) | B(UNIT_ZERO) | B(UNIT_DANGLING) | \
     B(UNIT_MISSING) | B(UNIT_TWICE) | B(INDEX_UNEQUAL) | B(KEYS_UNTRUE) | B(KEYS_UNEQUAL) | \
     B(COMMIT_LOST) | B(COMMIT_BEYOND) | B(COMMIT_BACK) | SEEN)
/* What is wrong with the log itself when bytes of it did not stay. */
#define RECORDS                                                                                \
    (B(RECORD_LOST) | B(RECORD_BACK) | B(RECORD_ALTERED) | B(RECORD_TWICE) | B(RECORD_MOVED) | \
     B(RECORD_INVENTED) | B(LOG_DAMAGED) | B(OFFSET_TWICE) | B(OFFSET_GAP))

/* Only what follows by itself.  Two that merely come together often stay two: a bug more in the
 * list costs a look, a bug hidden behind another costs a release. */
static const uint64_t explained[MECHANISM_COUNT] = {
    /* What a missing sync permits, a power loss brings. */
    [MECHANISM_LOG_BEFORE_ACK] = RECORDS | DERIVED,
    [MECHANISM_ABORT_BEFORE_APPEND] = RECORDS | DERIVED,
    [MECHANISM_TAIL_BEFORE_APPEND] = RECORDS | DERIVED,
    [MECHANISM_BYTES_BEFORE_RENAME] = B(COMMIT_LOST) | B(COMMIT_BEYOND) | B(COMMIT_BACK) |
                                      B(COMMIT_INVENTED) | B(FILE_UNREADABLE) | B(FILE_SIZE) |
                                      B(TERM_REUSED) | B(DLEDGER_CHECKPOINT_AHEAD) | SEEN,
    [MECHANISM_MARK_BEFORE_CUT] = RECORDS | DERIVED,
    [MECHANISM_LOG_AND_QUEUES_BEFORE_MARK] = RECORDS | DERIVED,
    [MECHANISM_QUEUES_AND_MARK_BEFORE_EXPIRY] =
        DERIVED | B(FILE_MISSING) | B(OFFSET_GAP) | B(OFFSET_TWICE),
    [MECHANISM_DIRECTORY_BEFORE_QUEUE_EXPIRY] = DERIVED | B(FILE_MISSING),
    [MECHANISM_EVERYTHING_BEFORE_ABORT_GOES] = RECORDS | DERIVED,
    [MECHANISM_ACK_AFTER_FAILED_SYNC] = B(LOG_BEFORE_ACK) | RECORDS | DERIVED,
    [MECHANISM_LOG_WITHIN_WINDOW] = RECORDS | DERIVED,
    [MECHANISM_COMMIT_WITHIN_PERIOD] = B(COMMIT_LOST) | B(COMMIT_BACK),
    [MECHANISM_SECOND_OPENED] = B(SECOND_WROTE) | RECORDS | DERIVED,
    [MECHANISM_SECOND_WROTE] = RECORDS | DERIVED,
    [MECHANISM_FILE_MISSING] = RECORDS | DERIVED,
    [MECHANISM_FILE_SIZE] = B(FILE_MISSING) | RECORDS | DERIVED,
    [MECHANISM_FILE_UNREADABLE] = B(COMMIT_LOST) | SEEN,
    /* Queues are made from the log. */
    [MECHANISM_RECORD_LOST] = B(LOG_DAMAGED) | B(OFFSET_TWICE) | B(OFFSET_GAP) | DERIVED,
    [MECHANISM_RECORD_BACK] = B(OFFSET_TWICE) | B(OFFSET_GAP) | B(TIME_BACK) | DERIVED,
    [MECHANISM_RECORD_ALTERED] = DERIVED,
    [MECHANISM_RECORD_TWICE] = B(OFFSET_TWICE) | DERIVED,
    [MECHANISM_RECORD_MOVED] = B(OFFSET_TWICE) | B(OFFSET_GAP) | DERIVED,
    [MECHANISM_RECORD_INVENTED] = B(OFFSET_TWICE) | B(OFFSET_GAP) | DERIVED,
    [MECHANISM_LOG_DAMAGED] = B(RECORD_INVENTED) | B(OFFSET_GAP) | DERIVED,
    [MECHANISM_OFFSET_TWICE] = DERIVED,
    [MECHANISM_OFFSET_GAP] = DERIVED,
    /* What a queue holds is what is served. */
    [MECHANISM_UNIT_SHIFTED] = B(UNIT_MISSING) | B(UNIT_TWICE) | B(COMMIT_BEYOND) | SEEN,
    [MECHANISM_UNIT_FOREIGN] = B(UNIT_MISSING) | B(UNIT_TWICE) | B(COMMIT_BEYOND) | SEEN,
    [MECHANISM_UNIT_ALTERED] = B(UNIT_MISSING) | SEEN,
    [MECHANISM_UNIT_ZERO] = B(UNIT_MISSING) | SEEN,
    [MECHANISM_UNIT_DANGLING] = B(UNIT_MISSING) | B(COMMIT_BEYOND) | SEEN,
    [MECHANISM_UNIT_MISSING] = B(COMMIT_BEYOND) | B(COMMIT_LOST) | SEEN,
    [MECHANISM_UNIT_TWICE] = SEEN,
    [MECHANISM_INDEX_UNEQUAL] = B(OPEN_REFUSED) | B(STALE_TAIL),
    [MECHANISM_KEYS_UNTRUE] = B(KEYS_UNEQUAL),
    [MECHANISM_COMMIT_LOST] = B(AGAIN_OFFSETS),
    [MECHANISM_COMMIT_BEYOND] = B(AGAIN_OFFSETS),
    [MECHANISM_COMMIT_BACK] = B(AGAIN_OFFSETS),
    [MECHANISM_COMMIT_INVENTED] = B(AGAIN_OFFSETS),
    [MECHANISM_NEXT_OFFSET] = B(SERVED_BOUNDS),
    [MECHANISM_SERVED_BOUNDS] = B(READ_REFUSED) | B(READ_OTHER),
    [MECHANISM_AGAIN_RECORDS] = B(AGAIN_QUEUES),
};

const char *mechanism_name(enum mechanism mechanism)
{
    ENSURE((unsigned)mechanism < MECHANISM_COUNT);
    return names[mechanism];
}

const char *mechanism_help(enum mechanism mechanism)
{
    ENSURE((unsigned)mechanism < MECHANISM_COUNT);
    return heads[mechanism].help;
}

enum property mechanism_property(enum mechanism mechanism)
{
    ENSURE((unsigned)mechanism < MECHANISM_COUNT);
    return heads[mechanism].property;
}

enum mechanism mechanism_find(const char *name)
{
    return (enum mechanism)names_find(names, MECHANISM_COUNT, name);
}

uint32_t mechanism_violated(uint64_t set)
{
    uint32_t violated = 0;
    for (unsigned i = 0; i < MECHANISM_COUNT; i++) {
        violated |= (set >> i & 1) != 0 ? UINT32_C(1) << heads[i].property : 0;
    }
    return violated;
}

bool mechanism_is_order(enum mechanism mechanism)
{
    ENSURE((unsigned)mechanism < MECHANISM_COUNT);
    return heads[mechanism].property == PROPERTY_ORDER_DURABLE ||
           heads[mechanism].property == PROPERTY_LOSS_WINDOW ||
           heads[mechanism].property == PROPERTY_OFFSETS_FRESH;
}

uint64_t mechanism_explained(enum mechanism mechanism, bool is_lossy)
{
    ENSURE((unsigned)mechanism < MECHANISM_COUNT);
    return mechanism_is_order(mechanism) && !is_lossy ? 0 : explained[mechanism];
}

enum mechanism_place mechanism_place_of(const char *path)
{
    static const struct {
        const char *start;
        enum mechanism_place place;
    } rows[] = {
        {"commitlog", MECHANISM_PLACE_LOG},
        {"dledger-n0/data", MECHANISM_PLACE_LOG},
        {"dledger-n0/index", MECHANISM_PLACE_INDEX},
        {"dledger-n0/checkpoint", MECHANISM_PLACE_MARK},
        {"dledger-n0/currterm", MECHANISM_PLACE_TERM},
        {"consumequeue", MECHANISM_PLACE_QUEUES},
        {"batchconsumequeue", MECHANISM_PLACE_QUEUES},
        {"index", MECHANISM_PLACE_INDEX},
        {"checkpoint", MECHANISM_PLACE_MARK},
        {"config", MECHANISM_PLACE_OFFSETS},
        {"abort", MECHANISM_PLACE_ABORT},
        {"lock", MECHANISM_PLACE_LOCK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strncmp(path, rows[i].start, strlen(rows[i].start)) == 0) {
            return rows[i].place;
        }
    }
    return MECHANISM_PLACE_NONE;
}

const char *mechanism_place_name(enum mechanism_place place)
{
    ENSURE((unsigned)place < MECHANISM_PLACE_COUNT);
    return places[place];
}

/* Each explains later ones only, so one way through the set is enough. */
uint64_t mechanism_roots(uint64_t set, bool is_lossy)
{
    uint64_t roots = 0;
    uint64_t known = 0;
    for (unsigned i = 0; i < MECHANISM_COUNT; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if ((set & bit) != 0) {
            roots |= bit & ~known;
            known |= mechanism_explained((enum mechanism)i, is_lossy);
        }
    }
    return roots;
}

enum mechanism mechanism_root(uint64_t set)
{
    return set == 0 ? MECHANISM_COUNT : (enum mechanism)__builtin_ctzll(set);
}
