/* Delta debugging (delta.h). */
#include "harness/shrink/delta.h"

#include "store/base/ensure.h"

#include <string.h>

static size_t count_kept(const bool *kept, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        left += kept[i] ? 1 : 0;
    }
    return left;
}

/* Marks up to `size` kept elements below `upto` as not kept, the last first.  Returns the index of
 * the first of them, which is where the next part ends. */
static size_t take_out(bool *kept, size_t upto, size_t size)
{
    while (upto > 0 && size > 0) {
        upto--;
        size -= kept[upto] ? 1 : 0;
        kept[upto] = false;
    }
    return upto;
}

/* Tries to leave out each part of so many elements once. */
static bool leave_out(bool *kept, size_t count, size_t size, delta_subset_fails *fails, void *arg)
{
    bool trial[DELTA_ELEMENTS_MAX];
    bool is_less = false;
    size_t upto = count;
    while (upto > 0 && count_kept(kept, upto) > 0) {
        memcpy(trial, kept, count * sizeof(*kept));
        upto = take_out(trial, upto, size);
        if (fails(arg, trial, count)) {
            memcpy(kept, trial, count * sizeof(*kept));
            is_less = true;
        }
    }
    return is_less;
}

size_t delta_minimize(bool *kept, size_t count, delta_subset_fails *fails, void *arg)
{
    ENSURE(count <= DELTA_ELEMENTS_MAX);
    size_t left = count_kept(kept, count);
    size_t size = left;
    while (size > 0) {
        bool is_less = leave_out(kept, count, size, fails, arg);
        left = count_kept(kept, count);
        if (size == 1 && !is_less) {
            break;
        }
        /* A part that came out may free others as large. */
        size = is_less || size == 1 ? size : (size + 1) / 2;
        size = size > left ? left : size;
    }
    return left;
}

uint64_t delta_least(uint64_t least, uint64_t number, delta_number_fails *fails, void *arg)
{
    uint64_t intact_upto = least; /* all below it were tried, or lie below one that was */
    uint64_t step = 1;
    for (uint64_t trial = least; trial < number; trial += step) {
        if (fails(arg, trial)) {
            number = trial;
            break;
        }
        intact_upto = trial + 1;
        step = trial >= least + 2 ? step * 2 : step;
    }
    while (intact_upto < number) {
        uint64_t trial = intact_upto + (number - intact_upto) / 2;
        if (fails(arg, trial)) {
            number = trial;
        } else {
            intact_upto = trial + 1;
        }
    }
    return number;
}
