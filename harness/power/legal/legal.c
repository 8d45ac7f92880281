/* The legality check (legal.h): the trace's world at a moment, and an image held against it. */
#include "harness/power/legal/legal.h"

#include "harness/power/legal/legal_world.h"

#include <errno.h>
#include <stdlib.h>

struct legal {
    struct legal_world world;
};

int legal_new(const struct recording *recording, enum loss_model model, struct legal **ret_legal,
              struct err *err)
{
    struct legal *legal = malloc(sizeof(*legal));
    if (legal == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = legal_world_init(&legal->world, recording, model, err);
    if (r < 0) {
        free(legal);
        return r;
    }
    *ret_legal = legal;
    return 0;
}

struct legal *legal_free(struct legal *legal)
{
    if (legal != NULL) {
        legal_world_done(&legal->world);
        free(legal);
    }
    return NULL;
}

int legal_check(struct legal *legal, size_t done, struct image *image, struct err *err)
{
    int r = legal_world_seek(&legal->world, done, err);
    if (r == 0) {
        r = legal_explain(&legal->world, image, err);
    }
    return r < 0 ? err_wrap(err, r, "power loss (%s) at operation %zu",
                            loss_model_name(legal->world.model), done)
                 : 0;
}
