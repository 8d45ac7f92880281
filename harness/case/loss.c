/* Losses as text (loss.h). */
#include "harness/case/loss.h"

#include "harness/base/printer.h"
#include "harness/base/suggest.h"
#include "store/base/ensure.h"
#include "store/base/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* As much of a long text as an error shows. */
#define SHOWN "%.48s"

static const char *const model_names[] = {LOSS_MODEL_MAP(NAMES_NAME)};
static const char *const model_helps[] = {LOSS_MODEL_MAP(NAMES_HELP)};

const char *loss_model_name(enum loss_model model)
{
    ENSURE((unsigned)model < LOSS_MODEL_COUNT);
    return model_names[model];
}

const char *loss_model_help(enum loss_model model)
{
    ENSURE((unsigned)model < LOSS_MODEL_COUNT);
    return model_helps[model];
}

enum loss_model loss_find_model(const char *name)
{
    return (enum loss_model)names_find(model_names, LOSS_MODEL_COUNT, name);
}

/* Items from `first` on that fare like it. Runs keep a token short: most choices keep a prefix and
 * drop the rest, whatever the count of items. */
static uint32_t run_of(const struct loss *loss, uint32_t first)
{
    uint32_t end = first + 1;
    while (end < loss->item_count && loss_keeps(loss, end) == loss_keeps(loss, first)) {
        end++;
    }
    return end - first;
}

/* Tears are written by item, whatever their order in the struct: two equal choices must be one
 * token. */
static void print_choice(struct printer *printer, const struct loss *loss)
{
    if (loss->item_count == 0) {
        printer_add(printer, "-");
    }
    for (uint32_t at = 0; at < loss->item_count; at += run_of(loss, at)) {
        printer_add(printer, "%c%" PRIu32, loss_keeps(loss, at) ? 'k' : 'd', run_of(loss, at));
    }
    for (uint32_t item = 0; loss->tear_count > 0 && item < loss->item_count; item++) {
        for (uint32_t i = 0; i < loss->tear_count; i++) {
            if (loss->tears[i].item == item) {
                printer_add(printer, "t%" PRIu32 ".%02x", item, (unsigned)loss->tears[i].sectors);
            }
        }
    }
}

int loss_print(const struct loss *loss, char *text, size_t text_size_bytes)
{
    struct printer printer = {text, text_size_bytes, 0};
    ENSURE(loss->item_count <= LOSS_ITEMS_MAX && loss->tear_count <= LOSS_TEARS_MAX);
    printer_add(&printer, "%s", loss_model_name(loss->model));
    if (loss->has_choice) {
        printer_add(&printer, ":");
        print_choice(&printer, loss);
    }
    return (int)printer.size_bytes;
}

/* Digits at `*at` without a zero before them; moves behind them. A zero before the number would be
 * a second way to write it, so it is refused. */
static bool take_number(const char **at, uint32_t value_max, uint32_t *ret_value)
{
    const char *text = *at;
    uint32_t value = 0;
    if (*text < '0' || *text > '9' || (*text == '0' && text[1] >= '0' && text[1] <= '9')) {
        return false;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint32_t)(*text - '0');
        if (value > value_max) {
            return false;
        }
    }
    *at = text;
    *ret_value = value;
    return true;
}

/* "k3d2": runs that are not empty, no two of a kind side by side. Two runs of a kind side by side,
 * or an empty one, would be second ways to write the same choice. */
static int parse_runs(const char **at, struct loss *loss, struct err *err)
{
    char before = '\0';
    while (**at == 'k' || **at == 'd') {
        const char *run = *at;
        uint32_t count = 0;
        if (*run == before) {
            return err_set(err, ERR_USAGE, "'" SHOWN "': kept (k) and dropped (d) runs alternate",
                           run);
        }
        before = *run;
        (*at)++;
        if (!take_number(at, LOSS_ITEMS_MAX - loss->item_count, &count) || count == 0) {
            return err_set(err, ERR_USAGE,
                           "'" SHOWN "': expected the length of a run, from 1, at most %d items in "
                           "all",
                           run, LOSS_ITEMS_MAX);
        }
        for (uint32_t i = 0; before == 'k' && i < count; i++) {
            loss_keep(loss, loss->item_count + i);
        }
        loss->item_count = (uint16_t)(loss->item_count + count);
    }
    return 0;
}

/* Two lower case hex digits at `text`. */
static bool read_byte(const char *text, unsigned *ret_byte)
{
    static const char digits[] = "0123456789abcdef";
    const char *high = text[0] == '\0' ? NULL : strchr(digits, text[0]);
    const char *low = high == NULL || text[1] == '\0' ? NULL : strchr(digits, text[1]);
    if (low == NULL) {
        return false;
    }
    *ret_byte = (unsigned)(high - digits) * 16 + (unsigned)(low - digits);
    return true;
}

/* "t3.0f", moved past; the tears come by item. Only a dropped item can be torn: of a kept one all
 * sectors are there, and none (00) or all (ff) of them would be drop and keep again, by another
 * name. */
static int parse_tear(const char **at, struct loss *loss, struct err *err)
{
    const char *text = *at;
    uint32_t item = 0;
    unsigned sectors = 0;
    (*at)++;
    if (!take_number(at, LOSS_ITEMS_MAX, &item) || **at != '.' || !read_byte(*at + 1, &sectors)) {
        return err_set(err, ERR_USAGE,
                       "'" SHOWN "': expected an item and its sectors as two hex digits, as in "
                       "'t3.0f'",
                       text);
    }
    *at += 3;
    if (sectors == 0 || sectors == 0xff) {
        return err_set(err, ERR_USAGE, "'" SHOWN "': a torn page has some sectors, 01 to fe", text);
    }
    if (item >= loss->item_count || loss_keeps(loss, item)) {
        return err_set(err, ERR_USAGE, "'" SHOWN "': item %" PRIu32 " is not a dropped one", text,
                       item);
    }
    if (loss->tear_count == LOSS_TEARS_MAX) {
        return err_set(err, ERR_USAGE, "'" SHOWN "': more than %d torn pages", text,
                       LOSS_TEARS_MAX);
    }
    if (loss->tear_count > 0 && loss->tears[loss->tear_count - 1].item >= item) {
        return err_set(err, ERR_USAGE, "'" SHOWN "': torn pages stand in order, each once", text);
    }
    loss->tears[loss->tear_count].item = (uint16_t)item;
    loss->tears[loss->tear_count].sectors = (uint8_t)sectors;
    loss->tear_count++;
    return 0;
}

/* "-" is the image of a moment at which everything was durable: no runs, and still a choice. */
static int parse_choice(const char *text, struct loss *loss, struct err *err)
{
    const char *at = text;
    loss->has_choice = true;
    if (strcmp(text, "-") == 0) {
        return 0;
    }
    int r = parse_runs(&at, loss, err);
    while (r == 0 && *at == 't') {
        r = parse_tear(&at, loss, err);
    }
    if (r == 0 && (*at != '\0' || loss->item_count == 0)) {
        r = err_set(err, ERR_USAGE,
                    "'" SHOWN "': expected what is kept and dropped, as in 'k3d2', or '-'",
                    *at == '\0' ? text : at);
    }
    return r;
}

int loss_parse(const char *text, struct loss *ret_loss, struct err *err)
{
    char name[32];
    char hint[96];
    struct loss loss;
    size_t size = strcspn(text, ":");
    memset(&loss, 0, sizeof(loss));
    snprintf(name, sizeof(name), "%.*s", (int)(size < sizeof(name) ? size : sizeof(name) - 1),
             text);
    loss.model = loss_find_model(name);
    if (loss.model == LOSS_MODEL_COUNT) {
        return err_set(err, ERR_USAGE, "unknown model '%s'%s", name,
                       suggest_phrase(name, model_names, LOSS_MODEL_COUNT, hint, sizeof(hint)));
    }
    int r = text[size] == '\0' ? 0 : parse_choice(text + size + 1, &loss, err);
    if (r == 0) {
        *ret_loss = loss;
    }
    return r;
}
