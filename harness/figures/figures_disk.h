/* What the files of a store hold at each stage of a case, record by record and unit by unit. */
#ifndef HARNESS_FIGURES_FIGURES_DISK_H
#define HARNESS_FIGURES_FIGURES_DISK_H

#include "harness/figures/figures.h"
#include "harness/oracle/rules/disk_reader.h"

/* Adds a stage: what stands in the image (NULL: nothing is added). */
void figures_disk_add(const struct reenact *reenact, const char *name, struct image *image,
                      struct figures *figures);
/* What became of each message of figures_take() on the crashed disk and after the restart. */
void figures_disk_messages(const struct reenact *reenact, struct figures *figures);
/* Whether the record's queue has a unit at its place that points at it. */
bool figures_disk_has_unit(struct judge_state *state, const struct disk_record *record);

#endif
