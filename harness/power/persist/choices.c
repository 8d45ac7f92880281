/* Losses of a crash position (choices.h). */
#include "harness/power/persist/choices.h"

#include "harness/base/number_set.h"
#include "harness/scenario/prng.h"
#include "store/base/grow.h"
#include "store/disk/file_kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SECTORS 8

/* Kinds of files, for the states across files. */
enum kind { KIND_LOG, KIND_QUEUE, KIND_MARK, KIND_INDEX, KIND_OFFSETS, KIND_OTHER, KIND_COUNT };

struct choices {
    const struct persist *persist;
    struct choices_options options;
    struct persist_item items[LOSS_ITEMS_MAX];
    uint8_t kinds[LOSS_ITEMS_MAX];
    uint32_t item_count;
    struct loss *losses;
    size_t count;
    size_t capacity;
    struct number_set *seen; /* hashes of the losses */
    bool is_capped;
    int status;
};

struct choices *choices_new(void)
{
    struct choices *choices = calloc(1, sizeof(*choices));
    if (choices == NULL) {
        return NULL;
    }
    choices->seen = number_set_new();
    return choices->seen == NULL ? choices_free(choices) : choices;
}

struct choices *choices_free(struct choices *choices)
{
    if (choices != NULL) {
        free(choices->losses);
        (void)number_set_free(choices->seen);
        free(choices);
    }
    return NULL;
}

size_t choices_count(const struct choices *choices)
{
    return choices->count;
}

const struct loss *choices_get(const struct choices *choices, size_t index)
{
    return &choices->losses[index];
}

bool choices_is_capped(const struct choices *choices)
{
    return choices->is_capped;
}

/* The list */

static bool keeps_in_flight(const struct choices *choices, const struct loss *loss)
{
    for (uint32_t i = choices->item_count; i > 0 && choices->items[i - 1].is_in_flight; i--) {
        if (loss_keeps(loss, i - 1)) {
            return true;
        }
        for (uint32_t t = 0; t < loss->tear_count; t++) {
            if (loss->tears[t].item == i - 1) {
                return true;
            }
        }
    }
    return false;
}

/* Adds a legal loss, once. */
static void add(struct choices *choices, const struct loss *loss)
{
    if (choices->options.only_in_flight && !keeps_in_flight(choices, loss)) {
        return;
    }
    /* Losses are bytes, padding too: each begins as zeros (keep_all()). */
    int r = number_set_add(choices->seen, XXH3_64bits(loss, sizeof(*loss)));
    if (r == 0) {
        return;
    }
    if (r < 0 || grow_room((void **)&choices->losses, choices->count, 1, &choices->capacity,
                           sizeof(choices->losses[0])) < 0) {
        choices->status = -ENOMEM;
        return;
    }
    choices->losses[choices->count++] = *loss;
}

static void clear(struct choices *choices)
{
    choices->count = 0;
    choices->is_capped = false;
    choices->status = 0;
    number_set_clear(choices->seen);
}

/* Adds what `loss` becomes when it is made legal. */
static void add_closed(struct choices *choices, struct loss *loss, bool drop)
{
    persist_loss_close(choices->persist, drop, loss);
    add(choices, loss);
}

/* All of them */

struct search {
    struct choices *choices;
    struct loss loss;
    size_t left; /* of the bound */
};

static bool are_needs_kept(const struct search *search, uint32_t item)
{
    const struct persist_item *of = &search->choices->items[item];
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        if (of->needs[n] != PERSIST_NONE && !loss_keeps(&search->loss, of->needs[n])) {
            return false;
        }
    }
    return true;
}

/* Where an inode's items go together, they go as the first of them was decided. */
static bool is_forced(const struct search *search, uint32_t item, bool *ret_is_kept)
{
    const struct persist_item *items = search->choices->items;
    if (!items[item].is_grouped) {
        return false;
    }
    for (uint32_t i = 0; i < item; i++) {
        if (items[i].inode == items[item].inode && items[i].is_grouped) {
            *ret_is_kept = loss_keeps(&search->loss, i);
            return true;
        }
    }
    return false;
}

/* Tries both ways for each item from `item` on; false when the bound is used up. */
static bool search_from(struct search *search, uint32_t item)
{
    if (item == search->choices->item_count) {
        if (persist_loss_is_legal(search->choices->persist, &search->loss)) {
            if (search->left == 0) {
                return false;
            }
            search->left--;
            add(search->choices, &search->loss);
        }
        return true;
    }
    bool forced_kept = false;
    bool has_to = is_forced(search, item, &forced_kept);
    bool goes_on = (has_to && forced_kept) || search_from(search, item + 1);
    if (goes_on && (!has_to || forced_kept) && are_needs_kept(search, item)) {
        loss_keep(&search->loss, item);
        goes_on = search_from(search, item + 1);
        search->loss.kept[item / 64] &= ~(UINT64_C(1) << (item % 64));
    }
    return goes_on;
}

static void begin_loss(const struct choices *choices, struct loss *loss)
{
    memset(loss, 0, sizeof(*loss));
    persist_loss_close(choices->persist, true, loss);
}

/* Every legal loss, when they are within the bound.  Where whole inodes move, what the search tries
 * item by item is mostly not legal, so long lists go by families at once. */
static bool make_all(struct choices *choices)
{
    struct search search = {.choices = choices, .left = choices->options.bound};
    uint32_t free_count = 0;
    begin_loss(choices, &search.loss);
    for (uint32_t i = 0; i < choices->item_count; i++) {
        bool is_free = true;
        for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
            is_free &= choices->items[i].needs[n] == PERSIST_NONE;
        }
        free_count += is_free ? 1 : 0;
    }
    if (free_count >= 32 || (UINT64_C(1) << free_count) > (uint64_t)choices->options.bound * 64) {
        return false;
    }
    return search_from(&search, 0);
}

/* Families */

static enum kind kind_of(const char *path)
{
    static const uint8_t kinds[FILE_KIND_COUNT] = {
        [FILE_KIND_LOG] = KIND_LOG,
        [FILE_KIND_DLEDGER_DATA] = KIND_LOG,
        [FILE_KIND_DLEDGER_INDEX] = KIND_INDEX,
        [FILE_KIND_DLEDGER_CHECKPOINT] = KIND_OTHER,
        [FILE_KIND_CURRTERM] = KIND_OTHER,
        [FILE_KIND_QUEUE] = KIND_QUEUE,
        [FILE_KIND_CHECKPOINT] = KIND_MARK,
        [FILE_KIND_OFFSETS] = KIND_OFFSETS,
        [FILE_KIND_ABORT] = KIND_OTHER,
        [FILE_KIND_LOCK] = KIND_OTHER,
        [FILE_KIND_OTHER] = KIND_OTHER,
    };
    return (enum kind)kinds[file_kind_of(path)];
}

static void keep_all(const struct choices *choices, struct loss *loss)
{
    memset(loss, 0, sizeof(*loss));
    for (uint32_t i = 0; i < choices->item_count; i++) {
        loss_keep(loss, i);
    }
}

/* Keeps only, and drops only, the items of one group: `numbers` says whose each is. */
static void add_group(struct choices *choices, const uint32_t *numbers, uint32_t number)
{
    struct loss only;
    struct loss but;
    keep_all(choices, &but);
    memset(&only, 0, sizeof(only));
    for (uint32_t i = 0; i < choices->item_count; i++) {
        if (numbers[i] == number) {
            loss_keep(&only, i);
            but.kept[i / 64] &= ~(UINT64_C(1) << (i % 64));
        }
    }
    add_closed(choices, &only, false);
    add_closed(choices, &but, true);
}

static void add_groups(struct choices *choices)
{
    uint32_t numbers[LOSS_ITEMS_MAX] = {0};
    for (uint32_t i = 0; i < choices->item_count; i++) {
        numbers[i] = choices->kinds[i];
    }
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        add_group(choices, numbers, kind);
    }
    for (uint32_t i = 0; i < choices->item_count; i++) {
        numbers[i] = choices->items[i].inode;
    }
    for (uint32_t i = 0; i < choices->item_count; i++) {
        bool is_first = true;
        for (uint32_t k = 0; k < i && is_first; k++) {
            is_first = numbers[k] != numbers[i];
        }
        if (is_first) {
            add_group(choices, numbers, numbers[i]);
        }
    }
}

static void add_singles(struct choices *choices)
{
    for (uint32_t i = 0; i < choices->item_count; i++) {
        struct loss loss;
        keep_all(choices, &loss);
        loss.kept[i / 64] &= ~(UINT64_C(1) << (i % 64));
        add_closed(choices, &loss, true);
        memset(&loss, 0, sizeof(loss));
        loss_keep(&loss, i);
        add_closed(choices, &loss, false);
    }
}

static void add_prefixes(struct choices *choices)
{
    struct loss prefix;
    memset(&prefix, 0, sizeof(prefix));
    for (uint32_t i = 0; i < choices->item_count; i++) {
        struct loss loss;
        loss_keep(&prefix, i);
        loss = prefix;
        add_closed(choices, &loss, true);
    }
}

static void add_random(struct choices *choices)
{
    struct prng prng;
    prng_init(&prng, choices->options.seed, UINT64_C(0x1055));
    for (uint32_t n = 0; n < choices->options.random; n++) {
        struct loss loss;
        uint64_t eighths = 1 + prng_below(&prng, 7);
        memset(&loss, 0, sizeof(loss));
        for (uint32_t i = 0; i < choices->item_count; i++) {
            if (prng_below(&prng, 8) < eighths) {
                loss_keep(&loss, i);
            }
        }
        add_closed(choices, &loss, prng_below(&prng, 4) != 0);
    }
}

static void add_families(struct choices *choices)
{
    struct loss loss;
    begin_loss(choices, &loss);
    add(choices, &loss);
    keep_all(choices, &loss);
    add_closed(choices, &loss, true);
    add_groups(choices);
    add_singles(choices);
    add_prefixes(choices);
    add_random(choices);
}

/* Tears */

/* The sectors up to each of those that differ, and from each on. */
static void add_tear(struct choices *choices, const struct loss *around, uint32_t item,
                     uint8_t differing)
{
    uint8_t masks[2 * SECTORS] = {0};
    uint32_t count = 0;
    for (uint32_t s = 0; s + 1 < SECTORS; s++) {
        uint8_t upto = (uint8_t)(differing & ((2u << s) - 1));
        if ((differing >> s & 1) != 0 && upto != differing) {
            masks[count++] = upto;
            masks[count++] = (uint8_t)(differing & ~upto);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        struct loss loss = *around;
        loss.tears[0].item = (uint16_t)item;
        loss.tears[0].sectors = masks[i];
        loss.tear_count = 1;
        if (persist_loss_is_legal(choices->persist, &loss)) {
            add(choices, &loss);
        }
    }
}

static void add_tears(struct choices *choices)
{
    for (uint32_t i = 0; i < choices->item_count; i++) {
        uint8_t differing = persist_item_differing(choices->persist, i);
        struct loss loss;
        if ((differing & (differing - 1)) == 0) {
            continue; /* none or one sector: atomic */
        }
        keep_all(choices, &loss);
        loss.kept[i / 64] &= ~(UINT64_C(1) << (i % 64));
        persist_loss_close(choices->persist, true, &loss);
        add_tear(choices, &loss, i, differing);
        memset(&loss, 0, sizeof(loss));
        loss_keep(&loss, i);
        persist_loss_close(choices->persist, false, &loss);
        loss.kept[i / 64] &= ~(UINT64_C(1) << (i % 64));
        persist_loss_close(choices->persist, true, &loss);
        add_tear(choices, &loss, i, differing);
    }
}

int choices_make(struct choices *choices, const struct persist *persist,
                 const struct choices_options *options)
{
    choices->persist = persist;
    choices->options = *options;
    choices->item_count = persist_item_count(persist);
    clear(choices);
    for (uint32_t i = 0; i < choices->item_count; i++) {
        persist_item(persist, i, &choices->items[i]);
        choices->kinds[i] = (uint8_t)kind_of(choices->items[i].path);
    }
    if (!make_all(choices)) {
        clear(choices);
        choices->is_capped = true;
        add_families(choices);
    }
    choices->is_capped |= persist_item_overflow(persist) > 0;
    add_tears(choices);
    return choices->status;
}
