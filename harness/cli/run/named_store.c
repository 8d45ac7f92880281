/* Directories pass; capsules are laid out (named_store.h). */
#include "harness/cli/run/named_store.h"

#include <sys/stat.h>

int named_store_open(struct named_store *store, const char *word, struct err *err)
{
    struct stat status;
    *store = (struct named_store){.path = word};
    if (stat(word, &status) != 0 || !S_ISREG(status.st_mode)) {
        return 0;
    }
    int r = capsule_open(word, &store->capsule, err);
    if (r < 0) {
        return r;
    }
    r = capsule_lay_out(store->capsule, store->laid_out, err);
    if (r < 0) {
        named_store_close(store);
        return r;
    }
    store->path = store->laid_out;
    return 0;
}

void named_store_close(struct named_store *store)
{
    store->capsule = capsule_close(store->capsule);
}
