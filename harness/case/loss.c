/* Losses as text (loss.h). */
#include "harness/case/loss.h"

#include "store/base/ensure.h"

#include <string.h>

static const struct {
    const char *name;
    const char *help;
} models[] = {
#define X(id, name, help) {name, help},
    LOSS_MODEL_MAP(X)
#undef X
};

const char *loss_model_name(enum loss_model model)
{
    ENSURE((unsigned)model < LOSS_MODEL_COUNT);
    return models[model].name;
}

const char *loss_model_help(enum loss_model model)
{
    ENSURE((unsigned)model < LOSS_MODEL_COUNT);
    return models[model].help;
}

enum loss_model loss_find_model(const char *name)
{
    for (unsigned model = 0; model < LOSS_MODEL_COUNT; model++) {
        if (strcmp(models[model].name, name) == 0) {
            return (enum loss_model)model;
        }
    }
    return LOSS_MODEL_COUNT;
}
