/* From symptoms to causes: which failures one mistake explains. */
#ifndef HARNESS_CAUSE_CAUSE_GROUP_H
#define HARNESS_CAUSE_CAUSE_GROUP_H

#include "harness/cause/cause_book.h"

/* Fills in the causes of the campaign, those of most scenarios first, and how many found no room.
 *
 * A symptom belongs to an earlier one of MECHANISM_MAP
 * - which explains it (mechanism_explained()) and strikes in the scenarios where it does;
 * - when both are rules of what must be durable before what, about the same bytes or names: one
 * sync that is missing breaks all rules that rely on it;
 * - when both come of the same calls, which returned errors: who does not heed an error goes on in
 *   many ways.
 * All else stays apart.  0 or -ENOMEM, and then the summary has no causes. */
int cause_group_make(const struct cause_book *book, struct campaign_summary *summary);

#endif
