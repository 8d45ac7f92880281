/* The tables of guards, profiles and ways, and the sets made of them. */
#include "store/disk/quirk.h"

#include "store/base/ensure.h"

#include <assert.h>
#include <string.h>

#define QUIRK_LIVE  true
#define QUIRK_POWER false

static_assert(QUIRK_GUARD_COUNT < 32 && QUIRK_WAY_COUNT < 32 && QUIRK_DEFECT_COUNT < 64,
              "a bit each");

static const struct quirk_guard_row quirk_guards[QUIRK_GUARD_COUNT] = {
#define X(id, row_name, shown_by, row_help) \
    [QUIRK_GUARD_##id] = {row_name, QUIRK_##shown_by, row_help},
    QUIRK_GUARD_MAP(X)
#undef X
};

#define PROFILE(id)     (UINT32_C(1) << QUIRK_PROFILE_##id)
#define PROFILE_4_9_7() PROFILE(ROCKETMQ_4_9_7)
#define PROFILE_5_2_0() PROFILE(ROCKETMQ_5_2_0)
#define PROFILE_5_3_3() PROFILE(ROCKETMQ_5_3_3)
#define PROFILE_5_5_1() PROFILE(ROCKETMQ_5_5_1)

static const struct quirk_way_row quirk_ways[QUIRK_WAY_COUNT] = {
#define X(id, row_name, row_profiles, row_source, row_help) \
    [QUIRK_WAY_##id] = {row_name, row_profiles, row_source, row_help},
    QUIRK_WAY_MAP(X)
#undef X
};

static const struct quirk_profile_row quirk_profiles[QUIRK_PROFILE_COUNT] = {
#define X(id, row_name, row_help) [QUIRK_PROFILE_##id] = {row_name, row_help},
    QUIRK_PROFILE_MAP(X)
#undef X
};

const struct quirk_guard_row *quirk_guard_row(enum quirk_guard guard)
{
    ENSURE((unsigned)guard < QUIRK_GUARD_COUNT);
    return &quirk_guards[guard];
}

const struct quirk_way_row *quirk_way_row(enum quirk_way way)
{
    ENSURE((unsigned)way < QUIRK_WAY_COUNT);
    return &quirk_ways[way];
}

const struct quirk_profile_row *quirk_profile_row(enum quirk_profile profile)
{
    ENSURE((unsigned)profile < QUIRK_PROFILE_COUNT);
    return &quirk_profiles[profile];
}

enum quirk_guard quirk_find_guard(const char *name)
{
    unsigned guard = 0;
    while (guard < QUIRK_GUARD_COUNT && strcmp(quirk_guards[guard].name, name) != 0) {
        guard++;
    }
    return (enum quirk_guard)guard;
}

enum quirk_defect quirk_find_defect(const char *name)
{
    unsigned defect = 0;
    while (defect < QUIRK_DEFECT_COUNT &&
           strcmp(quirk_defect_row((enum quirk_defect)defect)->name, name) != 0) {
        defect++;
    }
    return (enum quirk_defect)defect;
}

enum quirk_profile quirk_find_profile(const char *name)
{
    unsigned profile = 0;
    while (profile < QUIRK_PROFILE_COUNT && strcmp(quirk_profiles[profile].name, name) != 0) {
        profile++;
    }
    return (enum quirk_profile)profile;
}

struct quirk_set quirk_of_profile(enum quirk_profile profile)
{
    ENSURE((unsigned)profile < QUIRK_PROFILE_COUNT);
    struct quirk_set set = {.defects = 0};
    if (profile == QUIRK_PROFILE_FIXED) {
        set.guards = (UINT32_C(1) << QUIRK_GUARD_COUNT) - 1;
    }
    for (unsigned defect = 0; defect < QUIRK_DEFECT_COUNT; defect++) {
        if ((quirk_defect_row((enum quirk_defect)defect)->profiles >> profile & 1) != 0) {
            set.defects |= UINT64_C(1) << defect;
        }
    }
    for (unsigned way = 0; way < QUIRK_WAY_COUNT; way++) {
        if ((quirk_ways[way].profiles >> profile & 1) != 0) {
            set.ways |= UINT32_C(1) << way;
        }
    }
    return set;
}

void quirk_plant(struct quirk_set *set, enum quirk_defect defect, bool bare)
{
    const struct quirk_defect_row *row = quirk_defect_row(defect);
    set->defects |= UINT64_C(1) << defect;
    if (!bare) {
        set->guards &= ~row->guards_off;
    }
}

bool quirk_has_defect(const struct quirk_set *set, enum quirk_defect defect)
{
    return (set->defects >> defect & 1) != 0;
}

bool quirk_has_guard(const struct quirk_set *set, enum quirk_guard guard)
{
    return (set->guards >> guard & 1) != 0;
}

bool quirk_has_way(const struct quirk_set *set, enum quirk_way way)
{
    return (set->ways >> way & 1) != 0;
}
