/* What the harness knew of a case, as JSON: readable, and free of any struct's layout, since a
 * capsule outlives the build that made it. */
#ifndef HARNESS_CAPSULE_CAPSULE_LEDGER_H
#define HARNESS_CAPSULE_CAPSULE_LEDGER_H

#include "harness/drive/rest.h"
#include "store/base/err.h"

/* The ledger, and what `rest` knows besides it.  `*ret_text` is malloc'ed, the caller frees it.  0
 * or -ENOMEM. */
int capsule_ledger_print(const struct rest *rest, char **ret_text, struct err *err);
/* The same back, into `ret_rest`, whose ledger is malloc'ed and the caller's to free; its place and
 * trace are left as they are.  0, -ENOMEM, or ERR_CORRUPT with what is wrong. */
int capsule_ledger_parse(const char *text, size_t text_size_bytes, struct rest *ret_rest,
                         struct ledger **ret_ledger, struct err *err);

#endif
